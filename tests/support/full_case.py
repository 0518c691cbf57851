"""A case with something in every table that holds words of a case.

A new table with a sealed column comes into `written_everywhere`, or the test of destroyed pages says that it
is missing: so nobody forgets to think of what becomes of it when the case is over.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Column, LargeBinary, Table, TypeDecorator, select
from sqlalchemy.orm import Session

from workstation.casework.consent_terms import Answered, Terms
from workstation.casework.interpreting import Pair
from workstation.casework.interpreting_desk import Wanted as Unread
from workstation.casework.options import Prospect
from workstation.casework.people import NewPerson
from workstation.casework.phone import Call
from workstation.casework.redaction_rules import Range
from workstation.casework.referral_terms import Wanted
from workstation.casework.roles import LONE_SEAT, Actor, Role
from workstation.casework.triage import Triage
from workstation.models import Base
from workstation.office import Office
from workstation.records import LooseFile, Message

_LONG = 400
_SERVICE = """version = 1
[[service]]
id = "elm"
kind = "legal"
for = ["help", "police"]
names.en = "Elm Street Law"
does.en = "Advice."
telephone = ["112"]
last_verified = {day}
expires = {end}
"""


# A call that has no case yet: its key lies in its own row (test_workstation_destroyed_pages.py).
_OF_NO_CASE = frozenset({"kept_intake"})


def sealed_tables() -> set[str]:
    """The tables that have a sealed column of a case, by name."""
    return {table.name for table in Base.metadata.sorted_tables if _sealed(table)} - _OF_NO_CASE


def sealed_values(session: Session) -> Iterator[tuple[str, bytes]]:
    """Every value of a sealed column that is not empty, with the name of its table."""
    for table in Base.metadata.sorted_tables:
        for column in _sealed(table):
            yield from ((table.name, value) for value in session.scalars(select(column)) if value)


def _sealed(table: Table) -> list[Column[bytes]]:
    return [one for one in table.columns if one.name.startswith("sealed_") and _holds_bytes(one)]


def _holds_bytes(column: Column[bytes]) -> bool:
    kind = column.type
    return isinstance(kind.impl_instance if isinstance(kind, TypeDecorator) else kind, LargeBinary)


def crew(office: Office) -> tuple[Actor, Actor, Actor]:
    """A supervisor, a counsellor, and an interpreter for Turkish, in an office that has nobody yet."""
    made = []
    for desk, role in (
        ("birch", Role.CUSTODIAN),
        ("rowan", Role.SUPERVISOR),
        ("alder", Role.COUNSELLOR),
        ("larch", Role.INTERPRETER),
    ):
        languages = frozenset({"tr"}) if role is Role.INTERPRETER else frozenset[str]()
        new = NewPerson(desk, frozenset({role}), languages=languages)
        person = office.people.add(LONE_SEAT, new, f"the long passphrase of {desk} or whoever")
        made.append(Actor(bytes.fromhex(person.person_id), desk, frozenset({role})))
    _, supervisor, counsellor, interpreter = made
    return supervisor, counsellor, interpreter


def hold_a_directory(office: Office, today: int) -> None:
    """With one service, "elm", that somebody has looked at."""
    begin = date(1970, 1, 1) + timedelta(today)
    text = _SERVICE.format(day=begin, end=begin + timedelta(300))
    office.directory.take_in(LONE_SEAT, office.directory.sign(LONE_SEAT, text)[1])


def written_everywhere(office: Office, people: tuple[Actor, Actor, Actor], thread_id: str) -> list[str]:
    """All that a team writes about a conversation with a message and a file; gives the words.

    A hold of a month is among it: the case can be destroyed when that is over.
    """
    said: list[str] = []

    def words() -> str:
        said.append(secrets.token_hex(_LONG))
        return said[-1]

    me, (supervisor, counsellor, interpreter) = LONE_SEAT, people
    case_id = office.cases.of_thread(me, thread_id)
    entries = office.conversations.view(me, thread_id).entries
    message_id = next(one.message_id for one in entries if isinstance(one, Message))
    file_id = next(one.file.file_id for one in entries if isinstance(one, LooseFile))

    office.answers.draft(me, thread_id, words(), "en")
    office.kept.keep(me, case_id, f"answer-{thread_id}", [("text", words())])
    office.cases.assess(me, case_id, Triage(remarks=words()))
    office.cases.add_note(me, case_id, words())
    office.cases.add_task(me, case_id, words(), 1)
    office.phone.tell(me, case_id, thread_id, Call("phone", "nl", words()))
    office.options.write(me, case_id, Prospect(words(), words(), words(), words()), "us", "chosen")
    office.stripping.keep(me, file_id, [words().encode()])
    office.translations.write(me, case_id, message_id, "nl", words())
    office.redaction.redact(me, case_id, message_id, [Range(0, 6, "name")], 0)
    text_id = office.interpreting.ask(
        me, case_id, Unread(message_id=message_id), interpreter.person_id.hex(), Pair("tr", "en")
    )
    office.interpreting.save(interpreter, text_id, words())

    terms = Terms.of("help", "svc:elm", frozenset({"summary"}), "named")
    sources = frozenset({thread_id})
    office.consent.record(me, case_id, Answered(terms, "yes", 30, "en", words(), "phone", "", sources))
    wanted = Wanted("help", "en", ("summary",), summary=words())
    seen = office.referral.prepare(me, case_id, "elm", wanted).digest
    office.referral.make(me, case_id, "elm", wanted, seen, "print")
    police = Terms.of("police", "The police", frozenset({"summary"}), "named")
    office.consent.propose_exception(supervisor, case_id, police, 3, words())
    hold = office.holds.propose_hold(supervisor, case_id, 30, words())
    office.holds.confirm(counsellor, case_id, hold)
    return said
