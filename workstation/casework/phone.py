"""Intake by phone or in person: a codename drawn here, and the words of a call (decisions/0025-phone.md).

Keys follow from a codename and the instance alone, so a codename that is drawn here opens the same mailbox as
one that the site drew. Of it stays what stays of every source: the thread's id, the public reply key, k_tag.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.errors import BadField
from sluis.keytree import KdfProfile, SourceKeys, derive_root
from sluis.languages import LANGUAGE_NAMES
from sluis.primitives import random_id
from workstation import replies
from workstation.aliases import draw_alias
from workstation.casework import cases, ledger, words, writing, written
from workstation.casework.beside import TOLD
from workstation.casework.models import Case
from workstation.casework.people_models import ReplyAuthor
from workstation.casework.phone_models import Told
from workstation.casework.roles import Actor
from workstation.casework.triage import Triage
from workstation.models import Reply, Thread

HOW = ("phone", "in-person")
TEXT_MAX = 20_000
_ON_THEIR_WAY = ("sealed", "exported")


@dataclass(frozen=True)
class Call:
    """A call or a visit as it was written down: `how` of HOW, its language, what was told."""

    how: str
    language: str
    text: str

    def check(self) -> None:
        """Raises BadField."""
        if self.how not in HOW:
            raise BadField("by phone or in person")
        if self.language not in LANGUAGE_NAMES:
            raise BadField("no such language")
        if not self.text.strip() or len(self.text) > TEXT_MAX:
            raise BadField("a text of 1 to 20,000 characters")


@dataclass(frozen=True)
class PublicHalf:
    """What stays of a codename that was drawn here: 16, 1,216 and 32 bytes."""

    thread: bytes
    reply_public: bytes
    k_tag: bytes = field(repr=False)


def public_half(codename: str, instance_id: bytes, kdf: KdfProfile) -> PublicHalf:
    """From a canonical codename; takes as long as a login at the site."""
    keys = SourceKeys.from_root(derive_root(codename, instance_id, kdf))
    return PublicHalf(keys.thread, keys.reply.public, keys.k_tag)


def begin(session: Session, day: int, actor: Actor, call: Call, triage: Triage, half: PublicHalf) -> Thread:
    """A new case for a new codename, with what was told; it is this desk's. Raises BadField."""
    alias = draw_alias(set(session.scalars(select(Thread.alias))))
    case = cases.open_case(session, alias, day, actor)
    thread = _conversation(session, day, actor, case, alias, half)
    if actor.desk:
        cases.assign(session, day, actor, case, actor.person_id)
    tell(session, day, actor, thread, call)
    if triage != Triage():
        writing.assess(session, day, actor, case, triage)
    return thread


def tell(session: Session, day: int, actor: Actor, thread: Thread, call: Call) -> Told:
    """One more call of somebody whom this desk takes for the source of this thread. Raises BadField."""
    call.check()
    case = thread.of_case
    row = Told(
        told_id=random_id(),
        thread_pk=thread.id,
        author=actor.person_id,
        day=day,
        batch=replies.newest_batch(session, thread),
        how=call.how,
        language=call.language,
    )
    sealed = written.seal(case, TOLD, row.told_id, call.text.encode("utf-8"))
    row.sealed_text = sealed.sealed
    session.add(row)
    case.language = call.language
    session.flush()
    ledger.append(session, day, actor, "told", case.case_id, {"how": call.how}, sealed.commitment)
    return row


def draw_again(session: Session, day: int, actor: Actor, thread: Thread, half: PublicHalf) -> Thread:
    """The conversation under a new codename; the thread that it is in now.

    As long as nothing arrived, the new codename takes the place of the old one: what waits for it and what is
    on its way is sealed to the new one, and the old one opens nothing. Afterwards the case gets a second
    conversation: whoever lost a codename is not known to be whoever had it, and reads nothing of before.
    """
    case = thread.of_case
    if thread.envelopes:
        alias = draw_alias(set(session.scalars(select(Thread.alias))))
        return _conversation(session, day, actor, case, alias, half)
    for reply in [one for one in thread.replies if one.state in _ON_THEIR_WAY]:
        _send_again(session, day, actor, thread, reply)
    thread.thread, thread.reply_public, thread.k_tag = half.thread, half.reply_public, half.k_tag
    session.flush()
    ledger.append(session, day, actor, "codename-drawn", case.case_id, {"instead": "yes"})
    return thread


def _conversation(
    session: Session, day: int, actor: Actor, case: Case, alias: str, half: PublicHalf
) -> Thread:
    thread = Thread(
        thread=half.thread, alias=alias, of_case=case, reply_public=half.reply_public, k_tag=half.k_tag
    )
    session.add(thread)
    session.flush()
    ledger.append(session, day, actor, "codename-drawn", case.case_id, {"instead": "no"})
    return thread


def _send_again(session: Session, day: int, actor: Actor, thread: Thread, reply: Reply) -> None:
    """An approved copy, by the same authors; the next release takes the first one out of the ring."""
    fresh = replies.draft(session, thread, words.reply_text(reply), reply.language, day)
    replies.approve(session, day, actor, fresh)
    for author in session.scalars(select(ReplyAuthor.person_id).where(ReplyAuthor.reply_pk == reply.id)):
        session.merge(ReplyAuthor(reply_pk=fresh.id, person_id=author))
    replies.withdraw(session, day, actor, reply)
