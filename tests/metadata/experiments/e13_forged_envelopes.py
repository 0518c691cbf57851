"""Experiment 13: what was not said by the source in this thread, to this instance, once, is never shown.

Everything goes the whole way: real gpg encrypts each envelope as a whole, valid message; it is cut into
cells, sealed, lies in a signed export among the others, and the real office imports it. Genuine ones come
first and must all be taken in. Each of the others must be refused by a fitting name, and the cases must stay
as they were.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sluis.primitives import random_id
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.forgeries import CUT, FOREIGN, FORGED, KINDS, REPLAYED, SWAPPED, Forger
from tests.support.counsellor_key import TMPFS
from tests.support.export_builder import gpg_encrypt
from tests.support.workroom import Workroom, workroom

# Which names fit: a byte that was changed anywhere in an envelope may make any of its fields a wrong one.
_NAMES = {
    FORGED: {"bad-signature", "bad-field", "not-ours", "unknown-version", "truncated"}
    | {"wrong-instance", "wrong-thread"},
    SWAPPED: {"wrong-thread", "bad-signature"},
    FOREIGN: {"wrong-instance"},
    CUT: {"truncated", "bad-signature", "not-ours"},
}
_AN_EXPORT = 500  # of the 512 slots of a demo site; each message is one cell


@dataclass(frozen=True)
class _Sent:
    """What lies in an export: of which kind it is, None for genuine, and the OpenPGP message."""

    kind: str | None
    stream: bytes


class _Trial:
    """An office, and what it makes of what it is given."""

    def __init__(self, room: Workroom) -> None:
        self._room = room
        self.genuine = 0
        self.refused: Counter[str] = Counter()
        self.misnamed: Counter[str] = Counter()

    def encrypted(self, plain: bytes) -> bytes:
        return gpg_encrypt(self._room.server.release.certificate, plain, self._room.day)

    def take_in(self, sent: Sequence[_Sent]) -> None:
        for first in range(0, len(sent), _AN_EXPORT):
            self._take_in_export(sent[first : first + _AN_EXPORT])

    def _take_in_export(self, sent: Sequence[_Sent]) -> None:
        sets = {random_id(): one for one in sent}
        cells = [self._room.server.cells(one.stream, self._room.day, set_id) for set_id, one in sets.items()]
        report = self._room.take_in(self._room.export(*cells))
        kinds = {set_id.hex()[:8]: one.kind for set_id, one in sets.items()}
        for refusal in report.refused:
            kind = kinds[refusal.detail.split()[1].rstrip(",")] or "genuine"
            self.refused[kind] += 1
            if refusal.code not in _NAMES.get(kind, ()):
                self.misnamed[f"{kind}: {refusal.code}"] += 1
        self.refused[REPLAYED] += report.replayed
        self.genuine += report.verified_sets
        assert report.expected_sets == len(sets)

    def shown(self) -> tuple[object, ...]:
        """All cases as a counsellor sees them, and how many files lie in the vault."""
        office = self._room.office
        threads = [
            office.conversations.view(office.actor, summary.thread_id)
            for summary in office.conversations.all(office.actor)
        ]
        return *threads, len(list((self._room.folder / "vault").iterdir()))


def _measure(scale: Scale, kinds: Sequence[str] = KINDS, full: int = 1_000) -> Outcome:
    count = scale.n(full, 10)
    chance = random.Random()
    with TemporaryDirectory(dir=TMPFS) as folder, workroom(Path(folder)) as room:
        trial = _Trial(room)
        forger = Forger(room.record.instance_id, room.day, chance)
        genuine = [forger.genuine() for _ in range(count)]
        first = [_Sent(None, trial.encrypted(plain)) for plain in genuine]
        trial.take_in(first)
        before, taken = trial.shown(), trial.genuine
        bad = []
        for kind in kinds:
            for number, (plain, sent) in enumerate(zip(genuine, first, strict=True)):
                again = kind == REPLAYED and number % 2  # the very same message, or encrypted once more
                stream = sent.stream if again else trial.encrypted(forger.make(kind, plain))
                bad.append(_Sent(kind, stream))
        chance.shuffle(bad)
        trial.take_in(bad)
        changed = trial.shown() != before
    accepted = {kind: count - trial.refused[kind] for kind in kinds}
    names = ", ".join(f"{kind} {number}" for kind, number in accepted.items())
    figure = f"{sum(accepted.values())} of {len(bad)} taken in ({names}); of {count} genuine ones {taken}"
    if trial.misnamed:
        figure += f"; under a wrong name: {dict(trial.misnamed)}"
    held = not any(accepted.values()) and taken == count and not changed and not trial.misnamed
    return Outcome(figure, "0 taken in, all genuine ones, the cases unchanged", held)


EXPERIMENT = Experiment(
    13,
    "forged, replayed, key-swapped, foreign and cut envelopes are all refused by the import",
    _measure,
    {
        "instance-binding": partial(_measure, kinds=(FOREIGN,), full=100),
        "signed-envelopes": partial(_measure, kinds=(FORGED, CUT), full=100),
    },
)
