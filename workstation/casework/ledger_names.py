"""What the random ids of the ledger stand for: desks for all who look, aliases for those who read cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workstation.casework.inbox import readable_by
from workstation.casework.ledger import NOBODY, Entry
from workstation.casework.models import Case
from workstation.casework.people_models import Person
from workstation.casework.roles import Actor, Permission

# Facts whose value is a random id, of a case or of a person; "" is nobody.
NAMING = frozenset({"with", "into", "to", "person"})
_GONE = ("destroyed", "merged")


@dataclass(frozen=True)
class Party:
    """What an id (in hexadecimal) stands for; `name` is a desk or an alias, "" where none is known or shown.

    `gone` is destroyed or merged, for a case of which only its id is left.
    """

    id: str
    what: Literal["case", "person", "nobody", "unknown"]
    name: str = ""
    gone: str = ""


@dataclass(frozen=True)
class Line:
    """An entry with what its ids stand for; `named` are those in its facts, by their keys."""

    entry: Entry
    about: Party
    by: Party
    named: Mapping[str, Party]


def lines(session: Session, actor: Actor, found: Iterable[Entry]) -> tuple[Line, ...]:
    """These entries for this person, who may read the ledger."""
    entries = tuple(found)
    ids = {one for entry in entries for one in (entry.subject, entry.actor, *_named(entry).values())}
    parties = {NOBODY: Party(NOBODY.hex(), "nobody"), **_people(session, ids), **_cases(session, actor, ids)}

    def party(wanted: bytes) -> Party:
        return parties.get(wanted) or Party(wanted.hex(), "unknown")

    return tuple(
        Line(one, party(one.subject), party(one.actor), {key: party(to) for key, to in _named(one).items()})
        for one in entries
    )


def _named(entry: Entry) -> dict[str, bytes]:
    found = {}
    for key in NAMING & entry.facts.keys():
        try:
            found[key] = bytes.fromhex(entry.facts[key]) or NOBODY
        except ValueError:  # somebody changed it: it is shown as it stands
            continue
    return found


def _people(session: Session, ids: set[bytes]) -> dict[bytes, Party]:
    rows = session.execute(select(Person.person_id, Person.desk).where(Person.person_id.in_(ids)))
    return {person_id: Party(person_id.hex(), "person", desk) for person_id, desk in rows}


def _cases(session: Session, actor: Actor, ids: set[bytes]) -> dict[bytes, Party]:
    """With their aliases those that this person may read; a case that is gone has none."""
    shown: set[bytes] = set()
    if actor.may(Permission.READ_ALL_CASES) or actor.may(Permission.READ_OWN_CASES):
        readable = select(Case.case_id).where(Case.case_id.in_(ids), *readable_by(actor))
        shown = set(session.scalars(readable))
    found = {}
    for case in session.scalars(select(Case).where(Case.case_id.in_(ids))):
        gone = case.state if case.state in _GONE else ""
        name = case.alias if case.case_id in shown and not gone else ""
        found[case.case_id] = Party(case.case_id.hex(), "case", name, gone)
    return found
