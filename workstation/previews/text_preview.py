"""Text shown as text: nothing in it is run, followed or counted, and what cannot be seen is made visible."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_KEPT = frozenset("\n\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Needed to write Persian and the Indic scripts, and the joined emoji.
_JOINERS = frozenset("\u200c\u200d")


@dataclass(frozen=True)
class Piece:
    """Characters to show; `mark` says that they stand for one that would not be seen ("U+202E")."""

    text: str
    mark: bool = False


@dataclass(frozen=True)
class TextPreview:
    """The beginning of a text; `cut` says that there is more."""

    pieces: tuple[Piece, ...]
    encoding: str
    cut: bool


def text_preview(head: bytes, *, cut: bool) -> TextPreview:
    """`head` as text; `cut` says that it is not the whole file."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return _preview(head[len(mark) :].decode(encoding, "replace"), encoding, cut)
    try:
        return _preview(codecs.getincrementaldecoder("utf-8")().decode(head, final=not cut), "utf-8", cut)
    except UnicodeDecodeError:
        return _preview(head.decode("cp1252", "replace"), "windows-1252", cut)


def _preview(text: str, encoding: str, cut: bool) -> TextPreview:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return TextPreview(tuple(_pieces(text)), encoding, cut)


def _pieces(text: str) -> Iterator[Piece]:
    plain: list[str] = []
    for char in text:
        if char in _KEPT or char in _JOINERS or unicodedata.category(char) not in _HIDDEN:
            plain.append(char)
            continue
        if plain:
            yield Piece("".join(plain))
            plain = []
        yield Piece(f"U+{ord(char):04X}", mark=True)
    if plain:
        yield Piece("".join(plain))
