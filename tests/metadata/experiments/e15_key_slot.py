"""Experiment 15: once its key slot is destroyed, no row of a ring file opens, with the whole disk in hand.

Two files: one whose release has left the ring (its blocks are still on the disk), and the newest, whose key
slot is overwritten as somebody in a hurry would. Every 32 bytes on the raw disk are tried as the key: at any
offset of small files, and of large ones at every row and page (every 64 bytes in the full form).
"""

from __future__ import annotations

from collections.abc import Iterator

from mailroom.ring import key_file, ring_file
from sluis.errors import Unopenable
from sluis.limits import KEY_SIZE, RING_FILE_SIZE, RING_RELEASES, RING_ROW_SIZE, ROWS_PER_RELEASE
from sluis.ring import open_row
from tests.metadata.answers import answer
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.raw_image import RawDisk
from tests.support.mailroom_stage import Stage

_SMALL = 8_192
_PAGE = 4_096


def _candidates(disk: RawDisk, step: int) -> Iterator[bytes]:
    for block in disk.blocks():
        last = len(block) - KEY_SIZE
        offsets = {*range(0, last + 1, step if len(block) > _SMALL else 1), last}
        offsets |= set(range(0, last + 1, RING_ROW_SIZE))
        for at in offsets:
            yield block[at : at + KEY_SIZE]


def _opened(key: bytes, release: int, data: bytes, rows: int) -> int:
    found = 0
    for place in range(rows):
        try:
            open_row(key, release, place, data[place * RING_ROW_SIZE : (place + 1) * RING_ROW_SIZE])
        except Unopenable:
            continue
        found += 1
    return found


def _search(disk: RawDisk, release: int, data: bytes, step: int) -> int:
    """How many rows open under a key that the disk holds."""
    for key in _candidates(disk, step):
        if _opened(key, release, data, 1):
            return _opened(key, release, data, ROWS_PER_RELEASE)
    return 0


def _measure(scale: Scale) -> Outcome:
    step = scale.n(64, _PAGE)
    stage = Stage.make()
    disk = RawDisk.of(stage.ram)
    stage.disk = disk
    instance_id = stage.workstation.record.instance_id
    room = stage.opened([answer(instance_id, 1).row for _ in range(ROWS_PER_RELEASE)])
    first = disk.read(ring_file(1), 0, RING_FILE_SIZE)
    before = _search(disk, 1, first, _PAGE)
    for skip in [0] * RING_RELEASES if scale.full else [RING_RELEASES - 1]:
        room.import_release(stage.next_release(skip=skip))
    left = _search(disk, 1, first, step)
    newest = 1 + RING_RELEASES
    at = newest % RING_RELEASES
    disk.write(key_file(at), 0, bytes(KEY_SIZE))
    destroyed = _search(disk, newest, disk.read(ring_file(at), 0, RING_FILE_SIZE), step)
    return Outcome(
        f"{left} of 128 rows of a release that left the ring, {destroyed} of the newest; before {before}",
        "0 rows of either open, with 128 before",
        left == 0 and destroyed == 0 and before == ROWS_PER_RELEASE,
    )


EXPERIMENT = Experiment(
    15,
    "once its key slot is destroyed, a ring file opens to nobody",
    _measure,
    {"key-slots": _measure},
)
