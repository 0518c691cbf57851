"""The form reader: every form comes out as it went in, however it is cut, and nothing else is kept."""

import contextlib
import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_interface.multipart import (
    FIELD_MAX,
    PIECE,
    TEXT_FIELD_MAX,
    BrokenOff,
    FilePart,
    FormReader,
    Malformed,
    TextPart,
    drain,
)
from tests.support.source_site import BOUNDARY, multipart

KIND = f"multipart/form-data; boundary={BOUNDARY}"
MIB = 1_048_576


class Cut(io.BytesIO):
    """Gives at most so many bytes at a time."""

    def __init__(self, body: bytes, most: int) -> None:
        super().__init__(body)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, self._most))


def read(body: bytes, cut: int = PIECE, most: int = 100 * MIB) -> list[tuple[str, object]]:
    parts: list[tuple[str, object]] = []
    for part in FormReader(Cut(body, cut), KIND, most).parts():
        if isinstance(part, TextPart):
            parts.append((part.name, part.value))
        else:
            parts.append((part.file_name, b"".join(part.pieces())))
    return parts


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=200)
NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)
CONTENTS = st.binary(max_size=400) | st.lists(
    st.sampled_from([b"\r\n", b"--", BOUNDARY.encode(), b"\r", b"\n", b"x"]), max_size=12
).map(b"".join).filter(
    lambda content: b"\n--" + BOUNDARY.encode() not in b"\n" + content.replace(b"\r", b"\n")
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(NAMES, TEXTS, max_size=4),
    st.lists(st.tuples(NAMES, CONTENTS), max_size=3),
    st.integers(1, 90),
)
def test_a_form_comes_out_as_it_went_in(
    fields: dict[str, str], files: list[tuple[str, bytes]], cut: int
) -> None:
    fields = {name: value for name, value in fields.items() if BOUNDARY not in value}
    expected: list[tuple[str, object]] = [
        (name, value.replace("\n", "\r\n")) for name, value in fields.items()
    ]
    assert read(multipart(fields, files), cut) == [*expected, *files]


@pytest.mark.parametrize("place", range(60))
def test_a_piece_that_ends_inside_the_last_boundary_adds_nothing_to_the_file(place: int) -> None:
    """Two pieces, the first ending at each byte around the end: the stock decoder adds a carriage return."""
    whole = multipart({}, [("a.txt", b"content")])
    pieces = [whole[: len(whole) - place], whole[len(whole) - place :]]

    class Pieces:
        def read(self, size: int, /) -> bytes:
            piece = pieces.pop(0) if pieces else b""
            if len(piece) > size:
                pieces.insert(0, piece[size:])
            return piece[:size]

    contents = [
        b"".join(part.pieces())
        for part in FormReader(Pieces(), KIND, MIB).parts()
        if isinstance(part, FilePart)
    ]
    assert contents == [b"content"]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(1, 50))
def test_whatever_comes_ends_in_one_of_two_errors_or_in_parts(noise: bytes, place: int, cut: int) -> None:
    whole = multipart({"token": "t", "text": "hello"}, [("a.txt", b"content")])
    with contextlib.suppress(Malformed, BrokenOff):
        read(whole[:place] + noise + whole[place:], cut)


@pytest.mark.parametrize("size", [0, 1, 10, 60, 100, 200])
def test_an_early_end(size: int) -> None:
    whole = multipart({"text": "hello"}, [("a.txt", b"content")])
    with pytest.raises(BrokenOff):
        read(whole[:size] if size < 200 else whole[:-5])


def test_a_field_is_bounded_and_says_so() -> None:
    parts = list(
        FormReader(io.BytesIO(multipart({"need": "é" * FIELD_MAX, "text": "é" * 10})), KIND, MIB).parts()
    )
    assert parts == [TextPart("need", "é" * (FIELD_MAX // 2), True), TextPart("text", "é" * 10, False)]
    (text,) = FormReader(io.BytesIO(multipart({"text": "a" + "é" * TEXT_FIELD_MAX})), KIND, 9 * MIB).parts()
    assert isinstance(text, TextPart)
    assert (text.value[-2:], text.cut) == ("é\ufffd", True)


def test_bytes_that_are_no_text_show_as_such() -> None:
    body = multipart({"text": "XX"}).replace(b"XX", b"a\xff\xfeb")
    assert read(body) == [("text", "a\ufffd\ufffdb")]


def test_a_file_that_nobody_reads_is_passed_over() -> None:
    body = multipart({"a": "1"}, [("big", b"x" * 200_000), ("small", b"y")])
    names = [
        part.file_name
        for part in FormReader(io.BytesIO(body), KIND, MIB).parts()
        if isinstance(part, FilePart)
    ]
    assert names == ["big", "small"]


def test_the_whole_body_is_bounded() -> None:
    with pytest.raises(BrokenOff):
        read(multipart({}, [("big", b"x" * 200_000)]), most=100_000)


def test_a_large_file_is_never_held() -> None:
    class Endless:
        """A head, 64 MiB of content, an end."""

        left = 64 * MIB
        head = multipart({}, [("film", b"@")]).partition(b"@")[0]
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()

        def read(self, size: int, /) -> bytes:
            if self.head:
                piece, self.head = self.head[:size], self.head[size:]
            elif self.left:
                piece = b"x" * min(size, self.left)
                self.left -= len(piece)
            else:
                piece, self.tail = self.tail[:size], self.tail[size:]
            return piece

    tracemalloc.start()
    sizes = []
    for part in FormReader(Endless(), KIND, 100 * MIB).parts():
        assert isinstance(part, FilePart)
        sizes = [len(piece) for piece in part.pieces()]
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (sum(sizes), max(sizes) <= 2 * PIECE) == (64 * MIB, True)
    assert held < MIB


def test_draining_stops_at_its_bound_and_at_the_end() -> None:
    source = io.BytesIO(b"x" * 1_000)
    drain(source, 600)
    assert source.tell() == 600
    drain(source, 10_000)
    assert source.tell() == 1_000

    class Gone:
        def read(self, size: int, /) -> bytes:
            raise ConnectionResetError

    drain(Gone(), 10)
