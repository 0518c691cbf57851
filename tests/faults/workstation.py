"""The workstation is killed at a moment of its work, or its disk gets full; then it is opened again.

A moment is a number: the how-manieth call that changes a file (`CALLS`), counted in the thread that works.
strace sends SIGKILL as that call is made. A disk that gets full is a real one with so many bytes of room.
Afterwards the folder is opened as if nothing had been: what the office had acknowledged must be there, what
it had not is there wholly or not at all, and the work can go on.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sluis.envelope import Kind
from sluis.primitives import random_id
from tests.faults.workstation_child import ANSWER, FULL, NOTES, TEXTS
from tests.support.export_builder import ModelServer, new_source
from tests.support.small_disk import SmallDisk
from tests.support.workroom import PASSPHRASE, Workroom, no_progress, workroom
from workstation import opening
from workstation.casework import ledger
from workstation.casework.models import Case
from workstation.casework.roles import LONE_SEAT
from workstation.models import Envelope
from workstation.office import Office
from workstation.records import ReplyEntry

ROOT = Path(__file__).resolve().parents[2]
CALLS = "pwrite64,write,fsync,fdatasync,ftruncate,rename,unlink,unlinkat"
_CHILD_S = 120
_AMPLE = 1 << 30
_LITTLE = 16_384
_SECRET = "A word that a destroyed case may not leave behind."


@dataclass(frozen=True)
class Scene:
    """An office that is about to work: its folder and media, the day, and what was there before."""

    folder: Path
    media: Path
    day: int
    server: ModelServer

    def copy(self, place: Path) -> Scene:
        """The same elsewhere, to be spoilt."""
        shutil.copytree(self.folder, place / "workstation")
        shutil.copytree(self.media, place / "media")
        return Scene(place / "workstation", place / "media", self.day, self.server)


@dataclass
class Ended:
    """How the child ended: whether before its time, and what it had acknowledged, in order."""

    early: bool
    opened: bool
    done: list[tuple[str, str]] = field(default_factory=list)

    def last(self, name: str) -> str:
        """The last thing of this name that was acknowledged; "" when none was."""
        return next((value for kind, value in reversed(self.done) if kind == name), "")

    def has(self, name: str) -> bool:
        """Whether something of this name was acknowledged."""
        return any(kind == name for kind, _ in self.done)

    def all(self, name: str) -> list[str]:
        """All of this name."""
        return [value for kind, value in self.done if kind == name]


Broken = list[str]
Prepare = Callable[[Workroom], None]
Check = Callable[[Scene, Ended, Office], Broken]


@dataclass(frozen=True)
class Phase:
    """A kind of work: how the office is made ready for it, and what must be true after the kill."""

    name: str
    prepare: Prepare
    check: Check


def scene(phase: Phase, place: Path) -> Scene:
    """An office in `place` (new) that is ready for this phase, and closed."""
    place.mkdir()
    with workroom(place) as room:
        phase.prepare(room)
        return Scene(room.folder, room.media, room.day, room.server)


def _strace(trace: str, *more: str) -> list[str]:
    return ["strace", "-qq", "-o", trace, "-e", f"trace={CALLS}", *more]


def _child(made: Scene, phase: Phase, *more: str) -> list[str]:
    command = [sys.executable, "-B", "-m", "tests.faults.workstation_child"]
    return [*command, str(made.folder), str(made.media), phase.name, str(made.day), *more]


def _killed_at(made: Scene, phase: Phase, moment: int, *more: str) -> Ended:
    """Works until it ends, or is killed at that moment. Raises RuntimeError when it fails by itself."""
    inject = f"inject={CALLS}:signal=SIGKILL:when={moment}"
    command = [*_strace(os.devnull, "-e", inject), *_child(made, phase, *more)]
    return _ended(command, (-9, 137))


def _ended(command: list[str], early: tuple[int, ...]) -> Ended:
    """Runs the child; `early` are the exit codes of one that ends before its time."""
    seen = os.environ | {"PYTHONPATH": str(ROOT)}  # a mount namespace has a working folder of its own
    ended = subprocess.run(
        command, cwd=ROOT, env=seen, capture_output=True, text=True, timeout=_CHILD_S, check=False
    )
    if ended.returncode and ended.returncode not in early:
        raise RuntimeError(ended.stderr)
    words = [line.split(" ", 2) for line in ended.stdout.splitlines()]
    done = [(one[1], one[2] if len(one) > 2 else "") for one in words if one[0] == "done"]
    return Ended(ended.returncode in early, ["open"] in words, done)


def number_of_moments(made: Scene, phase: Phase, place: Path) -> int:
    """How many there are in the whole life of the child, from its start to its end."""
    copy = made.copy(place)
    trace = place / "trace"
    command = [*_strace(str(trace)), *_child(copy, phase)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=_CHILD_S)
    return sum("(" in line for line in trace.read_text("utf-8", "replace").splitlines())


def after_kill(made: Scene, phase: Phase, moment: int, place: Path, *more: str) -> Broken:
    """Which promises a kill at this moment breaks; the copy under `place` is left for looking at."""
    copy = made.copy(place)
    return _looked_at(copy, phase, _killed_at(copy, phase, moment, *more))


def after_full(made: Scene, phase: Phase, room: int, place: Path, *more: str) -> tuple[Broken, bool]:
    """Which promises a disk with `room` bytes left breaks, and whether it did get full.

    The medium lies elsewhere. The office on the full disk is copied to one with room, and opened there.
    """
    copy = made.copy(place)
    with SmallDisk(place / "disk", _AMPLE) as disk:
        shutil.move(copy.folder, disk.outside / "workstation")
        disk.resize(shutil.disk_usage(disk.outside).used + room)
        on_disk = replace(copy, folder=disk.place / "workstation")
        ended = _ended([*disk.around, *_child(on_disk, phase, *more)], (FULL,))
        shutil.copytree(disk.outside / "workstation", copy.folder)
    return _looked_at(copy, phase, ended), ended.early


def room_needed(made: Scene, phase: Phase, place: Path) -> int:
    """Bytes with which the work comes to its end; with half as many it does not. Folders under `place`."""
    room = _LITTLE
    while True:
        own = place / str(room)
        own.mkdir()
        if not after_full(made, phase, room, own)[1]:
            return room
        room *= 2


def _looked_at(copy: Scene, phase: Phase, ended: Ended) -> Broken:
    broken = _of_every_office(copy)
    with Office.unlock(copy.folder, PASSPHRASE, today=lambda: copy.day) as office:
        broken += phase.check(copy, ended, office)
    return broken


def moments(count: int, wanted: int, seed: int) -> Sequence[int]:
    """That many of them, spread evenly with a seeded shift; all of them when there are no more."""
    if wanted >= count:
        return range(1, count + 1)
    chance = random.Random(seed)  # which moments
    step = count / wanted
    return [1 + int(step * number + chance.random() * step) for number in range(wanted)]


def _of_every_office(made: Scene) -> Broken:
    """The database is whole, its ledger unbroken, and the vault holds what it names and nothing else."""
    broken = []
    opened = opening.with_founding_passphrase(made.folder, PASSPHRASE)
    try:
        with Session(opened.engine) as session:
            if session.scalar(text("PRAGMA integrity_check")) != "ok":
                broken.append("the database is damaged")
            if session.execute(text("PRAGMA foreign_key_check")).all():
                broken.append("a row names another that is not there")
            if ledger.verify(session).broken:
                broken.append("the ledger is broken")
            named = {name for name in session.scalars(select(Envelope.vault_name)) if name}
        there = {path.name for path in opened.folder.vault.iterdir()}
        if named != there:
            broken.append("the vault and the database differ")
    finally:
        opened.engine.dispose()
        opened.folder.unlock()
    return broken


def _ready_to_import(room: Workroom) -> None:
    source, parent = new_source(), random_id()
    report = room.server.report
    room.export(
        report(source, b"Two things.", room.day, message_id=parent),
        report(source, bytes(90_000), room.day, kind=Kind.FILE, parent=parent, sequence=2, file_name="a"),
        report(new_source(), b"Another.", room.day),
    )


def _after_import(made: Scene, ended: Ended, office: Office) -> Broken:
    broken = []
    lines = office.cases.inbox(LONE_SEAT).lines
    taken = office.imports.recent()
    if ended.done and len(lines) != 2:
        broken.append("an import that was acknowledged is not there")
    if bool(taken) != (len(lines) == 2) or len(lines) not in (0, 2):
        broken.append("half an import is shown")
    if not taken:
        (export,) = made.media.glob("export-*.sluis")
        if office.imports.take_in(LONE_SEAT, export, no_progress).verified_sets != 3:
            broken.append("the export cannot be imported afterwards")
    views = [office.cases.view(LONE_SEAT, one.case_id) for one in office.cases.inbox(LONE_SEAT).lines]
    files = [entry.entry.files for view in views for entry in view.timeline if hasattr(entry.entry, "files")]
    for file in (file for of_message in files for file in of_message):
        if b"".join(office.conversations.file_chunks(LONE_SEAT, file.file_id)) != bytes(90_000):
            broken.append("a file is damaged")
    if sorted(len(one) for one in files) != [0, 1]:
        broken.append("a file is missing")
    return broken


def _one_case(room: Workroom) -> None:
    room.take_in(room.export(room.server.report(new_source(), _SECRET.encode(), room.day)))


def _after_typing(_made: Scene, ended: Ended, office: Office) -> Broken:
    broken = []
    (line,) = office.cases.inbox(LONE_SEAT).lines
    view = office.cases.view(LONE_SEAT, line.case_id)
    (thread,) = office.conversations.all(LONE_SEAT)
    begun = office.kept.of(LONE_SEAT, line.case_id, f"answer-{thread.thread_id}")
    typed = begun.get("text") if begun else ""
    if ended.last("kept") and (not typed or TEXTS.index(typed) < TEXTS.index(ended.last("kept"))):
        broken.append("what was typed is lost")
    if typed not in ("", *TEXTS):
        broken.append("half of what was typed is shown")
    drafts = [one.entry.text for one in view.timeline if isinstance(one.entry, ReplyEntry)]
    notes = [one.text for one in view.notes]
    kept = ended.last("draft")
    if kept and (not drafts or TEXTS.index(drafts[0]) < TEXTS.index(kept)):
        broken.append("a draft that was saved is not there")
    if len(drafts) > 1 or any(one not in TEXTS for one in drafts):
        broken.append("half a draft is shown")
    if not set(ended.all("note")) <= set(notes):
        broken.append("a note that was saved is not there")
    if len(notes) != len(set(notes)) or any(one not in NOTES for one in notes):
        broken.append("half a note is shown")
    if ended.has("assess") and not line.urgency:
        broken.append("an assessment that was saved is not there")
    if bool(line.urgency) != bool(view.assessments):
        broken.append("half an assessment is shown")
    return broken


def _one_draft(room: Workroom) -> None:
    _one_case(room)
    office = room.office
    office.answers.draft(LONE_SEAT, room.only_thread().summary.thread_id, ANSWER, "en")


def _after_sealing(made: Scene, ended: Ended, office: Office) -> Broken:
    broken = []
    (thread,) = office.conversations.all(LONE_SEAT)
    (reply,) = [
        one
        for one in office.conversations.view(LONE_SEAT, thread.thread_id).entries
        if isinstance(one, ReplyEntry)
    ]
    if ended.has("approve") and reply.state == "draft":
        broken.append("an approval is lost")
    files = list(made.media.glob("release-*"))
    whole = [path for path in files if path.suffix != ".part"]
    if ended.has("write") and not whole:
        broken.append("a release that was written is not on the medium")
    before = {path.read_bytes() for path in whole}
    if reply.state == "draft":
        office.answers.approve(LONE_SEAT, reply.reply_id)
    # The counsellor goes on: writes what there is, or makes one more; each is one that the server takes.
    if reply.state not in ("sealed", "exported"):
        office.releases.make(LONE_SEAT)
    office.releases.write(LONE_SEAT, made.media)
    newest = [path for path in made.media.glob("release-*") if path.suffix != ".part"]
    after = max(newest, key=lambda path: path.stat().st_size and path.name)
    if before and after.read_bytes() not in before and reply.state in ("sealed", "exported"):
        broken.append("the same release was written twice, and differs")
    (again,) = [
        one
        for one in office.conversations.view(LONE_SEAT, thread.thread_id).entries
        if isinstance(one, ReplyEntry)
    ]
    if again.state != "exported":
        broken.append("the answer does not leave")
    return broken


def _one_to_destroy(room: Workroom) -> None:
    _one_case(room)
    parent = random_id()
    source = new_source()
    report = room.server.report
    room.take_in(
        room.export(
            report(source, _SECRET.encode(), room.day, message_id=parent),
            report(source, bytes(90_000), room.day, kind=Kind.FILE, parent=parent, sequence=2, file_name="a"),
        )
    )
    for line in room.office.cases.inbox(LONE_SEAT).lines:
        room.office.cases.add_note(LONE_SEAT, line.case_id, _SECRET)
        room.office.cases.close(LONE_SEAT, line.case_id, "test")
    room.clock.day += 181


def _after_destruction(made: Scene, ended: Ended, office: Office) -> Broken:
    broken = []
    left = {line.case_id for line in office.cases.closed(LONE_SEAT).lines}
    if left & set(ended.all("destroy")):
        broken.append("a case that was destroyed is back")
    for case_id in left:
        view = office.cases.view(LONE_SEAT, case_id)
        if [one.text for one in view.notes] != [_SECRET]:
            broken.append("half a case is shown")
    office.close()
    opened = opening.with_founding_passphrase(made.folder, PASSPHRASE)
    try:
        with Session(opened.engine) as session:
            for case in session.scalars(select(Case).where(Case.state == "destroyed")):
                kept = [one for thread in case.threads for one in thread.envelopes if one.sealed_text]
                if case.key is not None or kept:
                    broken.append("a destroyed case has a key or words")
    finally:
        opened.engine.dispose()
        opened.folder.unlock()
    return broken


PHASES = (
    Phase("import", _ready_to_import, _after_import),
    Phase("typing", _one_case, _after_typing),
    Phase("sealing", _one_draft, _after_sealing),
    Phase("deletion", _one_to_destroy, _after_destruction),
)
