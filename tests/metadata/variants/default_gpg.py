#!/usr/bin/env python3
"""GnuPG without the options that keep the clock and its own traces out of what it makes."""

import os
import sys

_GONE = {"--no-random-seed-file"}
_GONE_WITH_VALUE = {"--faked-system-time"}


def main() -> None:
    given = iter(sys.argv[1:])
    kept = []
    for option in given:
        if option in _GONE_WITH_VALUE:
            next(given)
        elif option not in _GONE:
            kept.append(option)
    os.execvp("gpg", ["gpg", *kept])  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
