"""The operators' pages: headers, languages, banners, semantics, texts."""

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import journalist_interface
from journalist_interface.app import came_over_tor
from journalist_interface.headers import SECURITY_HEADERS
from tests.support.journalist_site import TOR, Desk, Person, make_desk

PACKAGE = Path(journalist_interface.__file__).parent
VOID = {"meta", "link", "input", "br", "img", "hr"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(f"sqlite:///{tmp_path / 'accounts.sqlite'}")


def every_page(desk: Desk, lang: str) -> dict[str, str]:
    """All kinds of pages, made by using the site."""
    visitor, pages = desk.visitor(), {}
    pages["sign-in"] = visitor.get(f"/{lang}/sign-in").text
    pages["refused"] = visitor.sign_in(passphrase="x", lang=lang).text
    pages["empty"] = visitor.sign_in(alias="", lang=lang).text
    pages["strange"] = visitor.get(f"/{lang}/nothing").text
    person = desk.operator()
    pages["no exports"] = person.get(f"/{lang}/exports").text
    person.post(f"/{lang}/exports", f"/{lang}/exports")
    pages["made"] = person.get(f"/{lang}/exports").text
    desk.clocks.day += 50
    pages["warned"] = person.get(f"/{lang}/exports").text
    desk.clocks.day -= 50
    pages["release"] = person.get(f"/{lang}/release").text
    pages["no file"] = person.upload(b"", lang).text
    person.upload(b"x", lang)
    pages["taken in"] = person.get(f"/{lang}/release").text
    pages["gone"] = person.get(f"/{lang}/exports/77").text
    return pages


class Outline(HTMLParser):
    """What a screen reader would stumble over."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self.fields: list[str] = []
        self.described: list[str] = []
        self.headings: list[int] = []
        self.problems: list[str] = []
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.described += (
            values.get("aria-describedby", "").split() + values.get("aria-labelledby", "").split()
        )
        if tag == "html":
            self.lang = f"{values['lang']} {values['dir']}"
        elif re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        elif tag == "label":
            self.labels.append(values["for"])
        elif tag == "a" and values["href"].startswith("#"):
            self.links.append(values["href"][1:])
        elif tag == "input" and values["type"] != "hidden":
            self.fields.append(values["id"])
        elif (
            tag in {"script", "style", "svg", "iframe"}
            or "style" in values
            or any(n.startswith("on") for n in values)
        ):
            self.problems.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop() != tag:
            self.problems.append(f"</{tag}>")


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_every_page_can_be_read_without_eyes_and_without_script(desk: Desk, lang: str) -> None:
    for name, page in every_page(desk, lang).items():
        outline = Outline()
        outline.feed(page)
        assert not outline.problems, name
        assert not outline.open, name
        assert outline.lang == f"{lang} ltr", name
        assert outline.headings.count(1) == 1, name
        assert len(outline.ids) == len(set(outline.ids)), name
        assert set(outline.links + outline.labels + outline.described) <= set(outline.ids), name
        assert set(outline.fields) <= set(outline.labels), name
        assert "%(" not in page, name


def test_every_dutch_page_differs_from_the_english_one(desk: Desk, tmp_path: Path) -> None:
    english = every_page(desk, "en")
    dutch = every_page(make_desk(f"sqlite:///{tmp_path / 'other.sqlite'}"), "nl")

    def words(page: str) -> set[str]:
        text = re.sub(r"<[^>]*>", "\n", page.partition("<main")[2])
        return {line.strip() for line in text.split("\n") if len(line.split()) > 3}

    for name, page in english.items():
        assert not {
            line for line in words(page) & words(dutch[name]) if not re.fullmatch("[0-9a-f ]+", line)
        }, name


def catalogue() -> Catalog:
    return read_po(BytesIO((PACKAGE / "translations/nl/LC_MESSAGES/messages.po").read_bytes()), locale="nl")


def test_every_text_has_its_dutch() -> None:
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = {message for _, _, message, _, _ in extract_from_dir(PACKAGE, methods, keywords=keywords)}
    dutch = {message.id: message for message in catalogue() if message.id}
    assert set(dutch) == found
    for message in dutch.values():
        assert not message.fuzzy
        assert not list(message.check(catalogue())), message.id
        assert all(message.string if isinstance(message.string, tuple) else [message.string]), message.id


def test_every_answer_has_the_headers(desk: Desk) -> None:
    person = desk.operator()
    person.post("/en/exports", "/en/exports")
    paths = (
        "/",
        "/en/",
        "/en/sign-in",
        "/en/exports",
        "/en/exports/1",
        "/en/exports/9",
        "/static/site.css",
        "/x",
    )
    for path in paths:
        answer = person.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value, path
        assert "Last-Modified" not in answer.headers, path
    assert "ETag" not in person.get("/static/site.css").headers


@pytest.mark.parametrize(
    ("asked", "language"),
    [("nl,en;q=0.5", "nl"), ("en-US,en;q=0.5", "en"), ("nl-BE", "nl"), ("tr", "en"), ("", "en"), ("*", "en")],
)
def test_the_language_follows_the_browser(desk: Desk, asked: str, language: str) -> None:
    answer = desk.visitor().get("/", headers={"Accept-Language": asked})
    assert answer.headers["Location"] == f"/{language}/"


def test_a_language_that_is_not_offered_is_no_page(tmp_path: Path) -> None:
    desk = make_desk(f"sqlite:///{tmp_path / 'a.sqlite'}", languages=("tr", "nl"))
    assert desk.visitor().get("/en/sign-in").status_code == 404
    assert desk.visitor().get("/tr/sign-in").status_code == 404
    page = desk.visitor().get("/nl/sign-in")
    assert page.status_code == 200
    assert 'class="languages"' not in page.text


def test_without_a_translated_language_there_is_english(tmp_path: Path) -> None:
    desk = make_desk(f"sqlite:///{tmp_path / 'a.sqlite'}", languages=("tr",))
    assert desk.visitor().get("/").headers["Location"] == "/en/"


def test_changing_the_language_keeps_the_page(desk: Desk) -> None:
    person = desk.operator()
    assert 'href="/nl/release"' in person.get("/en/release").text
    assert 'href="/en/exports"' in person.get("/nl/exports").text
    assert 'href="/nl/sign-in"' in desk.visitor().get("/en/sign-in").text


@pytest.mark.parametrize("training", [True, False])
def test_training_is_marked_on_every_page(tmp_path: Path, training: bool) -> None:
    desk = make_desk(f"sqlite:///{tmp_path / 'a.sqlite'}", training=training)
    for name, page in every_page(desk, "en").items():
        assert ('id="training-banner"' in page) == training, name


@pytest.mark.parametrize(
    ("address", "over_tor"),
    [
        (TOR, True),
        ("fc00:dead:beef:4dad:ffff:ffff:ffff:ffff", True),
        ("fc00:dead:beef:4dae::1", False),
        ("127.0.0.1", False),
        ("", False),
        (None, False),
        ("nonsense", False),
    ],
)
def test_a_page_without_tor_says_so(desk: Desk, address: str | None, over_tor: bool) -> None:
    assert came_over_tor(address) == over_tor
    person = Person(desk, desk.app.test_client(), address or "")
    assert ('id="without-tor-banner"' in person.get("/en/sign-in").text) != over_tor


def test_visitors_who_find_nothing_get_no_cookie(desk: Desk) -> None:
    for path in ("/", "/en/", "/en/exports", "/en/nothing", "/static/site.css"):
        assert "Set-Cookie" not in desk.visitor().get(path).headers, path


def test_a_fault_has_a_page_and_tells_the_log_only_its_class(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    person = desk.operator()
    desk.app.testing = False

    def fail() -> None:
        raise RuntimeError("secret words")

    desk.mailroom.status = fail  # type: ignore[assignment,method-assign]
    answer = person.get("/en/exports")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "fault RuntimeError" in caplog.text
    assert "secret words" not in caplog.text + answer.text


def test_wrong_methods_have_a_page(desk: Desk) -> None:
    person = desk.operator()
    answer = person.get("/en/sign-out")
    assert answer.status_code == 405
    assert "cannot be opened this way" in answer.text


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, 1.4.3)."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_colours_are_readable_in_both_schemes() -> None:
    css = (PACKAGE / "static/site.css").read_text()
    schemes = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in css.split(":root")[1:]]
    assert len(schemes) == 2
    for colours in schemes:
        for ink, paper in [
            *(("ink", paper) for paper in ("paper", "card", "calm", "warn", "bad-back")),
            *(("soft", paper) for paper in ("paper", "card", "bad-back")),
            *(("action", paper) for paper in ("paper", "card")),
            *(("bad", paper) for paper in ("paper", "bad-back")),
            ("on-action", "action"),
            ("on-action", "action-over"),
        ]:
            assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)
        for edge in ("edge", "focus", "action"):
            assert contrast(colours[edge], colours["paper"]) >= 3, edge
