"""Exports and releases that hold only what there is to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from sluis.bank import slot_offset
from sluis.limits import HASH_SIZE, XWING_PUBLIC_SIZE
from sluis.release import Release
from sluis.wire import Writer
from tests.support.mailroom_stage import Stage
from workstation import release_making

Shrink = Callable[[Stage, bytes], bytes]


def without_free_slots(stage: Stage, export: bytes) -> bytes:
    """The export with its taken slots only."""
    _, taken = stage.workstation.open_export(export, stage.request)
    return export[: slot_offset(len(taken))]


@contextmanager
def release_without_filler() -> Iterator[None]:
    """No unused rows and no random tombstones, and no count that asks for them."""

    def encode(release: Release) -> bytes:
        writer = Writer().u32(release.sequence).fixed(release.previous, HASH_SIZE)
        writer.u32(release.day).u32(release.expiry_day).u32(release.first_epoch_day)
        for key in release.epoch_keys:
            writer.fixed(key, XWING_PUBLIC_SIZE)
        for row in release.rows:
            writer.fixed(row.tag, HASH_SIZE).fixed(row.cell, len(row.cell))
        for tag in release.tombstones:
            writer.fixed(tag, HASH_SIZE)
        return writer.u64(release.acknowledged_serial).fixed(release.acknowledged_hash, HASH_SIZE).bytes()

    with (
        patch.object(Release, "_encode", encode),
        patch.multiple(release_making, ROWS_PER_RELEASE=0, TOMBSTONES=0),
    ):
        yield
