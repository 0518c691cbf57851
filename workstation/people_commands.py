"""`python -m workstation people`: who signs in here."""

from __future__ import annotations

import io

import click
import segno

from workstation.casework.people import SKILLS, NewPerson
from workstation.casework.people_desk import Handout
from workstation.casework.roles import Permission, Role
from workstation.commands import opens, surroundings, typed
from workstation.office import Office
from workstation.terminal import show_people

_ROLES = click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role])
)
_DRAW = click.option("--draw", metavar="LANGUAGE", help="Draw the passphrase from the words of a language.")
_NEW_FD = click.option("--new-passphrase-fd", type=int, help="Read the person's passphrase from here.")


@click.group()
def people() -> None:
    """Let people in, change what they may, end their access."""


@opens(people, "list", Permission.MANAGE_PEOPLE, Permission.ASSIGN_CASES, Permission.SET_RULES)
def list_people(office: Office) -> None:
    """Show everybody, those who left last."""
    show_people(office.people.all(office.actor))


@opens(people, "add", Permission.MANAGE_PEOPLE)
@click.argument("desk_name")
@_ROLES
@click.option("--skill", "skills", multiple=True, type=click.Choice(SKILLS))
@click.option("--language", "languages", multiple=True, help="A language they work in, like 'tr'.")
@_DRAW
@_NEW_FD
def add(
    office: Office,
    desk_name: str,
    roles: tuple[str, ...],
    skills: tuple[str, ...],
    languages: tuple[str, ...],
    draw: str | None,
    new_passphrase_fd: int | None,
) -> None:
    """Enter somebody under the pseudonym DESK_NAME, never a name; they type a passphrase of their own."""
    new = NewPerson(desk_name, frozenset(map(Role, roles)), frozenset(skills), frozenset(languages))
    passphrase = _new_passphrase(draw, new_passphrase_fd)
    _hand_out(office, office.people.add(office.actor, new, passphrase), passphrase if draw else "")


@opens(people, "roles", Permission.MANAGE_PEOPLE)
@click.argument("desk_name")
@_ROLES
def set_roles(office: Office, desk_name: str, roles: tuple[str, ...]) -> None:
    """Give DESK_NAME these roles, and no others."""
    one = office.people.find_desk(office.actor, desk_name)
    office.people.set_roles(office.actor, one.person_id, frozenset(map(Role, roles)))


@opens(people, "access", Permission.MANAGE_PEOPLE)
@click.argument("desk_name")
@_DRAW
@_NEW_FD
def access(office: Office, desk_name: str, draw: str | None, new_passphrase_fd: int | None) -> None:
    """Give DESK_NAME a new passphrase and new codes, when the one is forgotten or the device is lost."""
    one = office.people.find_desk(office.actor, desk_name)
    passphrase = _new_passphrase(draw, new_passphrase_fd)
    made = office.people.renew_access(office.actor, one.person_id, passphrase)
    _hand_out(office, made, passphrase if draw else "")


@opens(people, "deactivate", Permission.MANAGE_PEOPLE)
@click.argument("desk_name")
@click.confirmation_option(prompt="The desk opens nothing here any more, and its cases have nobody. Go on?")
def deactivate(office: Office, desk_name: str) -> None:
    """End the access of DESK_NAME."""
    office.people.deactivate(office.actor, office.people.find_desk(office.actor, desk_name).person_id)


def _new_passphrase(draw: str | None, descriptor: int | None) -> str:
    if draw:
        return surroundings().draw(draw)
    return typed(descriptor, "Passphrase of the new desk", confirm=True)[0]


def _hand_out(office: Office, made: Handout, drawn: str) -> None:
    uri = made.uri(office.info.instance_name)
    code = io.StringIO()
    segno.make(uri, error="m").terminal(code, compact=True)
    click.echo(code.getvalue())
    click.echo(f"desk:        {made.desk}\nsecond step: {uri}")
    if drawn:
        click.echo(f"passphrase:  {drawn}")
    click.echo("This is for that person alone, and is shown once.")
