"""Cases that turn out to be one, or two, or to have to do with each other.

Words are sealed anew under the key of the case in which they end, in the same transaction.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from sluis.errors import BadField
from workstation.casework import agreements, assignment, beside, kept, ledger, written
from workstation.casework.cases import most_urgent, open_case
from workstation.casework.models import Assessment, Case, CaseCode, CaseLink, Note, Task
from workstation.casework.roles import Actor
from workstation.casework.triage import URGENCIES
from workstation.casework.words import box_of, move_words
from workstation.models import Thread

LINK_KINDS = ("same-event", "same-place", "same-people", "perhaps-same-reporter", "split")


def merge(session: Session, day: int, actor: Actor, target: Case, other: Case) -> None:
    """All of `other` goes into `target`, and the key of `other` is destroyed.

    The more urgent judgement holds, and the earlier review. Raises BadField for one case twice.
    """
    if target.id == other.id:
        raise BadField("a case is not merged with itself")
    old, new = box_of(other), box_of(target)
    for thread in list(other.threads):
        move_words(thread, target)
        beside.move(session, thread, target)
        thread.of_case = target
    kept.move(session, other, target)
    agreements.merge(session, other, target)
    for assessment in session.scalars(select(Assessment).where(Assessment.case_pk == other.id)):
        written.move_assessment(old, new, assessment)
        assessment.case_pk = target.id
    for note in session.scalars(select(Note).where(Note.case_pk == other.id)):
        written.move_note(old, new, note)
        note.case_pk = target.id
    for task in session.scalars(select(Task).where(Task.case_pk == other.id)):
        written.move_task(old, new, task)
        task.case_pk = target.id
    _move_codes(session, target, other)
    _move_links(session, target, other)
    assignment.carry_over(session, other, target)
    assignment.forget(session, other)
    if _rank(other.urgency) < _rank(target.urgency):
        target.urgency, target.urgency_reason = other.urgency, other.urgency_reason
    reviews = [one for one in (target.review_day, other.review_day) if one is not None]
    target.review_day = min(reviews, default=None)
    target.reported = most_urgent(target.reported, other.reported)
    target.muted = target.muted and other.muted
    target.opened_day = min(target.opened_day, other.opened_day)
    other.state, other.key, other.merged_into, other.owner = "merged", None, target.id, None
    other.urgency = other.urgency_reason = other.reported = other.language = ""
    other.review_day = None
    other.alias = other.case_id.hex()  # free again, should its conversation leave some day
    session.flush()
    ledger.append(session, day, actor, "merged", target.case_id, {"with": other.case_id.hex()})
    ledger.append(session, day, actor, "merged-into", other.case_id, {"into": target.case_id.hex()})


def split(session: Session, day: int, actor: Actor, case: Case, thread: Thread) -> Case:
    """One thread leaves for a case of its own, with the urgency and the owner of this one.

    Notes and assessments stay, for they may speak of what stays. Raises BadField unless another thread stays.
    """
    if thread.case_pk != case.id or len(case.threads) < 2:
        raise BadField("a case keeps one thread at least")
    made = open_case(session, thread.alias, day, actor)
    move_words(thread, made)
    beside.move(session, thread, made)
    kept.move(session, case, made, thread.thread.hex())
    thread.of_case = made
    made.owner, made.language, made.reported = case.owner, case.language, case.reported
    made.muted = case.muted
    made.urgency, made.urgency_reason, made.review_day = case.urgency, case.urgency_reason, case.review_day
    session.flush()
    assignment.carry_over(session, case, made)
    agreements.split(session, case, made, thread)
    ledger.append(session, day, actor, "split", case.case_id, {"into": made.case_id.hex()})
    link(session, day, actor, case, made, "split")
    return made


def link(session: Session, day: int, actor: Actor, case: Case, other: Case, kind: str) -> None:
    """Two cases that have to do with each other; a link that there is gets the new kind. Raises BadField."""
    if kind not in LINK_KINDS or case.id == other.id:
        raise BadField("no such link")
    there = session.scalar(select(CaseLink).where(_between(case, other)))
    if there is None:
        there = CaseLink(case_pk=case.id, other_pk=other.id, kind=kind, author=actor.person_id, day=day)
        session.add(there)
    there.kind, there.author, there.day = kind, actor.person_id, day
    ledger.append(session, day, actor, "linked", case.case_id, {"with": other.case_id.hex(), "kind": kind})


def unlink(session: Session, day: int, actor: Actor, case: Case, other: Case) -> None:
    """Takes a link away, if there is one."""
    session.execute(delete(CaseLink).where(_between(case, other)))
    ledger.append(session, day, actor, "unlinked", case.case_id, {"with": other.case_id.hex()})


def _between(case: Case, other: Case) -> ColumnElement[bool]:
    pairs = ((case.id, other.id), (other.id, case.id))
    return or_(*((CaseLink.case_pk == one) & (CaseLink.other_pk == two) for one, two in pairs))


def _rank(urgency: str) -> int:
    return URGENCIES.index(urgency) if urgency else len(URGENCIES)


def _move_codes(session: Session, target: Case, other: Case) -> None:
    there = set(session.scalars(select(CaseCode.code).where(CaseCode.case_pk == target.id)))
    for one in session.scalars(select(CaseCode).where(CaseCode.case_pk == other.id)).all():
        if one.code not in there:
            values = {"version": one.version, "author": one.author, "day": one.day}
            session.add(CaseCode(case_pk=target.id, code=one.code, **values))
        session.delete(one)
    session.flush()


def _move_links(session: Session, target: Case, other: Case) -> None:
    """Those of `other` now lead to `target`, unless there is one already, or it would lead to itself."""
    of_target = CaseLink.case_pk == target.id, CaseLink.other_pk == target.id
    known = {target.id}
    for one in session.scalars(select(CaseLink).where(or_(*of_target))):
        known |= {one.case_pk, one.other_pk}
    of_other = or_(CaseLink.case_pk == other.id, CaseLink.other_pk == other.id)
    for one in session.scalars(select(CaseLink).where(of_other)).all():
        far = one.other_pk if one.case_pk == other.id else one.case_pk
        if far not in known:
            values = {"kind": one.kind, "author": one.author, "day": one.day}
            session.add(CaseLink(case_pk=target.id, other_pk=far, **values))
        session.delete(one)
    session.flush()
