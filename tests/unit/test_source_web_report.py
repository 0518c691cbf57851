"""Writing a report: whatever goes wrong, the answer is kind and clear and nothing that was typed is lost."""

import io
import re
from collections.abc import Callable, Iterator

import pytest

from mailroom.errors import MailroomDown
from sluis.envelope import Kind
from sluis.limits import FILES_PER_REPORT, TEXT_MAX
from sluis.ring import escaped_size
from source_interface.addresses import filled
from source_interface.openpgp import GpgFailed
from source_interface.pages import PageSize
from source_interface.permits import CIRCUIT_RATES, Work
from tests.support.counsellor_key import CounsellorKey
from tests.support.source_site import (
    BOUNDARY,
    DAY,
    LARGEST,
    Page,
    SourceSite,
    Visitor,
    file_head,
    multipart,
    source_site,
)

TEXT = 'I saw it.\n\n  "They" said <b>& more</b>; it\'s true.'
SHORT_KEY_DAYS = 60


@pytest.fixture(scope="module")
def key() -> Iterator[CounsellorKey]:
    with CounsellorKey(DAY) as made:
        yield made


@pytest.fixture
def site(key: CounsellorKey) -> Iterator[SourceSite]:
    with source_site(key) as made:
        yield made


@pytest.fixture
def visitor(site: SourceSite) -> Visitor:
    someone = site.visitor()
    someone.enter(site.draw())
    return someone


def kept(page: Page, text: str = TEXT) -> str:
    """The form came back with its text; what its error summary says."""
    assert page.fields("write-form")["text"] == text
    assert page.has("text-error") or page.has("codename-error")
    links = [one.attributes["href"][1:] for one in page.within("error-summary") if one.tag == "a"]
    assert links
    assert all(page.has(link) for link in links)
    assert page.all("title")[0].text.startswith("Error: ")
    return page.text("error-summary")


def listed(page: Page, of: str = "received-list") -> list[str]:
    return [re.sub(r"\s+", " ", one.text).strip() for one in page.within(of) if one.tag == "li"]


def test_a_report_with_files_arrives_and_is_listed(site: SourceSite, visitor: Visitor) -> None:
    answer = visitor.report(
        TEXT, [("photo.jpg", b"p" * 150_000), ("list.txt", b"")], need="advice", danger="now"
    )
    page = visitor.follow(answer)
    assert page.h1 == "We received it"
    assert listed(page) == [
        f"Your text ✓ received, {len(TEXT)} characters",
        "photo.jpg ✓ received, 150 kB",
        "list.txt ✓ received, 0 bytes. This file is empty. Is that right?",
    ]
    assert "Sunday 29 November" not in page.body.decode()
    assert "Come back with your codename from Saturday 28 November." in page.body.decode()
    text, body = site.sent(0)
    photo, content = site.sent(1)
    assert (body, text.language, dict(text.intake)) == (TEXT, "en", {"need": "advice", "danger": "now"})
    assert (photo.kind, photo.parent, photo.file_name) == (Kind.FILE, text.message_id, "photo.jpg")
    assert content == "p" * 150_000
    assert [site.sent(n)[0].sequence for n in range(3)] == [0, 1, 2]


def test_the_first_thing_typed_comes_back_exactly(site: SourceSite, visitor: Visitor) -> None:
    site.mailroom.slots = 0
    text = "\n\n leading lines, tabs\t, &amp; \u202eturned\u202c, 𓂀, end \n"
    assert visitor.report(text).fields("write-form")["text"] == text


