"""Keeping what is typed: the forms that do, and the one script that the pages have.

The script may run where its nonce stands, which is in no page but those that call `keep_script()`; every
other page forbids all script (headers.py, docs/decisions/0021-keeping.md).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import g, url_for
from markupsafe import Markup

from workstation.casework.kept import KeptFields
from workstation.ui.station import actor, office

TRIAGE = "triage"
CALL = "call"
AGREEMENT = "consent"
EXCEPTION = "exception"
_OPTION = "options"
_NONCE_SIZE = 16
# By the beginning of a form's name, its page, and what the rest of the name is in the address.
_PAGES = (
    (TRIAGE, "case.triage", ""),
    (CALL, "phone.case", ""),
    (AGREEMENT, "consent.page", ""),
    (EXCEPTION, "consent.page", ""),
    (f"{_OPTION}-", "options.page", "change"),
    (_OPTION, "options.page", ""),
    ("translation-", "translation.message", "message_id"),
    ("redaction-", "redaction.message", "message_id"),
    ("referral-", "referral.write", "service_id"),
)
# A form in which none of these says anything has nothing to be kept.
_WORDS = frozenset({"text", "note", "task", "told"})


def answer_form(thread_id: str, reply_id: str = "") -> str:
    """The name of the form of an answer: of a new one, or of a draft."""
    return f"answer-{thread_id}-{reply_id}" if reply_id else f"answer-{thread_id}"


def translation_form(message_id: str) -> str:
    """The name of the form of a translation of this message."""
    return f"translation-{message_id}"


def option_form(option_id: str = "") -> str:
    """The name of the form of an option: of a new one, or of what changed with one."""
    return f"{_OPTION}-{option_id}" if option_id else _OPTION


def redaction_form(message_id: str) -> str:
    """The name of the form in which words are taken out of this message."""
    return f"redaction-{message_id}"


def referral_form(service_id: str) -> str:
    """The name of the form of a referral to this service."""
    return f"referral-{service_id}"


def page_of(case_id: str, form: str) -> str:
    """The address of the page with this form; that of the case for an answer."""
    for beginning, endpoint, rest in _PAGES:
        if form == beginning or (rest and form.startswith(beginning)):
            named: dict[str, Any] = {rest: form.removeprefix(beginning)} if rest else {}
            return url_for(endpoint, case_id=case_id, **named)
    return url_for("case.page", case_id=case_id)


def kept(case_id: str, form: str) -> KeptFields | None:
    """What this person typed there and did not send."""
    return office().kept.of(actor(), case_id, form)


def keep(case_id: str, form: str, fields: Sequence[tuple[str, str]]) -> None:
    """What stands in the form now; raises BadField, TooLarge, NotAllowed, UnknownItem, WrongState."""
    if form.startswith("answer-") and not any(name in _WORDS and value.strip() for name, value in fields):
        fields = ()
    office().kept.keep(actor(), case_id, form, fields)


def forget(case_id: str, form: str) -> None:
    """It was sent, or is not wanted."""
    office().kept.forget(actor(), case_id, form)


def begun_drafts(case_id: str, thread_id: str) -> list[str]:
    """Drafts of this conversation that this person has begun to change, by their ids."""
    beginning = answer_form(thread_id) + "-"
    forms = office().kept.forms(actor(), case_id)
    return [one.removeprefix(beginning) for one in forms if one.startswith(beginning)]


def keep_script() -> Markup:
    """The tag of the script, and leave to run it on the page that is being made."""
    if "script_nonce" not in g:
        g.script_nonce = secrets.token_urlsafe(_NONCE_SIZE)
    source = url_for("static", filename="keep.js")
    return Markup('<script nonce="{}" src="{}" defer></script>').format(g.script_nonce, source)
