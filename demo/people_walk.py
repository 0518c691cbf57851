"""The pages that there are once people sign in: entering somebody, whose a case is, texts for interpreters.

It follows demo/desk_walk.py; whoever walks it a second time finds the people of the first.
"""

from __future__ import annotations

from collections.abc import Callable

from demo import clicks
from demo.ground import Ground, Insider

CUSTODIAN, SUPERVISOR, COUNSELLOR, INTERPRETER = "birch", "rowan", "alder", "larch"
_ROLES = {
    CUSTODIAN: ("custodian",),
    SUPERVISOR: ("supervisor",),
    COUNSELLOR: ("counsellor",),
    INTERPRETER: ("interpreter",),
}
# Whoever speaks the language of a case is the first to whom it may be given.
_LANGUAGES = {COUNSELLOR: ("ar",), INTERPRETER: ("ar", "fa")}
REASON = "They wait at the school, and the court is closed until Monday."


def walk_people(ground: Ground, code: Callable[[str], str], guest: str) -> None:
    """All of it; `code` gives a one-time code of a secret that was not used yet, `guest` is a free desk."""
    if not ground.people:
        clicks.unlock(ground.browser, ground.passphrase)
        for desk, roles in _ROLES.items():
            ground.people[desk] = _enter(ground, desk, roles)
        clicks.lock(ground.browser)
    _as_custodian(ground, code, guest)
    case = _as_supervisor(ground, code)
    _as_interpreter(ground, code)
    _as_counsellor(ground, code, case)


def _enter(ground: Ground, desk: str, roles: tuple[str, ...]) -> Insider:
    browser = ground.browser
    ground.open("people/new")
    browser.type("#desk", desk)
    for role in roles:
        browser.check(f"#roles-{role}")
    for language in _LANGUAGES.get(desk, ()):
        browser.check(f"#languages-{language}")
    browser.check("#draw")
    browser.press("#person-form .actions button")
    secret = "".join(browser.text("#secret").split())
    insider = Insider(desk, browser.text("#drawn").strip(), secret)
    browser.press("#handed-form button")
    return insider


def _sign_in(ground: Ground, code: Callable[[str], str], desk: str) -> None:
    browser, insider = ground.browser, ground.people[desk]
    browser.type("#desk", desk)
    browser.type("#passphrase", insider.passphrase)
    browser.type("#one-time", code(insider.secret))
    browser.press("#unlock-form button")
    browser.need("#lock-form")


def _as_custodian(ground: Ground, code: Callable[[str], str], guest: str) -> None:
    browser = ground.browser
    browser.type("#desk", CUSTODIAN)
    browser.type("#passphrase", "a wrong one")
    browser.type("#one-time", "000000")
    browser.press("#unlock-form button")
    browser.need("#error-summary")
    _sign_in(ground, code, CUSTODIAN)
    browser.press("#new-person")
    browser.type("#desk", "A Name")
    browser.press("#person-form .actions button")
    browser.need("#error-summary")
    _enter(ground, guest, ("counsellor",))
    browser.press("#people li:last-child .person-link")
    browser.check("#roles-auditor")
    browser.press("#roles-form button")
    browser.need("#error-summary")
    browser.press("#abilities-form button")
    ground.open("inbox-of-others")
    ground.open("")
    browser.press("#signed-in a")
    browser.type("#before", "a wrong one")
    browser.type("#passphrase", "seven words that dice chose, or so")
    browser.type("#again", "seven words that dice chose, or so")
    browser.press("#own-form button")
    browser.need("#error-summary")
    clicks.lock(browser)


def _as_supervisor(ground: Ground, code: Callable[[str], str]) -> str:
    browser = ground.browser
    _sign_in(ground, code, SUPERVISOR)
    case = ground.find(ground.from_the_right)
    ground.part("people")
    browser.check("[name=person]")
    browser.press("#assign-form button")
    ground.open(f"{case}/people?skills=law")
    ground.open(case)
    browser.press(".message .translate-form button")
    browser.choose("#foreign", "ar")
    browser.press("#foreign-form button")
    browser.check("#ask-form [name=interpreter]")
    browser.press("#ask-form .actions button")
    ground.open(f"{case}/consent")
    browser.tick("#exceptions summary")
    browser.check("#x-purpose-police")
    browser.check("#x-field-summary")
    browser.check("#x-shown-described")
    browser.type("#x-recipient", "Police, desk 4")
    browser.type("#x-days", "99")
    browser.type("#reason", REASON)
    browser.press("#exception-form .actions button")
    browser.need("#error-summary")
    browser.type("#x-days", "3")
    browser.press("#exception-form .actions button")
    browser.need("#done")
    _propose(ground, case)
    ground.open("people")
    clicks.lock(browser)
    return case


def _propose(ground: Ground, case: str) -> None:
    """To keep a case longer, and to destroy it early; nothing comes of either."""
    browser = ground.browser
    ground.open(case)
    ground.part("holds")
    browser.check("#hold-form [name=code]")
    browser.type("#hold-form #reason", " ")
    browser.type("#until", browser.attribute("#until", "min"))
    browser.press("#hold-form .actions button")
    browser.need("#error-summary")
    browser.type("#hold-form #reason", REASON)
    browser.press("#hold-form .actions button")
    browser.check("#early-form [name=early]")
    browser.press("#early-form .actions button")
    ground.open("to-confirm")


def _as_interpreter(ground: Ground, code: Callable[[str], str]) -> None:
    browser = ground.browser
    _sign_in(ground, code, INTERPRETER)
    browser.press(".text-link")
    browser.press("#text-form button[value=hand-in]")
    browser.need("#error-summary")
    browser.type("#translation", "A man from the consulate asked me for names.")
    browser.press("#text-form button[value=save]")
    browser.press("#text-form button[value=hand-in]")
    clicks.lock(browser)


def _as_counsellor(ground: Ground, code: Callable[[str], str], case: str) -> None:
    """What another person proposed is looked at, and dropped."""
    browser = ground.browser
    _sign_in(ground, code, COUNSELLOR)
    ground.open("to-confirm")
    ground.open(f"{case}/holds")
    browser.press(".look-early")
    browser.press("#early-form button[value=confirm]")  # without a tick
    browser.need("#error-summary")
    browser.press("#early-form button[value=drop]")
    browser.press("#waiting button[value=drop]")
    ground.open(f"{case}/consent")
    browser.press("#exceptions .box button[value=drop]")
    ground.open("texts")
    clicks.lock(browser)
