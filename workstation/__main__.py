"""`python -m workstation`: the whole office from a terminal.

Passphrases are asked for, or read from `--passphrase-fd N` (one line); they are never arguments or
variables of the environment, which others on the machine can see.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from securedrop_config.clock import today
from securedrop_config.erasing import require_erasing
from securedrop_config.loader import ConfigError
from sluis.errors import SluisError
from sluis.instance import EnrolmentRequest
from workstation.airgap import check_airgap
from workstation.errors import DamagedExport, UnknownItem
from workstation.folder import write_private
from workstation.office import Office
from workstation.terminal import date_text, show_inbox, show_report, show_thread

_DAY = 86_400
_FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path), required=True, help="The workstation's folder."
)
_FD = click.option("--passphrase-fd", type=int, help="Read the passphrase from this file descriptor.")
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def _passphrase(descriptor: int | None, prompt: str, *, confirm: bool = False) -> str:
    if descriptor is None:
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))
    with open(descriptor, encoding="utf-8", closefd=False) as lines:
        return lines.readline().rstrip("\n")


@contextmanager
def _office(folder: Path, descriptor: int | None) -> Iterator[Office]:
    with Office.unlock(folder, _passphrase(descriptor, "Passphrase"), today=today) as office:
        if office.info.training:
            click.secho("TRAINING: nothing here is real", fg="yellow", err=True)
        yield office


@click.group()
def main() -> None:
    """The workstation: an air-gapped machine on which reports are read and answered."""


def _command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command that opens the office first."""

    def decorate(function: Callable[..., None]) -> click.Command:
        def opened(folder: Path, passphrase_fd: int | None, **rest: Any) -> None:
            with _office(folder, passphrase_fd) as office:
                function(office, **rest)

        opened.__doc__ = function.__doc__
        opened.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        return main.command(name)(_FOLDER(_FD(opened)))

    return decorate


@main.command()
@_FOLDER
@click.option("--name", required=True, help="The name of the line, as its OpenPGP key says it.")
@click.option("--training", is_flag=True, help="For training only; every page says so, for ever.")
@_FD
@click.option("--root-passphrase-fd", type=int, help="Read the root's passphrase from here.")
def create(
    folder: Path, name: str, training: bool, passphrase_fd: int | None, root_passphrase_fd: int | None
) -> None:
    """Make a new instance with all its keys in an empty folder."""
    root = _passphrase(root_passphrase_fd, "Passphrase of the instance root", confirm=True)
    mine = _passphrase(passphrase_fd, "Passphrase of this workstation", confirm=True)
    with Office.create(folder, mine, root, instance_name=name, training=training, today=today) as office:
        info = office.info
    click.echo(f"fingerprint of the instance:\n  {info.fingerprint}")
    click.echo(f"{folder / 'root.key'} is needed only to renew keys: keep a copy on an offline medium.")


@_command("info")
@click.option("--record", type=click.Path(path_type=Path), help="Write the public record for the servers.")
def info(office: Office, record: Path | None) -> None:
    """Show the instance and its servers."""
    shown = office.info
    click.echo(f"{shown.instance_name}\n  {shown.fingerprint}")
    click.echo(f"  OpenPGP {shown.openpgp_fingerprint}")
    click.echo(f"  releases can be signed until {date_text(shown.operating_last_day)}")
    for server in shown.servers:
        click.echo(f"{server.label} ({server.site.name}), {server.last_serial} exports in a row", nl=False)
        click.echo(f", missing: {list(server.missing_serials)}" if server.missing_serials else "")
    if record is not None:
        write_private(record, shown.record)


@_command("enrol")
@click.argument("request", type=_FILE)
@click.option("--label", required=True, help="How the server is called here.")
@click.option("--yes", is_flag=True, help="The fingerprint was compared already.")
def enrol(office: Office, request: Path, label: str, yes: bool) -> None:
    """Take in a server's enrolment REQUEST."""
    data = request.read_bytes()
    asked = EnrolmentRequest.parse(data, bytes.fromhex(office.info.instance_id))
    click.echo(f"fingerprint of the server:\n  {asked.fingerprint}")
    if not yes:
        click.confirm("Does the operator read out the same?", abort=True)
    office.enrol_server(data, label)


@_command("retire-server")
@click.argument("label")
@click.confirmation_option(prompt="Exports of it that were not imported will be lost. Go on?")
def retire_server(office: Office, label: str) -> None:
    """Let the server LABEL go: it counts no longer for acknowledgement and for erasing keys."""
    found = [one.server_id for one in office.info.servers if one.label == label]
    if not found:
        raise UnknownItem("no server of that name")
    office.retire_server(found[0])


