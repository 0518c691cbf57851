"""`make bench`: how long things take, as ratios within one run on one machine; non-zero over a limit."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench import office
from bench.caseload import Load


def main() -> int:
    """0 when everything keeps its limit."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--cases", type=int, default=5_000, help="cases in the office (5,000)")
    parser.add_argument("--messages", type=int, default=50_000, help="messages in all cases (50,000)")
    parser.add_argument("--rounds", type=int, default=60, help="how often each page is asked for (60)")
    parser.add_argument("--folder", type=Path, help="keep the office here, and use the one that is there")
    arguments = parser.parse_args()
    if not 0 < arguments.cases <= arguments.messages:
        parser.error("every case has a message at least")
    load = Load(arguments.cases, arguments.messages)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        kept = office.measure(arguments.folder or Path(folder), load, arguments.rounds)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
