"""Build the codename word lists `en.txt` and `nl.txt` from their source lists.

The same sources and exclusion lists give the same bytes. Where the sources come from (by package
name), their licences and the figures of the lists in this folder: `README.md` beside this file.

    python generate.py en EFF_LONG AMERICAN_ENGLISH_SMALL LARGE_EN_MSGPACK_GZ
    python generate.py nl DUTCH NL_DIC LARGE_NL_MSGPACK_GZ

A list holds `TARGET` words of `MIN_LENGTH` to `MAX_LENGTH` letters a-z, lower-case, sorted, one a
line, LF. The candidates stand in order of preference (common first) and one is taken unless it is
excluded, is one slip of the hand from one already taken (`within_one`) or, in Dutch, sounds the
same (`sound`). So a single slip never turns one list word into another. Inflected forms are left
out where their base form is known: whether it was "walk" or "walked" is what people forget. Word
frequencies decide the order only; none is stored in a list.
"""

import argparse
import fnmatch
import gzip
import hashlib
import math
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

TARGET = 7100
MIN_LENGTH = 4
MAX_LENGTH = 9
WORDS_IN_CODENAME = 7
CHECK_BITS = 8
WORD = re.compile(rf"[a-z]{{{MIN_LENGTH},{MAX_LENGTH}}}")
HERE = Path(__file__).resolve().parent

# What each English ending may have replaced in the base form of a word.
ENDINGS = {
    ("ed", "ing", "est", "able"): ("", "e"),
    ("ied", "ier", "iest", "ies", "ily", "iness"): ("y",),
    ("s", "es", "ness", "less"): ("",),
    ("ly",): ("", "e", "le"),
}
# In the Dutch dictionary two characters make one flag. These first letters mark nouns (plural,
# diminutive) and adjectives; "Vi" marks an infinitive. Inflected forms carry none of them.
NOUN, ADJECTIVE, INFINITIVE, PLURAL_S = "ZY", "A", "Vi", "Za"
REJECTED_FLAGS = {"Fw", "NS"}  # misspelt on purpose; not to be suggested
SOUNDS = (("ij", "ei"), ("ouw", "au"), ("ou", "au"), ("auw", "au"), ("ch", "g"), ("c", "k"))


