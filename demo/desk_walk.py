"""A counsellor at every page of the workstation, also those that only a button leads to, each with a mistake.

One walk for the pictures (demo/screenshots.py) and for the search for barriers (tests/functional). What it
begins it ends again, as far as the workstation can: so it can be walked once more, in another language.
"""

from __future__ import annotations

from demo import clicks
from demo.case_walk import walk_case
from demo.ground import Ground

NOBODY = "0" * 32
LOOK_DEADLINE_S = 90.0
TOLD = "A neighbour has been asking for the children; there is a grey car at the corner."


def walk(ground: Ground) -> str:
    """All of it, while nobody has signed in but the lone seat; gives the name of the release."""
    _open_up(ground)
    walk_case(ground)
    _on_the_phone(ground)
    _look_at_a_file(ground)
    name = _answer_and_release(ground)
    _look_after_the_office(ground)
    _lose_the_way(ground)
    return name


def _open_up(ground: Ground) -> None:
    browser = ground.browser
    browser.type("#passphrase", "a wrong one")
    browser.press("#unlock-form button")
    clicks.unlock(browser, ground.passphrase)
    clicks.import_export(browser, ground.export)
    browser.press(".tabs a[href$='/services']")
    if browser.has("#file-1"):
        browser.check("#file-1")
        browser.press("#directory-form button")
    browser.press(".tabs li:first-child a")
    browser.type("#search-words", "…")
    browser.press("#search-form button")
    ground.arrive("#search-status")
    browser.type("#search-words", "qqqqqq")
    browser.press("#search-form button")


def _on_the_phone(ground: Ground) -> None:
    """A case by telephone: linked, merged, split, closed, opened again and closed."""
    browser = ground.browser
    ground.open("")
    browser.press("#intake-link")
    browser.check("#how-phone")
    browser.type("#told", "  ")
    browser.press("#intake-form .actions button")
    browser.need("#error-summary")
    browser.type("#told", TOLD)
    browser.press("#intake-form .actions button")
    browser.press("#handed-form button")
    case, thread = ground.here(), browser.url.partition("to=")[2].partition("#")[0]
    ground.part("phone")
    browser.press("#again-form button")
    browser.need("#error-summary")
    browser.check("#how-phone")
    browser.type("#told", TOLD)
    browser.press("#told-form .actions button")
    ground.part("together")
    browser.press("#link-form button")
    ground.part("together")
    browser.press(".unlink-form button")
    ground.part("together")
    browser.press("#merge-form button")
    ground.part("together")
    browser.press(f".split-form:not(:has([value='{thread}'])) button")
    ground.open(case)
    ground.part("end")
    browser.check("#reason-done")
    browser.press("#close-form button")
    browser.need("#error-summary")
    browser.check("#reason-done")
    browser.choose("#none", "nothing-asked")
    browser.press("#close-form button")
    browser.press("#case-actions a")
    browser.press("#reopen-form button")
    ground.part("end")
    browser.check("#reason-no-contact")
    browser.press("#close-form button")
    ground.open("closed")


def _look_at_a_file(ground: Ground) -> None:
    browser = ground.browser
    case = ground.find(ground.report)
    files = len(browser.texts(".look-link"))
    for number in range(files):
        ground.open(case)
        browser.press(f"ul.files > li:nth-child({number + 1}) .look-link")
        browser.wait_for("main:not(:has(#look-progress)) #copy", LOOK_DEADLINE_S)
    browser.press("#strip-form button")


def _answer_and_release(ground: Ground) -> str:
    ground.find(ground.report)
    clicks.answer(ground.browser, ground.answer)
    return clicks.make_release(ground.browser)


def _look_after_the_office(ground: Ground) -> None:
    browser = ground.browser
    browser.press(".tabs a[href$='/ledger']")
    browser.type("#head", "abc")
    browser.press("#verify-form button")
    browser.need("#error-summary")
    browser.type("#head", "")
    browser.press("#verify-form button")
    browser.press(".tabs a[href$='/people']")
    browser.press("#rules-link")
    browser.press("#receipts-form button")
    browser.press("#receipts-form button")
    browser.check("#day-mon")
    browser.press("#days-form button")
    browser.press(".tabs a[href$='/release']")
    ground.open("rules")
    browser.tick("#day-mon")
    browser.press("#days-form button")
    browser.press(".tabs a[href$='/import']")
    browser.press(".tabs a[href$='/about']")


def _lose_the_way(ground: Ground) -> None:
    """What is said where there is nothing, or nothing any more; at the end it is locked."""
    ground.open("nothing-here")
    ground.open(f"case/{NOBODY}")
    ground.open("")
    clicks.lock(ground.browser)
