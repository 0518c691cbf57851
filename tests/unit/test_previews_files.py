"""Files of every kind to pictures by the real converters in the real sandbox; hostile ones are refused."""

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import hostile_files as made
from tests.support.sandbox_probe import left_running
from workstation.previews.frames import Picture, Total, png_of, records
from workstation.previews.kinds import HEAD, Found, Kind, recognise, says_otherwise
from workstation.previews.limits import MIB, Limits, Refusal, Refused
from workstation.previews.render import pictures
from workstation.previews.sandbox import Sandbox
from workstation.previews.stripped import strip_into
from workstation.previews.walls import Isolation
from workstation.vault import Vault

# Two tests that look for what LibreOffice left behind must not run at once.
pytestmark = pytest.mark.xdist_group("previews")
# A machine that is busy with other tests starts LibreOffice in ten seconds instead of two.
LIMITS = Limits(seconds=40, pages=3, side=400, stills=2)
GRACE_S = 8.0


def chunks(data: bytes) -> Iterable[bytes]:
    for start in range(0, len(data), 65_536):
        yield data[start : start + 65_536]


def shown(data: bytes, limits: Limits = LIMITS) -> tuple[int, list[Picture]]:
    """How many pages the document says it has, and its pictures."""
    found = recognise(data[:HEAD])
    assert isinstance(found, Found), found
    total, seen = 0, []
    for record in pictures(Sandbox(limits), found, chunks(data)):
        if isinstance(record, Total):
            total = record.pages
        else:
            seen.append(record)
    return total, seen


def refused(data: bytes, limits: Limits = LIMITS) -> Refusal:
    with pytest.raises(Refused) as told:
        shown(data, limits)
    return told.value.refusal


def pixels(picture: Picture) -> bytes:
    """The samples of a PNG that was encoded here, checked chunk by chunk, without its filter bytes."""
    data, at, packed = picture.png, 8, b""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    kinds = []
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == int.from_bytes(data[at + 8 + length : at + 12 + length], "big")
        kinds.append(kind)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    rows = zlib.decompress(packed)
    step = picture.width * 3 + 1
    return b"".join(rows[n * step + 1 : (n + 1) * step] for n in range(picture.height))


def test_a_pdf_page_by_page() -> None:
    total, seen = shown(made.pdf(2))
    assert total == 2
    assert [(one.width, one.height) for one in seen] == [(400, 400)] * 2
    colours = pixels(seen[0])
    assert {b"\xff\xff\xff", b"\xff\0\0"} == {colours[n : n + 3] for n in range(0, len(colours), 3 * 97)}


@pytest.mark.parametrize("action", [made.SCRIPT, made.LAUNCH], ids=["script", "launch"])
def test_a_pdf_that_acts_is_only_looked_at(action: bytes) -> None:
    assert len(shown(made.pdf(1, action=action))[1]) == 1


def test_a_pdf_of_a_million_pages_shows_its_first() -> None:
    total, seen = shown(made.pdf(1_000_000))
    assert (total, len(seen)) == (1_000_000, 3)


def test_images(tmp_path: Path) -> None:
    ((picture,), (small,)) = (shown(data)[1] for data in (made.png(3_000, 30), made.png(5, 5)))
    assert (picture.width, picture.height) == (400, 4)
    assert (small.width, small.height) == (5, 5)
    assert pixels(small) == b"\x20\x80\xe0" * 25
    (photo,) = shown(made.media(tmp_path, *made.JPEG))[1]
    assert (photo.width, photo.height) == (320, 180)
    (telephone,) = shown(made.heic(tmp_path, made.png(60, 90)))[1]
    assert (telephone.width, telephone.height) == (60, 90)
    (drawn,) = shown(made.SVG)[1]
    assert b"\xff\0\0" in pixels(drawn)


def test_office_documents() -> None:
    total, seen = shown(made.docx(b"Hello."))
    assert (total, len(seen)) == (1, 1)
    assert len(set(pixels(seen[0]))) > 1
    rtf = b"{\\rtf1\\ansi Hello from another time.\\par}"
    assert len(shown(rtf)[1]) == 1


def test_sound_and_film(tmp_path: Path) -> None:
    assert [one.width for one in shown(made.media(tmp_path, *made.MATROSKA))[1]] == [200, 200, 400]
    assert [one.width for one in shown(made.media(tmp_path, *made.MP4))[1]] == [200, 200, 400]
    (wave,) = shown(made.media(tmp_path, *made.WAVE))[1]
    assert (wave.width, wave.height) == (400, 240)


