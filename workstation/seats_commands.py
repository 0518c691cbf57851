"""`python -m workstation seats`: whether one seat works with this office or several, and the way there."""

from __future__ import annotations

from pathlib import Path

import click

from sluis.errors import BadField
from workstation import lan_files, moving, opening
from workstation.commands import FD, FOLDER, surroundings, typed
from workstation.folder import Folder, write_private
from workstation.lan_files import Plan
from workstation.seats_file import read_shared

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def seats() -> None:
    """One seat, or several over a PostgreSQL of an air-gapped LAN."""


@seats.command()
@FOLDER
def show(folder: Path) -> None:
    """Say where the cases of this office lie; nothing is opened."""
    where = read_shared(Folder(folder))
    if where is None:
        click.echo("one seat: the cases lie in cases.db")
    else:
        click.echo(f"several seats: {where.database} on {where.host}")


@seats.command("lan-files")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--host", default="cases.office", show_default=True, help="The name of the server.")
@click.option("--address", required=True, help="Its address in the LAN.")
@click.option(
    "--seat", "addresses", multiple=True, required=True, help="The address of a seat; once for each."
)
@click.option("--subnet", required=True, help="The LAN's, like 10.20.0.0/24.")
@click.option("--interface", default="lan0", show_default=True, help="What the LAN is plugged into.")
def lan_files_command(
    out: Path, host: str, address: str, addresses: tuple[str, ...], subnet: str, interface: str
) -> None:
    """Write all that a LAN of an office needs into the new folder OUT: certificates, keys and settings.

    The key of the authority that signs them is not kept. Carry each machine's folder there, and destroy OUT.
    """
    try:
        plan = Plan(host, address, addresses, subnet, interface)
    except ValueError as error:
        raise BadField(str(error)) from error
    made = lan_files.make(plan, surroundings().today())
    out.mkdir(mode=0o700)
    for name, data in made.items():
        (out / name).parent.mkdir(mode=0o700, exist_ok=True)
        write_private(out / name, data)
    click.echo(f"{len(made)} files: seats.toml, server, and seat-1 to seat-{len(addresses)}")


@seats.command("move-to-postgres")
@FOLDER
@click.argument("settings", type=_FILE)
@FD
def move_to_postgres(folder: Path, settings: Path, passphrase_fd: int | None) -> None:
    """Move the cases to the PostgreSQL that the file SETTINGS describes, with the founding passphrase."""
    (passphrase,) = typed(passphrase_fd, "Passphrase of this workstation")
    opened = opening.with_founding_passphrase(folder, passphrase)
    try:
        moved = moving.to_postgres(opened, settings.read_bytes(), surroundings().today())
    finally:
        opened.close()
    click.echo(f"{moved} rows are in PostgreSQL, compared one by one; cases.db was overwritten and removed")


@seats.command("move-to-one-seat")
@FOLDER
@FD
@click.confirmation_option(prompt="Is every other seat locked?")
def move_to_one_seat(folder: Path, passphrase_fd: int | None) -> None:
    """Move the cases back into cases.db, with the founding passphrase, and drop the tables in PostgreSQL."""
    (passphrase,) = typed(passphrase_fd, "Passphrase of this workstation")
    opened = opening.with_founding_passphrase(folder, passphrase)
    try:
        moved = moving.to_sqlcipher(opened, surroundings().today())
    finally:
        opened.close()
    click.echo(f"{moved} rows are in cases.db, compared one by one; one seat works here now")
