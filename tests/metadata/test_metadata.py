"""The sixteen claims in their fast form: the product holds, and each broken variant is caught."""

from __future__ import annotations

import pytest

from tests.metadata.experiment import FAST, Experiment, perform
from tests.metadata.experiments import all_experiments
from tests.metadata.run import lines


def _of_one_process(experiment: Experiment) -> list[pytest.MarkDecorator]:
    """Those at the reporters' site share a server that takes long to make, one for each process of pytest."""
    return [pytest.mark.xdist_group("the line")] if experiment.alone else []


@pytest.mark.parametrize(
    "experiment",
    [
        pytest.param(one, id=f"{one.number:02d}", marks=[pytest.mark.slow, *_of_one_process(one)])
        for one in all_experiments()
    ],
)
def test_the_claim_holds_and_its_test_can_fail(experiment: Experiment) -> None:
    row = perform(experiment, FAST)
    assert row.shown, "\n".join(lines(row))
