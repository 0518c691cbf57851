"""Holds and an early end: two people, what they stop, and when they are over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.errors import BadField
from tests.support.export_builder import new_source
from tests.support.ledger_story import acting
from tests.support.people import Seat, seat
from workstation.casework.holds import OnHold
from workstation.casework.roles import LONE_SEAT, Actor, Role
from workstation.casework.two_people import Matter, NeedsSupervisor, NeedsTwo, ProposalOver, SamePerson
from workstation.errors import UnknownItem, WrongState


class Three:
    """A room with a case, a supervisor and two counsellors; the case is nobody's."""

    def __init__(self, room: Seat) -> None:
        self.room = room
        room.enter("birch", Role.CUSTODIAN)
        self.rowan = acting(room.enter("rowan", Role.SUPERVISOR), Role.SUPERVISOR)
        self.alder = acting(room.enter("alder", Role.COUNSELLOR), Role.COUNSELLOR)
        self.hazel = acting(room.enter("hazel", Role.COUNSELLOR), Role.COUNSELLOR)
        self.source = new_source()
        room.take_in(room.export(room.server.report(self.source, b"Hello.", room.day)))
        self.case = room.office.cases.of_thread(self.rowan, self.source.thread.hex())
        self.desk = room.office.holds

    def hold(self, days: int = 30) -> str:
        """A hold that two people set; its id."""
        proposal = self.desk.propose_hold(self.rowan, self.case, days, "A court asked for it.")
        assert self.desk.confirm(self.alder, self.case, proposal) is Matter.HOLD
        return self.desk.view(self.rowan, self.case).holds[0].hold_id

    def kinds(self) -> list[str]:
        """What the ledger has of the case, oldest first."""
        return [one.kind for one in reversed(self.room.office.cases.view(self.rowan, self.case).events)]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    with seat(tmp_path) as room:
        yield Three(room)


def test_a_hold_keeps_a_case_beyond_its_clock_until_its_day(three: Three) -> None:
    office, rowan, case = three.room.office, three.rowan, three.case
    office.cases.close(rowan, case, "test")
    three.room.clock.day += 180
    three.hold(30)
    assert three.desk.view(rowan, case).kept_until == three.room.day + 30
    assert three.desk.kept(rowan) == {case: three.room.day + 30}
    with pytest.raises(OnHold):
        office.cases.destroy(rowan, case)
    with pytest.raises(OnHold):
        three.desk.propose_early_end(rowan, case, "source-asked")
    three.room.clock.day += 31
    assert three.desk.view(rowan, case).kept_until is None
    office.cases.destroy(rowan, case)
    with pytest.raises(UnknownItem):
        three.desk.view(rowan, case)


def test_a_hold_takes_two_people_of_whom_one_decides_holds(three: Three) -> None:
    propose, confirm = three.desk.propose_hold, three.desk.confirm
    mine = propose(three.alder, three.case, 30, "Police asked.")
    with pytest.raises(SamePerson):
        confirm(three.alder, three.case, mine)
    with pytest.raises(NeedsSupervisor):
        confirm(three.hazel, three.case, mine)
    assert three.desk.view(three.rowan, three.case).kept_until is None
    assert confirm(three.rowan, three.case, mine) is Matter.HOLD
    with pytest.raises(UnknownItem):
        confirm(three.rowan, three.case, mine)
    with pytest.raises(NeedsTwo):
        propose(LONE_SEAT, three.case, 30, "Alone.")
    for days, reason in ((0, "x"), (366, "x"), (30, " ")):
        with pytest.raises(BadField):
            propose(three.rowan, three.case, days, reason)


def test_a_proposal_is_over_after_its_days_and_when_its_proposer_is_gone(three: Three) -> None:
    late = three.desk.propose_hold(three.rowan, three.case, 30, "Late.")
    three.room.clock.day += 8
    assert three.desk.view(three.rowan, three.case).waiting == ()
    with pytest.raises(ProposalOver):
        three.desk.confirm(three.alder, three.case, late)
    kept_away = three.desk.propose_hold(three.alder, three.case, 30, "Away.")
    three.room.office.assignment.keep_away(
        three.rowan, three.case, three.alder.person_id.hex(), "knows-the-reporter"
    )
    with pytest.raises(ProposalOver):
        three.desk.confirm(three.rowan, three.case, kept_away)
    three.desk.drop(three.rowan, three.case, kept_away)
    assert three.desk.view(three.rowan, three.case).waiting == ()


def test_two_people_lift_a_hold(three: Three) -> None:
    hold = three.hold()
    lift = three.desk.propose_lift(three.alder, three.case, hold)
    assert three.desk.view(three.rowan, three.case).kept_until is not None
    assert three.desk.confirm(three.rowan, three.case, lift) is Matter.LIFT
    view = three.desk.view(three.rowan, three.case)
    assert view.kept_until is None
    assert view.holds[0].lifted_day == three.room.day
    with pytest.raises(WrongState):
        three.desk.propose_lift(three.rowan, three.case, hold)
    assert three.kinds()[-4:] == ["proposed", "hold-set", "proposed", "hold-lifted"]


def test_two_people_end_a_case_before_its_day(three: Three) -> None:
    early = three.desk.propose_early_end(three.alder, three.case, "source-asked")
    with pytest.raises(NeedsSupervisor):
        three.desk.confirm(three.hazel, three.case, early)
    assert three.desk.confirm(three.rowan, three.case, early) is Matter.EARLY
    with pytest.raises(UnknownItem):
        three.room.office.cases.view(three.rowan, three.case)
    with pytest.raises(BadField):
        three.desk.propose_early_end(three.rowan, _another(three), "no reason")


def test_a_hold_goes_with_a_merged_case_and_with_both_halves_of_a_split_one(three: Three) -> None:
    three.hold()
    other = _another(three)
    three.room.office.cases.merge(three.rowan, other, three.case)
    (hold,) = three.desk.view(three.rowan, other).holds
    assert hold.reason == "A court asked for it."
    assert hold.in_force
    half = three.room.office.cases.split(three.rowan, other, three.source.thread.hex())
    for one in (other, half):
        assert [held.reason for held in three.desk.view(three.rowan, one).holds] == [hold.reason]


def _another(three: Three) -> str:
    source = new_source()
    three.room.take_in(three.room.export(three.room.server.report(source, b"Hello.", three.room.day)))
    actor: Actor = three.rowan
    return three.room.office.cases.of_thread(actor, source.thread.hex())
