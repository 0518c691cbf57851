"""What the desk of cases tells: frozen values, ready to be shown. Ids are hexadecimal text, days numbers.

What a source or a person wrote is hostile until it has been escaped by whoever shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workstation.casework.triage import Triage
from workstation.records import Entry, ThreadSummary, ThreadView


@dataclass(frozen=True)
class CaseLine:
    """One line of a list. `owner` is a person's id, "" when nobody has it; `urgency` "" until judged.

    `reported` is the most urgent answer in the source's form since the last assessment. `threads` are its
    conversations, oldest first.
    """

    case_id: str
    alias: str
    state: str
    owner: str
    urgency: str
    reason: str
    review_day: int | None
    reported: str
    opened_day: int
    closed_day: int | None
    destroy_day: int | None
    language: str
    threads: tuple[ThreadSummary, ...]
    muted: bool = False

    @property
    def unread(self) -> int:
        """Messages and files that nobody has opened; 0 while it is muted."""
        return 0 if self.muted else sum(one.unread for one in self.threads)

    @property
    def messages(self) -> int:
        """Texts of all its sources."""
        return sum(one.messages for one in self.threads)

    @property
    def waiting_reply(self) -> bool:
        """Whether a source has the last word, and it is not muted."""
        return not self.muted and any(one.waiting_reply for one in self.threads)

    @property
    def last_day(self) -> int:
        """The day of the newest that arrived."""
        return max((one.last_day for one in self.threads), default=self.opened_day)

    @property
    def withdrawn_day(self) -> int | None:
        """The last day of which a source of it withdrew everything."""
        return max((one.withdrawn_day for one in self.threads if one.withdrawn_day is not None), default=None)

    @property
    def sharing_withdrawn_day(self) -> int | None:
        """Since when nothing of it may be passed on."""
        days = [one.sharing_withdrawn_day for one in self.threads if one.sharing_withdrawn_day is not None]
        return max(days, default=None)


@dataclass(frozen=True)
class CaseList:
    """A page of a list: its lines, how many there are in all, and the number of pages."""

    lines: tuple[CaseLine, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class AssessmentRecord:
    """One assessment and who made it when."""

    assessment_id: str
    author: str
    day: int
    urgency: str
    reason: str
    review_day: int
    triage: Triage


@dataclass(frozen=True)
class NoteRecord:
    """A note of the team; never part of what the source sent."""

    note_id: str
    author: str
    day: int
    text: str


@dataclass(frozen=True)
class TaskRecord:
    """Something to do by `due_day`; `done_day` once it is done."""

    task_id: str
    author: str
    day: int
    due_day: int
    done_day: int | None
    text: str


@dataclass(frozen=True)
class LinkRecord:
    """Another case; its `alias` is "" when this person may not read it."""

    case_id: str
    alias: str
    kind: str


@dataclass(frozen=True)
class Event:
    """A line of the ledger about this case."""

    day: int
    kind: str
    actor: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Placed:
    """An entry of the timeline, with the conversation that it belongs to."""

    thread_id: str
    alias: str
    entry: Entry


@dataclass(frozen=True)
class Marks:
    """The four that are never one: what machines prove (integrity, continuity), what people judge."""

    integrity: str
    continuity: str
    corroboration: str
    deception: str


@dataclass(frozen=True)
class CaseView:
    """All of a case. `assessments` and `notes` newest first, open tasks before done ones.

    `risks` are codes for the banner, the worst first; `careful`: no detail in an answer; `workable`: this
    person may change it now. `judged_mark` tells whether somebody has judged since this was shown.
    """

    line: CaseLine
    conversations: tuple[ThreadView, ...]
    timeline: tuple[Placed, ...]
    assessments: tuple[AssessmentRecord, ...]
    notes: tuple[NoteRecord, ...]
    tasks: tuple[TaskRecord, ...]
    codes: tuple[str, ...]
    links: tuple[LinkRecord, ...]
    events: tuple[Event, ...]
    marks: Marks
    risks: tuple[str, ...]
    careful: bool
    triage: Triage
    workable: bool
    judged_mark: str
