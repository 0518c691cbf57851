"""Words as the search compares them (pure; docs/decisions/0016-search.md).

They are cut out of a text and folded, so that many spellings are one. Folded are capitals, accents and
vowel points, the dotless i, the Arabic and Persian forms of one letter, rows of Ethiopic that sound the same,
digits of other scripts. In scripts that are written without spaces each character is a word, and those that
are asked for must stand there in their order.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import NamedTuple

QUERY_MAX = 200
TERMS_MAX = 12
# From three letters on a word is also found as the beginning of a longer one: "report" finds "reporter".
PREFIX_MIN = 3
_SNIPPET = 160
_BEFORE = 60

# Han, kana, Thai, Lao, Myanmar, Khmer; Han beyond the basic plane.
_ALONE = (
    "\u0e00-\u0e4f\u0e80-\u0ecf\u1000-\u103f\u1050-\u108f\u1780-\u17df\u3005-\u3007\u3040-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
_LAST = 0x1FBFF  # the last digits
# Inside a word these are no gap: soft hyphen, zero-width joiners, direction marks. The zero-width non-joiner
# joins the parts of a Persian word, which are found alone as well.
_NON_JOINER = "\u200c"
_NO_GAP = "\u00ad\u061c\u200d\u200e\u200f\u2060\ufeff" + _NON_JOINER
# Marks that say how a letter is spoken; in other scripts a mark is a letter, and stays.
_DROPPED = (
    *((0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F)),
    *((0x0670, 0x0670), (0x06D6, 0x06ED), (0x0711, 0x0711), (0x0730, 0x074A), (0x08CA, 0x08FF)),
    *((0x135D, 0x135F), (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0xFE00, 0xFE0F)),
    (0xFE20, 0xFE2F),
)


def _marks() -> str:
    """All combining marks, as the inside of a character class; beyond the basic plane whole scripts."""
    found = [code for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M"]
    return "".join(map(chr, found)) + "\U00011000-\U00011fff"


def _foldings() -> dict[int, str | None]:
    table: dict[int, str | None] = {code: None for first, last in _DROPPED for code in range(first, last + 1)}
    table |= {ord(char): None for char in _NO_GAP}
    pairs = {"ı": "i", "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
    # Arabic: alef, yeh, kaf and heh in their forms; the lengthening stroke says nothing.
    pairs |= {"ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ڪ": "ك"}
    pairs |= {"ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه"}
    table |= {ord(char): other for char, other in pairs.items()} | {0x0640: None, ord("_"): " "}
    for first, other in ((0x1220, 0x1230), (0x1340, 0x1338), (0x1280, 0x1200)):  # ሠ ሰ, ፀ ጸ, ኀ ሀ
        table |= {first + number: chr(other + number) for number in range(7)}
    for code in range(0x0660, _LAST + 1):
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            table[code] = str(digit)
    return table


_MARKS = _marks()
_FOLDINGS = _foldings()
_LETTER = rf"[^\W_{_ALONE}]"
_CHARACTER = re.compile(rf"(?=\w)[{_ALONE}][{_MARKS}]*")
_APART = re.compile(f"({_CHARACTER.pattern})")
_WORD_OR_CHARACTER = re.compile(rf"{_CHARACTER.pattern}|{_LETTER}(?:{_LETTER}|[{_MARKS}])*")
_TOKEN = re.compile(rf"{_CHARACTER.pattern}|{_LETTER}(?:{_LETTER}|[{_MARKS}{_NO_GAP}])*")
_JOINED = re.compile(rf"(?:{_LETTER}|[{_MARKS}])+(?:{_NON_JOINER}(?:{_LETTER}|[{_MARKS}])+)+")
_BETWEEN = re.compile(rf"[^\w{_MARKS}]+")


class Token(NamedTuple):
    """A word of a text, folded, and where it stands."""

    word: str
    start: int
    end: int


@dataclass(frozen=True)
class Term:
    """What one word of a query asks for: these words in a row, the last one perhaps as a beginning."""

    words: tuple[str, ...]
    prefix: bool


@dataclass(frozen=True)
class Snippet:
    """Some of a text, in pieces: (text, whether it was asked for). Hostile until escaped."""

    pieces: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(piece for piece, _ in self.pieces)

    @property
    def marked(self) -> tuple[str, ...]:
        """The pieces that were asked for."""
        return tuple(piece for piece, marked in self.pieces if marked)


def fold(text: str) -> str:
    """A text as it is compared; what is no word of it is a space, or a sign of ASCII."""
    if text.isascii():
        return text.lower().replace("\0", " ")
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _BETWEEN.sub(" ", unicodedata.normalize("NFC", spread.translate(_FOLDINGS)))


def folded(text: str) -> str:
    """What the index holds of a text: folded, characters of scripts without spaces apart.

    The parts of a Persian word that is joined by a non-joiner stand behind it once more.
    """
    if _NON_JOINER in text:
        text = _JOINED.sub(lambda found: f"{found[0]} {found[0].replace(_NON_JOINER, ' ')} ", text)
    whole = fold(text)
    return whole if whole.isascii() else " ".join(_APART.split(whole))


def tokens(text: str) -> Iterator[Token]:
    """The words of a text and where they stand; parts of a joined word follow it."""
    for found in _TOKEN.finditer(text):
        raw, start = found[0], found.start()
        yield Token(fold(raw), start, found.end())
        if _NON_JOINER in raw:
            for part in re.finditer(f"[^{_NON_JOINER}]+", raw):
                yield Token(fold(part[0]), start + part.start(), start + part.end())


def terms(query: str) -> tuple[Term, ...]:
    """What a person asks for; all of it must be there. Empty when there is no word in it."""
    found: list[Term] = []
    for typed in query[:QUERY_MAX].split():
        row: list[str] = []
        for word in _WORD_OR_CHARACTER.findall(fold(typed)):
            if _CHARACTER.fullmatch(word):
                row.append(word)
                continue
            if row:
                found.append(Term(tuple(row), prefix=False))
                row = []
            found.append(Term((word,), prefix=len(word) >= PREFIX_MIN))
        if row:
            found.append(Term(tuple(row), prefix=False))
    return tuple(dict.fromkeys(found))[:TERMS_MAX]


def expression(asked: tuple[Term, ...]) -> str:
    """The query in the syntax of FTS5, in which nothing but quoted words comes from a person."""
    quoted = ((" ".join(term.words).replace('"', '""'), term.prefix) for term in asked)
    return " AND ".join(f'"{words}"{"*" if prefix else ""}' for words, prefix in quoted)


def snippet(text: str, asked: tuple[Term, ...]) -> Snippet:
    """A part of the text, around the first that was asked for. Nothing behind that part is looked at."""
    begin, end = 0, min(len(text), _SNIPPET)
    spans: list[tuple[int, int]] = []
    for start, last in _spans(text, asked):
        if spans and start >= end:
            break
        if start == last:
            continue
        if not spans:
            begin = _gap(text, max(0, start - _BEFORE))
            end = min(len(text), max(begin + _SNIPPET, last))
        if spans and start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], last)
        else:
            spans.append((start, last))
    pieces: list[tuple[str, bool]] = [("… ", False)] if begin else []
    at = begin
    for start, last in spans:
        if last > end:
            break
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:last], True))
        at = last
    pieces.append((text[at:end] + (" …" if end < len(text) else ""), False))
    return Snippet(tuple(piece for piece in pieces if piece[0]))


def _gap(text: str, begin: int) -> int:
    """The next place after a space, if there is one near."""
    gap = text.find(" ", begin, begin + 20) if begin else -1
    return begin if gap < 0 else gap + 1


def _spans(text: str, asked: tuple[Term, ...]) -> Iterator[tuple[int, int]]:
    """For each word of the text where what was asked for begins and ends there; nothing was: both are one."""
    for row in _rows(tokens(text), max((len(term.words) for term in asked), default=1)):
        start = row[0].start
        yield start, max((row[len(term.words) - 1].end for term in asked if _fits(row, term)), default=start)


def _rows(found: Iterator[Token], size: int) -> Iterator[list[Token]]:
    """Each token with those that follow it, `size` together; fewer at the end."""
    row: deque[Token | None] = deque(maxlen=size)
    for token in chain(found, repeat(None, size - 1)):
        row.append(token)
        if len(row) == size:
            yield [one for one in row if one is not None]


def _fits(row: Sequence[Token], term: Term) -> bool:
    if term.prefix:
        return row[0].word.startswith(term.words[0])
    size = len(term.words)
    return len(row) >= size and all(row[at].word == term.words[at] for at in range(size))
