"""Intake by phone or in person, one transaction each: `office.phone`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from sluis.instance import InstanceRecord
from sluis.keytree import STANDARD_KDF, KdfProfile
from workstation import threads
from workstation.casework import cases, phone
from workstation.casework.phone import Call, PublicHalf
from workstation.casework.roles import Actor, Permission
from workstation.casework.triage import Triage
from workstation.errors import UnknownItem
from workstation.models import Instance, Thread
from workstation.transaction import Work


@dataclass(frozen=True)
class Conversation:
    """Where the answers to a codename are written (hexadecimal)."""

    case_id: str
    thread_id: str


class PhoneDesk:
    """`work` opens a transaction. A codename goes in and is kept nowhere.

    Every method may raise NotAllowed, and those about a case UnknownItem.
    """

    def __init__(self, work: Work, today: Callable[[], int]) -> None:
        self._work = work
        self._today = today

    def begin(
        self, actor: Actor, call: Call, codename: str, triage: Triage, kdf: KdfProfile = STANDARD_KDF
    ) -> Conversation:
        """A new case, for a codename (canonical) that was just drawn; raises BadField."""
        actor.require(Permission.WORK_ON_CASES)
        call.check()
        triage.check()
        half = self._half(codename, kdf)
        with self._work() as (session, _):
            thread = phone.begin(session, self._today(), actor, call, triage, half)
            return Conversation(thread.of_case.case_id.hex(), thread.thread.hex())

    def tell(self, actor: Actor, case_id: str, thread_id: str, call: Call) -> str:
        """One more call in this conversation; the id of what was written. Raises BadField, WrongState."""
        with self._work() as (session, _):
            thread = _workable(session, actor, case_id, thread_id)
            return phone.tell(session, self._today(), actor, thread, call).told_id.hex()

    def draw_again(
        self, actor: Actor, case_id: str, thread_id: str, codename: str, kdf: KdfProfile = STANDARD_KDF
    ) -> Conversation:
        """A new codename (canonical) for somebody who lost it; see phone.draw_again. Raises WrongState."""
        with self._work() as (session, _):
            _workable(session, actor, case_id, thread_id)
        half = self._half(codename, kdf)
        with self._work() as (session, _):
            thread = _workable(session, actor, case_id, thread_id)
            drawn = phone.draw_again(session, self._today(), actor, thread, half)
            return Conversation(case_id, drawn.thread.hex())

    def _half(self, codename: str, kdf: KdfProfile) -> PublicHalf:
        with self._work() as (session, _):
            record = InstanceRecord.parse(session.get_one(Instance, 1).record)
        return phone.public_half(codename, record.instance_id, kdf)


def _workable(session: Session, actor: Actor, case_id: str, thread_id: str) -> Thread:
    case = cases.workable(session, actor, case_id)
    thread = threads.find_thread(session, thread_id)
    if thread.case_pk != case.id:
        raise UnknownItem("no such conversation in this case")
    return thread
