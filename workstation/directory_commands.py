"""`python -m workstation directory`: the directory of services is checked, signed off and taken in."""

from __future__ import annotations

from pathlib import Path

import click

from workstation.casework import directory
from workstation.casework.directory import Directory
from workstation.casework.directory_desk import file_name
from workstation.casework.roles import Permission
from workstation.commands import opens, surroundings
from workstation.medium import write_checked
from workstation.office import Office
from workstation.terminal import date_text

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_MEDIUM = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group("directory")
def directory_group() -> None:
    """Services to which people are referred: check a text file, sign it off, take it in."""


@directory_group.command("check")
@click.argument("text_file", type=_FILE)
def check(text_file: Path) -> None:
    """Show what TEXT_FILE says of each service, and whether it may be used today."""
    _show(directory.parse(text_file.read_text("utf-8")), surroundings().today())


@opens(directory_group, "sign", Permission.SET_RULES)
@click.argument("text_file", type=_FILE)
@click.argument("medium", type=_MEDIUM)
def sign(office: Office, text_file: Path, medium: Path) -> None:
    """Sign TEXT_FILE off with the operating key, and write it to MEDIUM."""
    made, data = office.directory.sign(office.actor, text_file.read_text("utf-8"))
    _show(made, surroundings().today())
    path = write_checked(medium, file_name(made.version), data, surroundings().today())
    click.echo(f"signed: {path.name}")


@opens(directory_group, "import", Permission.IMPORT)
@click.argument("signed_file", type=_FILE)
def take_in(office: Office, signed_file: Path) -> None:
    """Take SIGNED_FILE in; an older one than is held is refused."""
    made = office.directory.take_in(office.actor, signed_file.read_bytes())
    _show(made, surroundings().today())


@opens(directory_group, "training", Permission.SET_RULES)
def training(office: Office) -> None:
    """Sign invented services off and take them in, in a training instance."""
    _show(office.add_training_services(), surroundings().today())


def _show(made: Directory, today: int) -> None:
    click.echo(f"version {made.version}, {len(made.services)} services")
    for one in made.services:
        state = made.state(one, today).value
        last = "never" if one.last_verified is None else date_text(one.last_verified)
        click.echo(f"  {one.id}: {one.name('en')}, {', '.join(one.telephone) or 'no number'}")
        click.echo(f"    {state}; verified: {last}; last day: {date_text(one.expires)}")
