"""Holds and an early end on the pages: both people, what each sees, and what is left of a destroyed case."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.export_builder import new_source
from tests.support.people import Seat, code_of, seat
from tests.support.workroom import workroom
from tests.support.workstation_browser import IDLE_S, Counsellor, counsellor, form
from workstation.casework.consent_terms import Answered, Terms
from workstation.casework.models import Case
from workstation.casework.roles import Role

HOLD = {"code": "court", "reason": "A court in Utrecht <asked> for it."}
OWN = "a colleague has to confirm it"


class Desk(Counsellor):
    """Whoever sits at the one workstation, with one case that is nobody's."""

    def __init__(self, room: Seat) -> None:
        room.enter("keys", Role.CUSTODIAN)
        room.enter("harbour", Role.SUPERVISOR)
        room.enter("lantern", Role.COUNSELLOR)
        room.enter("willow", Role.COUNSELLOR)
        self.seat, self.source = room, new_source()
        room.take_in(room.export(room.server.report(self.source, b"Hello.", room.day)))
        super().__init__(room, now=lambda: room.now)
        self.sit_down("lantern")
        self.case = self.office.cases.of_thread(self.holder.actor, self.source.thread.hex())
        self.path = f"/en/case/{self.case}"

    def sit_down(self, name: str) -> None:
        """Locks, and signs in as somebody else."""
        self.seat.now += 31
        self.holder.lock()
        one = self.seat.insiders[name]
        self.sign_in(name, one.passphrase, code_of(one.secret, self.seat.now))

    def open(self, part: str = "/holds") -> None:
        self.get(self.path + part)

    def press_waiting(self, what: str, number: int = 0) -> int:
        """A button of a proposal on the page of holds."""
        forms = re.findall(
            r'<form method="post" action="[^"]+/holds/[0-9a-f]{32}".*?</form>', self.markup, re.S
        )
        return self.submit(forms[number], {"do": what}).status_code

    def in_days(self, days: int) -> str:
        return (date(1970, 1, 1) + timedelta(self.seat.day + days)).isoformat()

    def key(self) -> bytes | None:
        with self.office._work() as (session, _):
            return session.scalars(select(Case).where(Case.case_id == bytes.fromhex(self.case))).one().key


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with seat(tmp_path) as room:
        made = Desk(room)
        yield made
        made.holder.lock()


def test_a_hold_goes_from_one_person_to_the_next(desk: Desk) -> None:
    desk.open()
    assert "its clock does not run while it is open" in desk.text
    assert desk.send("hold-form", **HOLD, until=desk.in_days(40)).status_code == 200
    assert "A second person has to sign in" in desk.text
    assert "a court asked for it; up to and including" in desk.text
    assert "A court in Utrecht &lt;asked&gt; for it." in desk.markup
    assert OWN in desk.text
    assert 'value="confirm"' not in desk.markup
    desk.get("/en/")
    assert 'id="to-confirm-note"' not in desk.markup, "it waits for somebody else"
    desk.get("/en/to-confirm")
    assert OWN in desk.text

    desk.seat.clock.day += 3
    desk.sit_down("harbour")
    desk.get("/en/")
    assert "One proposal waits for a second person" in desk.text
    desk.get("/en/to-confirm")
    link = re.search(r'class="proposal-link" href="([^"#]+)', desk.markup)
    assert link
    desk.get(link[1])
    assert "Proposed on" in desk.text
    assert desk.press_waiting("confirm") == 200
    assert "The case is on hold from now on." in desk.text
    assert desk.office.holds.kept(desk.holder.actor) == {desk.case: desk.seat.day + 37}
    assert 'id="held-back"' in desk.markup
    assert 'id="early-form"' not in desk.markup
    desk.open("")
    kept = desk.text.partition("How long it is kept")[2][:90]
    assert "does not run while it is open; on hold up to and including" in kept
    desk.get("/nl" + desk.path.removeprefix("/en"))
    assert "tot en met" in desk.text
    desk.get("/en/to-confirm")
    assert 'id="nothing-to-confirm"' in desk.markup

    desk.get("/en/ledger")
    assert "a court asked for it" in desk.text
    assert "Utrecht" not in desk.text

    desk.open()
    lift = re.search(r"<form(?:(?!</form>).)*value=\"lift\".*?</form>", desk.markup, re.S)
    assert lift
    desk.submit(lift[0], {})
    assert "the hold up to and including" in desk.text
    desk.sit_down("willow")
    desk.open()
    assert desk.press_waiting("confirm") == 200
    assert "The hold is lifted." in desk.text
    assert "Lifted on" in desk.text
    assert 'id="early-form"' in desk.markup


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"code": "because"}, "It is not chosen why the case is kept."),
        ({"until": "31-12-1999"}, "The last day is missing, is no day"),
        ({"until": "1999-12-31"}, "is not one of the 365 days after today"),
        ({"until": "9999-12-31"}, "is not one of the 365 days after today"),
        ({"reason": " \n"}, "It is not written what exactly is the matter"),
        ({"reason": "x" * 2_001}, "more than 2,000 characters"),
    ],
)
def test_what_cannot_be_proposed_comes_back(desk: Desk, wrong: dict[str, str], why: str) -> None:
    desk.open()
    sent = {**HOLD, "until": desk.in_days(40), **wrong}
    assert desk.send("hold-form", **sent).status_code == 409
    assert why in desk.text
    given = form(desk.markup, 'id="hold-form"')
    assert f'value="{sent["until"]}"' in given
    assert ("Utrecht" in given) == ("Utrecht" in sent["reason"])
    assert bool(re.search(r'id="code-court"[^>]* checked', given)) == (sent["code"] == "court")
    assert desk.office.holds.view(desk.holder.actor, desk.case).waiting == ()


