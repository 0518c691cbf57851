"""A conversation prepared for its page: each entry with its kind, each answer with its words."""

from __future__ import annotations

from dataclasses import dataclass

from sluis.ring import escaped_size
from workstation.records import Entry, LooseFile, Message, Notice, ReplyEntry, ThreadView, ToldEntry
from workstation.ui.answer_texts import Offered, template_of
from workstation.ui.phone_texts import HOW
from workstation.ui.texts import (
    NOTICES,
    QUESTIONS,
    URGENT_ANSWERS,
    answer_text,
    length_text,
    question_text,
    state_text,
)

WITHDRAWABLE = frozenset({"draft", "approved", "sealed", "exported"})


@dataclass(frozen=True)
class Answered:
    """One answer to a question of the form; `urgent` when somebody may be in danger."""

    question: str
    answer: str
    urgent: bool


@dataclass(frozen=True)
class ShownEntry:
    """An entry with its kind ("message", "told", "file", "notice", "reply") and the words that go with it."""

    kind: str
    entry: Entry
    answers: tuple[Answered, ...] = ()
    words: tuple[str, str] = ("", "")
    length: str = ""
    template: Offered | None = None
    withdrawable: bool = False


def shown_entry(entry: Entry) -> ShownEntry:
    """An entry with its words."""
    if isinstance(entry, Message):
        answers = tuple(
            Answered(question_text(code), answer_text(code, answer), (code, answer) in URGENT_ANSWERS)
            for code, answer in sorted(entry.intake.items(), key=_place)
        )
        return ShownEntry("message", entry, answers)
    if isinstance(entry, ToldEntry):
        return ShownEntry("told", entry, words=(str(HOW[entry.how]), ""))
    if isinstance(entry, LooseFile):
        return ShownEntry("file", entry)
    if isinstance(entry, Notice):
        return ShownEntry("notice", entry, words=(str(NOTICES[entry.code]), ""))
    return ShownEntry(
        "reply",
        entry,
        words=state_text(entry),
        length=length_text(escaped_size(entry.text)),
        withdrawable=entry.state in WITHDRAWABLE,
        template=template_of(entry.text),
    )


def _place(answered: tuple[str, str]) -> tuple[int, str]:
    """The order of the form; questions that this version does not know come last."""
    order = list(QUESTIONS)
    return order.index(answered[0]) if answered[0] in order else len(order), answered[0]


def find_reply(view: ThreadView, reply_id: str) -> ReplyEntry | None:
    """The answer with this id."""
    return next(
        (one for one in view.entries if isinstance(one, ReplyEntry) and one.reply_id == reply_id), None
    )
