"""Signing in, letting people in and out, and the second reader, on the pages."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from tests.support.export_builder import new_source
from tests.support.people import Seat, code_of, seat
from tests.support.workroom import PASSPHRASE
from tests.support.workstation_browser import IDLE_S, Counsellor, form
from workstation.casework.roles import Role

OWN = "seven words that a person thought of"


class Desk(Counsellor):
    """A browser at a workstation where people sign in; its time stands still until a test moves it."""

    def __init__(self, room: Seat) -> None:
        super().__init__(room, now=lambda: room.now)
        self.seat = room

    def come_in(self, desk: str) -> None:
        """As somebody who was entered, with the code of the next half minute."""
        one = self.seat.insiders[desk]
        self.seat.now += 30
        self.sign_in(one.desk, one.passphrase, code_of(one.secret, self.seat.now))
        assert f'id="signed-in"><a href="/en/me/passphrase">{desk}</a>' in self.markup

    def need(self, pattern: str) -> str:
        """What a pattern finds on the present page."""
        found = re.search(pattern, self.markup, re.S)
        assert found, pattern
        return html.unescape(found[1])


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Seat]:
    with seat(tmp_path) as made:
        yield made


@pytest.fixture
def staffed(room: Seat) -> Seat:
    room.enter("birch", Role.CUSTODIAN)
    room.enter("willow", Role.COUNSELLOR)
    room.enter("rowan", Role.SUPERVISOR)
    return room


@pytest.fixture
def desk(staffed: Seat) -> Iterator[Desk]:
    made = Desk(staffed)
    yield made
    made.holder.lock()


def test_a_lone_seat_asks_for_the_passphrase_only(room: Seat) -> None:
    person = Desk(room)
    person.get("/en/unlock")
    assert 'id="desk"' not in person.markup
    assert 'id="one-time"' not in person.markup
    person.unlock()
    assert 'id="signed-in"' not in person.markup
    person.get("/en/people")
    assert "Nobody is entered yet" in person.text
    assert person.get("/en/me/passphrase").status_code == 404
    person.holder.lock()


def test_the_first_person_ends_the_lone_seat(room: Seat) -> None:
    person = Desk(room)
    person.unlock()
    person.get("/en/people/new")
    answer = person.send("person-form", desk="willow", roles="counsellor", passphrase=OWN, again=OWN)
    assert answer.status_code == 400
    assert "The first person has to be a key custodian" in person.text
    assert 'value="willow"' in person.markup
    assert OWN not in person.markup
    person.send("person-form", desk=" Birch", roles="custodian", passphrase=OWN, again=OWN)
    assert "What birch takes along" in person.text
    secret = person.need(r'id="secret">([^<]+)').replace(" ", "")
    assert 'id="drawn"' not in person.markup
    person.send("handed-form")
    person.send("lock-form")
    assert 'id="desk"' in person.markup
    person.sign_in("birch", OWN, code_of(secret, room.now))
    assert "birch (Key custodian)" in person.text
    assert person.page is not None
    assert person.page.request.path == "/en/people"
    person.holder.lock()


def test_what_is_handed_out_is_shown_until_it_is_confirmed_and_then_never(desk: Desk) -> None:
    desk.come_in("birch")
    desk.get("/en/people/new")
    desk.send("person-form", desk="elm", roles="interpreter", languages="tr", skills="children", draw="yes")
    drawn = desk.need(r'id="drawn">([^<]+)')
    secret = desk.need(r'id="secret">([^<]+)').replace(" ", "")
    assert len(drawn) >= 20
    picture = desk.browser.get("/en/people/handout/code.png")
    assert picture.mimetype == "image/png"
    assert picture.data.startswith(b"\x89PNG")
    assert picture.headers["Cache-Control"] == "no-store"
    desk.send("handed-form")
    assert secret not in desk.markup
    assert desk.browser.get("/en/people/handout").status_code == 303
    assert desk.browser.get("/en/people/handout/code.png").status_code == 404
    desk.send("lock-form")
    desk.sign_in("elm", drawn, code_of(secret, desk.seat.now))
    assert "elm (Interpreter)" in desk.text


def test_the_handout_is_gone_when_the_workstation_locks(desk: Desk) -> None:
    desk.come_in("birch")
    desk.get("/en/people/new")
    desk.send("person-form", desk="elm", roles="auditor", draw="yes")
    desk.steady.now += IDLE_S + 1
    desk.come_in("birch")
    assert desk.browser.get("/en/people/handout").status_code == 303


@pytest.mark.parametrize("wrong", ["desk", "passphrase", "code"])
def test_a_wrong_sign_in_is_one_answer(desk: Desk, wrong: str) -> None:
    one = desk.seat.insiders["willow"]
    typed = {"desk": "willow", "passphrase": one.passphrase, "code": code_of(one.secret, desk.seat.now)}
    typed[wrong] = "000000" if wrong == "code" else "birch"
    answer = desk.sign_in(**typed)
    assert answer.status_code == 403
    assert "Desk, passphrase and code do not belong together." in desk.text
    assert one.passphrase not in desk.markup
    assert typed["code"] not in desk.markup


def test_a_used_code_and_too_many_tries_are_told(desk: Desk) -> None:
    one = desk.seat.insiders["willow"]
    desk.come_in("willow")
    desk.send("lock-form")
    code = code_of(one.secret, desk.seat.now)
    assert desk.sign_in("willow", one.passphrase, code).status_code == 403
    assert "This code was used already." in desk.text
    for _ in range(4):
        desk.sign_in("willow", "wrong", code)
    desk.sign_in("willow", one.passphrase, code)
    assert "There were too many wrong tries" in desk.text


def test_empty_fields_are_named(desk: Desk) -> None:
    desk.get("/en/unlock")
    assert desk.send("unlock-form", desk="", passphrase="", one_time="").status_code == 400
    assert "Type the name of your desk. Type the passphrase. Type the code." in desk.text


def test_the_founding_passphrase_alone_opens_no_page_any_more(desk: Desk) -> None:
    assert desk.unlock(PASSPHRASE).status_code == 400
    assert desk.browser.get("/en/").status_code == 303


def test_a_custodian_changes_roles_and_refusals_are_told(desk: Desk) -> None:
    desk.come_in("birch")
    desk.get(desk.need(r'class="person-link" href="([^"]+)">willow'))
    desk.send("roles-form", roles="custodian")
    assert "The roles are changed." in desk.text
    markup = form(desk.markup, 'id="roles-form"')
    desk.submit(markup, {"roles": "nonsense"})
    assert "there is at least one role" in desk.text
    desk.send("abilities-form", languages="fa")
    assert "Skills and languages are changed." in desk.text
    desk.get("/en/people")
    assert "Persian" in desk.text
    desk.get(desk.need(r'class="person-link" href="([^"]+)">birch'))
    assert "This is you." in desk.text
    assert 'id="leave-form"' not in desk.markup
    assert desk.get("/en/people/person/00").status_code == 404


def test_somebody_leaves_and_does_not_come_in_again(desk: Desk) -> None:
    desk.come_in("birch")
    desk.get(desk.need(r'class="person-link" href="([^"]+)">willow'))
    assert desk.send("leave-form").status_code == 400
    assert "The box was not ticked" in desk.text
    desk.send("leave-form", sure="yes")
    assert "That desk opens nothing here any more." in desk.text
    desk.send("lock-form")
    one = desk.seat.insiders["willow"]
    desk.seat.now += 30
    assert desk.sign_in("willow", one.passphrase, code_of(one.secret, desk.seat.now)).status_code == 403


def test_new_access_for_who_forgot(desk: Desk) -> None:
    desk.come_in("birch")
    desk.get(desk.need(r'class="person-link" href="([^"]+)">willow'))
    assert desk.send("access-form", passphrase=OWN, again="another").status_code == 409
    assert "The two passphrases are not the same." in desk.text
    desk.send("access-form", passphrase=OWN, again=OWN)
    secret = desk.need(r'id="secret">([^<]+)').replace(" ", "")
    desk.send("lock-form")
    desk.sign_in("willow", OWN, pyotp.TOTP(secret).at(int(desk.seat.now)))
    assert "willow (Counsellor)" in desk.text


def test_ones_own_passphrase(desk: Desk) -> None:
    one = desk.seat.insiders["willow"]
    desk.come_in("willow")
    desk.get("/en/me/passphrase")
    for before, first, second, told in (
        ("wrong", OWN, OWN, "This is not your passphrase."),
        (one.passphrase, OWN, "else", "The two passphrases are not the same."),
        (one.passphrase, "short", "short", "too easy to guess"),
    ):
        desk.send("own-form", before=before, passphrase=first, again=second)
        assert told in desk.text
    desk.send("own-form", before=one.passphrase, passphrase=OWN, again=OWN)
    assert "Your passphrase is changed." in desk.text
    desk.send("lock-form")
    desk.seat.now += 30
    desk.sign_in("willow", OWN, code_of(one.secret, desk.seat.now))
    assert "willow (Counsellor)" in desk.text


def test_an_author_does_not_approve_while_second_reading_is_on(staffed: Seat) -> None:
    staffed.take_in(staffed.export(staffed.server.report(new_source(), b"Hello.", staffed.day)))
    desk = Desk(staffed)
    desk.come_in("rowan")
    desk.get("/en/people")
    assert "Off: an author may approve an own answer." in desk.text
    desk.send("second-form")
    assert "From now on somebody else approves." in desk.text
    desk.open_thread()
    desk.send("reply-form", text="We have read it.", language="en")
    approve = re.search(r'action="(/en/thread/[^"]+/approve)"', desk.markup)
    assert approve
    desk.press(f'formaction="{approve[1]}"')
    assert "You wrote this answer, or a part of it." in desk.text
    desk.send("lock-form")
    desk.come_in("willow")
    desk.open_thread()
    desk.press(f'formaction="{approve[1]}"')
    assert "Approved." in desk.text
    desk.holder.lock()


def test_second_reading_needs_two_readers(room: Seat) -> None:
    room.enter("birch", Role.CUSTODIAN)
    room.enter("rowan", Role.SUPERVISOR)
    desk = Desk(room)
    desk.come_in("rowan")
    desk.get("/en/people")
    desk.send("second-form")
    assert "only one here may read and answer" in desk.text
    desk.holder.lock()


def test_a_kept_text_is_not_given_to_somebody_who_may_not_write(staffed: Seat) -> None:
    staffed.take_in(staffed.export(staffed.server.report(new_source(), b"Hello.", staffed.day)))
    desk = Desk(staffed)
    desk.come_in("rowan")
    desk.open_thread()
    desk.steady.now += IDLE_S + 1
    desk.send("reply-form", text="Half a thought", language="en")
    one = desk.seat.insiders["birch"]
    desk.send(
        "unlock-form", desk="birch", passphrase=one.passphrase, one_time=code_of(one.secret, desk.seat.now)
    )
    assert desk.page is not None
    assert desk.page.request.path == "/en/people"
    assert "Half a thought" not in desk.markup
    desk.holder.lock()


def test_nothing_that_leaves_tells_who_wrote_it(staffed: Seat) -> None:
    """A release as the server opens it, and the answer as the source does: no desk, no id of a person."""
    source = new_source()
    staffed.take_in(staffed.export(staffed.server.report(source, b"Hello.", staffed.day)))
    office = staffed.sign_in("willow")
    staffed.answer("We have read it.")
    staffed.release()
    (written,) = office.releases.write(office.actor, staffed.media)
    (answer,) = staffed.server.mailbox(source)
    assert answer.text == "We have read it."
    left = [written.path.name.encode(), written.path.read_bytes(), repr(answer).encode()]
    left.append(repr(staffed.server.release).encode())
    for one in staffed.insiders.values():
        for token in (one.desk.encode(), one.person_id.encode(), bytes.fromhex(one.person_id)):
            assert not any(token in data for data in left)
