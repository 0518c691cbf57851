"""Options discussed with a source: a realistic prospect of what can be done, and of doing nothing.

A case is not closed without one. Some reasons for closing say by themselves why there is none (IMPLIED): who
withdrew, or never came back, cannot be asked, and what was not for this line, made up or a test has none.
For the others somebody says why, by a code (`NONE_REASONS`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from sluis.errors import BadField, SluisError
from sluis.primitives import random_id
from workstation.casework import ledger, written
from workstation.casework.models import Case
from workstation.casework.options_models import Option
from workstation.casework.roles import Actor
from workstation.errors import UnknownItem
from workstation.ids import item_id

PLACE = "option"
OFFERED_BY = ("us", "service", "source")
CHOICES = ("thinks", "chosen", "declined")
IMPLIED = ("no-contact", "withdrawn", "not-for-us", "false", "test")
NONE_REASONS = ("not-wanted", "not-safe", "elsewhere", "nothing-asked")
WORDS_MAX = 4_000


class OptionsNeeded(SluisError):
    """No option was discussed, and nobody said why."""

    code = "options-needed"


@dataclass(frozen=True)
class Prospect:
    """The words of an option; every one is needed."""

    what: str
    outcome: str
    risk: str
    nothing: str

    def check(self) -> None:
        """Raises BadField for a word that is missing or over WORDS_MAX characters."""
        if not all(one.strip() and len(one) <= WORDS_MAX for one in asdict(self).values()):
            raise BadField("an option says what, its likely outcome, its risk, and what doing nothing means")


@dataclass(frozen=True)
class OptionRecord:
    """One version of an option as shown; ids in hexadecimal."""

    option_id: str
    version: int
    author: str
    day: int
    offered_by: str
    choice: str
    words: Prospect


@dataclass(frozen=True)
class Discussed:
    """An option as it stands, and its earlier versions, newest first."""

    now: OptionRecord
    earlier: tuple[OptionRecord, ...]


def write(
    session: Session,
    day: int,
    actor: Actor,
    case: Case,
    words: Prospect,
    offered_by: str,
    choice: str,
    option_id: str = "",
) -> Option:
    """A new option, or with `option_id` a new version of one. Raises BadField, UnknownItem."""
    words.check()
    if offered_by not in OFFERED_BY or choice not in CHOICES:
        raise BadField("an option is offered by somebody, and the source says something to it")
    before = _newest(session, case, option_id) if option_id else None
    row_id = random_id()
    encoded = json.dumps(asdict(words), sort_keys=True).encode("ascii")
    sealed = written.seal(case, PLACE, row_id, encoded)
    row = Option(
        row_id=row_id,
        option_id=row_id if before is None else before.option_id,
        version=1 if before is None else before.version + 1,
        case_pk=case.id,
        author=actor.person_id,
        day=day,
        offered_by=offered_by,
        choice=choice,
        sealed_words=sealed.sealed,
    )
    session.add(row)
    session.flush()
    facts = {"version": str(row.version), "choice": choice, "offered": offered_by}
    ledger.append(session, day, actor, "option-discussed", case.case_id, facts, sealed.commitment)
    return row


def discussed(session: Session, case: Case) -> tuple[Discussed, ...]:
    """All options of a case, in the order in which they came up."""
    rows = select(Option).where(Option.case_pk == case.id).order_by(Option.id.desc())
    found: dict[bytes, list[OptionRecord]] = {}
    for row in session.scalars(rows):
        found.setdefault(row.option_id, []).append(_record(case, row))
    ordered = sorted(found.values(), key=lambda versions: (versions[-1].day, versions[-1].option_id))
    return tuple(Discussed(one[0], tuple(one[1:])) for one in ordered)


def newest() -> ColumnElement[bool]:
    """The condition under which a row is the version that counts."""
    later = aliased(Option)
    return ~select(later.id).where(later.option_id == Option.option_id, later.id > Option.id).exists()


def prospect(case: Case, row: Option) -> Prospect:
    """The words of one version; raises Unopenable when they belong elsewhere."""
    return Prospect(**json.loads(written.unseal(case, PLACE, row.row_id, row.sealed_words)))


def count(session: Session, case: Case) -> int:
    """How many options were discussed."""
    every = select(func.count(Option.option_id.distinct())).where(Option.case_pk == case.id)
    return session.scalar(every) or 0


def check_close(session: Session, case: Case, reason: str, none: str) -> dict[str, str]:
    """To be called before a case is closed; what the ledger says of it. Raises OptionsNeeded."""
    there = count(session, case)
    if there:
        return {"options": str(there)}
    if reason in IMPLIED:
        return {"options": "0"}
    if none not in NONE_REASONS:
        raise OptionsNeeded("no option was discussed")
    return {"options": "0", "none": none}


def _newest(session: Session, case: Case, option_id: str) -> Option:
    wanted = item_id(option_id)
    versions = select(Option).where(Option.option_id == wanted, Option.case_pk == case.id)
    row = session.scalar(versions.order_by(Option.version.desc()).limit(1))
    if row is None:
        raise UnknownItem("no such option")
    return row


def _record(case: Case, row: Option) -> OptionRecord:
    return OptionRecord(
        option_id=row.option_id.hex(),
        version=row.version,
        author=row.author.hex(),
        day=row.day,
        offered_by=row.offered_by,
        choice=row.choice,
        words=prospect(case, row),
    )
