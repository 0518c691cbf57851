"""Receipts: what an import answers to each first message, while the office has switched that on.

A receipt says what is true of every import: a person brought it in, and nobody has read it yet. It is the
same for everybody, so it holds no detail (docs/decisions/0028-receipts.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.envelope import Kind
from workstation import replies
from workstation.casework import rules, words
from workstation.casework.answer_templates import FALLBACK, RECEIPT, template
from workstation.models import Envelope, Export, Thread

ASKED = "language"


def write(session: Session, export: Export, today: int) -> None:
    """One approved answer in each conversation that begins with this export; none where the case is muted.

    To be called once withdrawals were honoured: what was taken back at once gets no receipt.
    """
    if not rules.receipts_are_on(session):
        return
    here = select(Envelope.thread_pk).where(Envelope.batch == export.id, Envelope.kind == Kind.TEXT)
    before = select(Envelope.thread_pk).where(Envelope.batch != export.id)
    begun = select(Thread).where(Thread.id.in_(here), Thread.id.not_in(before)).order_by(Thread.id)
    for thread in session.scalars(begun).all():
        texts = [one for one in thread.envelopes if one.kind == Kind.TEXT and one.sealed_text]
        if texts and not thread.of_case.muted:
            language, text = _receipt(texts)
            replies.write_automatically(session, thread, text, language, today, "receipt")


def _receipt(texts: Sequence[Envelope]) -> tuple[str, str]:
    """(language, text): in the language that was asked for last, or else that of the text, or English."""
    asked = [words.envelope_intake(one).get(ASKED, "") for one in texts]
    for language in (*reversed(asked), texts[-1].language, FALLBACK):
        found = template(RECEIPT, language)
        if found is not None:
            return found.language, found.text
    raise AssertionError("every template is there in English: a test looks for that")
