"""What sources agreed to: when it covers, when it does not, and exceptions by two people."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.keytree import SourceKeys
from tests.support.export_builder import new_source
from tests.support.ledger_story import acting
from tests.support.people import Seat, seat
from workstation.casework import consent
from workstation.casework.consent import Grant, NoConsent, Purpose
from workstation.casework.consent_terms import Answered, BadTerms, Terms
from workstation.casework.models import Case
from workstation.casework.roles import LONE_SEAT, Role
from workstation.casework.two_people import NeedsSupervisor, NeedsTwo, ProposalOver, SamePerson

ELM = "svc:elm"
SOME = frozenset({"summary", "codes"})


class Place:
    """A room with a supervisor, two counsellors, and a case of one source."""

    def __init__(self, room: Seat) -> None:
        self.room, self.desk = room, room.office.consent
        room.enter("birch", Role.CUSTODIAN)
        self.rowan = acting(room.enter("rowan", Role.SUPERVISOR), Role.SUPERVISOR)
        self.alder = acting(room.enter("alder", Role.COUNSELLOR), Role.COUNSELLOR)
        self.hazel = acting(room.enter("hazel", Role.COUNSELLOR), Role.COUNSELLOR)
        self.source = new_source()
        self.case = self.arrive(self.source)

    def arrive(self, source: SourceKeys, kind: Kind = Kind.TEXT, **intake: str) -> str:
        """Something of a source comes in; its case."""
        text = b"Hello." if kind is Kind.TEXT else b""
        sent = self.room.server.report(source, text, self.room.day, kind=kind, intake=intake)
        self.room.take_in(self.room.export(sent))
        return self.room.office.cases.of_thread(self.rowan, source.thread.hex())

    def say(self, answer: str = "yes", to: str = ELM, days: int = 30) -> str:
        """What the source says to one question."""
        terms = Terms.of("help", to, SOME, "anonymous")
        asked = frozenset({self.source.thread.hex()})
        said = Answered(terms, answer, days, "en", "May Elm have a summary?", "phone", "", asked)
        return self.desk.record(self.alder, self.case, said)

    def covering(self, purpose: Purpose = Purpose.HELP, to: str = ELM, case: str = "") -> Grant | None:
        """What may be passed on today."""
        with self.room.office._work() as (session, _):
            wanted = Case.case_id == bytes.fromhex(case or self.case)
            row = session.scalars(select(Case).where(wanted)).one()
            return consent.covering(session, row, purpose, to, self.room.day)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with seat(tmp_path) as room:
        yield Place(room)


def test_a_yes_covers_its_own_question_until_its_last_day(place: Place) -> None:
    assert place.covering() is None
    place.say()
    grant = place.covering()
    assert grant is not None
    assert (grant.fields, grant.exception, grant.expiry_day) == (SOME, False, place.room.day + 30)
    assert place.covering(Purpose.POLICE) is None
    assert place.covering(to="svc:oak") is None
    with place.room.office._work() as (session, _):
        row = session.scalars(select(Case)).one()
        consent.require(session, row, Purpose.HELP, ELM, ("summary",), place.room.day)
        with pytest.raises(NoConsent):
            consent.require(session, row, Purpose.HELP, ELM, ("names",), place.room.day)
    place.room.clock.day += 30
    assert place.covering() is not None
    place.room.clock.day += 1
    assert place.covering() is None


@pytest.mark.parametrize("answer", ["no", "later"])
def test_a_later_answer_to_the_same_question_replaces_a_yes(place: Place, answer: str) -> None:
    place.say()
    place.say(answer)
    assert place.covering() is None
    place.say()
    assert place.covering() is not None
    states = [one.standing for one in place.desk.view(place.rowan, place.case).agreements]
    assert states == ["stands", "ended", "ended"]


@pytest.mark.parametrize("scope", list(WithdrawScope))
def test_a_withdrawal_of_the_source_ends_all(place: Place, scope: WithdrawScope) -> None:
    place.say()
    place.arrive(place.source, Kind.WITHDRAW, **{SCOPE: scope.value})
    assert place.covering() is None


def test_the_team_ends_one_on_the_source_s_word_also_in_a_closed_case(place: Place) -> None:
    grant, other = place.say(), place.say(to="  The   House ")
    assert place.covering(to="the house") is not None
    place.room.office.cases.close(place.rowan, place.case, "test")
    assert place.covering(to="the house") is None
    place.desk.end(place.alder, place.case, grant)
    place.room.office.cases.reopen(place.rowan, place.case)
    assert place.covering() is None
    assert place.covering(to="The House") is not None
    assert other in [one.grant_id for one in place.desk.brief(place.rowan, place.case).standing]


def test_after_a_merge_the_other_half_never_agreed(place: Place) -> None:
    place.say()
    other = place.arrive(new_source())
    place.room.office.cases.merge(place.rowan, other, place.case)
    assert place.covering(case=other) is None
    assert place.desk.view(place.rowan, other).agreements[0].standing == "not-all"
    half = place.room.office.cases.split(place.rowan, other, place.source.thread.hex())
    assert place.covering(case=half) is not None


def test_an_exception_takes_two_people_and_ends_within_a_week(place: Place) -> None:
    terms = Terms.of("police", "svc:police", SOME, "described")
    first = place.desk.propose_exception(place.alder, place.case, terms, 7, "A threat for tonight.")
    assert place.covering(Purpose.POLICE, "svc:police") is None
    with pytest.raises(SamePerson):
        place.desk.confirm_exception(place.alder, place.case, first)
    with pytest.raises(NeedsSupervisor):
        place.desk.confirm_exception(place.hazel, place.case, first)
    with pytest.raises(NeedsTwo):
        place.desk.propose_exception(LONE_SEAT, place.case, terms, 7, "Alone.")
    place.desk.confirm_exception(place.rowan, place.case, first)
    grant = place.covering(Purpose.POLICE, "svc:police")
    assert grant is not None
    assert grant.exception
    place.room.clock.day += 8
    assert place.covering(Purpose.POLICE, "svc:police") is None
    late = place.desk.propose_exception(place.rowan, place.case, terms, 1, "Again.")
    place.room.clock.day += 2
    with pytest.raises(ProposalOver):
        place.desk.confirm_exception(place.alder, place.case, late)
    for days in (0, 8):
        with pytest.raises(BadTerms):
            place.desk.propose_exception(place.rowan, place.case, terms, days, "Too long.")
    quoted = Terms.of("quotation", "A paper", SOME, "anonymous")
    with pytest.raises(BadTerms):
        place.desk.propose_exception(place.rowan, place.case, quoted, 1, "No.")


@pytest.mark.parametrize(
    ("purpose", "recipient", "fields", "shown"),
    [
        ("help", "", SOME, "named"),
        ("help", "svc:Elm!", SOME, "named"),
        ("help", ELM, frozenset(), "named"),
        ("help", ELM, frozenset({"names"}), "anonymous"),
        ("help", ELM, frozenset({"contact"}), "described"),
        ("signal", "", frozenset({"summary"}), "anonymous"),
        ("signal", "", frozenset({"codes"}), "named"),
        ("gossip", ELM, SOME, "named"),
    ],
)
def test_what_cannot_be_agreed_to(purpose: str, recipient: str, fields: frozenset[str], shown: str) -> None:
    with pytest.raises(BadTerms):
        Terms.of(purpose, recipient, fields, shown)
