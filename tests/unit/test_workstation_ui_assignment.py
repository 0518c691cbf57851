"""Giving a case to somebody and keeping somebody away, on the page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.export_builder import new_source
from tests.support.people import Seat, code_of, seat
from tests.support.workstation_browser import Counsellor, form
from workstation.casework.roles import Role
from workstation.models import Thread


class Desk(Counsellor):
    """A browser at a workstation with one case and three people who could have it."""

    def __init__(self, room: Seat) -> None:
        with room.office._work() as (session, _):
            self.case_id = session.query(Thread).one().of_case.case_id.hex()
        super().__init__(room, now=lambda: room.now)
        self.seat = room

    @property
    def path(self) -> str:
        return f"/en/case/{self.case_id}/people"

    def come_in(self, desk: str) -> None:
        one = self.seat.insiders[desk]
        self.seat.now += 30
        self.sign_in(one.desk, one.passphrase, code_of(one.secret, self.seat.now))

    def offered(self) -> list[str]:
        """The desks that may get the case, in their order."""
        markup = form(self.markup, 'id="assign-form"')
        return re.findall(r'<label for="person-[0-9a-f]+">([a-z]+) ', markup)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with seat(tmp_path) as room:
        room.enter("birch", Role.CUSTODIAN)
        room.enter("willow", Role.COUNSELLOR, languages=frozenset({"tr"}), skills=frozenset({"law"}))
        room.enter("elm", Role.COUNSELLOR, languages=frozenset({"en"}))
        room.enter("rowan", Role.SUPERVISOR)
        room.take_in(room.export(room.server.report(new_source(), b"Hello.", room.day)))
        made = Desk(room)
        yield made
        made.holder.lock()


def test_a_supervisor_gives_a_case_to_whoever_suits_it(desk: Desk) -> None:
    desk.come_in("rowan")
    desk.open_thread()
    desk.press(f'formaction="/en/case/{desk.case_id}/go/people"')
    assert desk.offered() == ["elm", "rowan", "willow"]
    desk.get(f"{desk.path}?skills=law&skills=nonsense")
    assert desk.offered() == ["elm", "willow", "rowan"]
    desk.send("assign-form", person=desk.seat.insiders["willow"].person_id)
    assert "The case is given to that desk." in desk.text
    desk.get(desk.path)
    assert "one open case" in desk.text


def test_a_refused_assignment_says_why(desk: Desk) -> None:
    desk.come_in("rowan")
    desk.get(desk.path)
    markup = form(desk.markup, 'id="assign-form"')
    assert desk.submit(markup, {"person": desk.seat.insiders["birch"].person_id}).status_code == 409
    assert "roles do not include working on cases" in desk.text
    assert desk.submit(markup, {"person": "ab" * 16}).status_code == 404


def test_somebody_is_kept_away_and_let_back(desk: Desk) -> None:
    willow = desk.seat.insiders["willow"].person_id
    desk.come_in("rowan")
    desk.get(desk.path)
    assert desk.send("away-form", person=willow).status_code == 400
    assert "There is no reason yet." in desk.text
    desk.send("away-form", person=willow, reason="same-community")
    assert "Kept away." in desk.text
    assert desk.offered() == ["elm", "rowan"]
    assert "willow (Belongs to the same small community)" in desk.text
    again = form(desk.markup, f'action="{desk.path}/again"')
    desk.send("lock-form")
    desk.come_in("willow")
    assert desk.get(desk.path).status_code == 403
    assert desk.case_id not in desk.get("/en/").text
    desk.send("lock-form")
    desk.come_in("rowan")
    desk.get(desk.path)
    desk.submit(form(desk.markup, f'action="{desk.path}/again"'), {})
    assert "willow" in desk.offered()
    assert willow in again


def test_a_counsellor_says_that_a_case_is_not_for_them(desk: Desk) -> None:
    desk.come_in("elm")
    desk.get(desk.path)
    for absent in ("assign-form", "away-form", "skills-form"):
        assert absent not in desk.markup.replace("own-away-form", "")
    desk.send("own-away-form", reason="own-wish")
    assert "Kept away." in desk.text
    assert desk.get(desk.path).status_code == 403
