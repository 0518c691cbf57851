"""What is done about cases: one transaction for each method, with its line in the ledger. `office.cases`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workstation import threads
from workstation.casework import case_view, cases, destruction, inbox, merging, muting, writing
from workstation.casework.models import Case
from workstation.casework.people_models import Person
from workstation.casework.records import CaseLine, CaseList, CaseView
from workstation.casework.roles import Actor, Permission
from workstation.casework.triage import Triage
from workstation.errors import ChangedMeanwhile
from workstation.ids import item_id
from workstation.models import Envelope
from workstation.transaction import Work


class CaseDesk:
    """`work` opens a transaction; `wipe` overwrites the journal, which holds pages as they were before.

    Every method may raise NotAllowed, UnknownItem, and WrongState for a case that is not open.
    """

    def __init__(self, work: Work, today: Callable[[], int], wipe: Callable[[], None]) -> None:
        self._work = work
        self._today = today
        self._wipe = wipe

    def inbox(self, actor: Actor, page: int = 1, size: int = 0) -> CaseList:
        """Open cases, the most urgent first; `size` of them on each page (0: as usual)."""
        with self._work() as (session, _):
            return inbox.open_cases(session, actor, page, size)

    def closed(self, actor: Actor, page: int = 1) -> CaseList:
        """Closed cases, by their clocks."""
        with self._work() as (session, _):
            return inbox.closed_cases(session, actor, page)

    def due_for_destruction(self, actor: Actor) -> tuple[CaseLine, ...]:
        """Closed cases whose clock has run out."""
        with self._work() as (session, _):
            return inbox.due_for_destruction(session, actor, self._today())

    def desks(self) -> Mapping[str, str]:
        """The desk of everybody who ever signed in, by the person's id."""
        with self._work() as (session, _):
            found = session.execute(select(Person.person_id, Person.desk))
            return {person_id.hex(): desk for person_id, desk in found}

    def view(self, actor: Actor, case_id: str) -> CaseView:
        """All of a case."""
        with self._work() as (session, _):
            return case_view.view(session, actor, cases.readable(session, actor, case_id))

    def of_thread(self, actor: Actor, thread_id: str) -> str:
        """The case of a conversation that this person may read."""
        with self._work() as (session, _):
            case = threads.find_thread(session, thread_id).of_case
            return cases.readable(session, actor, case.case_id.hex()).case_id.hex()

    def of_file(self, actor: Actor, file_id: str) -> str:
        """The case of a file that this person may read."""
        with self._work() as (session, _):
            case = threads.find_file(session, file_id).of_thread.of_case
            return cases.readable(session, actor, case.case_id.hex()).case_id.hex()

    def mark_read(self, actor: Actor, case_id: str) -> None:
        """All that has arrived in it so far was read."""
        with self._work() as (session, _):
            case = cases.readable(session, actor, case_id)
            mine = Envelope.thread_pk.in_([one.id for one in case.threads])
            session.execute(update(Envelope).where(mine, Envelope.unread).values(unread=False))

    def assess(
        self,
        actor: Actor,
        case_id: str,
        triage: Triage,
        chosen: str = "",
        review_in: int | None = None,
        codes: frozenset[str] | None = None,
        *,
        seen: str = "",
    ) -> None:
        """A new assessment, and with `codes` exactly these codes; raises BadField, ReasonNeeded.

        `seen` is the mark of what was judged when the form was shown (CaseView.judged_mark); raises
        ChangedMeanwhile when somebody else has judged since.
        """
        with self._open(actor, case_id) as (session, case):
            day = self._today()
            if seen and seen != writing.judged_mark(session, case):
                raise ChangedMeanwhile("somebody else has judged this case")
            writing.assess(session, day, actor, case, triage, chosen, review_in)
            if codes is not None:
                writing.set_codes(session, day, actor, case, codes)

    def add_note(self, actor: Actor, case_id: str, text: str) -> None:
        """Raises BadField for a text that is empty or too long."""
        with self._open(actor, case_id) as (session, case):
            writing.add_note(session, self._today(), actor, case, text)

    def remove_note(self, actor: Actor, case_id: str, note_id: str) -> None:
        """Destroys a note."""
        with self._open(actor, case_id) as (session, case):
            writing.remove_note(session, self._today(), actor, case, item_id(note_id))
        self._wipe()

    def add_task(self, actor: Actor, case_id: str, text: str, due_in: int) -> None:
        """Something to do within `due_in` days; raises BadField."""
        with self._open(actor, case_id) as (session, case):
            day = self._today()
            writing.add_task(session, day, actor, case, text, day + due_in)

    def finish_task(self, actor: Actor, case_id: str, task_id: str) -> None:
        """It is done."""
        with self._open(actor, case_id) as (session, case):
            writing.finish_task(session, self._today(), actor, case, item_id(task_id))

    def set_codes(self, actor: Actor, case_id: str, codes: frozenset[str]) -> None:
        """Exactly these apply; raises BadField."""
        with self._open(actor, case_id) as (session, case):
            writing.set_codes(session, self._today(), actor, case, codes)

    def assign(self, actor: Actor, case_id: str, person_id: str) -> None:
        """To a person, or to nobody ("")."""
        with self._open(actor, case_id) as (session, case):
            cases.assign(session, self._today(), actor, case, item_id(person_id) if person_id else None)

    def merge(self, actor: Actor, case_id: str, other_id: str) -> None:
        """All of the other case goes into this one; raises BadField."""
        with self._open(actor, case_id) as (session, case):
            merging.merge(session, self._today(), actor, case, cases.workable(session, actor, other_id))
        self._wipe()

    def split(self, actor: Actor, case_id: str, thread_id: str) -> str:
        """One conversation leaves for a new case, whose id is given; raises BadField."""
        with self._open(actor, case_id) as (session, case):
            thread = threads.find_thread(session, thread_id)
            made = merging.split(session, self._today(), actor, case, thread).case_id.hex()
        self._wipe()
        return made

    def link(self, actor: Actor, case_id: str, other_id: str, kind: str) -> None:
        """They have to do with each other; raises BadField."""
        with self._open(actor, case_id) as (session, case):
            other = cases.readable(session, actor, other_id)
            merging.link(session, self._today(), actor, case, other, kind)

    def unlink(self, actor: Actor, case_id: str, other_id: str) -> None:
        """They have not."""
        with self._open(actor, case_id) as (session, case):
            other = cases.readable(session, actor, other_id)
            merging.unlink(session, self._today(), actor, case, other)

    def mute(self, actor: Actor, case_id: str, reason: str) -> None:
        """What arrives in it calls nobody; raises BadField without a reason."""
        with self._open(actor, case_id) as (session, case):
            muting.mute(session, self._today(), actor, case, reason)

    def unmute(self, actor: Actor, case_id: str) -> None:
        """What arrives in it counts again."""
        with self._open(actor, case_id) as (session, case):
            muting.unmute(session, self._today(), actor, case)

    def close(self, actor: Actor, case_id: str, reason: str, none: str = "") -> None:
        """Its clock begins; raises BadField without a reason, OptionsNeeded (cases.close)."""
        with self._open(actor, case_id) as (session, case):
            cases.close(session, self._today(), actor, case, reason, none)

    def reopen(self, actor: Actor, case_id: str) -> None:
        """A closed case is open again."""
        with self._work() as (session, _):
            case = cases.readable(session, actor, case_id)
            actor.require(Permission.WORK_ON_CASES)
            cases.reopen(session, self._today(), actor, case)

    def destroy(self, actor: Actor, case_id: str) -> None:
        """A closed case whose clock has run out: key, words and files; raises NotDue, OnHold."""
        with self._work() as (session, staging):
            case = cases.readable(session, actor, case_id)
            destruction.destroy(session, staging, self._today(), actor, case)
        self._wipe()

    @contextmanager
    def _open(self, actor: Actor, case_id: str) -> Iterator[tuple[Session, Case]]:
        with self._work() as (session, _):
            yield session, cases.workable(session, actor, case_id)
