"""Experiment 9: exports and releases have one size each, whatever is in them, and so has every file at rest.

Exports of banks from empty to the last slot, by texts and by files, from a real mailroom. Releases from a
real workstation: without an answer, full, with more answers waiting, with tombstones.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from sluis.limits import DEMO, RELEASE_SIZE, ROWS_PER_THREAD_AND_RELEASE, SiteProfile
from tests.metadata.experiment import Experiment, Outcome, Scale, both
from tests.support.export_builder import new_source
from tests.support.mailroom_stage import Stage
from tests.support.workroom import Workroom, workroom

_TEXT = b"He offered to pay for the newspaper, all of it, if we print what he sends. "
_CELL = _TEXT * 850  # a stream of one cell


def _at_rest(stage: Stage) -> frozenset[tuple[str, int]]:
    return frozenset((name, stage.disk.size(name)) for name in stage.disk.names())


def _exports(scale: Scale) -> Outcome:
    """Sizes of exports at all levels, and the names and sizes of the files at rest."""
    slots = scale.n(64, 16)
    stage = Stage.make(SiteProfile(DEMO.code, DEMO.name, slots, 1_048_576, banks=3))
    room = stage.opened()
    for_files = slots - stage.site.text_only_slots
    levels = [(0, 0), (1, 0), (0, 1), (slots // 2, 0), (0, for_files), (slots - for_files, for_files)]
    levels.append((slots, 0))
    sizes, rests = set(), {_at_rest(stage)}
    for texts, files in levels:
        for number in range(texts + files):
            stage.send(room, _CELL, text=number >= files)
        rests.add(_at_rest(stage))
        assert room.stores.bank is not None
        assert room.stores.bank.free_slots == slots - texts - files
        serial = stage.export(room)
        sizes.add(len(stage.exports[serial]))
        room.import_release(stage.next_release(acknowledged=stage.acknowledged(serial)))
        rests.add(_at_rest(stage))
    return Outcome(
        f"{len(sizes)} size(s) of {len(levels)} exports, {len(rests)} set(s) of file sizes at rest",
        "one of each",
        len(sizes) == 1 and len(rests) == 1,
    )


def _fill(room: Workroom, sources: int) -> list[str]:
    """Conversations, of which each has as many answers as fit one release, and one more that must wait."""
    reports = [room.server.report(new_source(), _TEXT * (number + 1), room.day) for number in range(sources)]
    room.take_in(room.export(*reports))
    threads = [thread.thread_id for thread in room.office.conversations.all(room.office.actor)]
    each = ROWS_PER_THREAD_AND_RELEASE + 1
    return [room.answer(_TEXT.decode() * 40, thread) for thread in threads for _ in range(each)]


def _releases(scale: Scale) -> Outcome:
    """Sizes of releases at all levels."""
    with TemporaryDirectory() as folder, workroom(Path(folder)) as room:
        made = [*room.office.releases.make(room.office.actor)]
        answers = _fill(room, scale.n(33, 2))
        made += room.office.releases.make(room.office.actor)
        for reply_id in answers[: len(answers) // 2]:
            room.office.answers.withdraw(room.office.actor, reply_id)
        made += room.office.releases.make(room.office.actor)
    sizes = {len(one.data) for one in made}
    return Outcome(f"{len(sizes)} size(s) of {len(made)} releases", "one size", sizes == {RELEASE_SIZE})


def _measure(scale: Scale) -> Outcome:
    return both(_exports(scale), _releases(scale))


EXPERIMENT = Experiment(
    9,
    "exports, releases and the files at rest have one size each, empty to full",
    _measure,
    {"full-exports": _exports, "full-releases": _releases},
)
