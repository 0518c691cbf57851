"""What a watcher of the line sees, and what trained classifiers tell from it.

`python -m tests.metadata.wire [--fast]`: a table of actions, in the full form, and the games of `games.py`;
ends non-zero when a page of a class is told from the others, or a broken site is not caught.
"""

from __future__ import annotations

import argparse
import sys

from tests.metadata.experiment import FAST, FULL
from tests.metadata.wire.report import watched


def main() -> int:
    """0 when every game holds and every broken site was caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.metadata.wire")
    parser.add_argument("--fast", action="store_true", help="the form that make test runs")
    return 0 if watched(FAST if parser.parse_args().fast else FULL) else 1


if __name__ == "__main__":
    sys.exit(main())
