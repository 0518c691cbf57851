"""A workstation that is killed, or whose disk is full: nothing acknowledged is lost, nothing half done shown.

The fast form of `make faults`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.workstation import (
    PHASES,
    Phase,
    after_full,
    after_kill,
    moments,
    number_of_moments,
    scene,
)

FEW = 3


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES, ids=lambda one: one.name)
def test_a_kill_loses_nothing_that_was_acknowledged(phase: Phase, tmp_path: Path) -> None:
    made = scene(phase, tmp_path / "scene")
    (tmp_path / "count").mkdir()
    count = number_of_moments(made, phase, tmp_path / "count")
    assert count > FEW
    for moment in moments(count, FEW, seed=1):
        place = tmp_path / f"at-{moment}"
        place.mkdir()
        assert after_kill(made, phase, moment, place) == [], moment


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES, ids=lambda one: one.name)
def test_a_full_disk_loses_nothing_that_was_acknowledged(phase: Phase, tmp_path: Path) -> None:
    """To destroy a case no room is needed."""
    made = scene(phase, tmp_path / "scene")
    place = tmp_path / "full"
    place.mkdir()
    assert after_full(made, phase, 0, place) == ([], phase.name != "deletion")


@pytest.mark.slow
def test_what_acknowledges_too_early_is_caught(tmp_path: Path) -> None:
    (phase,) = [one for one in PHASES if one.name == "deletion"]
    made = scene(phase, tmp_path / "scene")
    (tmp_path / "count").mkdir()
    count = number_of_moments(made, phase, tmp_path / "count")
    found: list[str] = []
    # Two thirds through its life it is at work; a few moments are enough.
    for moment in range(count * 2 // 3, count, max(1, count // 20)):
        place = tmp_path / f"at-{moment}"
        place.mkdir()
        found = after_kill(made, phase, moment, place, "--early")
        if found:
            break
    assert "a case that was destroyed is back" in found
