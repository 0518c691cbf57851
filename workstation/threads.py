"""The inbox and the conversations, as values to be shown."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from sluis.envelope import NO_PARENT, Kind, WithdrawScope
from workstation.casework import words
from workstation.casework.models import Case
from workstation.errors import UnknownItem
from workstation.models import Envelope, Reply, Thread, Withdrawal
from workstation.records import (
    Entry,
    FileInfo,
    LooseFile,
    Message,
    Notice,
    ReplyEntry,
    ReplyState,
    ThreadSummary,
    ThreadView,
)

_NAME_MAX = 120
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def item_id(text: str) -> bytes:
    """An identifier from its hexadecimal text; raises UnknownItem."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UnknownItem("not an identifier") from error


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
    """How to load threads for `summary`: three more queries for all together, and no text is read."""
    return (
        selectinload(Thread.envelopes).load_only(
            Envelope.kind, Envelope.batch, Envelope.day, Envelope.language, Envelope.unread, Envelope.erased
        ),
        selectinload(Thread.replies).load_only(Reply.batch, Reply.state, Reply.erased),
        selectinload(Thread.withdrawals),
    )


def summaries(session: Session, *conditions: ColumnElement[bool]) -> tuple[ThreadSummary, ...]:
    """Conversations whose cases are not destroyed and meet all conditions, newest first."""
    alive = select(Thread).join(Thread.of_case).where(Case.key.is_not(None), *conditions)
    threads = session.scalars(alive.options(*for_a_list())).all()
    found = [(summary(thread), max(one.id for one in thread.envelopes)) for thread in threads]
    found.sort(key=lambda pair: (pair[0].last_day, pair[1]), reverse=True)
    return tuple(one for one, _ in found)


def summary(thread: Thread) -> ThreadSummary:
    """One line of the inbox."""
    withdrawn = withdrawn_day(thread)
    kept = [one for one in thread.envelopes if not one.erased]
    gone = [one for one in kept if is_destroyed(one, withdrawn)]
    texts = [one for one in kept if one.kind == Kind.TEXT and one not in gone]
    confirmations = {one.reply_pk for one in thread.withdrawals}
    answers = [
        one.batch
        for one in thread.replies
        if one.state not in ("draft", "withdrawn") and one.id not in confirmations and not one.erased
    ]
    newest = max((one.batch for one in texts), default=None)
    said = [one.language for one in texts or thread.envelopes if one.language]
    return ThreadSummary(
        thread_id=thread.thread.hex(),
        alias=thread.alias,
        messages=len(texts),
        unread=sum(one.unread for one in thread.envelopes),
        last_day=max(one.day for one in thread.envelopes),
        language=said[-1] if said else "",
        waiting_reply=newest is not None and (not answers or newest > max(answers)),
        withdrawn_day=withdrawn,
        sharing_withdrawn_day=withdrawn_day(thread, WithdrawScope.SHARING),
        destroyed_texts=sum(one.kind == Kind.TEXT for one in gone),
        destroyed_files=sum(one.kind == Kind.FILE for one in gone),
    )


def withdrawn_day(thread: Thread, scope: WithdrawScope = WithdrawScope.ALL) -> int | None:
    """The last day of which the source withdrew everything, or sharing."""
    return max((one.day for one in thread.withdrawals if one.scope == scope), default=None)


def is_destroyed(envelope: Envelope, withdrawn: int | None) -> bool:
    """Whether a withdrawal of everything up to that day took it; nothing can arrive and escape that."""
    return withdrawn is not None and envelope.kind != Kind.WITHDRAW and envelope.day <= withdrawn


def view(thread: Thread) -> ThreadView:
    """The whole conversation, in order of arrival: by import, in it by day and place in its session."""
    return ThreadView(summary(thread), tuple(entry for _, entry in placed_entries(thread)))


def placed_entries(thread: Thread) -> list[tuple[tuple[int, int], Entry]]:
    """Its entries in that order; the number of the import, and 1 for what was answered then, come first."""
    envelopes = [one for one in thread.envelopes if not one.erased]
    envelopes.sort(key=lambda one: (one.batch, one.day, one.sequence, one.id))
    first = next((one.id for one in envelopes if one.kind == Kind.TEXT), 0)
    withdrawn = withdrawn_day(thread)
    envelopes = [one for one in envelopes if not is_destroyed(one, withdrawn)]
    texts = {one.message_id for one in envelopes if one.kind == Kind.TEXT}
    withdrawals = {one.envelope_pk: one for one in thread.withdrawals}
    files: dict[bytes, list[FileInfo]] = {}
    for one in envelopes:
        if one.kind == Kind.FILE:
            files.setdefault(one.parent, []).append(file_info(one))
    placed: list[tuple[tuple[int, int], Entry]] = []
    for one in envelopes:
        if one.kind == Kind.WITHDRAW:
            placed.append(((one.batch, 0), _withdrawal(withdrawals[one.id])))
            continue
        entry = _entry(one, files.get(one.message_id, []), texts, is_first=one.id == first)
        if entry is not None:
            placed.append(((one.batch, 0), entry))
    confirmations = {one.reply_pk for one in thread.withdrawals}
    for reply in (one for one in thread.replies if not one.erased):
        placed.append(((reply.batch, 1), _reply_entry(reply, confirmation=reply.id in confirmations)))
    placed.sort(key=lambda pair: pair[0])
    return placed


def _entry(envelope: Envelope, files: list[FileInfo], texts: set[bytes], *, is_first: bool) -> Entry | None:
    if envelope.kind == Kind.FILE:
        loose = envelope.parent == NO_PARENT or envelope.parent not in texts
        return LooseFile(envelope.day, file_info(envelope)) if loose else None
    if envelope.kind == Kind.TEXT:
        return Message(
            message_id=envelope.message_id.hex(),
            day=envelope.day,
            language=envelope.language,
            text=words.envelope_text(envelope),
            intake=words.envelope_intake(envelope),
            files=tuple(files),
            integrity="verified",
            continuity="first" if is_first else "same codename",
            nested_openpgp=envelope.nested,
            unread=envelope.unread,
        )
    return Notice("reply-deleted", envelope.day, words.envelope_text(envelope))


def _withdrawal(withdrawal: Withdrawal) -> Notice:
    scope = WithdrawScope(withdrawal.scope)
    return Notice("withdraw-all" if scope is WithdrawScope.ALL else "withdraw-sharing", withdrawal.day, "")


def _reply_entry(reply: Reply, *, confirmation: bool) -> ReplyEntry:
    return ReplyEntry(
        reply_id=reply.reply_id.hex(),
        day=reply.day,
        language=reply.language,
        text=words.reply_text(reply),
        state=cast("ReplyState", reply.state),
        expiry_day=reply.expiry_day,
        queued=reply.queued,
        confirmation=confirmation,
    )
