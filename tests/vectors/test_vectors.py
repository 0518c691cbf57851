"""Each vector is judged twice: by the project's code and by an independent verifier (docs/protocol.md)."""

from __future__ import annotations

import pytest

from tests.vectors import ours, verifier
from tests.vectors.format import Vector, read_all

VECTORS = list(read_all())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_both_readings_agree_with_the_vector(vector: Vector) -> None:
    assert ours.verdict(vector) == vector.expect
    assert verifier.verdict(vector) == vector.expect


def test_most_vectors_are_failures_and_every_format_has_some() -> None:
    failures = [v for v in VECTORS if v.expect != "ok"]
    assert len(failures) > len(VECTORS) / 2
    assert {v.format for v in VECTORS} == set(ours.PARSERS) == set(verifier.PARSERS)
    assert {v.format for v in failures} == set(ours.PARSERS) - {"keytree"}
