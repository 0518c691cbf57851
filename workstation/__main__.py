"""`python -m workstation`: the whole office from a terminal."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from securedrop_config.clock import today
from securedrop_config.erasing import require_erasing
from securedrop_config.loader import ConfigError
from sluis.errors import SluisError
from sluis.instance import EnrolmentRequest
from workstation.airgap import check_network
from workstation.casework.roles import Permission
from workstation.commands import FD, FOLDER, Surroundings, opens, typed
from workstation.directory_commands import directory_group
from workstation.errors import DamagedExport, UnknownItem
from workstation.folder import Folder, write_private
from workstation.ledger_commands import ledger
from workstation.office import Office
from workstation.people_commands import people
from workstation.seats_commands import seats
from workstation.terminal import date_text, show_inbox, show_report, show_thread

_DAY = 86_400
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_DRAWN = ("en", "nl")  # the languages from whose words a person's passphrase can be drawn; others give digits
_READ = (Permission.READ_OWN_CASES, Permission.READ_ALL_CASES)


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """The workstation: an air-gapped machine on which reports are read and answered."""
    context.obj = Surroundings(today, time.time, time.monotonic, _draw)


def _draw(language: str) -> str:
    """A passphrase in the words of a language, or in digits."""
    from securedrop_config.lexicon import load_lexicon

    return load_lexicon(_DRAWN).draw(language)


main.add_command(people)
main.add_command(ledger)
main.add_command(seats)
main.add_command(directory_group)


@main.command()
@FOLDER
@click.option("--name", required=True, help="The name of the line, as its OpenPGP key says it.")
@click.option("--training", is_flag=True, help="For training only; every page says so, for ever.")
@FD
@click.option("--root-passphrase-fd", type=int, help="Read the root's passphrase from here.")
def create(
    folder: Path, name: str, training: bool, passphrase_fd: int | None, root_passphrase_fd: int | None
) -> None:
    """Make a new instance with all its keys in an empty folder."""
    (root,) = typed(root_passphrase_fd, "Passphrase of the instance root", confirm=True)
    (mine,) = typed(passphrase_fd, "Passphrase of this workstation", confirm=True)
    with Office.create(folder, mine, root, instance_name=name, training=training, today=today) as office:
        info = office.info
    click.echo(f"fingerprint of the instance:\n  {info.fingerprint}")
    click.echo(f"{folder / 'root.key'} is needed only to renew keys: keep a copy on an offline medium.")


@opens(main, "info")
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


@opens(main, "enrol", Permission.MANAGE_KEYS)
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


@opens(main, "retire-server", Permission.MANAGE_KEYS)
@click.argument("label")
@click.confirmation_option(prompt="Exports of it that were not imported will be lost. Go on?")
def retire_server(office: Office, label: str) -> None:
    """Let the server LABEL go: it counts no longer for acknowledgement and for erasing keys."""
    found = [one.server_id for one in office.info.servers if one.label == label]
    if not found:
        raise UnknownItem("no server of that name")
    office.retire_server(found[0])


@opens(main, "import", Permission.IMPORT)
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
            report = office.imports.take_in(office.actor, export, progress, accept_damaged=accept_damaged)
        except DamagedExport as error:
            click.echo(f"slots that do not open: {list(error.damaged_slots)}", err=True)
            raise
    show_report(report)


@opens(main, "imports", Permission.IMPORT)
def imports(office: Office) -> None:
    """Show the last imports."""
    for report in office.imports.recent():
        show_report(report)


@opens(main, "list", *_READ)
def list_threads(office: Office) -> None:
    """Show the inbox, newest first."""
    show_inbox(office.conversations.all(office.actor))


def _thread_id(office: Office, alias: str) -> str:
    for one in office.conversations.all(office.actor):
        if alias in (one.alias, one.thread_id):
            return one.thread_id
    raise UnknownItem("no thread of that alias")


@opens(main, "show", *_READ)
@click.argument("alias")
def show(office: Office, alias: str) -> None:
    """Show the conversation with ALIAS, and mark it as read."""
    thread_id = _thread_id(office, alias)
    show_thread(office.conversations.view(office.actor, thread_id))
    office.conversations.mark_read(office.actor, thread_id)


@opens(main, "save-file", *_READ)
@click.argument("file_id")
@click.argument("destination", type=click.Path(path_type=Path))
@click.confirmation_option(prompt="The file will lie readable on that disk. Go on?")
def save_file(office: Office, file_id: str, destination: Path) -> None:
    """Write a source's file, readable, to DESTINATION."""
    office.conversations.save_file(office.actor, file_id, destination)


@opens(main, "reply", Permission.WORK_ON_CASES)
@click.argument("alias")
@click.option("--language", required=True, help="The language of the answer, like 'nl'.")
@click.option("--approve", is_flag=True, help="Put it into the next release at once.")
def reply(office: Office, alias: str, language: str, approve: bool) -> None:
    """Answer ALIAS with the text on the standard input."""
    reply_id = office.answers.draft(office.actor, _thread_id(office, alias), sys.stdin.read(), language)
    if approve:
        office.answers.approve(office.actor, reply_id)
    click.echo(reply_id)


@opens(main, "approve", Permission.SECOND_READING)
@click.argument("reply_id")
def approve_reply(office: Office, reply_id: str) -> None:
    """Put the draft REPLY_ID into the next release."""
    office.answers.approve(office.actor, reply_id)


@opens(main, "withdraw", Permission.WORK_ON_CASES)
@click.argument("reply_id")
def withdraw(office: Office, reply_id: str) -> None:
    """Take the answer REPLY_ID back, out of the ring too."""
    office.answers.withdraw(office.actor, reply_id)


@opens(main, "release", Permission.MAKE_RELEASE)
@click.argument("medium", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--again", is_flag=True, help="Write the newest release once more instead of making one.")
def release(office: Office, medium: Path, again: bool) -> None:
    """Make a release for every server and write it to MEDIUM."""
    if not again:
        office.releases.make(office.actor)
    for one in office.releases.write(office.actor, medium):
        click.echo(f"{one.server_label}: {one.path.name}\n  SHA-256 as read back: {one.sha256}")
    if waiting := office.releases.queued():
        click.echo(f"{waiting} answers wait for the next release")


@opens(main, "renew-operating-key", Permission.MANAGE_KEYS)
@click.option("--root-passphrase-fd", type=int, help="Read the root's passphrase from here.")
def renew_operating_key(office: Office, root_passphrase_fd: int | None) -> None:
    """Make a fresh operating key with the root."""
    office.renew_operating_key(*typed(root_passphrase_fd, "Passphrase of the instance root"))


@opens(main, "training-cases", Permission.IMPORT)
def training_cases(office: Office) -> None:
    """Add invented cases to a training instance."""
    click.echo(f"{office.add_training_cases()} invented cases added")


@opens(main, "export-secret-key", Permission.MANAGE_KEYS)
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
@FOLDER
@click.option("--media", type=click.Path(path_type=Path), required=True, help="Where media appear.")
@click.option("--socket", type=click.Path(path_type=Path), required=True, help="Unix socket to listen on.")
@click.option("--allow-network-for-development", is_flag=True, help="For a demonstration only.")
def serve(folder: Path, media: Path, socket: Path, allow_network_for_development: bool) -> None:
    """Serve the pages on a unix socket; refuses while there is more network than the office's own LAN."""
    if not allow_network_for_development:
        check_network(Folder(folder))
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
        draw=_draw,
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
