"""Signing in at the operators' site: nothing is told by a refusal, codes work once, guessing is slow."""

import hashlib
import logging
from pathlib import Path

import pyotp
import pytest

from journalist_interface.accounts import OperatorRecord
from journalist_interface.accounts.passphrases import PassphraseChecker, cost_of, make_hash
from journalist_interface.sessions import COOKIE, MOST, OPERATOR, Sessions
from journalist_interface.settings import PassphraseCost, ThrottleRule
from journalist_interface.throttle import Throttle
from serving.onetime import UsedCodes, matching_step
from tests.support.journalist_site import CHEAP, CLIENT_KEY, PASSPHRASE, Desk, hidden_fields, make_desk

SECRET = pyotp.random_base32()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(f"sqlite:///{tmp_path / 'accounts.sqlite'}")


def summary(text: str) -> str:
    """The error summary without the rest of the page."""
    return text.partition('id="error-summary"')[2].partition("</div>")[0]


def test_passphrase_and_code_sign_in(desk: Desk) -> None:
    person = desk.visitor()
    answer = person.sign_in()
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/en/exports"
    page = person.get("/en/exports")
    assert page.status_code == 200
    assert "Signed in as Desk 3" in page.text


@pytest.mark.parametrize("typed", ["desk 3", " DESK  3 ", "Desk\u00a03"])
def test_the_alias_may_be_typed_as_people_type(desk: Desk, typed: str) -> None:
    assert desk.visitor().sign_in(alias=typed).status_code == 303


def test_the_code_may_have_a_space_or_other_digits(desk: Desk) -> None:
    code = desk.code()
    assert desk.visitor().sign_in(code=f" {code[:3]} {code[3:]}").status_code == 303
    desk.clocks.pass_(30)
    fullwidth = "".join(chr(0xFF10 + int(digit)) for digit in desk.code())
    assert desk.visitor().sign_in(code=fullwidth).status_code == 303


def test_a_refusal_does_not_say_which_part_was_wrong(desk: Desk) -> None:
    tries = [
        {"alias": "Desk 4"},
        {"passphrase": "tulip harbour seventeen loud"},
        {"code": "000000" if desk.code() != "000000" else "111111"},
        {"alias": "Desk 4", "passphrase": "no", "code": "no"},
    ]
    answers = [desk.visitor().sign_in(**each) for each in tries]
    assert {answer.status_code for answer in answers} == {403}
    assert len({summary(answer.text) for answer in answers}) == 1
    assert "try again" in summary(answers[0].text)


def test_a_refusal_gives_back_neither_passphrase_nor_code(desk: Desk) -> None:
    answer = desk.visitor().sign_in(passphrase="wrong horse", code="123450")
    assert "wrong horse" not in answer.text
    assert "123450" not in answer.text
    assert 'value="Desk 3"' in answer.text


def test_a_code_works_once_and_the_second_time_says_so(desk: Desk) -> None:
    assert desk.visitor().sign_in().status_code == 303
    again = desk.visitor().sign_in()
    assert again.status_code == 403
    assert "Wait for the next code" in summary(again.text)
    desk.clocks.pass_(30)
    assert desk.visitor().sign_in().status_code == 303


def test_a_used_code_with_a_wrong_passphrase_is_just_wrong(desk: Desk) -> None:
    assert desk.visitor().sign_in().status_code == 303
    answer = desk.visitor().sign_in(passphrase="guess")
    assert "Wait for the next code" not in summary(answer.text)


def test_no_older_code_works_after_a_newer_one(desk: Desk) -> None:
    older = desk.code()
    desk.clocks.pass_(30)
    assert desk.visitor().sign_in().status_code == 303
    assert desk.visitor().sign_in(code=older).status_code == 403


def test_codes_of_the_steps_beside_are_taken_and_no_others() -> None:
    now = 1_700_000_010.0
    totp, step = pyotp.TOTP(SECRET), 1_700_000_010 // 30
    found = [matching_step(SECRET, totp.generate_otp(step + offset), now) for offset in (-2, -1, 0, 1, 2)]
    assert found == [None, step - 1, step, step + 1, None]


def test_used_codes_are_kept_for_each_secret() -> None:
    used = UsedCodes()
    assert used.use("a", 5)
    assert not used.use("a", 5)
    assert not used.use("a", 4)
    assert used.use("b", 5)
    assert used.use("a", 6)


def test_an_alias_that_nobody_has_costs_what_the_others_cost() -> None:
    checker = PassphraseChecker(PassphraseCost(passes=1, memory_kib=16, lanes=1))
    stored = make_hash("x", PassphraseCost(passes=2, memory_kib=64, lanes=1))
    assert not checker.check("x", None, like=stored)
    assert cost_of(checker._decoys[cost_of(stored)]) == cost_of(stored)
    assert not checker.check("x", None)
    assert checker.check("x", stored)
    assert not checker.check("y", stored)
    assert not checker.check("x", "not a hash")


def test_guessing_is_slowed_down_and_waiting_helps(desk: Desk) -> None:
    for _ in range(5):
        assert desk.visitor().sign_in(passphrase="guess").status_code == 403
    wait = desk.visitor().sign_in()
    assert wait.status_code == 429
    assert "Wait one minute" in summary(wait.text)
    desk.clocks.pass_(60)
    assert desk.visitor().sign_in().status_code == 303


def test_waiting_is_told_alike_for_aliases_that_do_not_exist(desk: Desk) -> None:
    for _ in range(5):
        desk.visitor().sign_in(alias="Desk 9", passphrase="guess")
    assert desk.visitor().sign_in(alias="desk  9", passphrase="guess").status_code == 429
    assert desk.visitor().sign_in().status_code == 303


