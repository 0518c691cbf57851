"""The pages of one case, also those that only a button leads to, each with a mistake (demo/desk_walk.py).

What is typed is written from right to left, with digits and Latin letters in it.
"""

from __future__ import annotations

from demo.ground import SERVICE, Ground

TOO_LONG = "word " * 1_300
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


def walk_case(ground: Ground) -> None:
    """All of it, in the newest case that is written from right to left."""
    case = ground.find(ground.from_the_right)
    _judge(ground, case)
    _translate(ground, case)
    _agree(ground, case)
    _refer(ground, case)
    _mute(ground, case)


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