def deletions(word: str) -> set[str]:
    """Give `word` and every string got by leaving out one of its letters."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def within_one(a: str, b: str) -> bool:
    """Tell whether `a` and `b` are equal or one slip apart (Damerau-Levenshtein distance <= 1).

    A slip is a letter added, left out or changed, or two neighbours swapped.
    """
    a, b = sorted((a, b), key=len)
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    left, right = a[start:], b[start:]
    if len(a) < len(b):
        return left == right[1:]
    return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])


def sound(word: str) -> str:
    """Give a key that Dutch homophones share (leiden and lijden, bond and bont)."""
    for written, heard in SOUNDS:
        word = word.replace(written, heard)
    return re.sub("d?t$|d$", "t", word)


class Taken:
    """The words taken so far. Two words one slip apart share one of their `deletions`."""

    def __init__(self, key: Callable[[str], str]) -> None:
        """Start with no word; words of the same `key` exclude each other."""
        self.words: list[str] = []
        self._key = key
        self._keys: set[str] = set()
        self._filed: dict[str, list[str]] = defaultdict(list)

    def add(self, word: str) -> bool:
        """Take `word` if no word taken before is too near to it; tell whether it was taken."""
        strings = deletions(word)
        near = (other for string in strings for other in self._filed.get(string, ()))
        if self._key(word) in self._keys or any(within_one(word, other) for other in near):
            return False
        self.words.append(word)
        self._keys.add(self._key(word))
        for string in strings:
            self._filed[string].append(word)
        return True


def read_excluded(path: Path) -> re.Pattern[str]:
    """Read an exclusion list: words and shell patterns, any number a line, `#` for comments."""
    lines = path.read_text("utf-8").splitlines()
    patterns = [pattern for line in lines for pattern in line.partition("#")[0].split()]
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))


def _decode(data: bytes, at: int) -> tuple[object, int]:
    """Decode the msgpack value at `at`: (value, where the next one starts).

    Knows what a frequency list holds: small integers, strings, arrays, maps (given as a flat list).
    """
    kind, at = data[at], at + 1
    if kind < 0x80:
        return kind, at
    width = {0xD9: 1, 0xDA: 2, 0xDC: 2, 0xDD: 4}.get(kind, 0)
    size = int.from_bytes(data[at : at + width], "big")
    at += width
    if 0xA0 <= kind < 0xC0 or kind in (0xD9, 0xDA):
        end = at + (size if width else kind & 0x1F)
        return data[at:end].decode("utf-8"), end
    if 0x80 <= kind < 0xA0 or kind in (0xDC, 0xDD):
        members: list[object] = []
        for _ in range(size if width else (kind & 0x0F) * (2 if kind < 0x90 else 1)):
            member, at = _decode(data, at)
            members.append(member)
        return members, at
    raise ValueError(f"unexpected msgpack type 0x{kind:02x}")


def read_ranks(path: Path) -> dict[str, int]:
    """Read a wordfreq list: word to rank, 0 the most common. Raises ValueError if it is none."""
    buckets, _ = _decode(gzip.decompress(path.read_bytes()), 0)
    if not isinstance(buckets, list):
        raise ValueError("a frequency list is an array")
    ranked = ((rank, bucket) for rank, bucket in enumerate(buckets[1:]) if isinstance(bucket, list))
    return {word: rank for rank, bucket in ranked for word in bucket if isinstance(word, str)}


def undoubled(stem: str) -> set[str]:
    """Give `stem` and, if it ends in a doubled consonant, the stem with a single one."""
    return {stem, stem[:-1]} if re.search(r"([^aeiou])\1$", stem) else {stem}


def english_bases(word: str) -> set[str]:
    """Give what could be the base form of `word`; most of them are no words."""
    bases = {word[2:]} if word.startswith("un") else set()
    for endings, others in ENDINGS.items():
        for ending in filter(word.endswith, endings):
            stem = word.removesuffix(ending)
            bases |= {stem + other for other in others} | (undoubled(stem) if "e" in others else set())
    return {base for base in bases if len(base) > 2}


def english(eff: Path, scowl: Path, frequencies: Path) -> list[str]:
    """Give the English candidates, most common first: base forms in EFF's or SCOWL's list."""
    ranks = read_ranks(frequencies)
    first, second = (path.read_text("utf-8").split() for path in (eff, scowl))
    known = {word for word in first + second if word.islower()}
    names = {word.lower() for word in second if not word.islower()} - set(first)
    pool = {word for word in known & ranks.keys() - names if WORD.fullmatch(word)}
    return sorted((w for w in pool if not english_bases(w) & known), key=lambda w: (ranks[w], w))


def dutch_bases(word: str) -> set[str]:
    """Give what could be the base form of `word`; most of them are no words.

    A closed syllable doubles a long vowel and ends in no v or z: bomen, boom; brieven, brief.
    """
    bases: set[str] = set()
    for ending in ("en", "e", "er"):
        if word.endswith(ending):
            for stem in undoubled(word.removesuffix(ending)):
                hard = re.sub("v$", "f", re.sub("z$", "s", stem))
                bases |= {stem, hard, re.sub("([aeou])([^aeiou])$", r"\1\1\2", hard)}
    return bases


def infinitives(participle: str) -> set[str]:
    """Give what could be the infinitive of a Dutch past participle in ge-: gewerkt, werken."""
    stems = {participle[2:].removesuffix(end) for end in ("d", "t", "en") if participle.endswith(end)}
    forms = {form for stem in stems for form in (stem, stem + stem[-1:])}
    return {form + "en" for form in forms} | {re.sub(r"([aeou])\1(.)$", r"\1\2en", s) for s in stems}


def dutch(words: Path, dictionary: Path, frequencies: Path) -> list[str]:
    """Give the Dutch candidates, most common first: words whose flags mark a base form."""
    ranks, spelt = read_ranks(frequencies), set(words.read_text("utf-8").split())
    flags: defaultdict[str, set[str]] = defaultdict(set)
    for line in dictionary.read_text("utf-8").splitlines():
        word, _, marks = line.partition(" ")[0].replace("\u0133", "ij").partition("/")
        flags[word] |= set(re.findall("..", marks))

    def has(word: str, firsts: str) -> bool:
        return any(flag[0] in firsts and flag[1].islower() for flag in flags.get(word, ()))

    def verb(word: str) -> bool:
        return INFINITIVE in flags.get(word, ())

    def inflected(word: str) -> bool:
        if word.endswith("s") and PLURAL_S in flags.get(word[:-1], ()):
            return True
        if word.startswith("ge") and not has(word, NOUN) and any(map(verb, infinitives(word))):
            return True
        # Of an infinitive or plural in -en and its stem the more common one stays.
        kinds = NOUN + ADJECTIVE if word.endswith("n") else ADJECTIVE
        bases = {base for base in dutch_bases(word) if has(base, kinds)}
        if word.endswith("n"):
            return any(ranks.get(base, len(ranks)) <= ranks[word] for base in bases)
        return bool(bases)

    pool = {word for word in spelt & ranks.keys() if has(word, NOUN + ADJECTIVE) or verb(word)}
    pool = {word for word in pool if WORD.fullmatch(word) and not REJECTED_FLAGS & flags[word]}
    return sorted((w for w in pool if not inflected(w)), key=lambda w: (ranks[w], w))


def choose(candidates: Sequence[str], excluded: re.Pattern[str], key: Callable[[str], str]) -> list[str]:
    """Take `TARGET` candidates in their order; give them sorted. Raises ValueError if too few."""
    taken = Taken(key)
    for word in candidates:
        if not excluded.match(word):
            taken.add(word)
    if len(taken.words) < TARGET:
        raise ValueError(f"{len(taken.words)} words are left, {TARGET} are needed")
    return sorted(taken.words[:TARGET])


def figures(language: str, words: Sequence[str]) -> str:
    """Give the list's row of the table in README.md: what can be measured on the list itself."""
    bits = math.log2(len(words))
    digest = hashlib.sha256("".join(word + "\n" for word in words).encode()).hexdigest()
    letters = sum(map(len, words)) / len(words)
    codename = WORDS_IN_CODENAME * bits - CHECK_BITS
    return f"| {language} | {len(words)} | {letters:.2f} | {bits:.3f} | {codename:.2f} | `{digest[:16]}` |"


def main() -> None:
    """Write one list beside this file and print its row of the table in README.md."""
    parser = argparse.ArgumentParser(description="Build a codename word list.")
    parser.add_argument("language", choices=["en", "nl"])
    parser.add_argument("sources", type=Path, nargs=3, help="in the order README.md names them")
    given = parser.parse_args()
    build, key = (english, str) if given.language == "en" else (dutch, sound)
    candidates = build(*given.sources)
    words = choose(candidates, read_excluded(HERE / f"excluded.{given.language}.txt"), key)
    (HERE / f"{given.language}.txt").write_bytes("".join(word + "\n" for word in words).encode())
    sys.stdout.write(f"{len(candidates)} candidates\n{figures(given.language, words)}\n")


if __name__ == "__main__":
    main()
