"""What somebody reads out of a seized Sluis store who knows docs/protocol.md and this code by heart.

Every file with a known beginning is parsed; rows of the ring are opened, since their keys lie beside them. A
slot or row gets marks, in which one that holds something might differ from one that does not: statistics of
its bytes, likeness to a genuine seal, a twin elsewhere, its place, whether the scratch names it.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mailroom import scratch
from mailroom.disk import Disk
from mailroom.released import FILE as RELEASE_FILE
from mailroom.released import Released
from mailroom.ring import key_file, release_at, ring_file
from mailroom.state import FILE as STATE_FILE
from mailroom.state import BankState, State, bank_file
from sluis.errors import SluisError
from sluis.limits import BANK_PREFIX_SIZE, RING_RELEASES, RING_ROW_SIZE, ROWS_PER_RELEASE, SLOT_SIZE
from sluis.ring import Row, open_row
from tests.metadata.features import kem_likelihood, scratch_slots
from tests.metadata.seizures.findings import Findings

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
_HEAD = 1_024
_STATE_MAGIC = b"SLUISSTA"


def stores(folder: Path) -> list[Path]:
    """Folders that are a Sluis store."""
    found = []
    for path in sorted(folder.rglob(STATE_FILE)):
        if path.is_file() and path.read_bytes()[: len(_STATE_MAGIC)] == _STATE_MAGIC:
            found.append(path.parent)
    return found


def read_store(store: Path, findings: Findings) -> None:
    """Adds everything that the store's formats tell."""
    disk = Disk(store)
    try:
        state = State.load(disk)
        released = Released.load(disk)
    finally:
        disk.close()
    newest = 0 if released is None else released.sequence
    findings.notes += _notes(state, released)
    named = set(scratch_slots((store / scratch.FILE).read_bytes()))
    for index, bank in enumerate(state.banks):
        if bank.serial:
            slots = np.fromfile(store / bank_file(index), np.uint8)[BANK_PREFIX_SIZE:].reshape(-1, SLOT_SIZE)
            marks = _slot_marks(slots, named if bank.state is BankState.OPEN else set())
            for slot, mark in enumerate(marks):
                findings.report_marks[f"{bank_file(index)}/{slot}"] = tuple(mark)
    _ring(store, newest, findings)
    if (store / RELEASE_FILE).stat().st_mtime:
        findings.notes.append(
            f"release {newest} was brought at {_time((store / RELEASE_FILE).stat().st_mtime)}"
        )


def _slot_marks(slots: Bytes, named: set[int]) -> Floats:
    heads = slots[:, :_HEAD]
    beginnings = Counter(slot[:64].tobytes() for slot in slots)
    twins = [beginnings[slot[:64].tobytes()] for slot in slots]
    return np.column_stack(
        [
            _ones(slots),
            (slots.view(np.uint64) == 0).sum(axis=1),
            heads.mean(axis=1),
            _chi_square(heads),
            (heads[:, 1:] == heads[:, :-1]).sum(axis=1),
            _ones(slots[:, :12]),
            twins,
            np.arange(len(slots)),
            [slot in named for slot in range(len(slots))],
        ]
    ).astype(np.float64)


def _ones(block: Bytes) -> Floats:
    words = np.ascontiguousarray(block).view(np.uint32)
    return np.asarray(np.bitwise_count(words).sum(axis=1, dtype=np.uint64) / (block.shape[1] * 8))


def _chi_square(lines: Bytes) -> Floats:
    count = len(lines)
    marked = lines.astype(np.int64) + 256 * np.arange(count)[:, None]
    seen = np.bincount(marked.ravel(), minlength=256 * count).reshape(count, 256)
    expected = lines.shape[1] / 256
    return np.asarray(((seen - expected) ** 2 / expected).sum(axis=1))


def _ring(store: Path, newest: int, findings: Findings) -> None:
    opened: dict[str, Row] = {}
    raw: dict[str, bytes] = {}
    for position in range(RING_RELEASES):
        key = (store / key_file(position)).read_bytes()
        data = (store / ring_file(position)).read_bytes()
        for row in range(ROWS_PER_RELEASE):
            sealed = data[row * RING_ROW_SIZE : (row + 1) * RING_ROW_SIZE]
            name = f"{ring_file(position)}/{row}"
            raw[name] = sealed
            try:
                opened[name] = open_row(key, release_at(position, newest), row, sealed)
            except SluisError:
                findings.notes.append(f"{name} does not open")
    findings.notes.append(f"{len(opened):,} rows of the ring open with the keys beside them")
    tags, cells = Counter(row.tag for row in opened.values()), Counter(row.cell for row in opened.values())
    tag_lines = _lines([row.tag for row in opened.values()])
    cell_lines = _lines([row.cell for row in opened.values()])
    marks = np.column_stack(
        [
            _ones(_lines([raw[name] for name in opened])),
            _ones(tag_lines),
            tag_lines.mean(axis=1),
            _ones(cell_lines),
            _chi_square(cell_lines[:, -_HEAD:]),
            kem_likelihood(cell_lines),
            cell_lines[:, 1_119],  # the last byte of an X25519 point is below 128 (RFC 7748)
            [tags[row.tag] for row in opened.values()],
            [cells[row.cell] for row in opened.values()],
            [int(name.rpartition("/")[2]) for name in opened],
        ]
    ).astype(np.float64)
    for name, mark in zip(opened, marks, strict=True):
        findings.answer_marks[name] = tuple(mark)


def _lines(parts: list[bytes]) -> Bytes:
    return np.frombuffer(b"".join(parts), np.uint8).reshape(len(parts), -1)


def _notes(state: State, released: Released | None) -> list[str]:
    said = []
    for bank in sorted(state.banks, key=lambda bank: bank.serial):
        if bank.serial:
            until = f" to {_day(bank.closing_day)}" if bank.closing_day else ""
            said.append(f"export {bank.serial}: {bank.state.name.lower()}, {_day(bank.opening_day)}{until}")
    if released is not None:
        said.append(f"{released.sequence} releases so far, keys until {_day(released.last_key_day)}")
    return said


def _day(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%d")


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