def test_a_proposal_survives_a_lock_and_an_old_page(desk: Desk) -> None:
    desk.open()
    sent = {**HOLD, "until": desk.in_days(40)}
    desk.send("hold-form", **sent, csrf_token="old")
    assert "had been open for too long" in desk.text
    assert "Utrecht" in form(desk.markup, 'id="hold-form"')
    desk.steady.now += IDLE_S + 1
    desk.send("hold-form", **sent)
    one, desk.seat.now = desk.seat.insiders["lantern"], desk.seat.now + 31
    signing = {"passphrase": one.passphrase, "one_time": code_of(one.secret, desk.seat.now)}
    desk.send("unlock-form", desk="lantern", **signing)
    assert "had locked itself before this was saved" in desk.text
    assert "Utrecht" in form(desk.markup, 'id="hold-form"')
    desk.send("hold-form", **sent)
    assert OWN in desk.text


def test_nobody_decides_alone_and_one_of_two_is_a_supervisor(desk: Desk) -> None:
    desk.open()
    assert desk.send("early-form").status_code == 409
    assert "It is not chosen why the case is destroyed" in desk.text
    desk.send("early-form", early="source-asked")
    (waiting,) = desk.office.holds.view(desk.holder.actor, desk.case).waiting
    own = f"{desk.path}/holds/{waiting.proposal_id}"
    desk.get(own)
    assert 'id="own-proposal"' in desk.markup
    assert 'value="confirm"' not in desk.markup
    early = form(desk.markup, 'id="early-form"')
    assert desk.submit(early, {"do": "confirm", "sure": "yes"}).status_code == 409
    assert "You proposed this yourself" in desk.text

    desk.sit_down("willow")
    desk.get(own)
    early = form(desk.markup, 'id="early-form"')
    assert desk.submit(early, {"do": "confirm", "sure": "yes"}).status_code == 409
    assert "One of the two has to be a supervisor." in desk.text
    assert desk.key() is not None
    desk.get(own)
    desk.submit(form(desk.markup, 'id="early-form"'), {"do": "drop"})
    assert "Nothing comes of it." in desk.text
    assert desk.get(own).status_code == 404

    desk.sit_down("keys")
    for page in (f"{desk.path}/holds", own, "/en/to-confirm"):
        assert desk.get(page).status_code == 403


