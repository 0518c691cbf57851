"""What holds for every page: size, headers, structure, languages, and no trace of a visitor."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from source_interface import headers
from source_interface.addresses import ADDRESS_SIZE, filled
from source_interface.answering import PAGE_STEP_S
from source_interface.app import create_app
from source_interface.failures import FAILURES
from source_interface.pages import PageSize, pad
from source_interface.questions import QUESTIONS
from tests.support.counsellor_key import CounsellorKey
from tests.support.source_site import DAY, LANGUAGES, Page, SourceSite, source_site

PACKAGE = Path(__file__).parents[2] / "source_interface"
OPEN = ("/", "/{}/", "/{}/about", "/{}/new", "/{}/return", "/{}/left")
INSIDE = {
    "/{}/write": PageSize.FORM,
    "/{}/received": PageSize.FORM,
    "/{}/mailbox": PageSize.MAILBOX,
    "/{}/withdraw": PageSize.PLAIN,
}


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY) as made:
        yield made


@pytest.fixture(scope="module")
def site(key: CounsellorKey) -> Iterator[SourceSite]:
    with source_site(key, training=True) as made:
        yield made


@pytest.fixture(scope="module", params=LANGUAGES)
def pages(request: pytest.FixtureRequest, site: SourceSite) -> dict[str, Page]:
    """Every page of a language, those inside a session too, and an error page."""
    language = request.param
    visitor, found = site.visitor(), {}
    for path in (*OPEN, "/{}/nothing-here"):
        found[path] = visitor.get(path.format(language), **{"Accept-Language": language})
    visitor.enter(site.draw())
    for path in INSIDE:
        found[path] = visitor.get(path.format(language))
    return found


def test_each_class_of_pages_has_one_size(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        assert len(page.body) == INSIDE.get(path, PageSize.PLAIN), path
        assert page.headers["Content-Length"] == str(len(page.body))
        assert page.body.rstrip().endswith(b" -->")


def test_every_page_takes_its_time_to_the_step(site: SourceSite) -> None:
    visitor = site.visitor()
    for path, seconds in [
        *((path, PAGE_STEP_S) for path in ("/", "/nl/about", "/en/new", "/en/nothing-here")),
        ("/en/mailbox", site.site.deadline.after_s),
        ("/static/site.css", 0.0),
    ]:
        before = site.clock.now
        visitor.get(path)
        assert site.clock.now - before == pytest.approx(seconds), path


def test_every_answer_has_the_same_headers(site: SourceSite, pages: dict[str, Page]) -> None:
    assert {page.head_size() for page in pages.values()} == {headers.HEAD_SIZE}
    for page in pages.values():
        for name, value in headers.FIXED:
            assert page.headers.getlist(name) == [value]
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert not {
            "Server",
            "Date",
            "ETag",
            "Last-Modified",
            "Set-Cookie",
            "Vary",
            "Content-Encoding",
        } & set(page.headers.keys())


def test_a_cookie_does_not_change_the_length_of_the_head() -> None:
    from flask import Response

    from source_interface.sessions import COOKIE_LENGTH

    bare, ended = headers.finish(Response()), headers.finish(headers.end_session(Response()))
    begun = headers.finish(headers.set_session(Response(), "c" * COOKIE_LENGTH))

    def size(response: Response) -> int:
        return sum(len(f"{name}: {value}\r\n") for name, value in response.headers)

    assert size(bare) == size(ended) == size(begun)
    assert begun.headers["Set-Cookie"].endswith("; Path=/; Secure; HttpOnly; SameSite=Strict")


def test_looking_leaves_no_cookie(site: SourceSite) -> None:
    visitor = site.visitor()
    for path in (*OPEN, *INSIDE):
        visitor.get(path.format("en"))
    visitor.send("/en/return", {"codename": "wrong"})
    assert not visitor.client._cookies


def test_structure_for_people_who_cannot_see_or_use_a_mouse(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        (html,) = page.all("html")
        assert html.attributes["lang"] in LANGUAGES
        assert html.attributes["dir"] == "ltr"
        assert page.h1
        (title,) = page.all("title")
        assert title.text
        assert len(page.all("main")) == 1
        assert len({one.attributes["id"] for one in page.elements if "id" in one.attributes}) == len(
            [one for one in page.elements if "id" in one.attributes]
        ), path
        levels = [int(one.tag[1]) for one in page.elements if re.fullmatch("h[1-6]", one.tag)]
        assert all(later - before <= 1 for before, later in pairwise(levels)), path
        labelled = {one.attributes["for"] for one in page.all("label")}
        for one in page.elements:
            hidden = one.attributes.get("type") == "hidden"
            if one.tag in ("input", "select", "textarea") and not hidden:
                assert one.attributes["id"] in labelled, f"{path}: {one}"
            for pointer in ("aria-describedby", "for"):
                assert all(page.has(id_) for id_ in one.attributes.get(pointer, "").split()), f"{path}: {one}"
            if one.tag == "a" and one.attributes["href"].startswith("#"):
                assert page.has(one.attributes["href"][1:])
            if one.tag in ("a", "button", "label", "legend", "summary", "option"):
                assert one.text.strip(), f"{path}: {one}"


def test_leave_now_is_the_first_thing_the_tab_key_reaches(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        if path == "/{}/left":
            continue
        reached = [
            one
            for one in page.elements
            if one.tag in ("a", "button", "select", "textarea", "summary")
            or (one.tag == "input" and one.attributes["type"] != "hidden")
        ]
        assert reached[0] in page.within("leave-form")
        assert page.action("leave-form") == filled(f"/{page.all('html')[0].attributes['lang']}/leave")


def test_no_script_no_inline_style_no_foreign_address(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert not [
            one for one in page.elements if one.tag in ("script", "style", "svg", "iframe", "img", "object")
        ]
        for one in page.elements:
            assert not [name for name in one.attributes if name.startswith("on") or name == "style"]
            for name in ("href", "action", "src", "formaction"):
                address = one.attributes.get(name, filled("/"))
                assert re.fullmatch(r"(/[a-z._-]*)+\?\.+|#[a-z-]+", address), f"{name}={address}"
                assert len(address) == ADDRESS_SIZE or address.startswith("#"), f"{name}={address}"


def test_the_first_page_says_what_has_to_be_known(site: SourceSite) -> None:
    body = re.sub(r"\s+", " ", site.visitor().get("/en/").body.decode())
    for said in (
        "Call 112",
        "We do not read messages at once. You get an answer in about 5 days.",
        "We cannot promise",
        "It is not locked while you send or read.",
        "Two people decide on this together",
        "Someone may copy this site",
        "You do not have to prove anything.",
        "Make a codename",
        "I have a codename",
    ):
        assert said in body


@pytest.mark.parametrize(
    ("prefers", "language"), [("nl-NL,nl;q=0.9", "nl"), ("en-US", "en"), ("tr", "en"), ("", "en")]
)
def test_the_first_page_is_in_the_language_of_the_browser(
    site: SourceSite, prefers: str, language: str
) -> None:
    for path in ("/", "/nothing/here"):
        page = site.visitor().get(path, **{"Accept-Language": prefers})
        assert page.all("html")[0].attributes["lang"] == language


def test_every_page_leads_to_itself_in_the_other_language(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        language = page.all("html")[0].attributes["lang"]
        other = "en" if language == "nl" else "nl"
        there = [
            one for one in page.elements if one.attributes.get("lang") == other and one.tag in ("a", "button")
        ]
        if path == "/{}/left":
            assert not there
            continue
        known = path not in ("/", "/{}/nothing-here")
        address = there[0].attributes.get("href") or there[0].attributes["formaction"]
        assert address == filled(path.format(other) if known else f"/{other}/")


def test_a_language_that_is_not_offered(site: SourceSite) -> None:
    assert site.visitor().get("/tr/").status == 404


def test_no_site_starts_with_a_language_that_is_not_there(site: SourceSite) -> None:
    from dataclasses import replace

    settings = replace(site.site.settings, languages=("en", "tr"))
    with pytest.raises(ValueError, match="tr"):
        create_app(settings, site.mailroom, site.site.lexicon, lambda: DAY)


def test_every_text_is_translated(tmp_path: Path) -> None:
    pot = tmp_path / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "-q",
        "extract",
        "--no-location",
        "-F",
        "source_interface/babel.cfg",
        "-k",
        "_l",
    ]
    subprocess.run([*command, "-o", str(pot), "."], cwd=PACKAGE.parent, check=True)
    asked = {message.id for message in read_po(io.BytesIO(pot.read_bytes())) if message.id}
    catalogue = read_po(
        io.BytesIO((PACKAGE / "translations/nl/LC_MESSAGES/messages.po").read_bytes()), locale="nl"
    )
    done = {message.id: message for message in catalogue if message.id}
    assert set(done) == asked
    for message in done.values():
        assert all([message.string] if isinstance(message.string, str) else message.string or ()), message.id
        assert not message.fuzzy
        assert not list(message.check())


def test_training_and_missing_tor_are_said_on_every_page(pages: dict[str, Page], key: CounsellorKey) -> None:
    for page in pages.values():
        assert len(page.all(class_="banner")) == 1
    with source_site(key) as other:
        assert not other.visitor().get("/en/").all(class_="banner")
        for circuit in ("127.0.0.1", "fc00:dead:beef:4dae::0:1", "not an address"):
            (banner,) = other.visitor(circuit=circuit).get("/en/").all(class_="banner")
            assert "Without Tor" in banner.text


@pytest.mark.parametrize(
    "path", ["/nothing", "/en/nothing", "/en/write/x", "/static/../app.py", "/static/x", "/favicon.ico"]
)
def test_a_page_that_does_not_exist(site: SourceSite, path: str) -> None:
    page = site.visitor().get(path)
    assert (page.status, page.h1, len(page.body)) == (404, "This page does not exist", PageSize.PLAIN)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/en/"), ("GET", "/en/delete"), ("PUT", "/en/new"), ("OPTIONS", "/en/")]
)
def test_a_method_that_is_not_allowed(site: SourceSite, method: str, path: str) -> None:
    answer = site.visitor().client.open(path, method=method, data=b"x" * 2_000_000)
    page = Page(answer)
    assert (page.status, page.h1, len(page.body)) == (
        405,
        "This page cannot be opened like this",
        PageSize.PLAIN,
    )
    assert page.headers["Allow"]


def test_a_fault_of_ours_shows_and_logs_nothing_of_the_visitor(
    key: CounsellorKey, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(language: str) -> str:
        raise RuntimeError("secret words of a source")

    with source_site(key) as site:
        monkeypatch.setattr(site.site.lexicon, "draw", fault)
        page = site.visitor().get("/en/new")
    assert (page.status, page.h1, len(page.body)) == (500, "Something went wrong on our side", PageSize.PLAIN)
    assert b"Traceback" not in page.body
    out, err = capsys.readouterr()
    assert re.fullmatch(r"fault: RuntimeError at [\w.]+:\d+\n", out + err)


def test_no_failure_page_says_only_that_something_failed() -> None:
    for failure in FAILURES.values():
        assert len(str(failure.text).split()) > 5
        assert failure.status in (400, 404, 405, 500, 503)


def test_static_files_carry_no_time_and_no_tag(site: SourceSite) -> None:
    client = site.visitor().client
    for name, kind in (("site.css", "text/css; charset=utf-8"), ("icon.png", "image/png")):
        answer = client.get(f"/static/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Cache-Control"] == "no-store"
        assert not {"ETag", "Last-Modified", "Accept-Ranges", "Content-Disposition"} & set(
            answer.headers.keys()
        )


def test_the_style_sheet_fetches_nothing() -> None:
    css = (PACKAGE / "static/site.css").read_text("utf-8")
    assert not re.search(r"url\(|@import|@font-face|!important", css)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_have_enough_contrast() -> None:
    """WCAG 2.2, success criteria 1.4.3 (4.5:1 for text) and 1.4.11 (3:1 for edges and focus)."""
    css = (PACKAGE / "static/site.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.S)
    )
    text = [
        *(
            (ink, back)
            for ink in ("ink", "soft", "action", "action-over", "bad")
            for back in ("paper", "card")
        ),
        *(("ink", back) for back in ("calm", "warn", "bad-back")),
        *(("on-action", back) for back in ("action", "action-over")),
        ("bad", "bad-back"),
        ("action", "calm"),
        ("action", "warn"),
        ("card", "bad"),
    ]
    edges = [(edge, back) for edge in ("edge", "focus", "action", "bad") for back in ("paper", "card")]
    for colours in (light, dark):
        for wanted, pairs in ((4.5, text), (3.0, edges)):
            for one, other in pairs:
                high, low = sorted((_luminance(colours[one]), _luminance(colours[other])), reverse=True)
                assert (high + 0.05) / (low + 0.05) >= wanted, f"{one} on {other}"


def test_every_question_can_be_left_open() -> None:
    for question in QUESTIONS:
        assert "" in [code for code, _ in question.choices]
        assert "" not in question.codes


def test_padding_never_fails_to_hold() -> None:
    for size in range(PageSize.PLAIN - 20, PageSize.PLAIN - 7):
        assert len(pad(b"x" * size, PageSize.PLAIN)) == PageSize.PLAIN
    assert len(pad(b"x" * (PageSize.PLAIN - 7), PageSize.PLAIN)) == 524_288
    with pytest.raises(ValueError, match="larger"):
        pad(b"x" * 9_000_000, PageSize.FORM)


def test_the_openpgp_key_is_published(key: CounsellorKey, site: SourceSite, tmp_path: Path) -> None:
    armoured = site.visitor().get("/en/about").all(id="openpgp-key")[0].text
    file = tmp_path / "key.asc"
    file.write_text(armoured)
    shown = subprocess.run(
        ["gpg", "--homedir", str(tmp_path), "--with-colons", "--show-keys", str(file)],
        capture_output=True,
        check=True,
    )
    assert key.fingerprint in shown.stdout.decode()
