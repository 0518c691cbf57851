"""What a watcher of the line can tell, in its fast form; and that the capture counts what passes by."""

from __future__ import annotations

import pytest

from tests.metadata.experiment import FAST
from tests.metadata.wire.experiment import network, rows
from tests.metadata.wire.recorder import Records


@pytest.mark.tor
@pytest.mark.slow
def test_plain_pages_are_not_told_apart_over_tor_and_unpadded_ones_are() -> None:
    with network(FAST) as made:
        (row,) = rows(made, FAST)
    assert row.holds, row.lines()
    assert row.caught, row.lines()


@pytest.mark.parametrize("step", [1, 3, 1_000])
def test_what_is_inside_tls_records_is_counted_however_they_arrive(step: int) -> None:
    sent = [(22, 90), (23, 514 + 17), (20, 1), (23, 2 * 514 + 17)]
    stream = b"".join(bytes((kind, 3, 3)) + size.to_bytes(2, "big") + bytes(size) for kind, size in sent)
    records = Records()
    assert sum(records.inside(stream[at : at + step]) for at in range(0, len(stream), step)) == 3 * 514
