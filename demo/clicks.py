"""What the four people do, click by click, in a real browser (demo/acts.py: without one).

Selectors are ids, classes and addresses, never words, so that it goes the same way in every language.
Every function raises ActFailed when the page does not offer, or does not answer, what it should.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from demo.browser import Browser
from demo.stage import Operator

IMPORT_DEADLINE_S = 90.0


def switch_language(person: Browser, language: str) -> None:
    """Presses the name of a language at the top of the page, unless the page is in it already."""
    if person.attribute("html", "lang") != language:
        person.press(f".languages a[lang={language}]")


# The source.


def draw_codename(source: Browser) -> str:
    """From the first page: asks for a codename and types it again; the page to write on comes."""
    source.press(".cards a[href*='/new']")
    codename = source.text("#codename")
    source.type("#codename-field", codename)
    source.press("#new-form button")
    source.need("#write-form")
    return codename


def write_report(source: Browser, text: str, files: Sequence[Path]) -> list[str]:
    """From the page to write on: sends a text with files; gives what the list says has arrived."""
    source.type("#text", text)
    source.tick("#need-advice")
    source.attach("#files", files)
    source.press("#write-form button")
    source.need("#received-list li")
    return source.texts("#received-list li")


def come_back(source: Browser, codename: str) -> list[str]:
    """From the first page: types the codename; gives the texts of the answers."""
    source.press(".cards a[href*='/return']")
    source.type("#codename-field", codename)
    source.press("#return-form button")
    source.need("#replies")
    return source.texts(".reply-text")


def delete_answer(source: Browser) -> None:
    """On the page with answers: deletes the newest one."""
    source.tick(".reply summary")
    source.press(".reply .delete-form button")
    source.need("#deleted")


def leave(source: Browser) -> None:
    """Presses "Leave now", from any page."""
    source.press("#leave-form button")


# The operator.


def sign_in(operator: Browser, known: Operator, code: str) -> None:
    """On the sign-in page: desk name, passphrase, one-time code."""
    operator.type("#alias", known.alias)
    operator.type("#passphrase", known.passphrase)
    operator.type("#code", code)
    operator.press("#signin-form button")
    operator.need("#export-form")


def fetch_export(operator: Browser) -> Path:
    """From any page: makes an export and downloads it, the first on the page; gives the file."""
    operator.press(".tabs a[href$='/exports']")
    operator.press("#export-form button")
    operator.need("#result")
    return operator.download(".export-download")


def bring_release(operator: Browser, release: Path) -> None:
    """From any page: uploads a release."""
    operator.press(".tabs a[href$='/release']")
    operator.attach("#release", [release])
    operator.press("#release-form button")
    operator.need("#result")


# The counsellor, at the workstation.


def unlock(counsellor: Browser, passphrase: str) -> None:
    """On the unlock page: the passphrase."""
    counsellor.type("#passphrase", passphrase)
    counsellor.press("#unlock-form button")
    counsellor.need("#lock-form")


def import_export(counsellor: Browser, export: str) -> str:
    """From any page: imports the export of this name; gives the words of the report."""
    counsellor.press(".tabs a[href$='/import']")
    counsellor.tick(f"#import-form input[value='{export}']")
    counsellor.press("#import-form button")
    counsellor.wait_for("#import-report", IMPORT_DEADLINE_S)
    return counsellor.text("#import-report")


def open_newest(counsellor: Browser) -> None:
    """From any page: opens the newest conversation with something unread in it."""
    counsellor.press(".tabs li:first-child a")
    counsellor.press(".thread.unread .thread-link")


def answer(counsellor: Browser, text: str) -> None:
    """In a conversation: writes an answer, saves it as a draft and approves it."""
    counsellor.type("#reply-form #text", text)
    counsellor.press("#reply-form button")
    counsellor.need("#done")
    counsellor.press("#approve-form button")
    counsellor.need("#done")


def make_release(counsellor: Browser) -> str:
    """From any page: makes a release and writes it to the medium; gives the name of the file."""
    counsellor.press(".tabs a[href$='/release']")
    counsellor.press("#release-form button")
    counsellor.need("#release-report")
    return counsellor.text("#release-report .file-name")


def lock(counsellor: Browser) -> None:
    """From any page: locks the workstation."""
    counsellor.press("#lock-form button")
    counsellor.need("#unlock-form")
