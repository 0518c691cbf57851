"""`python -m workstation ledger`: the head to note, verifying, and a copy of all entries for auditors."""

from __future__ import annotations

from pathlib import Path

import click

from sluis.errors import BadField
from workstation.casework.ledger import Verdict
from workstation.casework.roles import Permission
from workstation.commands import opens
from workstation.folder import write_private
from workstation.office import Office
from workstation.terminal import date_text
from workstation.transaction import no_room_is_named

_HERE = click.Group()
_GROUP = 4
_CHAIN_ONLY = "no head"
_PROVES = (
    "It proves procedure and order, up to a head that was noted elsewhere: not that there is no copy of a\n"
    "case, and not that nothing else happened. Whoever holds the key of the database could write it anew\n"
    "from the start: only heads noted elsewhere bind it."
)


@opens(_HERE, "ledger", Permission.READ_LEDGER)
@click.option(
    "--verify",
    "noted",
    is_flag=False,
    flag_value=_CHAIN_ONLY,
    metavar="[HEAD]",
    help="Read the whole chain; is HEAD, from paper, in it? With spaces, put it between quotes.",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path),
    help="Write every entry to this new file: codes, days and random ids, no words.",
)
def ledger(office: Office, noted: str | None, table: Path | None) -> None:
    """Show the head to note on paper; verify the ledger; copy it for auditors. Exit status 1: not whole."""
    if table is not None:
        with no_room_is_named():
            write_private(table, office.ledger.as_csv(office.actor))
    found = None
    if noted is not None:
        if not noted.strip():
            raise BadField("a head is missing between the quotes")
        found = office.ledger.verify(office.actor, "" if noted == _CHAIN_ONLY else noted)
        _show(found)
    head = office.ledger.head(office.actor)
    if head is None:
        click.echo("no entry yet")
    else:
        groups = (head.digest[at : at + _GROUP] for at in range(0, len(head.digest), _GROUP))
        click.echo(f"head: entry {head.number} of {date_text(head.day)}\n  {' '.join(groups)}")
    if found is not None and (found.broken or found.anchored is False):
        raise click.exceptions.Exit(1)


def _show(found: Verdict) -> None:
    if found.broken:
        click.echo(
            f"BROKEN at entry {found.broken} of {found.entries}: it does not follow from the one before"
        )
    else:
        click.echo(f"whole: {found.entries} entries, each follows from the one before")
    if found.anchored is False:
        click.echo("the head you noted is NOT in it" + " before that" * bool(found.broken))
    elif found.anchored:
        click.echo(f"the head you noted is that of entry {found.anchor}: all up to it is as it was")
    click.echo(_PROVES)
