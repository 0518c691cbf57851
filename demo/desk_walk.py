"""A counsellor at every page of the workstation, also those that only a button leads to, each with a mistake.

One walk for the pictures (demo/screenshots.py) and for the search for barriers (tests/functional). What it
begins it ends again, as far as the workstation can: so it can be walked once more, in another language.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from demo import clicks
from demo.browser import Browser

NOBODY = "0" * 32
TOO_LONG = "word " * 1_300
LOOK_DEADLINE_S = 90.0
SERVICE = "elm"
SERVICES = """\
version = 1
[[service]]
id = "elm"
kind = "legal"
for = ["help", "police"]
names.en = "Elm Street Law"
names.nl = "Iepstraat Advocaten"
does.en = "Advice on what a court can do, without a bill."
does.nl = "Raad over wat een rechter kan doen, zonder rekening."
telephone = ["112"]
last_verified = {verified}
expires = {expires}

[[service]]
id = "oak"
kind = "doctor"
for = ["care"]
names.en = "Oak House"
does.en = "A doctor and a bed for a night."
expires = {expires}
"""
OPTION = (
    "التحدث مع محامٍ، بدون اسم (AB-12).",
    "نصيحة خلال أسبوعين.",
    "قد يرى أحدهم رسالة.",
    "يبقى كل شيء كما هو.",
)
ANSWER = "شكراً لأنك أخبرتنا. أنت من يقرر ما يحدث (رقم AB-12)، ولن نفعل شيئاً بدونك."
AGREED = "هل يمكننا أن نقول لـ Elm Street Law ما حدث، بدون اسمك؟"
SUMMARY = "اتصل رجل بالعائلة وسأل عن العنوان (AB-12)؛ تريد العائلة أن تعرف ماذا يمكن للمحكمة."
NOTE = "اتصلت في 12-03, the line was bad. نحاول غداً."
TRANSLATION = "A man from the consulate (number XX-000) called me and asked for names."
TOLD = "A neighbour has been asking for the children; there is a grey car at the corner."


@dataclass
class Insider:
    """Somebody who signs in, and all that they know."""

    desk: str
    passphrase: str
    secret: str


@dataclass
class Ground:
    """A browser before a workstation that is locked, and what lies in it."""

    browser: Browser
    address: str
    """Without a slash at the end."""
    language: str
    passphrase: str
    export: str
    """The file's name, of an export that was not taken in yet."""
    report: str
    """Words of a report with files; it may be in that export."""
    from_the_right: str
    """A word of a report that is written from right to left."""
    answer: str
    people: dict[str, Insider] = field(default_factory=dict)

    def open(self, path: str) -> None:
        """A page by its address, below the language."""
        self.browser.open(f"{self.address}/{self.language}/{path}")

    def find(self, words: str) -> str:
        """Opens the newest case in which these words stand; gives its address below the language."""
        self.open("search")
        self.browser.type("#search-words", words)
        self.browser.press("#search-form button")
        self.arrive(".found-link")
        self.browser.press(".found-link")
        return self.here()

    def arrive(self, selector: str) -> None:
        """Waits where a page renews itself until something is done."""
        if not self.browser.has(selector):
            self.browser.wait_for(selector)

    def here(self) -> str:
        """The address of this page, below the language."""
        path = self.browser.url.partition("?")[0].partition("#")[0]
        return path.removeprefix(f"{self.address}/{self.language}/")

    def part(self, name: str) -> None:
        """From a case's page to one of its other pages, by the button."""
        self.browser.press(f"#case-actions button[formaction$='/go/{name}']")


def walk(ground: Ground) -> str:
    """All of it, while nobody has signed in but the lone seat; gives the name of the release."""
    _open_up(ground)
    case = ground.find(ground.from_the_right)
    _judge(ground, case)
    _translate(ground, case)
    _agree(ground, case)
    _refer(ground, case)
    _mute(ground, case)
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


def _judge(ground: Ground, case: str) -> None:
    browser = ground.browser
    ground.part("triage")
    browser.choose("#danger", "weeks")
    browser.choose("#device", "watched")
    browser.choose("#urgency", "P3")
    browser.press("#triage-form .actions button")
    browser.need("#error-summary")
    browser.choose("#urgency", "")
    browser.type("#remarks", NOTE)
    browser.check("[name=code]")
    browser.press("#triage-form .actions button")
    browser.type("#text", TOO_LONG)
    browser.type("#note", NOTE)
    browser.press("#reply-form .actions button")
    browser.need("#error-summary")
    browser.type("#text", ANSWER)
    browser.choose("#reply-form #language", "ar")
    browser.type("#task", NOTE)
    browser.press("#reply-form .actions button")
    browser.press("#approve-form button")  # others may read along, and nothing was ticked
    browser.need("#error-summary")
    ground.open(case)
    browser.press("#tasks button")
    browser.tick("#templates summary")
    browser.press("#templates button[name=template]:not([value=''])")
    browser.type("#text", "")


def _translate(ground: Ground, case: str) -> None:
    browser = ground.browser
    browser.press(".reply.draft .translate-form button")
    ground.open(case)
    browser.press(".message .translate-form button")
    browser.press("#translation-form .actions button")
    browser.need("#error-summary")
    browser.type("#text", TRANSLATION)
    browser.press("#translation-form .actions button")


def _agree(ground: Ground, case: str) -> None:
    browser = ground.browser
    ground.part("options")
    names = ("what", "outcome", "risk", "nothing")
    for name in names:
        browser.type(f"#{name}", "  ")
    browser.press("#option-form .actions button")
    browser.need("#error-summary")
    for name, words in zip(names, OPTION, strict=True):
        browser.type(f"#{name}", words)
    browser.choose("#choice", "chosen")
    browser.press("#option-form .actions button")
    browser.press(".change-link")
    ground.open(case)
    ground.part("consent")
    browser.check("[name=source]")
    for box in ("#purpose-help", "#field-summary", "#field-words", "#shown-described", "#answer-yes"):
        browser.check(box)
    browser.check("#how-phone")
    browser.choose("#service", f"svc:{SERVICE}")
    browser.type("#text", AGREED)
    browser.type("#days", "999")
    browser.press("#consent-form .actions button")
    browser.need("#error-summary")
    browser.type("#days", "30")
    browser.press("#consent-form .actions button")
    browser.need("#done")


def _refer(ground: Ground, case: str) -> None:
    browser = ground.browser
    ground.open(f"{case}/redaction")
    browser.press(".notices h2 a")
    browser.type("#words-name", ground.from_the_right)
    browser.press("#redaction-form button[value=look]")
    browser.press("#redaction-form button[value=save]")
    ground.open(case)
    ground.part("referral")
    browser.press(f"#choice-{SERVICE} h3 a")
    browser.check("#purpose-help")
    browser.press("#referral-form button[value=preview]")  # with nothing chosen
    for box in ("#field-summary", "#field-words", "[name=message]"):
        browser.check(box)
    browser.type("#summary", SUMMARY)
    browser.press("#referral-form button[value=preview]")
    browser.press("#preview button[value=print]")
    ground.open(f"{case}/referral")


def _mute(ground: Ground, case: str) -> None:
    browser = ground.browser
    ground.open(case)
    ground.part("muting")
    browser.check("[name=reason]")
    browser.press("#mute-form button")
    ground.open("")
    ground.open(case)
    ground.part("muting")
    browser.press("#unmute-form button")


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
