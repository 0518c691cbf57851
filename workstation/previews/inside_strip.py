"""Runs inside the sandbox: a file in, and a copy out without what it says of its making, by mat2's library.

It is handed in as text, and imported by nobody. It writes the records that frames.py describes.

Usage: inside_strip.py SUFFIX
"""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path

OUT = sys.stdout.buffer
TMP = Path("/tmp")  # noqa: S108 - the sandbox's own, in memory
BLOCK = 65_536


def refused(why: bytes) -> None:
    """Tells the outside why there is no copy."""
    OUT.write(b"R" + why.ljust(16, b"\0"))


def main(suffix: str) -> None:
    """Cleans the file on standard input."""
    try:
        factory = importlib.import_module("libmat2.parser_factory")  # Debian's package mat2
    except ImportError:
        return refused(b"no-program")
    original, cleaned = TMP / f"file.{suffix}", TMP / f"file.cleaned.{suffix}"
    with open(original, "wb") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    parser, _ = factory.get_parser(str(original))
    if parser is None:
        return refused(b"unreadable")
    parser.sandbox = False  # one of its own cannot be made in this one
    if not parser.remove_all() or not cleaned.exists():
        return refused(b"unreadable")
    with open(cleaned, "rb") as file:
        while block := file.read(BLOCK):
            OUT.write(b"D" + len(block).to_bytes(4, "big") + block)
    OUT.write(b"E")
    return None


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Exception:  # noqa: BLE001 - a hostile file may raise anything there; the outside needs one word
        refused(b"unreadable")
    OUT.flush()
