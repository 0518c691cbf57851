"""A report's whole way and its answer's way back, by clicking, over a real Tor network, without script."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from demo import clicks
from demo.browser import Browser
from tests.functional.browsers import people
from tests.functional.stage_fixtures import Line

pytestmark = [pytest.mark.tor, pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("stage")]

TEXT = "They rang my mother in March.\nThey knew where I live, “until now”. Wat moet ik doen?"
ANSWER = "Thank you for telling us.\nYou decide what happens next."
TITLES = {
    "en": {"Start", "Codename", "Write", "Received", "Come back", "Answers", "Page"},
    "nl": {"Start", "Begin", "Codenaam", "Schrijven", "Ontvangen", "Terugkomen", "Antwoorden", "Pagina"},
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def back_shows_nothing_of(browser: Browser, *secrets: str) -> None:
    """However often the button back is pressed, until the page from before the site comes."""
    pages = 0
    browser.back()
    while not browser.url.startswith("data:"):
        pages += 1
        assert not [secret for secret in secrets if secret in browser.source]
        assert not browser.has("#received-list li")
        assert not browser.has(".reply")
        browser.back()
    assert pages


@pytest.mark.parametrize(("kind", "language"), [("chromium", "en"), ("firefox", "nl")])
def test_a_report_is_read_and_its_answer_comes_back(
    line: Line, tmp_path: Path, kind: str, language: str
) -> None:
    photo = tmp_path / "photo of march.bin"
    photo.write_bytes(os.urandom(1_500_000))

    with people(kind, line, tmp_path) as crowd:
        source = crowd.source()
        assert "112" in source.text("main")
        assert not source.shown(".scripts")
        clicks.switch_language(source, language)
        assert source.cookies() == []
        codename = clicks.draw_codename(source)
        received = clicks.write_report(source, TEXT, [photo])
        assert len(received) == 2
        assert photo.name in received[1]
        clicks.leave(source)
        assert source.cookies() == []
        back_shows_nothing_of(source, codename, "my mother", photo.name)
        crowd.close(source)

        operator = crowd.operator()
        clicks.switch_language(operator, language)
        clicks.sign_in(operator, line.stage.operator, line.operator.codes.next())
        export = clicks.fetch_export(operator)

        counsellor = crowd.counsellor()
        clicks.switch_language(counsellor, language)
        clicks.unlock(counsellor, line.stage.workstation.passphrase)
        assert counsellor.attribute("html", "lang") == language
        counsellor.open(f"{line.workstation_url}{language}/nothing-here")
        assert counsellor.attribute("html", "lang") == language
        clicks.import_export(counsellor, export.name)
        clicks.open_newest(counsellor)
        assert counsellor.text(".message-text") == TEXT
        photo.rename(tmp_path / "as sent")
        arrived = counsellor.download(".file-link")
        assert arrived.name == photo.name
        assert sha256(arrived) == sha256(tmp_path / "as sent")
        clicks.answer(counsellor, ANSWER)
        release = line.stage.medium / clicks.make_release(counsellor)
        clicks.lock(counsellor)
        back_shows_nothing_of(counsellor, "my mother", photo.name)

        clicks.bring_release(operator, release)
        operator.press("#signout-form button")

        source = crowd.source()
        clicks.switch_language(source, language)
        assert clicks.come_back(source, codename) == [ANSWER]
        clicks.delete_answer(source)
        assert not source.has(".reply")
        clicks.leave(source)
        back_shows_nothing_of(source, codename, "Thank you for telling us.")
        crowd.close(source)

        source = crowd.source()
        clicks.switch_language(source, language)
        assert clicks.come_back(source, codename) == []
        assert source.has("#no-replies")
        assert source.attribute("html", "lang") == language
        clicks.leave(source)
        assert crowd.source_titles <= TITLES[language]
