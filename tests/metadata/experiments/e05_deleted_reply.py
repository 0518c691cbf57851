"""Experiment 5: of a deleted answer nothing is on the disk, not even for whoever holds the release keys.

Answers are deleted one by one, many at once, and by tombstone; others stay. Then the raw image, with the
blocks of every file that was ever replaced, and all rows in it opened with every key in a key slot, are
searched for any 16 bytes of plaintext, tag or cell. What was not deleted must be found by the same search.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from mailroom.store import Mailroom
from tests.metadata.answers import Answer, answer
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.raw_image import RawDisk, Scan, release_rows, unwrapped
from tests.support.mailroom_stage import Stage


def _secrets(answers: Sequence[Answer]) -> list[bytes]:
    return list(chain.from_iterable(one.secrets for one in answers))


def _delete(room: Mailroom, answers: Sequence[Answer]) -> None:
    deletions = [room.intake.delete(one.row.tag) for one in answers]
    while not all(deletion.done for deletion in deletions):
        room.tick()


def _measure(scale: Scale) -> Outcome:
    each = scale.n(32, 6)
    stage = Stage.make()
    disk = RawDisk.of(stage.ram)
    stage.disk = disk
    made = [answer(stage.workstation.record.instance_id, 1) for _ in range(4 * each)]
    deleted, kept = made[: 3 * each], made[3 * each :]
    room = stage.opened([one.row for one in made])
    for _ in range(scale.n(4_000, 200)):
        room.tick()
    search = Scan(_secrets(deleted))
    before = search.hits(release_rows(disk, 1))
    for one in deleted[:each]:
        _delete(room, [one])
    _delete(room, deleted[each : 2 * each])
    room.import_release(stage.next_release(tombstones=[one.row.tag for one in deleted[2 * each :]]))
    room.tick()
    after = search.hits(chain(disk.blocks(), unwrapped(disk)))
    control = Scan(_secrets(kept)).hits(release_rows(disk, 1))
    return Outcome(
        f"{after} hits of {len(deleted)} deleted answers; before {before:,}, of {each} kept ones {control:,}",
        "0 hits, with hits before and of what is kept",
        after == 0 and before > 0 and control > 0,
    )


EXPERIMENT = Experiment(
    5,
    "nothing of a deleted answer is on the disk, release keys in hand",
    _measure,
    {"overwriting-delete": _measure},
)
