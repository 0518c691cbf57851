"""Codenames: drawing, reading however they were typed, checking (docs/protocol.md, "Codename").

A codename is drawn until the first byte of a hash over it is zero. So 255 of 256 mistyped or misremembered
codenames are recognised without any record of who exists.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from math import log2
from types import MappingProxyType

from rapidfuzz import process
from rapidfuzz.distance import OSA

from sluis.errors import BadCheck, BadField, UnknownWord, WrongLength

CHECK_BITS = 8
MIN_ENTROPY_BITS = 80
DIGIT_GROUPS = 7
DIGITS_PER_GROUP = 4
DIGITS = DIGIT_GROUPS * DIGITS_PER_GROUP
MAX_TYPED = 1_024
_MAX_TOKENS = 64
_CHECK_LABEL = b"codename-check/v1"
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212_.,;]+")
_SAME_LETTER = str.maketrans({"\u0131": "i", "\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9"})


def fold(word: str) -> str:
    """The form under which words are compared: case, width, accents and letter variants do not count.

    NFKC, case-folded, NFKC, without format characters and combining marks, Unicode digits as ASCII, Turkish
    dotless i as i, Arabic ya and kaf as the Persian ones. Word lists stay injective under it.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    text = unicodedata.normalize("NFKD", text)
    kept = (c for c in text if unicodedata.category(c) not in ("Cf", "Mn"))
    plain = "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in kept)
    return unicodedata.normalize("NFKC", plain).translate(_SAME_LETTER)


def passes_check(canonical: str) -> bool:
    """True when the first byte of SHA-256("codename-check/v1" || canonical) is zero."""
    return hashlib.sha256(_CHECK_LABEL + canonical.encode("utf-8")).digest()[0] == 0


class WordList:
    """One language's list; `length` words of it make a codename of at least 80 bits after the check."""

    def __init__(self, language: str, words: Sequence[str]) -> None:
        self.language = language
        self.words = tuple(words)
        self.by_fold: Mapping[str, str] = MappingProxyType({fold(word): word for word in words})
        if len(self.by_fold) != len(self.words):
            raise BadField(f"the word list {language} has words that fold to the same")
        if len(self.words) < 1_500:
            raise BadField(f"the word list {language} has fewer than 1,500 words")
        self.length = 7 if len(self.words) >= 7_000 else 9
        if self.length * log2(len(self.words)) - CHECK_BITS < MIN_ENTROPY_BITS:
            raise BadField(f"the word list {language} gives fewer than 80 bits")


class Lexicon:
    """All lists of an instance together with the digit form."""

    def __init__(self, lists: Sequence[WordList]) -> None:
        self._lists = {word_list.language: word_list for word_list in lists}
        self._folds = tuple(sorted({key for one in lists for key in one.by_fold}))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a word list; all others draw digits."""
        return tuple(self._lists)

    def draw(self, language: str, below: Callable[[int], int] = secrets.randbelow) -> str:
        """A fresh codename in canonical form: words of this language's list, or digits without one."""
        while True:
            phrase = self._candidate(language, below)
            # A phrase which two lists could read differently is never drawn.
            if passes_check(phrase) and self._readings(phrase.split()) == {phrase}:
                return phrase

    def _candidate(self, language: str, below: Callable[[int], int]) -> str:
        word_list = self._lists.get(language)
        if word_list is None:
            return " ".join(f"{below(10**DIGITS_PER_GROUP):04d}" for _ in range(DIGIT_GROUPS))
        words = word_list.words
        return " ".join(words[below(len(words))] for _ in range(word_list.length))

    def parse(self, typed: str) -> str:
        """The canonical codename behind what was typed.

        Raises UnknownWord for the first word that no list holds, WrongLength, or BadCheck.
        """
        tokens = [token for token in _SEPARATORS.split(fold(typed[:MAX_TYPED])) if token][:_MAX_TOKENS]
        digits = "".join(tokens)
        if digits.isdecimal():
            return self._parse_digits(digits)
        for token in tokens:
            if not any(token in one.by_fold for one in self._lists.values()):
                raise UnknownWord(token, self.nearest(token))
        readings = self._readings(tokens)
        if not readings:
            lengths = sorted({one.length for one in self._lists.values()}, key=lambda n: abs(n - len(tokens)))
            if not lengths or len(tokens) != lengths[0]:
                raise WrongLength(len(tokens), lengths[0] if lengths else 0, digits=False)
            raise BadCheck("these words belong to different lists")
        checked = {reading for reading in readings if passes_check(reading)}
        if len(checked) != 1:
            raise BadCheck("these words were never drawn together")
        return checked.pop()

    def _parse_digits(self, digits: str) -> str:
        if len(digits) != DIGITS:
            raise WrongLength(len(digits), DIGITS, digits=True)
        phrase = " ".join(digits[i : i + DIGITS_PER_GROUP] for i in range(0, DIGITS, DIGITS_PER_GROUP))
        if not passes_check(phrase):
            raise BadCheck("these digits were never drawn together")
        return phrase

    def _readings(self, tokens: Sequence[str]) -> set[str]:
        digits = "".join(tokens)
        if digits.isdecimal() and len(digits) == DIGITS:
            return {" ".join(tokens)}
        keys = [fold(token) for token in tokens]
        return {
            " ".join(one.by_fold[key] for key in keys)
            for one in self._lists.values()
            if len(keys) == one.length and all(key in one.by_fold for key in keys)
        }

    def nearest(self, word: str, limit: int = 3) -> tuple[str, ...]:
        """Up to `limit` list words within two edits (optimal string alignment), nearest first."""
        hits = process.extract(fold(word)[:32], self._folds, scorer=OSA.distance, score_cutoff=2, limit=limit)
        found = (str(hit[0]) for hit in hits)
        return tuple(
            next(one.by_fold[key] for one in self._lists.values() if key in one.by_fold) for key in found
        )
