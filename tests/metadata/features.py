"""What an attacker computes from a seized server: every kind of file, what the keys on it open, and `stat`.

Compression and entropy of slots, byte and bit statistics of slots, rows, tags and cells, the places that the
scratch names, likelihoods of cells under the form of a genuine ML-KEM-768 ciphertext (FIPS 203) and X25519
point (RFC 7748), sizes, modes, blocks and times of files. The attacker knows the program and every format.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mailroom import scratch
from mailroom.released import FILE as RELEASE_FILE
from mailroom.ring import key_file, ring_file
from mailroom.state import FILE as STATE_FILE
from mailroom.state import BankState, State, bank_file
from sluis.limits import BANK_PREFIX_SIZE, HASH_SIZE, RING_ROW_SIZE, ROWS_PER_RELEASE, SLOT_SIZE
from sluis.ring import open_row
from sluis.wire import Reader

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
_HEAD = 1_024
_Q = 3_329
_ENTRY = 129 * 512
_U_SIZE = 960
_V_SIZE = 128
_X25519_LAST = 1_119


def _likelihoods(bits: int) -> Floats:
    """log of how much more often ML-KEM makes a compressed coefficient than random bytes do."""
    values = ((np.arange(_Q) << bits) + _Q // 2) // _Q % (1 << bits)
    counts: Floats = np.bincount(values, minlength=1 << bits).astype(float)
    return np.asarray(np.log(counts / _Q * (1 << bits)))


_LOG_U, _LOG_V = _likelihoods(10), _likelihoods(4)


def _summary(values: Floats) -> list[float]:
    """Of one figure a slot or row: its spread, and how many stand out."""
    middle = float(np.median(values))
    spread = float(np.median(np.abs(values - middle))) * 1.4826 + 1e-9
    outside = np.abs(values - middle) / spread
    return [
        float(values.mean()),
        float(values.std()),
        middle,
        float(values.min()),
        float(values.max()),
        float((outside > 3).sum()),
        float((outside > 6).sum()),
    ]


def _ones(block: Bytes) -> Floats:
    """Share of one bits in each line; lines have a multiple of 4 bytes."""
    counts = np.bitwise_count(np.ascontiguousarray(block).view(np.uint32))
    return np.asarray(counts.sum(axis=1, dtype=np.uint64) / (block.shape[1] * 8))


def _entropies(heads: Bytes) -> Floats:
    """Bits a byte, of each line."""
    lines = len(heads)
    marked = heads.astype(np.int64) + 256 * np.arange(lines)[:, None]
    counts = np.bincount(marked.ravel(), minlength=256 * lines).reshape(lines, 256)
    shares = counts / heads.shape[1]
    return np.asarray(-(shares * np.log2(np.where(counts, shares, 1.0))).sum(axis=1))


def slot_features(slots: Bytes) -> list[float]:
    """Of the open bank, one line a slot."""
    heads = np.ascontiguousarray(slots[:, :_HEAD])
    words = slots.view(np.uint64)
    found = [
        *_summary(_ones(slots)),
        *_summary((words == 0).sum(axis=1).astype(float)),
        *_summary(heads.mean(axis=1)),
        *_summary(_entropies(heads)),
        *_summary(np.array([len(zlib.compress(head.tobytes(), 1)) for head in heads[::4]], float)),
        *_summary((heads[:, 1:] == heads[:, :-1]).sum(axis=1).astype(float)),
        *_summary(_ones(slots[:, :12])),
    ]
    nonces = {slot[:12].tobytes() for slot in slots}
    return [*found, float(len(nonces)), float(len(zlib.compress(slots[0].tobytes(), 1)))]


def scratch_slots(data: bytes) -> list[int]:
    """The slot that each entry of the scratch is of."""
    numbers = []
    for place in range(scratch.BATCH):
        reader = Reader(data[place * _ENTRY + HASH_SIZE + 9 : place * _ENTRY + HASH_SIZE + 13], "an entry")
        numbers.append(reader.u32())
    return numbers


def scratch_features(data: bytes, slots: Bytes) -> list[float]:
    """Which slots have entries, and whether those are the slots' contents."""
    numbers = np.array(scratch_slots(data), float)
    same = 0
    for place, number in enumerate(numbers.astype(int)):
        begin = place * _ENTRY + HASH_SIZE + 13
        same += data[begin : begin + 64] == slots[number, :64].tobytes()
    entries = np.frombuffer(data[: scratch.BATCH * _ENTRY], np.uint8).reshape(scratch.BATCH, _ENTRY)
    gaps = np.diff(np.sort(numbers))
    return [float(same), *_summary(numbers), *_summary(gaps), *_summary(_ones(entries))]


