"""What the command line shows, made harmless for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from sluis.days import date_of
from workstation.casework.people import PersonRecord
from workstation.records import ImportReport, LooseFile, Message, Notice, ThreadSummary, ThreadView, ToldEntry


def date_text(day: int | None) -> str:
    """A day as people write it, or a hyphen."""
    return "-" if day is None else date_of(day).isoformat()


def plain_text(text: str) -> str:
    """A source's text without what could steer a terminal."""
    return "".join(
        char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def show_inbox(inbox: Iterable[ThreadSummary]) -> None:
    """A table of the threads."""
    lines = list(inbox)
    withdrawn = any(map(_withdrawn, lines))
    # An alias is typed into other commands: it stays on one line however narrow the terminal is.
    table = Table(Column("alias", no_wrap=True), "messages", "unread", Column("last day", no_wrap=True))
    for name in ("language", "waits for an answer", *(["withdrawn"] if withdrawn else [])):
        table.add_column(name, no_wrap=name == "withdrawn")
    for one in lines:
        waits = "yes" if one.waiting_reply else ""
        table.add_row(
            one.alias,
            str(one.messages),
            str(one.unread),
            date_text(one.last_day),
            escape(plain_text(one.language)),
            waits,
            *([_withdrawn(one)] if withdrawn else []),
        )
    Console().print(table)


def _withdrawn(summary: ThreadSummary) -> str:
    scopes = (("all", summary.withdrawn_day), ("sharing", summary.sharing_withdrawn_day))
    return ", ".join(scope for scope, day in scopes if day is not None)


def show_people(everybody: Iterable[PersonRecord]) -> None:
    """A table of desks."""
    table = Table("desk", "roles", "languages", "skills", "since", "")
    for one in everybody:
        columns = (", ".join(sorted(one.roles)), ", ".join(one.languages), ", ".join(one.skills))
        table.add_row(one.desk, *columns, date_text(one.added_day), "" if one.active else "left")
    Console().print(table)


def show_report(report: ImportReport) -> None:
    """What became of an export."""
    closed = date_text(report.closing_day)
    click.echo(f"{report.server_label}, export {report.serial}, closed {closed}: {report.state}")
    if report.state == "taken-in":
        click.echo(f"{report.expected_sets} expected, {report.verified_sets} verified", nl=False)
        click.echo(
            f" ({report.reports} reports, {report.files} files), {report.incomplete} incomplete", nl=False
        )
        click.echo(f", {report.replayed} replayed, {len(report.refused)} refused")
    if report.withdrawals:
        click.echo(f"{report.withdrawals} withdrawals: {report.withdrawn} texts and files destroyed")
    elif report.withdrawn:
        click.echo(f"{report.withdrawn} texts and files destroyed: they were withdrawn before they arrived")
    for refusal in report.refused:
        click.echo(f"refused: {refusal.code} ({refusal.detail})")
    for what, found in (
        ("missing exports", report.missing_serials),
        ("damaged slots", report.damaged_slots),
        ("warnings", report.warnings),
        ("keys erased of", tuple(date_text(day) for day in report.erased_days)),
    ):
        if found:
            click.echo(f"{what}: {', '.join(map(str, found))}")


def show_thread(view: ThreadView) -> None:
    """A conversation, oldest first, below what its source withdrew."""
    one = view.summary
    if one.withdrawn_day is not None:
        gone = f"{one.destroyed_texts} texts and {one.destroyed_files} files destroyed"
        click.echo(f"WITHDRAWN: everything up to and including {date_text(one.withdrawn_day)}; {gone}")
    if one.sharing_withdrawn_day is not None:
        click.echo(f"DO NOT PASS ON: withdrawn on {date_text(one.sharing_withdrawn_day)}")
    for entry in view.entries:
        if isinstance(entry, Message):
            marks = f"{entry.integrity}, {entry.continuity}" + ", encrypted twice" * entry.nested_openpgp
            click.echo(
                f"--- {date_text(entry.day)} [{plain_text(entry.language)}] {marks}\n{plain_text(entry.text)}"
            )
            for key, value in entry.intake.items():
                click.echo(f"    {plain_text(key)}: {plain_text(value)}")
            for file in entry.files:
                click.echo(f"    file {file.file_id} {file.name} ({file.size} bytes)")
        elif isinstance(entry, ToldEntry):
            marks = f"told ({entry.how}), written down here, not signed"
            click.echo(f"--- {date_text(entry.day)} [{entry.language}] {marks}\n{plain_text(entry.text)}")
        elif isinstance(entry, LooseFile):
            file = entry.file
            click.echo(f"--- {date_text(entry.day)} file without its text: {file.file_id} {file.name}")
        elif isinstance(entry, Notice):
            click.echo(f"--- {date_text(entry.day)} {entry.code} {plain_text(entry.text)}")
        else:
            state = entry.state + ", waits for a free row" * entry.queued
            state += ", confirms a withdrawal" * (entry.automatic == "withdrawal")
            state += ", text destroyed" * (not entry.text)
            click.echo(f"--- {date_text(entry.day)} answer {entry.reply_id} ({state})\n{entry.text}")