HOSTILE: dict[str, tuple[Callable[[], bytes], Refusal]] = {
    "an image of 60,000 by 60,000": (lambda: made.png(60_000, 60_000, rows=300), Refusal.TOO_LARGE),
    "a PNG with nothing in it": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), Refusal.UNREADABLE),
    "an entity of another file": (lambda: made.SVG_EXTERNAL, Refusal.UNREADABLE),
    "an entity that grows": (lambda: made.SVG_LAUGHS, Refusal.UNREADABLE),
    "a film cut off at its beginning": (lambda: b"\x1a\x45\xdf\xa3" + bytes(99), Refusal.UNREADABLE),
    "a PDF that lies about its pages": (
        lambda: made.pdf(1).replace(b"/Count 1/", b"/Count 1000000/"),
        Refusal.UNREADABLE,
    ),
    "a document that is none": (
        lambda: made.docx(b"").replace(b"document.xml", b"document.xmm"),
        Refusal.UNREADABLE,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_by_name(name: str) -> None:
    make, refusal = HOSTILE[name]
    assert refused(make()) is refusal


def test_a_film_cut_off_shows_what_is_there(tmp_path: Path) -> None:
    film = made.media(tmp_path, *made.MATROSKA)
    assert len(shown(film[: len(film) * 3 // 4])[1]) >= 1
    # This container has its table at the end.
    assert refused(made.media(tmp_path, *made.MP4)[:-2_000]) is Refusal.UNREADABLE


def test_a_document_that_unfolds_to_two_gigabytes() -> None:
    bomb = made.docx_bomb(2 * 1_024 * MIB)
    assert len(bomb) < 20 * MIB
    began = time.monotonic()
    assert refused(bomb, replace(LIMITS, memory=512 * MIB, tmp_bytes=64 * MIB)) in {
        Refusal.UNREADABLE,
        Refusal.TOO_MUCH_MEMORY,
        Refusal.TOO_LONG,
    }
    assert time.monotonic() - began < LIMITS.seconds + GRACE_S
    assert left_running("/tmp/document.docx") == []


def test_a_deadline_holds_for_a_real_converter() -> None:
    began = time.monotonic()
    assert refused(made.docx(b"Hello."), replace(LIMITS, seconds=0.3)) is Refusal.TOO_LONG
    assert time.monotonic() - began < GRACE_S
    assert left_running("/tmp/document.docx") == []


def test_a_missing_converter_is_named() -> None:
    programs = ("python3", "python3.11", "prlimit", "sh", "dash")
    shown_usually = [path for path in Isolation().shown if path != "/usr/bin"]
    bare = Isolation(shown=(*shown_usually, *(f"/usr/bin/{name}" for name in programs)))
    for data in (made.docx(b"Hello."), made.pdf(1), made.png(9, 9)):
        found = recognise(data[:HEAD])
        assert isinstance(found, Found)
        with pytest.raises(Refused) as told:
            list(pictures(Sandbox(LIMITS, bare), found, chunks(data)))
        assert told.value.refusal is Refusal.NO_PROGRAM


def test_a_file_over_the_limit_is_never_handed_in() -> None:
    assert refused(made.png(9, 9), replace(LIMITS, input_bytes=50)) is Refusal.TOO_LARGE


def test_pictures_beyond_what_is_kept_are_left_out() -> None:
    size = len(shown(made.pdf(1))[1][0].png)
    assert len(shown(made.pdf(3), replace(LIMITS, kept_bytes=size * 2))[1]) == 2


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", Refusal.EMPTY),
        (b"MZ\x90\0\3\0\0\0", Refusal.PROGRAM),
        (b"\x7fELF\x02\x01\x01\0", Refusal.PROGRAM),
        (made.zip_bomb(2 * MIB)[:HEAD], Refusal.ARCHIVE),
        (b"Rar!\x1a\x07\x01\0", Refusal.ARCHIVE),
        (b"\x00\x01\x02\x03garbage", Refusal.UNKNOWN_KIND),
        (b"\x89PMG\r\n\x1a\n" + bytes(20), Refusal.UNKNOWN_KIND),
        ("Мне страшно.\n".encode(), Kind.TEXT),
        ("Help".encode("utf-16"), Kind.TEXT),
        (b"<html><body><svg></svg>" * 3, Kind.IMAGE),
        (b"\0\0\0\x18ftypheic\0\0\0\0", Kind.IMAGE),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", Kind.AUDIO),
        (b"ID3\x04\0\0", Kind.AUDIO),
    ],
)
def test_the_content_says_what_it_is(head: bytes, expected: Kind | Refusal) -> None:
    found = recognise(head)
    assert (found.kind if isinstance(found, Found) else found) is expected


def test_a_bomb_of_two_gigabytes_is_not_opened_at_all() -> None:
    bomb = made.zip_bomb(2 * 1_024 * MIB)
    assert len(bomb) < 16 * MIB
    assert recognise(bomb[:HEAD]) is Refusal.ARCHIVE


def test_names_that_promise_something_else() -> None:
    assert says_otherwise("holiday.png", Kind.PDF)
    assert not says_otherwise("holiday.PNG", Kind.IMAGE)
    assert not says_otherwise("note", Kind.TEXT)
    assert not says_otherwise("voice.mp4", Kind.AUDIO)


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"E"[:0] + b"X",
        b"P" + struct.pack(">II", 401, 1),
        b"P" + struct.pack(">II", 0, 1),
        b"P" + struct.pack(">II", 2, 2) + bytes(11),
        b"N\0\0",
        b"D" + struct.pack(">I", 1 << 20),
        b"R" + b"<script>".ljust(16, b"\0"),
        b"R" + b"no-sandbox".ljust(16, b"\0"),
    ],
)
def test_what_comes_out_of_the_sandbox_is_not_trusted(stream: bytes) -> None:
    with pytest.raises(Refused) as told:
        list(records(iter([stream]), LIMITS))
    assert told.value.refusal is Refusal.UNREADABLE


