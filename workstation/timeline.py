"""Conversations as they are read, entry by entry, in order; as values to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from sluis.envelope import NO_PARENT, Kind, WithdrawScope
from workstation import replies
from workstation.casework import translating, words, written
from workstation.casework.beside import TOLD
from workstation.casework.phone_models import Told
from workstation.casework.translating import Translations
from workstation.models import Envelope, Reply, Thread, Withdrawal
from workstation.records import (
    Entry,
    FileInfo,
    LooseFile,
    Message,
    Notice,
    ReplyEntry,
    ReplyState,
    ThreadView,
    ToldEntry,
)
from workstation.threads import file_info, is_destroyed, summary, withdrawn_day


def view(thread: Thread) -> ThreadView:
    """The whole conversation, in order of arrival: by import, in it by day and place in its session."""
    return ThreadView(summary(thread), tuple(entry for _, entry in placed_entries(thread)))


def placed_entries(thread: Thread) -> list[tuple[tuple[int, int], Entry]]:
    """Its entries in that order; the number of the import, and 1 for what was answered or told then.

    What was told and what was answered between two imports stand by their days.
    """
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
    translated = translating.of_thread(thread)
    placed: list[tuple[tuple[int, int], Entry]] = []
    for one in envelopes:
        if one.kind == Kind.WITHDRAW:
            placed.append(((one.batch, 0), _withdrawal(withdrawals[one.id])))
            continue
        entry = _entry(one, texts)
        if isinstance(entry, Message):
            entry = replace(
                entry,
                files=tuple(files.get(one.message_id, [])),
                translations=translated.of_messages.get(one.id, ()),
            )
            if one.id == first:
                entry = replace(entry, continuity="handed over" if thread.told else "first")
        if entry is not None:
            placed.append(((one.batch, 0), entry))
    here: list[tuple[int, Entry]] = [
        *((one.batch, _told(thread, one)) for one in thread.told if one.sealed_text),
        *((one.batch, entry) for one, entry in _answers(thread, translated)),
    ]
    here.sort(key=lambda pair: pair[1].day)
    placed += [((batch, 1), entry) for batch, entry in here]
    placed.sort(key=lambda pair: pair[0])
    return placed


def _entry(envelope: Envelope, texts: set[bytes]) -> Entry | None:
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
            files=(),
            integrity="verified",
            continuity="same codename",
            nested_openpgp=envelope.nested,
            unread=envelope.unread,
        )
    return Notice("reply-deleted", envelope.day, words.envelope_text(envelope))


def _withdrawal(withdrawal: Withdrawal) -> Notice:
    scope = WithdrawScope(withdrawal.scope)
    return Notice("withdraw-all" if scope is WithdrawScope.ALL else "withdraw-sharing", withdrawal.day, "")


def _told(thread: Thread, told: Told) -> ToldEntry:
    opened = written.unseal(thread.of_case, TOLD, told.told_id, told.sealed_text)
    return ToldEntry(
        told_id=told.told_id.hex(),
        day=told.day,
        how=told.how,
        language=told.language,
        author=told.author.hex(),
        text=opened.decode("utf-8"),
    )


def _answers(thread: Thread, translated: Translations) -> Iterator[tuple[Reply, ReplyEntry]]:
    for reply in thread.replies:
        if not reply.erased:
            yield (
                reply,
                ReplyEntry(
                    reply_id=reply.reply_id.hex(),
                    day=reply.day,
                    language=reply.language,
                    text=words.reply_text(reply),
                    state=cast("ReplyState", reply.state),
                    expiry_day=reply.expiry_day,
                    queued=reply.queued,
                    state_day=reply.state_day,
                    automatic=reply.automatic,
                    translations=translated.of_answers.get(reply.id, ()),
                    mark=replies.mark(reply),
                ),
            )
