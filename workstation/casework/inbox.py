"""The lists of cases, and their order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from workstation import threads
from workstation.casework.assignment import not_kept_from
from workstation.casework.models import Case
from workstation.casework.muting import STILL_SHOWN
from workstation.casework.records import CaseLine, CaseList
from workstation.casework.roles import Actor, Permission
from workstation.casework.triage import URGENCIES

PAGE = 50
# Nobody has judged these: what they say themselves counts, and no more than that it has to be looked at.
_UNJUDGED = {"now": 1, "72h": 2}
_UNKNOWN = 3
_JUDGED = {"P0": 0, "P1": 4, "P2": 5, "P3": 6}
_MUTED = 7
assert set(_JUDGED) == set(URGENCIES)


@dataclass(frozen=True)
class Standing:
    """What the place of an open case follows from."""

    urgency: str
    reported: str
    review_day: int | None
    opened_day: int
    number: int
    muted: bool = False


def place(standing: Standing) -> tuple[int, int, int, int]:
    """Sorts open cases: urgency; the day of the review (of arrival, where there is none); age; number.

    A case that nobody has judged comes after P0 and before P1, those that speak of danger first; so does a
    judged one whose source has reported danger since. A muted one is last, unless its source reports danger
    now.
    """
    if standing.muted and standing.reported != STILL_SHOWN:
        return _MUTED, 0, standing.opened_day, standing.number
    rank = _JUDGED.get(standing.urgency, _UNKNOWN)
    rank = min(rank, _UNJUDGED.get(standing.reported, rank))
    review = standing.opened_day if standing.review_day is None else standing.review_day
    return rank, review, standing.opened_day, standing.number


def open_cases(session: Session, actor: Actor, page: int = 1, size: int = 0) -> CaseList:
    """The inbox: open cases that this person may read, the most urgent first; raises NotAllowed.

    `size` cases make a page; 0: PAGE.
    """
    rows = session.execute(
        select(Case.urgency, Case.reported, Case.review_day, Case.opened_day, Case.id, Case.muted).where(
            Case.state == "open", *readable_by(actor)
        )
    )
    ordered = sorted((Standing(*row) for row in rows), key=place)
    return _page(session, [one.number for one in ordered], page, size)


def closed_cases(session: Session, actor: Actor, page: int = 1) -> CaseList:
    """Closed cases, those whose clock runs out first before the others; raises NotAllowed."""
    closed = select(Case.id).where(Case.state == "closed", *readable_by(actor))
    return _page(session, list(session.scalars(closed.order_by(Case.destroy_day, Case.id))), page)


def due_for_destruction(session: Session, actor: Actor, today: int) -> tuple[CaseLine, ...]:
    """Closed cases whose clock has run out; raises NotAllowed."""
    due = select(Case.id).where(Case.state == "closed", Case.destroy_day <= today, *readable_by(actor))
    numbers = list(session.scalars(due.order_by(Case.destroy_day, Case.id)))
    return _lines(session, numbers)


def line(case: Case) -> CaseLine:
    """One case for a list."""
    return CaseLine(
        case_id=case.case_id.hex(),
        alias=case.alias,
        state=case.state,
        owner=case.owner.hex() if case.owner is not None else "",
        urgency=case.urgency,
        reason=case.urgency_reason,
        review_day=case.review_day,
        reported=case.reported,
        opened_day=case.opened_day,
        closed_day=case.closed_day,
        destroy_day=case.destroy_day,
        language=case.language,
        muted=case.muted,
        threads=tuple(threads.summary(one) for one in case.threads),
    )


def readable_by(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a case may be in a list of this person; raises NotAllowed."""
    away = not_kept_from(actor)
    if actor.may(Permission.READ_ALL_CASES):
        return (away,)
    actor.require(Permission.READ_OWN_CASES)
    return (away, or_(Case.owner.is_(None), Case.owner == actor.person_id))


def _page(session: Session, numbers: list[int], page: int, size: int = 0) -> CaseList:
    size = size or PAGE
    pages = max(1, -(-len(numbers) // size))
    page = min(max(1, page), pages)
    return CaseList(_lines(session, numbers[(page - 1) * size : page * size]), len(numbers), page, pages)


def _lines(session: Session, numbers: list[int]) -> tuple[CaseLine, ...]:
    with_threads = selectinload(Case.threads).options(*threads.for_a_list())
    wanted = select(Case).where(Case.id.in_(numbers)).options(with_threads)
    cases = {one.id: one for one in session.scalars(wanted)}
    return tuple(line(cases[number]) for number in numbers)
