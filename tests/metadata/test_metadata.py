"""The sixteen claims in their fast form: the product holds, and each broken variant is caught."""

from __future__ import annotations

import pytest

from tests.metadata.experiment import FAST, Experiment, perform
from tests.metadata.run import all_experiments, lines


@pytest.mark.parametrize("experiment", all_experiments(), ids=lambda one: f"{one.number:02d}")
def test_the_claim_holds_and_its_test_can_fail(experiment: Experiment) -> None:
    row = perform(experiment, FAST)
    assert row.shown, "\n".join(lines(row))