def test_an_empty_report(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.report(" \n ", need="listen", device="watched", language="fa")
    assert "Write something, or choose a file." in kept(page, " \n ")
    fields = page.fields("write-form")
    assert (fields["need"], fields["device"], fields["language"]) == ("listen", "watched", "fa")
    assert "open" in page.all("details")[0].attributes, "answers that were given are not folded away"
    assert not site.mailroom.sets


def test_files_without_a_text(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.follow(visitor.report("", [("photo.jpg", b"p")]))
    assert listed(page) == ["photo.jpg ✓ received, 1 byte"]
    assert site.sent(1)[0].parent == site.sent(0)[0].message_id


def test_a_text_over_the_limit_says_how_much_has_to_go(site: SourceSite, visitor: Visitor) -> None:
    text = '"é"' * 5_000
    page = visitor.report(text)
    over = re.search(r"is (\d+) characters too long", kept(page, text))
    assert over
    assert len(page.body) == PageSize.FORM
    assert not site.mailroom.sets
    shorter = text[: -int(over[1])]
    assert escaped_size(shorter) <= TEXT_MAX < escaped_size(text[: len(shorter) + 1])
    assert visitor.report(shorter, page=page).status == 303
    assert site.sent()[1] == shorter


def test_a_text_far_over_the_limit_comes_back_whole(visitor: Visitor) -> None:
    text = "<'\"&>" * 60_000
    assert "characters too long" in kept(visitor.report(text), text)


def test_a_text_that_no_page_holds_says_that_it_was_cut(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.report("a" * 1_100_000)
    assert "far too long" in kept(page, "a" * 1_048_576)
    assert not site.mailroom.sets


def test_a_file_over_the_limit_is_named_and_the_rest_arrives(site: SourceSite, visitor: Visitor) -> None:
    files = [("film.mp4", b"f" * (LARGEST + 1)), ("note.txt", b"n")]
    page = visitor.follow(visitor.report(TEXT, files))
    assert page.h1 == "We received a part of it"
    assert [line.split(" ✓")[0] for line in listed(page)] == ["Your text", "note.txt"]
    assert listed(page, "missing-list") == [
        "film.mp4 ✗ not received. It is larger than 2 MB. Make it smaller, or send a part of it."
    ]
    assert len(site.mailroom.sets) == 2
    assert not site.mailroom.open_sets


def test_missing_files_can_be_sent_later_to_the_same_text(site: SourceSite, visitor: Visitor) -> None:
    visitor.report(TEXT, [("film.mp4", b"f" * (LARGEST + 1))])
    page = visitor.follow(visitor.report("", [("film.mp4", b"f")]))
    assert listed(page) == ["film.mp4 ✓ received, 1 byte"]
    assert len(site.mailroom.sets) == 2
    assert site.sent(1)[0].parent == site.sent(0)[0].message_id


class Upload(io.RawIOBase):
    """A body that ends, or raises, after some bytes; `before` is called before each read."""

    def __init__(
        self, body: bytes, error: Exception | None, before: Callable[[int], None] = lambda read: None
    ) -> None:
        self._body = io.BytesIO(body)
        self._error = error
        self._before = before

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what io.RawIOBase calls it with
        self._before(self._body.tell())
        piece = self._body.read(min(len(buffer), 8_192))
        if not piece and self._error:
            raise self._error
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("error", [None, TimeoutError(), ConnectionResetError()])
def test_an_upload_that_breaks_off_keeps_and_acknowledges_the_text(
    site: SourceSite, visitor: Visitor, error: Exception | None
) -> None:
    fields = {**visitor.get("/en/write").fields("write-form"), "text": TEXT}
    whole = multipart(fields, [("a.txt", b"a"), ("film.mp4", b"f" * 1_000_000)])
    visitor.raw("/en/write", Upload(whole[:500_000], error))
    page = visitor.get("/en/received")
    assert listed(page) == [f"Your text ✓ received, {len(TEXT)} characters", "a.txt ✓ received, 1 byte"]
    (broken,) = listed(page, "missing-list")
    assert broken.startswith("film.mp4 ✗ not received. The connection broke off.")
    assert "You do not have to write your text again." in page.body.decode()
    assert len(site.mailroom.sets) == 2
    assert site.sent(0)[1] == TEXT
    assert (site.mailroom.open_sets, list(site.folder.iterdir())) == (0, [])


def test_the_text_is_on_disk_before_a_file_is_read(site: SourceSite, visitor: Visitor) -> None:
    fields = {**visitor.get("/en/write").fields("write-form"), "text": TEXT}
    begin = multipart(fields).removesuffix(f"--{BOUNDARY}--\r\n".encode()) + file_head("film.mp4")
    seen = []

    def look(read: int) -> None:
        if read > len(begin) + 65_536:
            seen.append((len(site.mailroom.sets), site.mailroom.sets[0].text))

    whole = multipart(fields, [("film.mp4", b"f" * 1_000_000)])
    assert visitor.raw("/en/write", Upload(whole, None, look), length=len(whole)).status == 303
    assert set(seen) == {(1, True)}


def test_a_form_that_breaks_off_before_its_end(site: SourceSite, visitor: Visitor) -> None:
    fields = {**visitor.get("/en/write").fields("write-form"), "text": TEXT}
    page = visitor.raw("/en/write", multipart(fields)[:-20])
    assert "did not arrive whole" in kept(page)
    assert not site.mailroom.sets


MALFORMED = {
    "no multipart": (b"text=hello", "application/x-www-form-urlencoded"),
    "no boundary": (b"x", "multipart/form-data"),
    "boundary too long": (b"x", f"multipart/form-data; boundary={'b' * 300}"),
    "no kind": (b"x", "?"),
    "no name": (f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--{BOUNDARY}--".encode(), ""),
    "no disposition": (f"--{BOUNDARY}\r\nX: y\r\n\r\nx\r\n--{BOUNDARY}--".encode(), ""),
    "not UTF-8": (f"--{BOUNDARY}\r\nContent-Disposition: ".encode() + b"\xff\xfe\r\n\r\nx", ""),
    "head without an end": (f"--{BOUNDARY}\r\n".encode() + b"X: " + b"y" * 2_000_000, ""),
    "too many parts": (multipart({f"f{n}": "" for n in range(500)}), ""),
    "another boundary": (b"--other\r\n" * 100_000, ""),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_form(site: SourceSite, visitor: Visitor, what: str) -> None:
    body, kind = MALFORMED[what]
    page = visitor.raw("/en/write", body, kind)
    assert "did not arrive whole" in kept(page, "")
    assert len(page.body) == PageSize.FORM
    assert not site.mailroom.sets


def test_text_before_a_malformed_part_is_kept(visitor: Visitor) -> None:
    fields = {**visitor.get("/en/write").fields("write-form"), "text": TEXT}
    body = multipart(fields).replace(f"--{BOUNDARY}--".encode(), f"--{BOUNDARY}\r\nX: y\r\n\r\n".encode())
    assert "did not arrive whole" in kept(visitor.raw("/en/write", body))


def test_a_huge_field_is_bounded_and_does_no_harm(site: SourceSite, visitor: Visitor) -> None:
    assert visitor.report(TEXT, need="n" * 3_000_000, danger="now").status == 303
    assert dict(site.sent()[0].intake) == {"danger": "now"}


def test_answers_that_are_none_of_ours_are_not_sent_on(site: SourceSite, visitor: Visitor) -> None:
    visitor.report(TEXT, need="", danger="<script>", reading="sometimes", nationality="x")
    assert dict(site.sent()[0].intake) == {"reading": "sometimes"}


def test_too_many_files(site: SourceSite, visitor: Visitor) -> None:
    files = [(f"{number}.txt", b"x") for number in range(FILES_PER_REPORT + 2)]
    page = visitor.follow(visitor.report(TEXT, files))
    assert len(listed(page)) == 1 + FILES_PER_REPORT
    assert listed(page, "missing-list") == [
        f"{number}.txt ✗ not received. You can send 8 files at a time. Send this one next."
        for number in (8, 9)
    ]
    assert len(site.mailroom.sets) == 1 + FILES_PER_REPORT


def test_a_hundred_files_with_long_names_still_fit_the_page(visitor: Visitor) -> None:
    files = [(f"{number}-{'&' * 250}.txt", b"x") for number in range(100)]
    page = visitor.follow(visitor.report(TEXT, files))
    assert len(page.body) == PageSize.FORM


def test_store_full_then_free_again(site: SourceSite, visitor: Visitor) -> None:
    site.mailroom.slots = 0
    page = visitor.report(TEXT, [("photo.jpg", b"p")], need="safety")
    said = kept(page)
    assert "Our storage is full." in said
    assert "Please try again tomorrow." in said
    assert page.has("choose-again")
    assert page.fields("write-form")["need"] == "safety"
    site.mailroom.slots = 100
    assert visitor.report(page=page).status == 303
    assert site.sent()[1] == TEXT


def test_no_room_for_files_is_said_beforehand_and_afterwards(site: SourceSite, visitor: Visitor) -> None:
    before = visitor.get("/en/write")
    site.mailroom.slots = site.mailroom.site.text_only_slots
    page = visitor.get("/en/write")
    assert not page.has("files")
    assert "There is no room for files" in page.text("no-file-room")
    after = visitor.follow(visitor.report(TEXT, [("photo.jpg", b"p")], page=before))
    assert len(listed(after)) == 1
    assert "There is no room for files now." in listed(after, "missing-list")[0]


def test_limits_and_time_are_told_beforehand(visitor: Visitor) -> None:
    assert visitor.get("/en/write").text("files-hint") == (
        "At most 8 files, each up to 2 MB. Tor is slow: a photo takes some seconds, "
        "the largest file can take 1 minute."
    )


@pytest.mark.parametrize("reason", ["no-release", "expired", "store-full"])
def test_a_store_that_takes_nothing_in(site: SourceSite, visitor: Visitor, reason: str) -> None:
    site.mailroom.reason = reason
    said = kept(visitor.report(TEXT))
    assert ("storage is full" if reason == "store-full" else "cannot take in messages") in said
    assert "Your text was not sent." in said


def test_mailroom_down(site: SourceSite, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise MailroomDown("nobody answers")

    page = visitor.get("/en/write")
    monkeypatch.setattr(site.mailroom, "status", down)
    said = kept(visitor.report(TEXT, page=page))
    assert "A part of our site does not work at the moment." in said
    assert "Wait ten minutes" in said


def test_gpg_missing(key: CounsellorKey) -> None:
    with source_site(key, gnupg_program="/nonexistent/gpg") as site:
        visitor = site.visitor()
        visitor.enter(site.draw())
        assert "cannot take in messages" in kept(visitor.report(TEXT))
        assert (site.mailroom.taken, site.mailroom.open_sets) == (0, 0)


def test_openpgp_key_expired(site: SourceSite, visitor: Visitor) -> None:
    site.mailroom.release(2, site.mailroom.epoch.day + SHORT_KEY_DAYS + 10)
    assert "cannot take in messages" in kept(visitor.report(TEXT))


def test_a_file_fails_after_the_text_arrived(
    site: SourceSite, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise GpgFailed("killed")

    monkeypatch.setattr(site.site.submitter, "open_file", fail)
    page = visitor.follow(visitor.report(TEXT, [("photo.jpg", b"p" * 100_000)]))
    assert listed(page, "missing-list") == [
        "photo.jpg ✗ not received. Something went wrong on our side. Wait ten minutes and send it again."
    ]


def test_a_fault_of_ours_gives_the_text_back_without_a_traceback(
    site: SourceSite, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError(TEXT)

    monkeypatch.setattr(site.site.submitter, "send_text", fault)
    page = visitor.report(TEXT)
    assert "Something went wrong on our side." in kept(page)
    assert "Traceback" not in page.body.decode()
    out, err = capsys.readouterr()
    assert re.fullmatch(r"fault: RuntimeError at [\w.]+:\d+\n", err)
    assert out == ""


def test_a_fault_of_ours_in_a_file_keeps_the_text_sent(
    site: SourceSite, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(site.site.submitter, "open_file", fault)
    page = visitor.follow(visitor.report(TEXT, [("photo.jpg", b"p")]))
    assert page.h1 == "We received a part of it"
    assert not page.all("meta", **{"http-equiv": "refresh"})


def test_a_session_gone_gives_the_text_back_and_asks_for_the_codename(site: SourceSite) -> None:
    visitor, codename = site.visitor(), site.draw()
    visitor.enter(codename)
    before = visitor.get("/en/write")
    site.clock.sleep(1_801)
    page = visitor.report(TEXT, [("photo.jpg", b"p")], page=before, need="unsure")
    assert "Your session has ended" in kept(page)
    assert page.has("choose-again")
    assert page.fields("write-form")["need"] == "unsure"
    wrong = visitor.report(page=page, codename="xqzvwy " + codename)
    assert "We do not know the word “xqzvwy”." in kept(wrong)
    assert wrong.fields("write-form")["codename"] == "xqzvwy " + codename
    assert not site.mailroom.sets
    sent = visitor.follow(visitor.report(files=[("photo.jpg", b"p")], page=wrong, codename=codename.upper()))
    assert len(listed(sent)) == 2
    header, body = site.sent(0)
    assert (body, header.thread, header.intake["need"]) == (TEXT, site.keys(codename).thread, "unsure")


def test_without_a_session_the_form_asks_to_come_back(site: SourceSite) -> None:
    for path in ("/en/write", "/en/received", "/en/mailbox"):
        page = site.visitor().get(path)
        assert page.has("return-form")
        assert page.has("session-ended")


@pytest.mark.parametrize("token", ["", "x", "A" * 379])
def test_a_form_token_missing_or_forged(site: SourceSite, visitor: Visitor, token: str) -> None:
    page = visitor.report(TEXT, token=token)
    assert "press “Send” again" in kept(page)
    assert not site.mailroom.sets
    assert visitor.report(page=page).status == 303


def test_a_token_of_another_form_or_too_old(site: SourceSite, visitor: Visitor) -> None:
    other = visitor.get("/en/return").fields("return-form")["token"]
    assert "open for too long" in kept(visitor.report(TEXT, token=other))
    page = visitor.get("/en/write")
    site.clock.sleep(43_201)
    assert "open for too long" in kept(visitor.report(TEXT, page=page))
    assert not site.mailroom.sets


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://other.onion"}])
def test_a_form_that_another_site_sends(site: SourceSite, visitor: Visitor, headers: dict[str, str]) -> None:
    fields = {**visitor.get("/en/write").fields("write-form"), "text": TEXT}
    answer = visitor.client.post(
        "/en/write", data=fields, headers=headers, content_type="multipart/form-data"
    )
    assert "press “Send” again" in kept(Page(answer))
    assert not site.mailroom.sets


def test_a_form_sent_twice_is_taken_once_and_nothing_is_lost(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.get("/en/write")
    assert visitor.report(TEXT, page=page).status == 303
    again = visitor.report(TEXT + " More.", page=page)
    assert "You sent this form before, and that message arrived." in kept(again, TEXT + " More.")
    assert len(site.mailroom.sets) == 1
    assert visitor.report(page=again).status == 303
    assert site.sent()[1] == TEXT + " More."


def test_too_many_texts_in_a_short_time(site: SourceSite, visitor: Visitor) -> None:
    for _ in range(CIRCUIT_RATES[Work.TEXT].burst):
        site.site.permits.take(Work.TEXT, visitor.circuit)
    assert "There are many visitors at the moment." in kept(visitor.report(TEXT))
    site.clock.sleep(60)
    assert visitor.report(TEXT).status == 303


def test_a_second_upload_of_a_circuit_leaves_the_text(site: SourceSite, visitor: Visitor) -> None:
    with site.site.permits.upload(visitor.circuit):
        page = visitor.follow(visitor.report(TEXT, [("a.txt", b"a"), ("b.txt", b"b")]))
    assert len(listed(page)) == 1
    assert [line.endswith("Wait a minute and send it again.") for line in listed(page, "missing-list")] == [
        True
    ] * 2


def test_a_codename_in_the_form_waits_for_its_permit(site: SourceSite) -> None:
    visitor = site.visitor()
    fields = {"token": site.site.tokens.seal("write", "x"), "text": TEXT, "codename": site.draw()}
    with site.site.permits.derivation(visitor.circuit, new=False):
        page = visitor.raw("/en/write", multipart(fields))
    assert "There are many visitors" in kept(page)
    assert page.fields("write-form")["codename"] == fields["codename"]


def test_another_language_keeps_the_text_and_sends_nothing(site: SourceSite, visitor: Visitor) -> None:
    page = visitor.get("/en/write")
    (button,) = page.all("button", name="again")
    assert (button.attributes["form"], button.attributes["formaction"]) == ("write-form", filled("/nl/write"))
    fields = {"again": "1", **page.fields("write-form"), "text": TEXT, "need": "refer"}
    dutch = visitor.raw("/nl/write", multipart(fields, [("photo.jpg", b"p")]))
    assert dutch.all("html")[0].attributes["lang"] == "nl"
    assert not dutch.has("error-summary")
    assert dutch.has("choose-again")
    assert (dutch.fields("write-form")["text"], dutch.fields("write-form")["need"]) == (TEXT, "refer")
    assert not site.mailroom.sets


def test_read_replies_are_told_with_the_next_text_once(site: SourceSite) -> None:
    visitor, codename = site.visitor(), site.draw()
    reply_id = site.reply(codename, "An answer")
    visitor.enter(codename)
    visitor.report(TEXT)
    visitor.report(TEXT)
    assert [site.sent(n)[0].read for n in (0, 1)] == [(reply_id,), ()]


def test_the_received_page_refreshes_while_files_come_in(site: SourceSite, visitor: Visitor) -> None:
    fields = {**visitor.get("/en/write").fields("write-form"), "text": TEXT}
    whole = multipart(fields, [("film.mp4", b"f" * 1_000_000)])
    pages: list[Page] = []

    def look(read: int) -> None:
        if read > 600_000 and not pages:
            pages.append(visitor.get("/en/received"))

    visitor.raw("/en/write", Upload(whole, None, look), length=len(whole))
    (page,) = pages
    assert page.h1 == "Your files are coming in"
    assert page.all("meta", **{"http-equiv": "refresh", "content": "10"})
    assert re.fullmatch(r"film.mp4on its way: \d+ kB so far", listed(page)[1])
    assert len(page.body) == PageSize.FORM


def test_nothing_sent_yet(visitor: Visitor) -> None:
    assert visitor.get("/en/received").h1 == "Nothing has arrived yet"


def test_the_answer_leaves_on_the_deadline_after_the_last_byte(site: SourceSite, visitor: Visitor) -> None:
    fields = {**visitor.get("/en/write").fields("write-form"), "text": TEXT}
    whole = multipart(fields, [("film.mp4", b"f" * 500_000)])
    begun = site.clock.now
    visitor.raw("/en/write", Upload(whole, None, lambda read: site.clock.sleep(1)), length=len(whole))
    reads = site.clock.now - begun - 1.0
    assert reads == int(reads) > 10
