"""Every error, state and refusal has words in every language, and no page holds what the rules forbid."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask, g

from sluis.errors import SluisError
from workstation import errors
from workstation.records import Message, Notice, ReplyState
from workstation.ui import app, attention, conversation, reasons, texts
from workstation.ui.app import create_app
from workstation.ui.languages import language_name, reply_languages
from workstation.ui.settings import LANGUAGES, UiSettings
from workstation.ui.views.files import disposition

UI = Path(app.__file__).parent
# The base of all errors is never raised itself; it gets the general sentence.
NOT_SHOWN_HERE = {"error"}


@pytest.fixture
def flask_app(tmp_path: Path) -> Flask:
    return create_app(UiSettings(tmp_path, tmp_path), lambda: 0, lambda: 0.0, lambda: ())


@pytest.fixture(params=LANGUAGES)
def language(flask_app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with flask_app.test_request_context():
        g.lang = request.param
        yield request.param


def codes(base: type[SluisError] = SluisError) -> set[str]:
    """The codes of every error that the workstation could meet."""
    ours = base.__module__.split(".")[0] in {"sluis", "keys", "workstation"}
    return ({base.code} if ours else set()).union(*(codes(one) for one in base.__subclasses__()))


def test_the_list_of_errors_is_not_empty() -> None:
    assert {"forked", "wrong-passphrase", "damaged-export", "medium-gone", "busy"} <= codes()
    assert errors.Locked.code in codes()


@pytest.mark.parametrize("where", [reasons.import_reason, reasons.release_reason, reasons.reason])
def test_every_error_has_its_own_words(language: str, where: object) -> None:
    assert callable(where)
    for code in sorted(codes() - NOT_SHOWN_HERE):
        told = where(code)
        assert f"“{code}”" not in str(told.why), code
        assert len(str(told.why)) > 10, code
        assert len(str(told.next)) > 10, code
    assert "“error”" in str(where("error").why)


def test_words_differ_between_the_languages(flask_app: Flask) -> None:
    said: dict[str, list[str]] = {}
    for shown in LANGUAGES:
        with flask_app.test_request_context():
            g.lang = shown
            tables = (reasons.REASONS, reasons.IMPORT_REASONS, reasons.RELEASE_REASONS, reasons.REPLY_REASONS)
            told = [str(half) for table in tables for one in table.values() for half in (one.why, one.next)]
            told += [str(one) for one in reasons.REFUSALS.values()]
            told += [str(half) for pair in texts.STATES.values() for half in pair]
            told += [str(half) for pair in texts.INTEGRITY.values() for half in pair]
            told += [str(half) for pair in texts.CONTINUITY.values() for half in pair]
            told += [str(one) for one in (*texts.NOTICES.values(), *texts.WARNINGS.values())]
            said[shown] = told
    assert not [english for english, dutch in zip(*said.values(), strict=True) if english == dutch]


def test_every_state_mark_and_notice_has_words() -> None:
    assert set(texts.STATES) == set(get_args(ReplyState))
    marks = get_type_hints(Message)
    assert {*get_args(marks["integrity"]), "told"} == set(texts.INTEGRITY)  # the mark of a call
    assert set(get_args(marks["continuity"])) == set(texts.CONTINUITY)
    assert set(get_args(get_type_hints(Notice)["code"])) == set(texts.NOTICES)
    assert set(texts.STATES) >= conversation.WITHDRAWABLE


def test_an_unknown_code_is_named_and_never_a_fault(language: str) -> None:
    assert "“never-heard-of”" in str(reasons.reason("never-heard-of").why)
    assert "“never-heard-of”" in str(reasons.refusal_text("never-heard-of"))


def test_the_dutch_translation_is_whole() -> None:
    with (UI / "translations" / "nl" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalog = read_po(file, locale="nl")
    wanted = {
        message
        for _, _, message, _, _ in extract_from_dir(
            UI,
            method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
            keywords={"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)},
        )
    }
    known = {message.id for message in catalog if message.id}
    assert wanted == known, "run pybabel extract and update; see workstation/ui/babel.cfg"
    for message in catalog:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert not message.id or all(strings), message.id
        assert not message.fuzzy or not message.id
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        if message.id:
            fields = set(re.findall(r"%\((\w+)\)s", originals[-1]))
            assert set(re.findall(r"%\((\w+)\)s", strings[-1])) == fields, message.id


@pytest.mark.parametrize("path", sorted((UI / "templates").iterdir()), ids=lambda path: path.name)
def test_no_template_has_script_style_or_another_host(path: Path) -> None:
    markup = path.read_text(encoding="utf-8")
    assert not re.search(
        r"<script|<style|\sstyle=|\son\w+=|javascript:|\|\s*safe|//\w|<iframe|<svg", markup, re.I
    )
    for tag in re.findall(r"<(?:link|img|form|a)\b[^>]*>", markup):
        for target in re.findall(r'(?:href|src|action)="([^"]*)"', tag):
            assert target.startswith(("{{", "#")), tag


def test_the_style_sheet_asks_for_nothing() -> None:
    assert "url(" not in (UI / "static" / "site.css").read_text(encoding="utf-8")


def test_languages_of_answers(language: str) -> None:
    names = dict(reply_languages("xx-made-up"))
    assert names["xx-made-up"]
    assert len(names) == 16
    assert names["ar"].startswith("العربية (")
    assert language_name("\u202e<b>") == "\u202e<b>"
    assert language_name("") == ""


def test_numbers_sizes_and_lengths(language: str) -> None:
    english = language == "en"
    assert texts.length_text(1_204) == ("1,204 of 6,144 bytes" if english else "1.204 van 6.144 bytes")
    assert texts.size_text(33_600_000) == "32 MiB"
    assert texts.size_text(700_000) == ("683.6 KiB" if english else "683,6 KiB")
    assert texts.day_text(20_000) == ("4 October 2024" if english else "4 oktober 2024")
    assert texts.grouped("0123456789") == "0123 4567 89"


def test_names_of_downloads_cannot_break_out_of_their_header() -> None:
    said = disposition('a"b\r\n;c\\é☃.html')
    assert not set("\r\n\\☃é") & set(said)
    assert said.count('"') == 2
    assert disposition("...").startswith('attachment; filename="file"')


def test_nothing_needs_attention_in_a_fresh_line(language: str) -> None:
    from sluis.limits import DEMO
    from workstation.records import OfficeInfo, ServerInfo

    server = ServerInfo("00", "north", DEMO, "f", 3, 100, ())
    info = OfficeInfo("00", "Line", True, "f", b"", "f", 200, 1, (server,))
    assert attention.attention(info, 0, 101) == []
    assert len(attention.attention(info, 2, 110)) == 2
    assert len(attention.attention(info, 0, 190)) == 2
    assert len(attention.attention(info, 0, 201)) == 2