def test_a_picture_arrives_in_whatever_pieces() -> None:
    stream = b"N\0\0\0\7P" + struct.pack(">II", 2, 1) + b"abcdef" + b"E"
    total, picture = records((stream[n : n + 1] for n in range(len(stream))), LIMITS)
    assert total == Total(7)
    assert isinstance(picture, Picture)
    assert pixels(picture) == b"abcdef"
    assert picture.png == png_of(2, 1, iter([b"abcdef"]))


class Kept:
    """Where a copy goes."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


def unpacked(data: bytes) -> bytes:
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_a_copy_for_a_referral_does_not_say_who_made_it(tmp_path: Path) -> None:
    photo = made.png(9, 9)
    photo = photo[:-12] + made.png_chunk(b"tEXt", b"Author\0Jane Doe") + photo[-12:]
    wave = made.media(tmp_path, "-map", "1", "-metadata", "artist=Jane Doe", "-f", "wav")
    for data in (made.docx(b"The content stays."), photo, wave):
        assert b"Jane Doe" in unpacked(data)
        kept = Kept()
        assert strip_into(kept, Sandbox(LIMITS), chunks(data)) == len(kept.data)
        assert b"Jane Doe" not in unpacked(kept.data)
        first, again = recognise(data[:HEAD]), recognise(kept.data[:HEAD])
        assert isinstance(first, Found)
        assert isinstance(again, Found)
        assert first.kind is again.kind


def test_the_copy_is_sealed_in_the_vault_as_another_file(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    writer = vault.create()
    photo = made.png(9, 9)
    size = strip_into(
        writer, Sandbox(LIMITS), chunks(photo[:-12] + made.png_chunk(b"tEXt", b"A\0B") + photo[-12:])
    )
    key = writer.finish()
    copy = b"".join(vault.read(key))
    assert len(copy) == size
    assert len(shown(copy)[1]) == 1
    assert copy[:64] not in (tmp_path / key.name).read_bytes()


@pytest.mark.parametrize(
    ("data", "refusal"),
    [(b"text", Refusal.UNKNOWN_KIND), (b"MZ\x90", Refusal.PROGRAM), (b"%PDF-broken", Refusal.UNREADABLE)],
)
def test_no_copy_of_what_cannot_be_cleaned(data: bytes, refusal: Refusal) -> None:
    kept = Kept()
    with pytest.raises(Refused) as told:
        strip_into(kept, Sandbox(LIMITS), [data])
    assert told.value.refusal is refusal
    assert kept.data == b""
