"""How a command of the terminal opens the office: with the founding passphrase, or for a desk.

Passphrases and codes are asked for, or read from `--passphrase-fd N`, a line each; they are never arguments
or variables of the environment, which others on the machine can see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from workstation.casework.roles import NotAllowed, Permission
from workstation.office import Office
from workstation.signing_in import Doorkeeper

FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path), required=True, help="The workstation's folder."
)
FD = click.option("--passphrase-fd", type=int, help="Read the passphrase from this file descriptor.")
_DESK = click.option("--desk", help="Who you are, once there are people; a one-time code is asked for too.")


@dataclass(frozen=True)
class Surroundings:
    """What the entry point gives every command: days and seconds since 1970, a steady clock, drawn words."""

    today: Callable[[], int]
    now: Callable[[], float]
    steady: Callable[[], float]
    draw: Callable[[str], str]


def surroundings() -> Surroundings:
    """Those of the program that runs."""
    given = click.get_current_context().find_root().obj
    assert isinstance(given, Surroundings)
    return given


def typed(descriptor: int | None, *prompts: str, confirm: bool = False) -> list[str]:
    """A hidden line for each prompt."""
    if descriptor is None:
        return [
            str(click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))
            for prompt in prompts
        ]
    with open(descriptor, encoding="utf-8", closefd=False) as lines:
        return [lines.readline().rstrip("\n") for _ in prompts]


def opens(group: click.Group, name: str, *permissions: Permission) -> Callable[..., click.Command]:
    """A command of `group` that opens the office first, for whoever has one of the permissions."""

    def decorate(function: Callable[..., None]) -> click.Command:
        def opened(folder: Path, passphrase_fd: int | None, desk: str | None, **rest: Any) -> None:
            with _office(folder, passphrase_fd, desk) as office:
                if permissions and not any(map(office.actor.may, permissions)):
                    raise NotAllowed(permissions[0].value)
                if office.info.training:
                    click.secho("TRAINING: nothing here is real", fg="yellow", err=True)
                function(office, **rest)

        opened.__doc__ = function.__doc__
        opened.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        return group.command(name)(FOLDER(FD(_DESK(opened))))

    return decorate


def _office(folder: Path, descriptor: int | None, desk: str | None) -> Office:
    around = surroundings()
    if desk is None:
        (passphrase,) = typed(descriptor, "Passphrase")
        return Office.unlock(folder, passphrase, today=around.today)
    passphrase, code = typed(descriptor, f"Passphrase of {desk}", "One-time code")
    doorkeeper = Doorkeeper(around.now, around.steady)
    return Office.sign_in(folder, desk, passphrase, code, today=around.today, doorkeeper=doorkeeper)