def test_an_early_end_is_read_first_and_then_destroys_the_key(desk: Desk) -> None:
    desk.open()
    desk.send("early-form", early="by-mistake")
    desk.sit_down("harbour")
    desk.open()
    assert not re.search(r'name="do" value="confirm"', desk.markup), "not before it was read"
    look = re.search(r'class="button quiet look-early" href="([^"]+)"', desk.markup)
    assert look
    desk.get(look[1])
    assert "What happens at once, and nobody can undo" in desk.text
    assert "it was opened by mistake" in desk.text
    assert "no court can get it back from this workstation" in desk.text
    early = form(desk.markup, 'id="early-form"')
    assert desk.submit(early, {"do": "confirm"}).status_code == 409
    assert "You did not tick that it cannot be brought back." in desk.text
    assert desk.key() is not None
    early = form(desk.markup, 'id="early-form"')
    assert desk.submit(early, {"do": "confirm", "sure": "yes"}).status_code == 200
    assert "The case is destroyed: its key, its words and its files." in desk.text
    assert desk.key() is None
    for part in ("", "/holds", "/end", "/consent"):
        desk.open(part)
        assert desk.page is not None
        assert desk.page.status_code == 404, part
        assert "Hello" not in desk.text
    assert desk.get(look[1]).status_code == 404
    desk.get("/en/to-confirm")
    assert 'id="nothing-to-confirm"' in desk.markup
    desk.get("/en/ledger")
    assert "it was opened by mistake" in desk.text


def test_a_hold_that_came_first_stops_an_early_end(desk: Desk) -> None:
    desk.open()
    desk.send("early-form", early="no-ground")
    desk.send("hold-form", **HOLD, until=desk.in_days(2))
    early, hold = desk.office.holds.view(desk.holder.actor, desk.case).waiting
    desk.sit_down("harbour")
    desk.office.holds.confirm(desk.holder.actor, desk.case, hold.proposal_id)
    desk.get(f"{desk.path}/holds/{early.proposal_id}")
    desk.submit(form(desk.markup, 'id="early-form"'), {"do": "confirm", "sure": "yes"})
    assert "Two people put this case on hold, so it is not destroyed." in desk.text
    assert desk.key() is not None
    desk.seat.clock.day += 3
    desk.get(f"{desk.path}/holds/{early.proposal_id}")
    desk.submit(form(desk.markup, 'id="early-form"'), {"do": "confirm", "sure": "yes"})
    assert desk.key() is None


def test_a_late_confirmation_moves_no_end(desk: Desk) -> None:
    desk.open()
    desk.send("hold-form", **HOLD, until=desk.in_days(1))
    desk.seat.clock.day += 2
    desk.sit_down("harbour")
    desk.open()
    assert desk.press_waiting("confirm") == 409
    assert "This proposal does not count any more." in desk.text
    assert desk.office.holds.view(desk.holder.actor, desk.case).kept_until is None


def test_the_page_of_the_case_says_what_may_be_passed_on(desk: Desk) -> None:
    desk.open("")
    assert "Passing on Nothing may be passed on." in desk.text
    terms = Terms.of("help", "A <lawyer>", frozenset({"summary", "codes"}), "described")
    asked = frozenset({desk.source.thread.hex()})
    said = Answered(terms, "yes", 30, "en", "May we?", "phone", "", asked)
    desk.office.consent.record(desk.holder.actor, desk.case, said)
    desk.open("")
    line = desk.text.partition("Passing on ")[2][:200]
    assert line.startswith("May be passed on to A <lawyer> : A summary, written for this, What happened")
    assert "; until " in line
    assert "(to get help; described, without a name)" in line
    desk.get("/nl" + desk.path.removeprefix("/en"))
    assert "Mag worden doorgegeven aan" in desk.text
    desk.office.cases.close(desk.holder.actor, desk.case, "test")
    desk.open("")
    assert "Nothing may be passed on." in desk.text
    assert re.search(r"closed on [^;]+; to be destroyed from .+ on", desk.text)
    desk.get("/nl" + desk.path.removeprefix("/en"))
    assert "Er mag niets worden doorgegeven." in desk.text


def test_a_lone_seat_proposes_nothing(tmp_path: Path) -> None:
    with workroom(tmp_path) as room:
        room.take_in(room.export(room.server.report(new_source(), b"Hello.", room.day)))
        with counsellor(room) as person:
            person.unlock()
            assert 'id="to-confirm-link"' not in person.markup
            (line,) = person.office.cases.inbox(person.holder.actor).lines
            person.get(f"/en/case/{line.case_id}/holds")
            assert 'id="one-person"' in person.markup
            assert "hold-form" not in person.markup
