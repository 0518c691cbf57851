"""Names of files as they came from a browser, made safe to show."""

from __future__ import annotations

import re
import unicodedata

from sluis.limits import FILE_NAME_MAX

_PATH_SEPARATORS = re.compile(r"[/\\]")
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_LONGEST_ENDING = 16


def clean_file_name(name: str) -> str:
    """A name that is safe to show and fits its field (255 bytes as UTF-8 in NFC); never empty.

    Without folders, control characters and invisible formatting, such as those that turn the direction of
    writing and so make an ending look like another.
    """
    last = _PATH_SEPARATORS.split(name)[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in _UNSEEN)
    cleaned = unicodedata.normalize("NFC", kept).strip() or "file"
    stem, dot, ending = cleaned.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = cleaned, "", ""
    tail = (dot + ending).encode("utf-8")
    head = stem.encode("utf-8")[: FILE_NAME_MAX - len(tail)].decode("utf-8", "ignore")
    return unicodedata.normalize("NFC", head) + tail.decode("utf-8")
