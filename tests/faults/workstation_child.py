"""A workstation that is going to be killed, or whose disk gets full: says of each thing when it is done.

`python -m tests.faults.workstation_child FOLDER MEDIA PHASE DAY [--early]`. A line on stdout, "done NAME
VALUE", says that the office has returned: from then on it may not be lost. Ends with `FULL` when it says
that its disk is full, and with an error when it says anything else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.support.workroom import PASSPHRASE
from workstation.casework.roles import LONE_SEAT
from workstation.casework.triage import Triage
from workstation.errors import DiskFull
from workstation.office import Office
from workstation.records import ReplyEntry

T = TypeVar("T")
# Long enough for a full disk to have no room for them among the pages that are there.
_LONG = " and more" * 2_000
TEXTS = tuple(f"What was typed, at pause {number}." for number in range(4))
NOTES = tuple(f"Noted, at pause {number}{_LONG}." for number in range(4))
FULL = 3
ANSWER = "An answer that is sealed."


class Work:
    """The open office, and how it is told what is done: after each thing, or, broken on purpose, before."""

    def __init__(self, office: Office, media: Path, *, early: bool) -> None:
        self.office = office
        self.media = media
        self._early = early

    def do(self, name: str, value: str, act: Callable[[], T]) -> T:
        """Does one thing and says that it is done."""
        if self._early:
            print("done", name, value, flush=True)
        given = act()
        if not self._early:
            print("done", name, value, flush=True)
        return given


def _take_in(work: Work) -> None:
    (export,) = work.media.glob("export-*.sluis")
    work.do(
        "import",
        "",
        lambda: work.office.imports.take_in(LONE_SEAT, export, lambda _done, _total: None),
    )


def _type(work: Work) -> None:
    office = work.office
    (thread,) = office.conversations.all(LONE_SEAT)
    case_id = office.cases.of_thread(LONE_SEAT, thread.thread_id)
    form = f"answer-{thread.thread_id}"
    for text in TEXTS:
        work.do("kept", text, partial(office.kept.keep, LONE_SEAT, case_id, form, [("text", text)]))
    reply_id = work.do(
        "draft",
        TEXTS[0],
        lambda: office.answers.draft(LONE_SEAT, thread.thread_id, TEXTS[0], "en"),
    )
    for text, note in zip(TEXTS[1:], NOTES[1:], strict=True):
        work.do("draft", text, partial(office.answers.edit, LONE_SEAT, reply_id, text, "en"))
        work.do("note", note, partial(office.cases.add_note, LONE_SEAT, case_id, note))
    judged = Triage(danger="weeks")
    work.do("assess", "", lambda: office.cases.assess(LONE_SEAT, case_id, judged))


def _seal(work: Work) -> None:
    office = work.office
    (thread,) = office.conversations.all(LONE_SEAT)
    entries = office.conversations.view(LONE_SEAT, thread.thread_id).entries
    (draft,) = [one for one in entries if isinstance(one, ReplyEntry) and one.state == "draft"]
    work.do("approve", "", lambda: office.answers.approve(LONE_SEAT, draft.reply_id))
    work.do("release", "", lambda: office.releases.make(LONE_SEAT))
    work.do("write", "", lambda: office.releases.write(LONE_SEAT, work.media))


def _destroy(work: Work) -> None:
    desk = work.office.cases
    for line in desk.closed(LONE_SEAT).lines:
        work.do("destroy", line.case_id, partial(desk.destroy, LONE_SEAT, line.case_id))


PHASES: dict[str, Callable[[Work], None]] = {
    "import": _take_in,
    "typing": _type,
    "sealing": _seal,
    "deletion": _destroy,
}


def main() -> int:
    """0 when it came to the end, FULL when the disk did not let it."""
    folder, media, phase, day, *more = sys.argv[1:]
    try:
        with Office.unlock(Path(folder), PASSPHRASE, today=lambda: int(day)) as office:
            print("open", flush=True)
            PHASES[phase](Work(office, Path(media), early="--early" in more))
    except DiskFull:
        return FULL
    return 0


if __name__ == "__main__":
    sys.exit(main())
