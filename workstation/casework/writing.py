"""What a team writes down about a case: assessments, notes, tasks, codes; each with a line in the ledger."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sluis.errors import BadField
from sluis.primitives import random_id
from workstation.casework import codebook, ledger, written
from workstation.casework.models import Assessment, Case, CaseCode, Note, Task
from workstation.casework.roles import Actor
from workstation.casework.triage import Triage, decide
from workstation.errors import UnknownItem, WrongState
from workstation.ids import change_mark
from workstation.models import Envelope, Thread

TEXT_MAX = 20_000


def assess(
    session: Session,
    day: int,
    actor: Actor,
    case: Case,
    triage: Triage,
    chosen: str = "",
    review_in: int | None = None,
) -> Assessment:
    """A new assessment; those before stay as they are. Raises BadField, ReasonNeeded (triage.decide)."""
    verdict = decide(triage, chosen, review_in, day)
    row_id = random_id()
    sealed = written.seal(case, written.TRIAGE, row_id, triage.encode())
    row = Assessment(
        assessment_id=row_id,
        case_pk=case.id,
        author=actor.person_id,
        day=day,
        batch=newest_batch(session, case),
        urgency=verdict.urgency,
        reason=verdict.reason,
        review_day=verdict.review_day,
        sealed_triage=sealed.sealed,
    )
    session.add(row)
    case.urgency, case.urgency_reason = verdict.urgency, verdict.reason
    case.review_day, case.reported = verdict.review_day, ""
    facts = {"urgency": verdict.urgency, "reason": verdict.reason, "review": str(verdict.review_day)}
    ledger.append(session, day, actor, "assessed", case.case_id, facts, sealed.commitment)
    return row


def judged_mark(session: Session, case: Case) -> str:
    """What changes with every assessment, and when other codes apply (ids.change_mark)."""
    last = select(Assessment.assessment_id).where(Assessment.case_pk == case.id)
    newest = session.scalar(last.order_by(Assessment.id.desc()).limit(1)) or b""
    codes = session.scalars(select(CaseCode.code).where(CaseCode.case_pk == case.id)).all()
    return change_mark(newest, " ".join(sorted(codes)).encode("ascii"))


def newest_batch(session: Session, case: Case) -> int:
    """The newest export that brought anything of this case; 0 when none did."""
    of_case = select(func.max(Envelope.batch)).join(Thread).where(Thread.case_pk == case.id)
    return session.scalar(of_case) or 0


def add_note(session: Session, day: int, actor: Actor, case: Case, text: str) -> Note:
    """Raises BadField for a text that is empty or over TEXT_MAX characters."""
    row_id = random_id()
    sealed = written.seal(case, written.NOTE, row_id, _checked(text))
    row = Note(note_id=row_id, case_pk=case.id, author=actor.person_id, day=day, sealed_text=sealed.sealed)
    session.add(row)
    ledger.append(session, day, actor, "noted", case.case_id, None, sealed.commitment)
    return row


def remove_note(session: Session, day: int, actor: Actor, case: Case, note_id: bytes) -> None:
    """Destroys a note, for instance because it repeats what a source withdrew. Raises UnknownItem."""
    row = session.scalar(select(Note).where(Note.note_id == note_id, Note.case_pk == case.id))
    if row is None:
        raise UnknownItem("no such note")
    session.delete(row)
    ledger.append(session, day, actor, "note-destroyed", case.case_id)


def add_task(session: Session, day: int, actor: Actor, case: Case, text: str, due_day: int) -> Task:
    """Raises BadField for a text as above, or a day that is over."""
    if due_day < day:
        raise BadField("a task is not due before it is written down")
    row_id = random_id()
    sealed = written.seal(case, written.TASK, row_id, _checked(text))
    row = Task(
        task_id=row_id,
        case_pk=case.id,
        author=actor.person_id,
        day=day,
        due_day=due_day,
        sealed_text=sealed.sealed,
    )
    session.add(row)
    ledger.append(session, day, actor, "task-added", case.case_id, {"due": str(due_day)}, sealed.commitment)
    return row


def finish_task(session: Session, day: int, actor: Actor, case: Case, task_id: bytes) -> None:
    """Raises UnknownItem; WrongState when it is done already."""
    row = session.scalar(select(Task).where(Task.task_id == task_id, Task.case_pk == case.id))
    if row is None:
        raise UnknownItem("no such task")
    if row.done_day is not None:
        raise WrongState("done")
    row.done_day = day
    ledger.append(session, day, actor, "task-done", case.case_id)


def set_codes(session: Session, day: int, actor: Actor, case: Case, wanted: frozenset[str]) -> None:
    """From now on exactly these codes apply; raises BadField for one that the codebook does not have."""
    book = codebook.current()
    for code in wanted:
        book.check(code)
    there = {one.code: one for one in session.scalars(select(CaseCode).where(CaseCode.case_pk == case.id))}
    for code in there.keys() - wanted:
        session.delete(there[code])
    for code in sorted(wanted - there.keys()):
        session.add(
            CaseCode(case_pk=case.id, code=code, version=book.version, author=actor.person_id, day=day)
        )
    if wanted != there.keys():
        facts = {"codes": " ".join(sorted(wanted)), "codebook": str(book.version)}
        ledger.append(session, day, actor, "coded", case.case_id, facts)


def _checked(text: str) -> bytes:
    if not text.strip() or len(text) > TEXT_MAX:
        raise BadField("a text of 1 to 20,000 characters")
    return text.encode("utf-8")
