"""One case as a whole: everything that its page shows, opened with the key of the case."""

from __future__ import annotations

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from sluis.envelope import Kind
from workstation.casework import ledger, words, writing, written
from workstation.casework.cases import may_read
from workstation.casework.inbox import line
from workstation.casework.models import Assessment, Case, CaseCode, CaseLink, Note, Task
from workstation.casework.records import (
    AssessmentRecord,
    CaseLine,
    CaseView,
    Event,
    LinkRecord,
    Marks,
    NoteRecord,
    Placed,
    TaskRecord,
)
from workstation.casework.roles import Actor, Permission
from workstation.casework.triage import Triage, device_may_be_watched, from_intake, risks, says_careful
from workstation.records import Message, ToldEntry
from workstation.timeline import placed_entries
from workstation.timeline import view as thread_view

_EVENTS = 200


def view(session: Session, actor: Actor, case: Case) -> CaseView:
    """A case that this person may read (cases.readable)."""
    summary = line(case)
    judged = assessments(session, case)
    timeline = _timeline(case)
    triage = judged[0].triage if judged else _first_triage(timeline)
    careful = is_careful(session, case)
    return CaseView(
        line=summary,
        conversations=tuple(thread_view(one) for one in case.threads),
        timeline=timeline,
        assessments=judged,
        notes=_notes(session, case),
        tasks=_tasks(session, case),
        codes=tuple(session.scalars(_codes(case))),
        links=_links(session, actor, case),
        events=tuple(
            Event(one.day, one.kind, one.actor.hex(), one.facts)
            for one in ledger.entries(session, subject=case.case_id, newest=_EVENTS)
        ),
        marks=_marks(summary, triage, told=any(isinstance(one.entry, ToldEntry) for one in timeline)),
        risks=shown_risks(triage, summary, judged=bool(judged), careful=careful),
        careful=careful,
        triage=triage,
        workable=case.state == "open" and actor.may(Permission.WORK_ON_CASES),
        judged_mark=writing.judged_mark(session, case),
    )


def shown_risks(triage: Triage, summary: CaseLine, *, judged: bool, careful: bool) -> tuple[str, ...]:
    """The banner: what was judged; what the source said since, or nobody judged yet; withdrawals."""
    found = list(risks(triage)) if judged else []
    if summary.reported and f"danger-{summary.reported}" not in found:
        found.insert(0, f"reported-{summary.reported}")
    if careful and "device" not in found:
        found.append("device")
    if summary.muted:
        found.append("muted")
    if summary.withdrawn_day is not None:
        found.append("withdrawn")
    if summary.sharing_withdrawn_day is not None:
        found.append("no-sharing")
    return tuple(found)


def is_careful(session: Session, case: Case) -> bool:
    """Whether an answer must hold no detail: as judged, or as a source has said since, or before that."""
    newest = session.scalar(_assessments(case).limit(1))
    after = -1
    if newest is not None:
        if device_may_be_watched(_triage(case, newest)):
            return True
        after = newest.batch
    texts = (
        one
        for thread in case.threads
        for one in thread.envelopes
        if one.kind == Kind.TEXT and one.batch > after and one.sealed_intake
    )
    return any(says_careful(words.envelope_intake(one)) for one in texts)


def assessments(session: Session, case: Case) -> tuple[AssessmentRecord, ...]:
    """All of them, newest first."""
    return tuple(
        AssessmentRecord(
            assessment_id=one.assessment_id.hex(),
            author=one.author.hex(),
            day=one.day,
            urgency=one.urgency,
            reason=one.reason,
            review_day=one.review_day,
            triage=_triage(case, one),
        )
        for one in session.scalars(_assessments(case))
    )


def _assessments(case: Case) -> Select[Assessment]:
    return select(Assessment).where(Assessment.case_pk == case.id).order_by(Assessment.id.desc())


def _triage(case: Case, row: Assessment) -> Triage:
    return Triage.decode(written.unseal(case, written.TRIAGE, row.assessment_id, row.sealed_triage))


def _first_triage(timeline: tuple[Placed, ...]) -> Triage:
    """What the newest form of the source says, to go on from."""
    intakes = [dict(one.entry.intake) for one in timeline if isinstance(one.entry, Message)]
    said: dict[str, str] = {}
    for intake in intakes:
        said |= intake
    return from_intake(said)


def _timeline(case: Case) -> tuple[Placed, ...]:
    """All conversations in one: by import, and in each in its own order."""
    found = [
        (key, Placed(thread.thread.hex(), thread.alias, entry))
        for thread in case.threads
        for key, entry in placed_entries(thread)
    ]
    found.sort(key=lambda pair: pair[0])
    return tuple(one for _, one in found)


def _notes(session: Session, case: Case) -> tuple[NoteRecord, ...]:
    rows = session.scalars(select(Note).where(Note.case_pk == case.id).order_by(Note.id.desc()))
    return tuple(
        NoteRecord(
            note_id=one.note_id.hex(),
            author=one.author.hex(),
            day=one.day,
            text=written.unseal(case, written.NOTE, one.note_id, one.sealed_text).decode("utf-8"),
        )
        for one in rows
    )


def _tasks(session: Session, case: Case) -> tuple[TaskRecord, ...]:
    order = (Task.done_day.is_not(None), Task.due_day, Task.id)
    rows = session.scalars(select(Task).where(Task.case_pk == case.id).order_by(*order))
    return tuple(
        TaskRecord(
            task_id=one.task_id.hex(),
            author=one.author.hex(),
            day=one.day,
            due_day=one.due_day,
            done_day=one.done_day,
            text=written.unseal(case, written.TASK, one.task_id, one.sealed_text).decode("utf-8"),
        )
        for one in rows
    )


def _codes(case: Case) -> Select[str]:
    return select(CaseCode.code).where(CaseCode.case_pk == case.id).order_by(CaseCode.code)


def _links(session: Session, actor: Actor, case: Case) -> tuple[LinkRecord, ...]:
    touching = or_(CaseLink.case_pk == case.id, CaseLink.other_pk == case.id)
    found = []
    for one in session.scalars(select(CaseLink).where(touching).order_by(CaseLink.id)):
        other = session.get_one(Case, one.other_pk if one.case_pk == case.id else one.case_pk)
        alias = other.alias if may_read(actor, other) else ""
        found.append(LinkRecord(other.case_id.hex() if alias else "", alias, one.kind))
    return tuple(found)


def _marks(summary: CaseLine, triage: Triage, *, told: bool) -> Marks:
    several = any(one.messages > 1 for one in summary.threads)
    arrived = any(one.messages for one in summary.threads)
    unsigned = "told" if told else "none"
    once = "handed over" if told else "first"
    return Marks(
        integrity="verified" if arrived else unsigned,
        continuity="same codename" if several else once,
        corroboration=triage.corroboration,
        deception=triage.deception,
    )
