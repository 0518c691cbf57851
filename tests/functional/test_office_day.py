"""A day in the office, by clicking, in a network namespace with nothing in it but loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.airgapped import namespaced

ROOT = Path(__file__).resolve().parents[2]
DAY_S = 280


@pytest.mark.browser
@pytest.mark.slow
def test_thirty_reports() -> None:
    command = namespaced([sys.executable, "-m", "tests.functional.office_day"])
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}"}
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=DAY_S, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr[-4_000:]
    assert "the day is over" in ended.stdout
