"""The inbox and the conversations, as values to be shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from sluis.envelope import Kind, WithdrawScope
from workstation.casework import words
from workstation.casework.models import Case
from workstation.casework.phone_models import Told
from workstation.errors import UnknownItem
from workstation.ids import item_id
from workstation.models import Envelope, Reply, Thread
from workstation.records import (
    FileInfo,
    ThreadSummary,
)

_NAME_MAX = 120
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def harmless_name(name: str) -> str:
    """A source's file name without folders, control and direction characters, leading dots, or length."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    shown = "".join(char for char in last if unicodedata.category(char) not in _UNSEEN)
    shown = shown.replace("/", "").replace("\\", "").strip(" .")
    if len(shown) > _NAME_MAX:
        stem, dot, suffix = shown.rpartition(".")
        shown = f"{stem[: _NAME_MAX - 12]}{dot}{suffix[:10]}" if dot else shown[:_NAME_MAX]
    return shown or "file"


def find_thread(session: Session, thread_id: str) -> Thread:
    """Raises UnknownItem."""
    thread = session.scalar(select(Thread).where(Thread.thread == item_id(thread_id)))
    if thread is None or thread.of_case.key is None:
        raise UnknownItem("no such thread")
    return thread


def find_file(session: Session, file_id: str) -> Envelope:
    """The envelope that brought a file; raises UnknownItem."""
    envelope = session.scalar(select(Envelope).where(Envelope.file_id == item_id(file_id)))
    if envelope is None:
        raise UnknownItem("no such file")
    return envelope


def file_info(envelope: Envelope) -> FileInfo:
    """What is shown of a file."""
    return FileInfo(
        file_id=(envelope.file_id or b"").hex(),
        name=harmless_name(words.file_name(envelope)),
        size=envelope.size,
        sha256=envelope.sha256,
        day=envelope.day,
        state="verified",
    )


def for_a_list() -> tuple[_AbstractLoad, ...]:
    """How to load threads for `summary`: four more queries for all together, and no text is read."""
    return (
        selectinload(Thread.envelopes).load_only(
            Envelope.kind, Envelope.batch, Envelope.day, Envelope.language, Envelope.unread, Envelope.erased
        ),
        selectinload(Thread.replies).load_only(Reply.batch, Reply.state, Reply.automatic, Reply.erased),
        selectinload(Thread.withdrawals),
        selectinload(Thread.told).load_only(Told.day, Told.language),
    )


def summaries(session: Session, *conditions: ColumnElement[bool]) -> tuple[ThreadSummary, ...]:
    """Conversations whose cases are not destroyed and meet all conditions, newest first."""
    alive = select(Thread).join(Thread.of_case).where(Case.key.is_not(None), *conditions)
    threads = session.scalars(alive.options(*for_a_list())).all()
    found = [(summary(thread), max((one.id for one in thread.envelopes), default=0)) for thread in threads]
    found.sort(key=lambda pair: (pair[0].last_day, pair[1]), reverse=True)
    return tuple(one for one, _ in found)


def summary(thread: Thread) -> ThreadSummary:
    """One line of the inbox."""
    withdrawn = withdrawn_day(thread)
    kept = [one for one in thread.envelopes if not one.erased]
    gone = [one for one in kept if is_destroyed(one, withdrawn)]
    texts = [one for one in kept if one.kind == Kind.TEXT and one not in gone]
    answers = [
        one.batch
        for one in thread.replies
        if one.state not in ("draft", "withdrawn") and not one.automatic and not one.erased
    ]
    newest = max((one.batch for one in texts), default=None)
    calls = [one.language for one in thread.told]
    said = [one for one in _languages(texts) or [*calls, *_languages(thread.envelopes)] if one]
    days = [*(one.day for one in thread.envelopes), *(one.day for one in thread.told)]
    return ThreadSummary(
        thread_id=thread.thread.hex(),
        alias=thread.alias,
        messages=len(texts),
        unread=sum(one.unread for one in thread.envelopes),
        last_day=max(days, default=thread.of_case.opened_day),
        language=said[-1] if said else "",
        waiting_reply=newest is not None and (not answers or newest > max(answers)),
        withdrawn_day=withdrawn,
        sharing_withdrawn_day=withdrawn_day(thread, WithdrawScope.SHARING),
        destroyed_texts=len([one for one in gone if one.kind == Kind.TEXT]) + calls.count(""),
        destroyed_files=sum(one.kind == Kind.FILE for one in gone),
    )


def _languages(envelopes: Sequence[Envelope]) -> list[str]:
    return [one.language for one in envelopes]


def withdrawn_day(thread: Thread, scope: WithdrawScope = WithdrawScope.ALL) -> int | None:
    """The last day of which the source withdrew everything, or sharing."""
    return max((one.day for one in thread.withdrawals if one.scope == scope), default=None)


def is_destroyed(envelope: Envelope, withdrawn: int | None) -> bool:
    """Whether a withdrawal of everything up to that day took it; nothing can arrive and escape that."""
    return withdrawn is not None and envelope.kind != Kind.WITHDRAW and envelope.day <= withdrawn
