"""What may be passed on, after whatever was asked, answered, taken back, withdrawn, merged and split.

A real case database, without GnuPG. Beside it goes a book of plain sets, which knows nothing of the
program's tables: a field may leave exactly when the book has a yes that counts, for that purpose and that
recipient, of everybody whose words are in the case. The same walk finds a covering that is broken on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from sluis.envelope import SCOPE, Kind, WithdrawScope, header_for
from sluis.keytree import SourceKeys
from sluis.primitives import random_key, sha256
from tests.support.counsellor_key import TMPFS
from workstation.casework import cases, consent, exceptions, merging, people
from workstation.casework.consent import Grant, NoConsent, Purpose
from workstation.casework.consent_models import Consent
from workstation.casework.consent_terms import Answered, Terms
from workstation.casework.models import Case
from workstation.casework.people import NewPerson
from workstation.casework.roles import LONE_SEAT, Actor, Role
from workstation.database import open_database
from workstation.envelopes import Opened, keep_envelope
from workstation.models import Export, Server, Thread
from workstation.transaction import transaction
from workstation.vault import Staging, Vault
from workstation.withdrawals import honour

INSTANCE = bytes(range(16))
FIRST_DAY = 20_000
SOURCES = tuple(SourceKeys.from_root(sha256(bytes([number]))) for number in range(3))
PURPOSES = (Purpose.HELP, Purpose.POLICE)
# Each as it is asked for, and as somebody else may type it.
RECIPIENTS = (("The House", "  the   HOUSE"), ("svc:elm", "svc:elm"), ("Elm", "elm"))
FIELDS = ("summary", "files", "names")
DIFFERS = "this is not what the book says"


@dataclass
class Said:
    """One line of the book: a yes, or an exception, and the case in which it stands now."""

    grant_id: str
    case: int
    purpose: Purpose
    recipient: int
    fields: frozenset[str]
    sources: frozenset[int]
    first: int
    last: int
    exception: bool
    over: bool = False


@dataclass
class Book:
    """The plain account of it. A source is its number, a case as well; a text is the day on which it came."""

    today: int = FIRST_DAY
    texts: list[list[int]] = field(default_factory=lambda: [[FIRST_DAY] for _ in SOURCES])
    place: list[int] = field(default_factory=lambda: list(range(len(SOURCES))))
    closed: set[int] = field(default_factory=set)
    emptied: set[int] = field(default_factory=set)
    lines: list[Said] = field(default_factory=list)

    def of(self, case: int) -> list[int]:
        """The sources of a case."""
        return [one for one, there in enumerate(self.place) if there == case]

    def counting(self, case: int, purpose: Purpose, recipient: int) -> list[Said]:
        """What counts today, in the order in which it is asked for."""
        speaking = {one for one in self.of(case) if self.texts[one]}
        if case in self.closed or not speaking:
            return []
        found = [
            one
            for one in reversed(self.lines)
            if (one.case, one.purpose, one.recipient, one.over) == (case, purpose, recipient, False)
            and one.first <= self.today <= one.last
            and speaking <= one.sources
        ]
        return sorted(found, key=lambda one: one.exception)

    def ask(self, said: Said | None, case: int, purpose: Purpose, recipient: int, sources: set[int]) -> None:
        """An answer overtakes what one of the same sources said before to the same question."""
        for one in self.lines:
            same = (one.case, one.purpose, one.recipient) == (case, purpose, recipient)
            if same and not one.exception and one.sources & sources:
                one.over = True
        if said is not None:
            self.lines.append(said)

    def withdraw(self, source: int, everything: bool) -> None:
        """Whatever this source agreed to is over; perhaps its words are gone too.

        With the last source of a case that withdraws everything, all goes that the team wrote in it.
        """
        for one in self.lines:
            one.over = one.over or source in one.sources
        if not everything:
            return
        self.texts[source] = []
        self.emptied.add(source)
        if self.emptied.issuperset(self.of(self.place[source])):
            for one in self.lines:
                one.over = one.over or one.case == self.place[source]

    def move(self, source: int, case: int) -> None:
        """A source leaves for a case of its own, with what only it said."""
        for one in self.lines:
            if one.case == self.place[source] and one.sources == {source}:
                one.case = case
        self.place[source] = case

    def join(self, other: int, target: int) -> None:
        """All of a case goes into another."""
        self.place = [target if one == other else one for one in self.place]
        for one in self.lines:
            one.case = target if one.case == other else one.case


@dataclass
class Walk:
    """The same steps in the program and in the book; numbers that fit nothing there do nothing."""

    session: Session
    staging: Staging
    alder: Actor
    rowan: Actor
    book: Book = field(default_factory=Book)
    cases: list[Case] = field(default_factory=list)
    sent: int = 0

    def begin(self) -> None:
        for number in range(len(SOURCES)):
            self.arrive(number, Kind.TEXT)
        self.cases = [self.thread(number).of_case for number in range(len(SOURCES))]

    def thread(self, source: int) -> Thread:
        return self.session.scalars(select(Thread).where(Thread.thread == SOURCES[source].thread)).one()

    def arrive(self, source: int, kind: Kind, scope: str = "") -> None:
        self.sent += 1
        export = Export(server_pk=1, serial=self.sent, closing_day=self.book.today, release=0)
        export.header_hash = export.previous = b""
        self.session.add(export)
        self.session.flush()
        message_id = sha256(bytes([self.sent]))[:16]
        fields = {"day": self.book.today, "sequence": self.sent, "language": "nl"}
        intake = {SCOPE: scope} if scope else {}
        header = header_for(SOURCES[source], INSTANCE, kind, message_id, intake=intake, **fields)
        opened = Opened(header, sha256(message_id), b"" if scope else b"Hello.", None, 0, "")
        keep_envelope(self.session, opened, export.id, lambda armour: armour, self.book.today)
        honour(self.session, self.staging, export, self.book.today)

    def terms(self, purpose: int, recipient: int, mask: int) -> Terms:
        some = frozenset(one for number, one in enumerate(FIELDS) if mask >> number & 1) or {FIELDS[0]}
        return Terms.of(PURPOSES[purpose], RECIPIENTS[recipient][0], frozenset(some), "named")

    def ask(
        self, case: int, whose: int, purpose: int, recipient: int, mask: int, answer: str, days: int
    ) -> None:
        book, there = self.book, self.book.of(case)
        if not there or case in book.closed:
            return
        sources = {one for one in there if whose >> one & 1} or set(there)
        terms = self.terms(purpose, recipient, mask)
        ids = frozenset(SOURCES[one].thread.hex() for one in sources)
        said = Answered(terms, answer, days, "en", "May we?", "phone", "", ids)
        row = consent.record(self.session, book.today, self.alder, self.cases[case], said)
        line = self.line(row, case, terms, recipient, frozenset(sources), days)
        book.ask(line if answer == "yes" else None, case, terms.purpose, recipient, sources)

    def line(
        self, row: Consent, case: int, terms: Terms, recipient: int, sources: frozenset[int], days: int
    ) -> Said:
        day, exception = self.book.today, row.second is not None
        what = (terms.purpose, recipient, terms.fields)
        return Said(row.grant_id.hex(), case, *what, sources, day, day + days, exception)

    def exception(self, case: int, purpose: int, recipient: int, mask: int, days: int) -> None:
        book, there = self.book, self.book.of(case)
        if not there or case in book.closed:
            return
        terms, mine = self.terms(purpose, recipient, mask), self.cases[case]
        made = exceptions.propose(self.session, book.today, self.alder, mine, terms, days, "A knife.")
        row = exceptions.confirm(self.session, book.today, self.rowan, mine, made.proposal_id.hex())
        speaking = frozenset(one for one in there if book.texts[one])
        book.lines.append(self.line(row, case, terms, recipient, speaking, days))

    def take_back(self, number: int) -> None:
        there = [one for one in self.book.lines if not one.over]
        if there:
            one = there[number % len(there)]
            consent.end(self.session, self.book.today, self.alder, self.cases[one.case], one.grant_id)
            one.over = True

    def withdraw(self, source: int, scope: WithdrawScope) -> None:
        self.arrive(source, Kind.WITHDRAW, scope.value)
        self.book.withdraw(source, scope is WithdrawScope.ALL)

    def write(self, source: int) -> None:
        self.book.today += 1  # not on a day of which everything was withdrawn
        self.arrive(source, Kind.TEXT)
        self.book.texts[source].append(self.book.today)
        self.book.closed.discard(self.book.place[source])

    def wait(self, days: int) -> None:
        self.book.today += days

    def merge(self, one: int, other: int) -> None:
        book = self.book
        if one != other and book.of(one) and book.of(other) and not {one, other} & book.closed:
            merging.merge(self.session, book.today, self.rowan, self.cases[one], self.cases[other])
            book.join(other, one)

    def split(self, source: int) -> None:
        book = self.book
        case = book.place[source]
        if len(book.of(case)) > 1 and case not in book.closed:
            thread = self.thread(source)
            self.cases.append(merging.split(self.session, book.today, self.rowan, self.cases[case], thread))
            book.move(source, len(self.cases) - 1)

    def close(self, source: int) -> None:
        case = self.book.place[source]
        mine = self.cases[case]
        if case in self.book.closed:
            cases.reopen(self.session, self.book.today, self.rowan, mine)
            self.book.closed.discard(case)
        else:
            cases.close(self.session, self.book.today, self.rowan, mine, "test")
            self.book.closed.add(case)

    def compare(self, each_field: bool) -> None:
        self.session.flush()
        self.session.expire_all()
        for number, case in enumerate(self.cases):
            for purpose in PURPOSES:
                for recipient, (_, typed) in enumerate(RECIPIENTS):
                    due = self.book.counting(number, purpose, recipient)
                    found = consent.covering(self.session, case, purpose, typed, self.book.today)
                    assert (found and found.grant_id) == (due[0].grant_id if due else None), DIFFERS
                    if found is not None:
                        assert found.fields == due[0].fields, DIFFERS
                        assert (found.purpose, found.expiry_day) == (purpose, due[0].last), DIFFERS
                    for one in FIELDS if each_field else ():
                        wanted = any(one in said.fields for said in due)
                        assert self.required(case, purpose, typed, one) == wanted, DIFFERS

    def required(self, case: Case, purpose: Purpose, recipient: str, one: str) -> bool:
        try:
            consent.require(self.session, case, purpose, recipient, (one,), self.book.today)
        except NoConsent:
            return False
        return True


Step = tuple[str, tuple[object, ...]]


def step(name: str, *values: st.SearchStrategy[object]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.tuples(*values))


numbers = st.integers(0, len(SOURCES) - 1)
masks = st.integers(1, 7)
places = st.integers(0, len(SOURCES))
what = (st.integers(0, 1), numbers, masks)
answers = st.sampled_from(["yes", "yes", "yes", "no", "later"])
asking = step("ask", places, masks, *what, answers, st.integers(1, 4))
steps = st.lists(asking, min_size=1, max_size=4).flatmap(
    lambda first: st.lists(
        st.one_of(
            asking,
            step("exception", places, *what, st.integers(1, 3)),
            step("take_back", numbers),
            step("withdraw", numbers, st.sampled_from(list(WithdrawScope))),
            step("write", numbers),
            step("wait", st.integers(1, 4)),
            step("merge", places, places),
            step("split", numbers),
            step("close", numbers),
        ),
        max_size=9,
    ).map(lambda rest: [*first, *rest])
)


class Over(Exception):
    """Nothing of a walk is kept."""


@dataclass(frozen=True)
class Room:
    """A database with two people and a server, and nothing else."""

    engine: Engine
    vault: Vault
    alder: Actor
    rowan: Actor

    def walk(self, steps_: Sequence[Step]) -> None:
        with suppress(Over), transaction(self.engine, self.vault) as (session, staging):
            made = Walk(session, staging, self.alder, self.rowan)
            made.begin()
            for number, (name, values) in enumerate(steps_, start=1):
                getattr(made, name)(*values)
                made.compare(each_field=number == len(steps_))
            raise Over


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with TemporaryDirectory(dir=TMPFS) as folder:  # nothing here tests the disk
        place = Path(folder)
        (place / "vault").mkdir()
        engine, vault = open_database(place / "cases.db", random_key()), Vault(place / "vault")
        with transaction(engine, vault) as (session, _):
            blank = dict.fromkeys(("sign_public", "transfer_public", "chain_hash"), b"")
            session.add(Server(id=1, server_id=b"s", label="s", site_code=1, fingerprint="", **blank))
            entered = []
            for desk, role in (
                ("birch", Role.CUSTODIAN),
                ("alder", Role.COUNSELLOR),
                ("rowan", Role.SUPERVISOR),
            ):
                row = people.add(session, FIRST_DAY, LONE_SEAT, NewPerson(desk, frozenset({role})))
                entered.append(Actor(row.person_id, desk, frozenset({role})))
        yield Room(engine, vault, *entered[1:])
        engine.dispose()


QUIETLY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    report_multiple_bugs=False,
)


@given(taken=steps)
@QUIETLY
def test_nothing_is_covered_but_what_the_book_says(room: Room, taken: list[Step]) -> None:
    room.walk(taken)


Stands = Callable[[Consent, frozenset[int], int], bool]
STANDS: Stands = consent.stands


def _expired(row: Consent, live: frozenset[int], day: int) -> bool:
    return STANDS(row, live, min(day, row.expiry_day or day))


def _taken_back(row: Consent, live: frozenset[int], day: int) -> bool:
    there = {one.thread_pk for one in row.sources}
    return row.answer == "yes" and row.day <= day <= (row.expiry_day or 0) and bool(live) and live <= there


def _of_anybody(row: Consent, live: frozenset[int], day: int) -> bool:
    there = {one.thread_pk for one in row.sources}
    return STANDS(row, live & there, day)


def _any_answer(row: Consent, live: frozenset[int], day: int) -> bool:
    there = {one.thread_pk for one in row.sources}
    return not row.ended and row.day <= day <= (row.expiry_day or 0) and bool(live) and live <= there


def _any_purpose(session: Session, case: Case, _purpose: Purpose, recipient: str, day: int) -> Grant | None:
    found = (COVERING(session, case, one, recipient, day) for one in PURPOSES)
    return next((one for one in found if one is not None), None)


COVERING = consent.covering


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("stands", _expired),
        ("stands", _taken_back),
        ("stands", _of_anybody),
        ("stands", _any_answer),
        ("covering", _any_purpose),
        ("same_recipient", lambda _one, _other: True),
        ("covering", lambda *_all: None),
    ],
    ids=["expired", "taken-back", "of-anybody", "any-answer", "any-purpose", "any-recipient", "nothing"],
)
def test_a_broken_covering_is_caught(room: Room, name: str, broken: Callable[..., object]) -> None:
    @given(taken=steps)
    @settings(QUIETLY, max_examples=300, phases=[Phase.generate], derandomize=True, database=None)
    def walked(taken: list[Step]) -> None:
        room.walk(taken)

    with patch.object(consent, name, broken), pytest.raises(AssertionError, match=DIFFERS):
        walked()
