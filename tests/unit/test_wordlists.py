from __future__ import annotations

import gzip
import math
import re
from collections import defaultdict
from pathlib import Path

import pytest
from rapidfuzz.distance import DamerauLevenshtein

from securedrop_config.wordlists import generate

FOLDER = Path(generate.__file__).parent
LANGUAGES = ["en", "nl"]


def text(language: str) -> str:
    return (FOLDER / f"{language}.txt").read_bytes().decode("ascii")


def words(language: str) -> list[str]:
    return text(language).splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_is_one_sorted_word_a_line(language: str) -> None:
    listed = words(language)
    assert text(language) == "".join(word + "\n" for word in listed)
    assert listed == sorted(set(listed))
    assert [word for word in listed if not re.fullmatch("[a-z]{4,9}", word)] == []
    assert len(listed) == generate.TARGET


@pytest.mark.parametrize("language", LANGUAGES)
def test_seven_words_less_the_check_leave_eighty_bits(language: str) -> None:
    listed = words(language)
    assert len(listed) >= 7000
    assert 7 * math.log2(len(listed)) - 8 >= 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_slip_turns_one_word_into_another(language: str) -> None:
    """Two words at distance 1 share a string with one letter left out; the library judges them."""
    filed: defaultdict[str, list[str]] = defaultdict(list)
    for word in words(language):
        for string in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
            filed[string].append(word)
    near = {
        (a, b)
        for group in filed.values()
        for i, a in enumerate(group)
        for b in group[i + 1 :]
        if DamerauLevenshtein.distance(a, b, score_cutoff=1) < 2
    }
    assert near == set()


def test_dutch_words_do_not_sound_the_same() -> None:
    assert generate.sound("leiden") == generate.sound("lijden")
    assert generate.sound("bond") == generate.sound("bont")
    assert len({generate.sound(word) for word in words("nl")}) == len(words("nl"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_excluded_word_is_listed(language: str) -> None:
    excluded = generate.read_excluded(FOLDER / f"excluded.{language}.txt")
    assert [word for word in words(language) if excluded.match(word)] == []


@pytest.mark.parametrize(
    ("language", "frightening", "harmless"),
    [
        (
            "en",
            "kill murder police prison spy secret torture victim weapon bomb rape terror slave death",
            "drape drapery grapevine skill skillet skillful trapeze trapezoid",
        ),
        (
            "nl",
            "moord dood geheim politie wapen martel spion slaaf oorlog kanker verraad gevangen gijzel",
            "",
        ),
    ],
)
def test_words_that_frighten_are_no_part_of_a_word(language: str, frightening: str, harmless: str) -> None:
    pattern = re.compile("|".join(frightening.split()))
    assert [word for word in words(language) if pattern.search(word)] == harmless.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_states_the_figures_of_the_list(language: str) -> None:
    rows = (FOLDER / "README.md").read_text("utf-8").splitlines()
    assert generate.figures(language, words(language)) in rows


@pytest.mark.parametrize(
    ("language", "notices"),
    [
        (
            "en",
            [
                "Copyright (c) 2016 Electronic Frontier Foundation",
                "https://creativecommons.org/licenses/by/3.0/us/legalcode",
                "Copyright 2000-2011 by Kevin Atkinson",
            ],
        ),
        (
            "nl",
            [
                "(c) 2020 OpenTaal (Simon Brouwer, Sander van Geloven)",
                "BSD-license (revised version)",
                "Creative Commons, Attribution 3.0 Unported",
            ],
        ),
    ],
)
def test_the_notices_of_the_sources_stay_with_the_list(language: str, notices: list[str]) -> None:
    licence = (FOLDER / f"LICENSE.{language}.txt").read_text("utf-8")
    assert [notice for notice in notices if notice not in licence] == []


def test_one_slip_is_what_the_library_calls_distance_one() -> None:
    cases = ["tafel", "tafl", "taffel", "tafle", "tapel", "atfel", "tafels", "table", "ta", "", "afelt"]
    for a in cases:
        for b in cases:
            assert generate.within_one(a, b) == (DamerauLevenshtein.distance(a, b) <= 1), (a, b)


def test_the_commoner_of_two_near_words_is_taken_and_too_few_are_an_error() -> None:
    taken = generate.Taken(generate.sound)
    assert [taken.add(word) for word in ["tafel", "tafels", "leiden", "lijden", "stoel"]] == [
        *(True, False),
        *(True, False),
        True,
    ]
    with pytest.raises(ValueError, match="1 words are left"):
        generate.choose(["tafel", "tafels", "stoel"], re.compile("stoel"), str)


def test_inflected_forms_lead_to_their_base_form() -> None:
    for word, base in [("stopped", "stop"), ("cities", "city"), ("unhappy", "happy"), ("gently", "gentle")]:
        assert base in generate.english_bases(word)
    for word, base in [("bomen", "boom"), ("brieven", "brief"), ("huizen", "huis"), ("rode", "rood")]:
        assert base in generate.dutch_bases(word)
    assert "werken" in generate.infinitives("gewerkt")


def test_ranks_come_from_a_frequency_list_and_nothing_else_is_taken_for_one(tmp_path: Path) -> None:
    file = tmp_path / "large_nl.msgpack.gz"
    # An array of three: the map {"format": "cB"}, an empty array, an array of two strings.
    file.write_bytes(gzip.compress(b"\x93\x81\xa6format\xa2cB\x90\x92\xa2de\xd9\x03het"))
    assert generate.read_ranks(file) == {"de": 1, "het": 1}
    for other in (b"\xc0", b"\x05"):
        file.write_bytes(gzip.compress(other))
        with pytest.raises(ValueError, match=r"msgpack type|is an array"):
            generate.read_ranks(file)
