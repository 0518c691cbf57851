"""The templates of answers: each in each language, of a size that fits, giving nothing away."""

import re

import pytest

from sluis.limits import REPLY_TEXT_MAX
from sluis.ring import escaped_size
from workstation.casework import answer_templates
from workstation.casework.answer_templates import (
    DESK_LANGUAGES,
    MISSING,
    PURPOSES,
    Template,
    from_which,
    of_language,
    places,
    template,
)
from workstation.ui.answer_texts import PURPOSES as NAMED

LANGUAGES = answer_templates.languages()
EVERY = [one for language in LANGUAGES for one in of_language(language)]
# The languages whose letters tell whether a text is in them at all.
LETTERS = {"ar": "\u0621-\u064a", "fa": "\u0621-\u06cc", "ru": "\u0400-\u04ff", "zh": "\u4e00-\u9fff"}


def named(one: Template) -> str:
    return one.code


def test_every_template_is_there_in_every_language() -> None:
    assert set(LANGUAGES) == {"en", "nl", "tr", "ar", "fa", "zh", "ru"}
    assert not set(MISSING) & set(LANGUAGES)
    for language in LANGUAGES:
        assert [one.purpose for one in of_language(language)] == list(PURPOSES)
    assert set(NAMED) == set(PURPOSES)
    assert of_language("nl-BE") == of_language("nl")
    assert of_language("ti") == of_language("") == ()
    assert template("first", "xx") is None


@pytest.mark.parametrize("one", EVERY, ids=named)
def test_each_is_whole(one: Template) -> None:
    english = template(one.purpose, "en")
    assert english is not None
    # It fits into the cell with room for what a person adds, and to be appended to something typed.
    assert escaped_size(one.text) < REPLY_TEXT_MAX // 2
    assert set(one.back) == set(DESK_LANGUAGES) - {one.language}
    for text in (one.text, *one.back.values()):
        assert sorted(places(text)) == sorted(places(english.text))
        assert re.findall(r"\d+", text) == re.findall(r"\d+", english.text)
        assert re.findall(r"https?://\S+", text) == re.findall(r"https?://\S+", english.text)
        assert len(text.split("\n\n")) == len(english.text.split("\n\n"))
    assert len(EVERY) == len({each.text for each in EVERY})
    assert from_which(one.text + "\n") == one
    assert from_which(one.text + "!") is None


@pytest.mark.parametrize("one", EVERY, ids=named)
def test_each_begins_by_acknowledging_and_names_nobody(one: Template) -> None:
    first = one.back.get("en", one.text).partition("\n\n")[0]
    assert first.startswith(("Thank you", "We are grateful"))
    assert "codename" not in first
    assert not re.search(r"[@+]|\b\d{4,}\b", one.text)  # no address, no telephone number of somebody
    assert one.reviews == ()  # nobody who could has looked at them yet; the page says so


@pytest.mark.parametrize("language", LETTERS)
def test_each_is_in_its_own_letters(language: str) -> None:
    for one in of_language(language):
        own = re.findall(f"[{LETTERS[language]}]", one.text)
        foreign = re.findall(r"[A-Za-z]", re.sub(r"\{[a-z]+\}", "", one.text))
        assert len(own) > 40
        assert not foreign


def test_a_receipt_says_what_is_true_of_every_import() -> None:
    for language in LANGUAGES:
        receipt = template("receipt", language)
        assert receipt is not None
        said = receipt.back.get("en", receipt.text)
        assert "112" in said
        assert re.search(r"[Nn]obody has read it", said)
        assert "machine" in said
        assert not receipt.places
