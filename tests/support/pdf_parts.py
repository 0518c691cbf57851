"""PDFs taken apart: what can be read of one, and every byte that is packed in it."""

from __future__ import annotations

import re
import subprocess
import zlib


def text_of(pdf: bytes, *options: str) -> str:
    """What can be read of it."""
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def unpacked(pdf: bytes) -> bytes:
    """The file, each packed stream as it is unpacked (RFC 1950)."""

    def opened(found: re.Match[bytes]) -> bytes:
        try:
            return b"stream\n" + zlib.decompress(found[1]) + b"\nendstream"
        except zlib.error:
            return found[0]  # a stream that is not packed

    return re.sub(rb"stream\r?\n(.*?)\r?\nendstream", opened, pdf, flags=re.S)


def without_information(pdf: bytes) -> bytes:
    """The file without its information dictionary (ISO 32000-1, 14.3.3): what a browser says of itself."""
    place = re.search(rb"/Info (\d+) 0 R", pdf)
    assert place
    rest, count = re.subn(rb"(?<=\n)" + place[1] + rb" 0 obj\n.*?endobj", b"", pdf, count=1, flags=re.S)
    assert count == 1
    return rest
