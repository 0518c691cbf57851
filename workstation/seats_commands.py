"""`python -m workstation seats`: whether one seat works with this office or several, and the way there."""

from __future__ import annotations

from pathlib import Path

import click

from workstation import moving, opening
from workstation.commands import FD, FOLDER, typed
from workstation.folder import Folder
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


@seats.command("move-to-postgres")
@FOLDER
@click.argument("settings", type=_FILE)
@FD
def move_to_postgres(folder: Path, settings: Path, passphrase_fd: int | None) -> None:
    """Move the cases to the PostgreSQL that the file SETTINGS describes, with the founding passphrase."""
    (passphrase,) = typed(passphrase_fd, "Passphrase of this workstation")
    opened = opening.with_founding_passphrase(folder, passphrase)
    try:
        moved = moving.to_postgres(opened, settings.read_bytes())
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
        moved = moving.to_sqlcipher(opened)
    finally:
        opened.close()
    click.echo(f"{moved} rows are in cases.db, compared one by one; one seat works here now")
