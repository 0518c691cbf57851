"""Experiment 11: a day's key is gone once it is not needed, and never before, however late the courier.

A real office and a real mailroom. On day e its site seals many cells and takes in some reports. The office is
seized, with its passphrase, at five moments: all cells of the day must open until the import of the unbroken
chain up to an export that closed after it, though that comes 60 days late and a later export came first; and
not one of them afterwards. The cells of a day that is still needed open to the end.
"""

from __future__ import annotations

from functools import partial

from sluis.cells import CellSplitter, seal_cell
from sluis.errors import SluisError
from sluis.primitives import random_id
from sluis.sealing import SealingKey
from tests.metadata.crossing import Crossing, Post, crossing
from tests.metadata.experiment import Experiment, Outcome, Scale
from tests.metadata.seized_office import SeizedOffice, keep_the_journal

_LATE_DAYS = 60
_REPORTS = 3
_ALL = "all of them before, 0 after"


def _cells(post: Post, count: int) -> list[bytes]:
    """As the source site seals them now, each the only cell of its set."""
    key = SealingKey(post.room.status().epoch_public)
    plain = (next(CellSplitter(random_id()).finish()) for _ in range(count))
    return [seal_cell(key, post.instance_id, one) for one in plain]


def _reports(place: Crossing, export: bytes) -> int:
    """How many reports of this export were taken in; a refusal is none."""
    try:
        return place.take_in(export, lambda _done, _total: keep_the_journal(place)).reports
    except SluisError:
        return 0


def _measure(scale: Scale) -> Outcome:
    count = scale.n(1_000, 50)
    with crossing() as place:
        post, clock = place.post, place.clock
        clock.day += 1
        before = post.export(post.room.make_export())  # closed on day e: more cells of it may follow
        of_the_day = _cells(post, count)
        for number in range(_REPORTS):
            post.send(f"Report {number}".encode())
        seed = SeizedOffice(place).seeds[post.room.status().epoch]
        clock.day += 1
        of_interest = post.export(post.room.make_export())
        clock.day += 1
        later = post.export(post.room.make_export())
        still_needed = _cells(post, count)
        place.release()  # a release that no server ever sees
        clock.day += _LATE_DAYS
        place.reopen()

        opened = partial(SeizedOffice.opens, instance_id=post.instance_id, cells=of_the_day)
        shares = [opened(SeizedOffice(place))]
        for export in (before, later):
            _reports(place, export)
            shares.append(opened(SeizedOffice(place)))
        read = _reports(place, of_interest)
        seized = SeizedOffice(place)
        after, needed = opened(seized), seized.opens(post.instance_id, still_needed)
        in_pages = seized.pages.count(seed)
    figure = (
        f"{min(shares)} of {count} cells open {_LATE_DAYS} days late, {read} of {_REPORTS} reports read; "
        f"{after} of {count} and {in_pages} copies of the seed after; "
        f"{needed} of {count} of a day still needed"
    )
    held = min(shares) == needed == count and read == _REPORTS and after == in_pages == 0
    return Outcome(figure, _ALL, held)


EXPERIMENT = Experiment(
    11,
    "a day's cells open until an export that closed after it is imported, however late; then none does",
    _measure,
    dict.fromkeys(("wiped-journal", "erased-seeds", "seeds-outlive-couriers"), _measure),
)