@_command("import")
@click.argument("export", type=_FILE)
@click.option("--accept-damaged", is_flag=True, help="Take in what is whole, if no better copy can be had.")
def import_export(office: Office, export: Path, accept_damaged: bool) -> None:
    """Take in an EXPORT, all or nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        slots = bar.add_task("reading", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(slots, completed=done, total=total)

        try:
            report = office.import_export(export, progress, accept_damaged=accept_damaged)
        except DamagedExport as error:
            click.echo(f"slots that do not open: {list(error.damaged_slots)}", err=True)
            raise
    show_report(report)


@_command("imports")
def imports(office: Office) -> None:
    """Show the last imports."""
    for report in office.recent_imports():
        show_report(report)


@_command("list")
def list_threads(office: Office) -> None:
    """Show the inbox, newest first."""
    show_inbox(office.threads())


def _thread_id(office: Office, alias: str) -> str:
    for one in office.threads():
        if alias in (one.alias, one.thread_id):
            return one.thread_id
    raise UnknownItem("no thread of that alias")


@_command("show")
@click.argument("alias")
def show(office: Office, alias: str) -> None:
    """Show the conversation with ALIAS, and mark it as read."""
    thread_id = _thread_id(office, alias)
    show_thread(office.thread(thread_id))
    office.mark_read(thread_id)


@_command("save-file")
@click.argument("file_id")
@click.argument("destination", type=click.Path(path_type=Path))
@click.confirmation_option(prompt="The file will lie readable on that disk. Go on?")
def save_file(office: Office, file_id: str, destination: Path) -> None:
    """Write a source's file, readable, to DESTINATION."""
    office.save_file(file_id, destination)


@_command("reply")
@click.argument("alias")
@click.option("--language", required=True, help="The language of the answer, like 'nl'.")
@click.option("--approve", is_flag=True, help="Put it into the next release at once.")
def reply(office: Office, alias: str, language: str, approve: bool) -> None:
    """Answer ALIAS with the text on the standard input."""
    reply_id = office.draft_reply(_thread_id(office, alias), sys.stdin.read(), language)
    if approve:
        office.approve_reply(reply_id)
    click.echo(reply_id)


@_command("approve")
@click.argument("reply_id")
def approve_reply(office: Office, reply_id: str) -> None:
    """Put the draft REPLY_ID into the next release."""
    office.approve_reply(reply_id)


@_command("withdraw")
@click.argument("reply_id")
def withdraw(office: Office, reply_id: str) -> None:
    """Take the answer REPLY_ID back, out of the ring too."""
    office.withdraw_reply(reply_id)


@_command("release")
@click.argument("medium", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--again", is_flag=True, help="Write the newest release once more instead of making one.")
def release(office: Office, medium: Path, again: bool) -> None:
    """Make a release for every server and write it to MEDIUM."""
    if not again:
        office.make_release()
    for one in office.write_release(medium):
        click.echo(f"{one.server_label}: {one.path.name}\n  SHA-256 as read back: {one.sha256}")
    if waiting := office.queued_replies():
        click.echo(f"{waiting} answers wait for the next release")


@_command("renew-operating-key")
@click.option("--root-passphrase-fd", type=int, help="Read the root's passphrase from here.")
def renew_operating_key(office: Office, root_passphrase_fd: int | None) -> None:
    """Make a fresh operating key with the root."""
    office.renew_operating_key(_passphrase(root_passphrase_fd, "Passphrase of the instance root"))


@_command("training-cases")
def training_cases(office: Office) -> None:
    """Add invented cases to a training instance."""
    click.echo(f"{office.add_training_cases()} invented cases added")


@_command("export-secret-key")
@click.argument("destination", type=click.Path(path_type=Path))
@click.confirmation_option(
    prompt="Whoever has this file and its passphrase can read what sources sent, if they also have the "
    "opened cells. It is for key custodians, for a sealed copy. Go on?"
)
def export_secret_key(office: Office, destination: Path) -> None:
    """Write the OpenPGP secret key to DESTINATION, and show its passphrase once."""
    armoured, secret = office.export_secret_key()
    write_private(destination, armoured.encode("ascii"))
    click.echo(f"passphrase of the key: {secret}")


@main.command()
@_FOLDER
@click.option("--media", type=click.Path(path_type=Path), required=True, help="Where media appear.")
@click.option("--socket", type=click.Path(path_type=Path), required=True, help="Unix socket to listen on.")
@click.option("--allow-network-for-development", is_flag=True, help="For a demonstration only.")
def serve(folder: Path, media: Path, socket: Path, allow_network_for_development: bool) -> None:
    """Serve the pages on a unix socket; refuses while any network interface is up."""
    if not allow_network_for_development:
        check_airgap()
    try:
        require_erasing()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    # Only this command needs the pages, and they take as long to import as all the rest.
    from workstation.serving import serve as serve_pages

    serve_pages(
        folder.resolve(),
        socket.resolve(),
        media.resolve(),
        today,
        demonstration=allow_network_for_development,
    )


def run() -> None:
    """Errors raised on purpose become one line, with their code, and exit status 1."""
    try:
        main()
    except SluisError as error:
        raise SystemExit(f"refused ({error.code}): {error}") from error
    except OSError as error:
        raise SystemExit(f"error: {error.strerror}: {error.filename or ''}") from error


if __name__ == "__main__":
    run()