def test_success_does_not_use_up_tries() -> None:
    clock = [0.0]
    throttle = Throttle(ThrottleRule(burst=2, refill_s=10, overall_burst=100), lambda: clock[0])
    for _ in range(50):
        assert throttle.take("a") == 0
        throttle.succeeded("a")
    assert [throttle.take("a") for _ in range(3)] == [0, 0, 10]
    clock[0] = 4
    assert throttle.take("a") == pytest.approx(6)
    clock[0] = 10
    assert throttle.take("a") == 0


def test_many_aliases_together_are_slowed_down_too() -> None:
    throttle = Throttle(ThrottleRule(overall_burst=10, overall_refill_s=5), lambda: 0.0)
    waits = [throttle.take(f"alias {number}") for number in range(11)]
    assert waits[:10] == [0] * 10
    assert waits[10] == 5


def test_empty_fields_are_named_and_linked(desk: Desk) -> None:
    answer = desk.visitor().sign_in(alias="", passphrase="", code="")
    assert answer.status_code == 400
    for name in ("alias", "passphrase", "code"):
        assert f'<a href="#{name}">' in summary(answer.text)
        assert f'id="{name}-error"' in answer.text


def test_signing_out_ends_the_session_everywhere(desk: Desk) -> None:
    person = desk.operator()
    cookie = person.client.get_cookie(COOKIE).value
    assert person.post("/en/sign-out", "/en/exports").status_code == 303
    thief = desk.visitor()
    thief.client.set_cookie(COOKIE, cookie, secure=True)
    assert thief.get("/en/exports").status_code == 303


def test_signing_in_gives_the_session_a_new_name(desk: Desk) -> None:
    person = desk.visitor()
    person.get("/en/sign-in")
    before = person.client.get_cookie(COOKIE).value
    person.sign_in()
    assert person.client.get_cookie(COOKIE).value != before
    person.client.set_cookie(COOKIE, before, secure=True)
    assert person.get("/en/exports").status_code == 303


def test_the_cookie_stays_on_this_site_and_out_of_reach(desk: Desk) -> None:
    line = desk.visitor().get("/en/sign-in").headers["Set-Cookie"]
    assert line.startswith("__Host-j=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(line.split("; "))
    assert "Expires" not in line
    assert "Max-Age" not in line


def test_a_session_ends_when_idle_and_in_the_end_always(desk: Desk) -> None:
    person = desk.operator()
    desk.clocks.pass_(800)
    assert person.get("/en/exports").status_code == 200
    desk.clocks.pass_(901)
    assert person.get("/en/exports").status_code == 303
    assert 'id="ended"' in person.get("/en/sign-in").text
    person = desk.operator()
    for _ in range(54):
        desk.clocks.pass_(800)
        assert person.get("/en/exports").status_code == 200
    desk.clocks.pass_(800)
    assert person.get("/en/exports").status_code == 303


def test_a_removed_operator_is_signed_out_at_the_next_page(desk: Desk) -> None:
    person = desk.operator()
    desk.accounts.remove("desk 3")
    assert person.get("/en/exports").status_code == 303
    assert person.sign_in().status_code == 403


def test_a_replaced_operator_is_signed_out_even_under_the_same_number(desk: Desk) -> None:
    person = desk.operator()
    desk.accounts.add(OperatorRecord("Desk 3", make_hash("new", CHEAP), SECRET, CLIENT_KEY), 1, replace=True)
    assert person.get("/en/exports").status_code == 303


def test_a_form_that_was_open_too_long_is_given_again(desk: Desk) -> None:
    person = desk.visitor()
    fields = hidden_fields(person.get("/en/sign-in").text)
    desk.clocks.pass_(901)
    typed = {**fields, "alias": "Desk 3", "passphrase": PASSPHRASE, "code": desk.code()}
    answer = person.client.post("/en/sign-in", data=typed)
    assert answer.status_code == 400
    assert "open for too long" in summary(answer.text)
    assert person.sign_in().status_code == 303


@pytest.mark.parametrize("path", ["/en/exports", "/en/release", "/en/sign-out", "/en/sign-in"])
def test_forged_forms_are_refused(desk: Desk, path: str) -> None:
    person = desk.operator() if path != "/en/sign-in" else desk.visitor()
    answer = person.client.post(path, data={"newest": "0", "csrf_token": "forged"})
    assert answer.status_code == 400
    assert not desk.mailroom.closed


def test_visitors_cannot_push_out_a_colleague() -> None:
    clock = [0.0]
    sessions = Sessions(900, 43_200, lambda: clock[0])
    colleague = sessions.keep({OPERATOR: (1, b"")})
    clock[0] = 1
    for _ in range(2 * MOST):
        sessions.keep({"csrf_token": "x"})
    assert sessions.open(colleague) is not None


def test_signing_in_leaves_the_database_as_it_was(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "accounts.sqlite"
    before = hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns
    desk.visitor().sign_in(passphrase="wrong")
    person = desk.operator()
    person.get("/en/exports")
    person.post("/en/sign-out", "/en/exports")
    assert (hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns) == before
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_the_log_holds_names_of_events_only(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        code = desk.code()
        desk.visitor().sign_in(passphrase="mistyped words")
        person = desk.operator()
        person.post("/en/exports", "/en/exports")
        person.upload(b"release")
        person.get("/en/exports/9")
    said = [record.getMessage() for record in caplog.records if record.name == "journalist_interface"]
    assert said == ["sign-in.refused", "sign-in.accepted", "export.made", "release.taken-in"]
    everything = caplog.text
    for secret in (PASSPHRASE, "mistyped", code, desk.secret, "Desk 3", "fc00", "/en/"):
        assert secret not in everything
