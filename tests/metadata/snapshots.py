"""Two snapshots of one server's disk: which slots and rows have changed, and what the scratch named.

Only nonces are read: a slot or row has changed exactly when its nonce has. What the bytes themselves could
tell is experiment 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mailroom import scratch
from mailroom.ring import ring_file
from mailroom.state import bank_file
from sluis.limits import (
    BANK_PREFIX_SIZE,
    NONCE_SIZE,
    RING_RELEASES,
    RING_ROW_SIZE,
    ROWS_PER_RELEASE,
    SLOT_SIZE,
)
from tests.metadata.features import Bytes, Floats, scratch_slots
from tests.metadata.server import Server

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Snapshot:
    """What was on the disk at one moment: nonces, a line each, and the slots with an entry in the scratch."""

    slots: Bytes
    rows: Bytes
    scratch: Sequence[int]


class Camera:
    """Takes snapshots of a server whose bank and ring files stay the same files."""

    def __init__(self, place: Server) -> None:
        bank = place.room.stores.bank
        assert bank is not None
        self._place = place
        file = np.memmap(place.folder / bank_file(bank.index), np.uint8, "r")
        self._slots = file[BANK_PREFIX_SIZE:].reshape(-1, SLOT_SIZE)[:, :NONCE_SIZE]
        shape = (ROWS_PER_RELEASE, RING_ROW_SIZE)
        paths = [place.folder / ring_file(at) for at in range(RING_RELEASES)]
        rings = [np.memmap(path, np.uint8, "r", shape=shape) for path in paths]
        self._rows = [ring[:, :NONCE_SIZE] for ring in rings]

    def take(self) -> Snapshot:
        data = (self._place.folder / scratch.FILE).read_bytes()
        return Snapshot(np.array(self._slots), np.concatenate(self._rows), scratch_slots(data))


def compared(one: Snapshot, two: Snapshot) -> Floats:
    """All features of a pair of snapshots."""
    changed: Flags = (one.slots != two.slots).any(axis=1)
    rows = (one.rows != two.rows).any(axis=1).reshape(RING_RELEASES, ROWS_PER_RELEASE).sum(axis=1)
    named = [np.isin(np.arange(len(changed)), snapshot.scratch) for snapshot in (one, two)]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ~changed, [0]])))
    runs = edges[1::2] - edges[::2]
    return np.array(
        [
            changed.sum(),
            (changed & named[0]).sum(),
            (changed & named[1]).sum(),
            (named[0] & named[1]).sum(),
            (changed & ~named[1]).sum(),
            runs.max(initial=0),
            len(runs),
            rows.sum(),
            rows.max(),
            (rows > 0).sum(),
            np.abs(np.diff(np.sort(one.scratch))).max(),
            np.abs(np.diff(np.sort(two.scratch))).max(),
            *changed,
            *named[0],
            *named[1],
        ],
        float,
    )
