"""Every form that is given back: after a lock, from a page that was too old, and while an import runs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.export_builder import new_source
from tests.support.workroom import PASSPHRASE, workroom
from tests.support.workstation_browser import IDLE_S, form, form_fields
from tests.unit.test_workstation_ui_referral import TEXT, Desk
from workstation.ui.holder import ImportJob
from workstation.ui.medium import FoundExport
from workstation.ui.views.giving_back import GIVEN_BACK

WORDS = 'Half a "sentence"\nof <b>hers'
# By endpoint: the page, its form, a field of words, and fields that are chosen, which come back as well.
FORMS = {
    "case.assess": ("/triage", "triage-form", "remarks", {"danger": "now"}),
    "consent.record": ("/consent", "consent-form", "text", {"days": "44", "how": "phone"}),
    "options.write": ("/options", "option-form", "outcome", {"choice": "declined"}),
    "phone.begin": ("/en/intake", "intake-form", "told", {"danger": "now", "codename": "digits"}),
    "phone.tell": ("/phone", "told-form", "told", {"language": "tr"}),
    "redaction.take_out": ("/redaction/{message}", "redaction-form", "place", {}),
    "referral.send": ("/referral/to/elm", "referral-form", "summary", {"language": "en", "field": "words"}),
    "translation.write": ("/translation/message/{message}", "translation-form", "text", {"language": "tr"}),
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with workroom(tmp_path) as room:
        room.take_in(room.export(room.server.report(new_source(), TEXT.encode(), room.day)))
        made = Desk(room)
        made.hold()
        made.consent("summary", "words")
        yield made
        made.holder.lock()


def test_no_form_is_forgotten() -> None:
    # What takes two people: test_workstation_ui_agreements.py, _holds.py and _interpreting.py.
    assert set(FORMS) | {"consent.exception", "holds.propose", "texts.save"} == GIVEN_BACK


@pytest.mark.parametrize("endpoint", FORMS)
def test_all_of_it_comes_back(desk: Desk, endpoint: str) -> None:
    markup, name, filled = fill_in(desk, endpoint)
    form_id = FORMS[endpoint][1]

    def is_there(why: str) -> None:
        assert why in desk.text
        again = form(desk.markup, f'id="{form_id}"')
        assert form_fields(again)[name] == WORDS
        for one, value in FORMS[endpoint][3].items():
            chosen = form_fields(again).get(one)
            assert chosen == value or re.search(rf'value="{value}"[^>]* checked', again), one

    desk.steady.now += IDLE_S + 1
    desk.submit(markup, filled)
    assert "The text you wrote is kept on this page" in desk.text
    desk.send("unlock-form", passphrase="no")
    desk.send("unlock-form", passphrase=PASSPHRASE)
    is_there("had locked itself before this was saved")

    desk.submit(markup, {**filled, "csrf_token": "old"})
    is_there("had been open for too long")

    desk.holder.job = ImportJob(FoundExport("x", desk.room.media / "x", 0), accept_damaged=False)
    fresh = form_fields(form(desk.markup, f'id="{form_id}"'))["csrf_token"]
    desk.submit(markup, {**filled, "csrf_token": fresh})
    assert "It is not saved yet." in desk.text
    held = form(desk.markup, 'id="again-form"')
    desk.holder.job.ended.set()
    kept = form_fields(held)
    assert {one: kept[one] for one in filled if one != "csrf_token"} == {
        one: value for one, value in filled.items() if one != "csrf_token"
    }
    desk.submit(held, kept)
    assert desk.page is not None
    assert desk.page.status_code < 500


def fill_in(desk: Desk, endpoint: str) -> tuple[str, str, dict[str, str]]:
    """The form's markup, the field of words, and all that is sent."""
    address, form_id, name, chosen = FORMS[endpoint]
    desk.get(f"{desk.path}/redaction")
    message = re.search(r"/redaction/([0-9a-f]{32})", desk.markup)
    assert message
    address = address.format(message=message[1])
    desk.get(address if address.startswith("/en/") else desk.path + address)
    markup = form(desk.markup, f'id="{form_id}"')
    return markup, name, {**form_fields(markup), **chosen, name: WORDS}
