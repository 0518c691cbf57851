"""Exports and releases that hold only what there is to say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailroom.store import Mailroom
from sluis.bank import slot_offset
from sluis.limits import HASH_SIZE, XWING_PUBLIC_SIZE
from sluis.release import Release
from sluis.wire import Writer
from tests.support.mailroom_stage import Stage
from workstation import release_desk, release_making
from workstation.models import ReleaseMade
from workstation.records import ReleaseFile


@contextmanager
def exports_without_free_slots() -> Iterator[None]:
    """What is handed out to an operator holds the taken slots only."""
    genuine = Stage.take

    def take(stage: Stage, room: Mailroom, serial: int) -> None:
        genuine(stage, room, serial)
        export = stage.exports[serial]
        _, taken = stage.workstation.open_export(export, stage.request)
        stage.exports[serial] = export[: slot_offset(len(taken))]

    with patch.object(Stage, "take", take):
        yield


@contextmanager
def releases_without_filler() -> Iterator[None]:
    """No unused rows and no random tombstones from the second release on, and no count that asks for them."""

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

    genuine = release_making.make_release

    def make(session: Session, *rest: Any) -> tuple[ReleaseFile, ...]:
        if session.scalar(select(ReleaseMade.sequence).limit(1)) is None:
            return genuine(session, *rest)  # servers take nothing but the one size, and would not begin
        with (
            patch.object(Release, "_encode", encode),
            patch.multiple(release_making, ROWS_PER_RELEASE=0, TOMBSTONES=0),
        ):
            return genuine(session, *rest)

    with patch.object(release_desk, "make_release", make):
        yield