def kem_likelihood(cells: Bytes) -> Floats:
    """Log likelihood ratio of "genuine seal" against "random bytes", one a cell."""
    u = cells[:, :_U_SIZE].reshape(len(cells), -1, 5).astype(np.int64)
    packed = sum(u[:, :, byte] << (8 * byte) for byte in range(5))
    found = np.zeros(len(cells))
    for part in range(4):
        found += _LOG_U[(packed >> (10 * part)) & 1023].sum(axis=1)
    v = cells[:, _U_SIZE : _U_SIZE + _V_SIZE]
    return np.asarray(found + _LOG_V[v & 15].sum(axis=1) + _LOG_V[v >> 4].sum(axis=1))


def row_features(folder: Path, release: int) -> list[float]:
    """Of the newest release's file, raw and opened with the key in its slot."""
    data = (folder / ring_file(release)).read_bytes()
    key = (folder / key_file(release)).read_bytes()
    raw = np.frombuffer(data, np.uint8).reshape(ROWS_PER_RELEASE, RING_ROW_SIZE)
    rows = [open_row(key, release, place, raw[place].tobytes()) for place in range(ROWS_PER_RELEASE)]
    tags = np.frombuffer(b"".join(row.tag for row in rows), np.uint8).reshape(ROWS_PER_RELEASE, -1)
    cells = np.frombuffer(b"".join(row.cell for row in rows), np.uint8).reshape(ROWS_PER_RELEASE, -1)
    return [
        *_summary(_ones(raw)),
        *_summary(_ones(tags)),
        *_summary(tags.mean(axis=1)),
        *_summary(_ones(cells)),
        *_summary(_entropies(np.ascontiguousarray(cells[:, -_HEAD:]))),
        *_summary(kem_likelihood(cells)),
        float((cells[:, _X25519_LAST] >> 7).sum()),
    ]


def stat_features(folder: Path, open_bank: str, release: int) -> list[float]:
    """Sizes, blocks, modes, links; and times, from the newest one back."""
    stats = {path.name: path.stat() for path in sorted(folder.iterdir())}
    newest = max(one.st_mtime_ns for one in stats.values())
    ages = {name: (newest - one.st_mtime_ns) / 1e9 for name, one in stats.items()}
    rings = np.array([age for name, age in ages.items() if name.startswith("ring-")])
    found = [
        float(len(stats)),
        float(sum(one.st_size for one in stats.values())),
        float(sum(one.st_blocks for one in stats.values())),
        float(sum(one.st_mode + one.st_nlink for one in stats.values())),
        *_summary(rings),
        newest % 10**9 / 1e9,
    ]
    for name in (
        open_bank,
        scratch.FILE,
        STATE_FILE,
        RELEASE_FILE,
        "transfer",
        "identity",
        ring_file(release),
    ):
        found += [ages[name], ages[name] % 1.0, float(stats[name].st_size), float(stats[name].st_blocks)]
    return found


def seized(folder: Path, release: int) -> Floats:
    """All features of a server whose files lie in `folder`."""
    state = State.parse((folder / STATE_FILE).read_bytes())
    index = state.find(BankState.OPEN)
    assert index is not None
    bank = np.fromfile(folder / bank_file(index), np.uint8)
    slots = bank[BANK_PREFIX_SIZE:].reshape(-1, SLOT_SIZE)
    return np.array(
        [
            *slot_features(slots),
            *scratch_features((folder / scratch.FILE).read_bytes(), slots),
            *row_features(folder, release),
            *stat_features(folder, bank_file(index), release),
        ]
    )
