"""Words in many scripts are found as people type them, and nothing that a person types is a command."""

import sqlite3
from pathlib import Path

import pytest

from workstation.casework.search_index import Item, Match, Place, SearchIndex, remove
from workstation.casework.search_words import QUERY_MAX, TERMS_MAX, expression, snippet, terms

# What was written, what is asked for, and what of it is marked.
FOUND = (
    ("The reporter called twice.", "report", ("reporter",)),
    ("The reporter called twice.", "TWICE called", ("called", "twice")),
    ("Zij belde; één foto’s café", "een cafe foto", ("één", "foto", "café")),
    ("Jan Łukasiewicz, Straße 5, Ørsted", "lukasiewicz strasse orsted", ("Łukasiewicz", "Straße", "Ørsted")),
    ("我昨天在北京大学看到了他们。", "北京大学", ("北京大学",)),
    ("我昨天在北京大学看到了他们。", "大学 看到", ("大学", "看到")),
    ("他用VPN翻墙了", "vpn翻墙", ("VPN", "翻墙")),
    ("東京タワーで会った", "タワー", ("タワー",)),
    ("พบที่สถานทูตไทย", "สถานทูต", ("สถานทูต",)),
    ("대사관에서 전화했어요", "대사관", ("대사관에서",)),
    ("اتصل بي رجل من السِّفارة", "السفارة", ("السِّفارة",)),
    ("قال أحمد إنه سيعود", "احمد", ("أحمد",)),
    ("می‌خواهم برادرم آزاد شود", "میخواهم", ("می‌خواهم",)),
    ("می‌خواهم برادرم آزاد شود", "می‌خواهم", ("می‌خواهم",)),
    ("می‌خواهم برادرم آزاد شود", "خواهم ازاد", ("خواهم", "آزاد")),
    ("کتاب‌های من", "كتاب", ("کتاب‌های",)),
    ("ኣብ ኤምባሲ፡ሰራሕተኛ ነበረ።", "ሰራሕ", ("ሰራሕተኛ",)),
    ("ኣብ ኤምባሲ፡ሰራሕተኛ ነበረ።", "ሠራሕ ኤምባሲ", ("ኤምባሲ", "ሰራሕተኛ")),
    ("IŞIKLAR söndü, İSTANBUL'da", "ışıklar istanbul", ("IŞIKLAR", "İSTANBUL")),
    ("Işıklar söndü, istanbul’da", "ISIKLAR İstanbul", ("Işıklar", "istanbul")),
    ("Ещё раз звонил Фёдор", "еще федор", ("Ещё", "Фёдор")),
    ("Подзвонив Її брат", "їі брат", ("Її", "брат")),
    ("Ο Γιώργος ΤΗΛΕΦΏΝΗΣΕ", "γιωργος τηλεφωνησε", ("Γιώργος", "ΤΗΛΕΦΏΝΗΣΕ")),
    ("דָּוִד התקשר", "דוד", ("דָּוִד",)),
    ("हिन्दी में लिखा", "हिन्दी", ("हिन्दी",)),
    ("Nummer ٠٦١٢ en ０９", "0612 09", ("٠٦١٢", "０９")),
    ("Half and co\u00adoperate", "cooperate", ("co\u00adoperate",)),
)
MISSED = (
    ("The reporter called.", "porter"),
    ("The reporter called.", "reporter answered"),
    ("我在北京上大学", "北京大学"),
    ("हिन्दी", "हन"),
    ("It is an art", "ar"),
    ("Nothing of it", "NEAR(nothing it)"),
)
HOSTILE = (
    *('"', '""', "*", "a*", '" OR "', "word : x", "body:hello", "-hello", "^hello", "hello +", "(hello"),
    *(
        "NEAR(hello, 2)",
        "hello AND",
        "OR",
        "NOT hello",
        "{body} : hello",
        "hello\0world",
        "'; DROP TABLE item",
    ),
    *("\ud800", "😀", "\u200c", "\u0301", "_", "%", " ", "\n", "hello" * 100, "北" * 300, "a " * 300),
)


def index_of(path: Path, *texts: str) -> SearchIndex:
    index = SearchIndex(path / "search.db")
    index.replace((), [Item(1, Place.NOTE, number, 100, text) for number, text in enumerate(texts)])
    return index


@pytest.mark.parametrize(("text", "query", "marked"), FOUND, ids=lambda one: str(one)[:20])
def test_it_is_found_and_marked(tmp_path: Path, text: str, query: str, marked: tuple[str, ...]) -> None:
    index = index_of(tmp_path, text, "Something else.")
    asked = terms(query)
    assert index.find(asked, 0, 9) == [Match(Place.NOTE, 0)]
    shown = snippet(text, asked)
    assert shown.marked == marked
    assert shown.text == text
    index.close()


@pytest.mark.parametrize(("text", "query"), MISSED)
def test_it_is_not_found(tmp_path: Path, text: str, query: str) -> None:
    index = index_of(tmp_path, text)
    assert index.find(terms(query), 0, 9) == []
    index.close()


def test_nothing_that_is_typed_is_a_command(tmp_path: Path) -> None:
    index = index_of(tmp_path, "hello world", "NEAR AND OR NOT")
    for query in HOSTILE:
        asked = terms(query)
        assert len(asked) <= TERMS_MAX
        assert len(expression(asked)) < 9 * QUERY_MAX
        index.find(asked, 0, 9)
    assert index.find(terms("body:hello"), 0, 9) == []
    assert [one.row_pk for one in index.find(terms('hello" OR "not'), 0, 9)] == []
    assert [one.row_pk for one in index.find(terms("or not"), 0, 9)] == [1]
    index.close()


def test_of_what_fits_equally_well_the_newest_comes_first(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path / "search.db")
    days = (7, 30, 2, 30)
    index.replace((), [Item(1, Place.NOTE, row, day, "One like another.") for row, day in enumerate(days)])
    others = [Item(3, Place.NOTE, 20 + number, 50, "Something else.") for number in range(20)]
    index.replace((), [Item(2, Place.NOTE, 9, 1, "Like, like, like: like."), *others])
    assert [one.row_pk for one in index.find(terms("like"), 0, 9)] == [9, 3, 1, 0, 2]
    assert [one.row_pk for one in index.find(terms("like"), 1, 2)] == [3, 1]
    index.close()


def test_a_character_of_several_is_found_and_the_text_shown_without_a_mark(tmp_path: Path) -> None:
    index = index_of(tmp_path, "Half ½ of it")
    asked = terms("½")
    assert index.find(asked, 0, 9) == [Match(Place.NOTE, 0)]
    assert (snippet("Half ½ of it", asked).text, snippet("Half ½ of it", asked).marked) == (
        "Half ½ of it",
        (),
    )
    index.close()


def test_a_snippet_is_short_and_says_that_there_is_more() -> None:
    text = "word " * 200 + "needle " + "word " * 200
    shown = snippet(text, terms("needle"))
    assert shown.marked == ("needle",)
    assert shown.text.startswith("… word")
    assert shown.text.endswith(" …")
    assert len(shown.text) < 200


def test_the_file_is_not_one_that_opens_without_its_key(tmp_path: Path) -> None:
    index = index_of(tmp_path, "hello world")
    path = tmp_path / "search.db"
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(path).execute("SELECT * FROM item")
    assert not list(tmp_path.glob("search.db-*"))
    index.close()
    assert not path.exists()
    remove(path)
