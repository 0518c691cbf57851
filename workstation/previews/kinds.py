"""What a file is: by its first bytes, never by its name; and whether the name says something else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from workstation.previews.limits import Refusal

HEAD = 65_536
"""Bytes from the beginning of a file that decide."""


class Kind(StrEnum):
    """What the interface calls it."""

    TEXT = "text"
    PDF = "pdf"
    IMAGE = "image"
    OFFICE = "office"
    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True)
class Found:
    """A kind, and the word by which the sandbox chooses its converter ("pdf", "png_pipe", "doc" ...)."""

    kind: Kind
    format: str


_STARTS: tuple[tuple[bytes, Found], ...] = (
    (b"%PDF-", Found(Kind.PDF, "pdf")),
    (b"\x89PNG\r\n\x1a\n", Found(Kind.IMAGE, "png_pipe")),
    (b"\xff\xd8\xff", Found(Kind.IMAGE, "jpeg_pipe")),
    (b"GIF87a", Found(Kind.IMAGE, "gif")),
    (b"GIF89a", Found(Kind.IMAGE, "gif")),
    (b"II*\0", Found(Kind.IMAGE, "tiff_pipe")),
    (b"MM\0*", Found(Kind.IMAGE, "tiff_pipe")),
    (b"{\\rtf", Found(Kind.OFFICE, "rtf")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Found(Kind.OFFICE, "doc")),
    (b"\x1a\x45\xdf\xa3", Found(Kind.VIDEO, "matroska")),
    (b"fLaC", Found(Kind.AUDIO, "flac")),
    (b"OggS", Found(Kind.AUDIO, "ogg")),
    (b"#!AMR", Found(Kind.AUDIO, "amr")),
    (b"ID3", Found(Kind.AUDIO, "mp3")),
    (b"FLV\x01", Found(Kind.VIDEO, "flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Found(Kind.VIDEO, "asf")),
    (b"\0\0\x01\xba", Found(Kind.VIDEO, "mpeg")),
)
_RIFF = {
    b"WEBP": Found(Kind.IMAGE, "webp_pipe"),
    b"WAVE": Found(Kind.AUDIO, "wav"),
    b"AVI ": Found(Kind.VIDEO, "avi"),
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc"})
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"F4A "})
_PROGRAMS = (
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
_ARCHIVES = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh"),
    *(b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"MSCF"),
)
_ODF = re.compile(rb"mimetypeapplication/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation|graphics)")
_ODF_FORMATS = {b"text": "odt", b"spreadsheet": "ods", b"presentation": "odp", b"graphics": "odg"}
_OOXML = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))
_SVG = re.compile(rb"<(?:[a-z]+:)?svg[\s>]")
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\b\x1b") | {127}

_BY_NAME: Mapping[str, frozenset[str]] = {
    Kind.PDF: frozenset({"pdf"}),
    Kind.IMAGE: frozenset(
        {"png", "jpg", "jpeg", "jfif", "gif", "bmp", "tif", "tiff", "webp", "svg", "heic", "heif", "avif"}
    ),
    Kind.OFFICE: frozenset(
        {
            "doc",
            "docx",
            "docm",
            "xls",
            "xlsx",
            "xlsm",
            "ppt",
            "pptx",
            "pptm",
            "odt",
            "ods",
            "odp",
            "odg",
            "rtf",
        }
    ),
    Kind.AUDIO: frozenset({"mp3", "wav", "ogg", "oga", "opus", "flac", "m4a", "aac", "amr"}),
    Kind.VIDEO: frozenset({"mp4", "m4v", "mov", "avi", "mkv", "webm", "3gp", "wmv", "flv", "mpg", "mpeg"}),
    Kind.TEXT: frozenset(
        {"txt", "csv", "tsv", "html", "htm", "xml", "json", "md", "log", "eml", "vcf", "ics"}
    ),
}
_CONTAINERS = frozenset({Kind.AUDIO, Kind.VIDEO})


def recognise(head: bytes) -> Found | Refusal:
    """The kind of a file that begins with `head` (up to HEAD bytes), or why it has no preview."""
    if not head:
        return Refusal.EMPTY
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    return _container(head) or _packed(head) or _written(head) or Refusal.UNKNOWN_KIND


def _container(head: bytes) -> Found | None:
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        if head[8:12] in _HEIC_BRANDS:
            return Found(Kind.IMAGE, "heic")
        return Found(Kind.AUDIO if head[8:12] in _AUDIO_BRANDS else Kind.VIDEO, "mp4")
    if head[:2] == b"BM" and head[6:10] == bytes(4) and len(head) > 26:
        return Found(Kind.IMAGE, "bmp_pipe")
    # The synchronisation bits of an MPEG audio frame, whose layer and rate are possible ones.
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 not in {0, 0xF0}:
        return Found(Kind.AUDIO, "mp3")
    return None


def _packed(head: bytes) -> Found | Refusal | None:
    if head.startswith(_PROGRAMS):
        return Refusal.PROGRAM
    if head.startswith(b"PK\x03\x04"):
        # The names in local headers; what the archive really holds only the sandbox finds out.
        if found := _ODF.match(head[30:]):
            return Found(Kind.OFFICE, _ODF_FORMATS[found[1]])
        if b"[Content_Types].xml" in head or b"_rels/.rels" in head:
            return next((Found(Kind.OFFICE, name) for mark, name in _OOXML if mark in head), Refusal.ARCHIVE)
    return Refusal.ARCHIVE if head.startswith(_ARCHIVES) or head[257:262] == b"ustar" else None


def _written(head: bytes) -> Found | None:
    if not head.startswith(_BOMS[:2]) and any(byte in _CONTROLS for byte in head):
        return None
    begin = head[:4_096].lower()
    if _SVG.search(begin) and begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Found(Kind.IMAGE, "svg")
    return Found(Kind.TEXT, "text")


def kind_of_name(name: str) -> Kind | None:
    """The kind that the end of a file's name promises; None when it promises nothing that is known here."""
    suffix = PurePosixPath(name).suffix[1:].lower()
    return next((Kind(kind) for kind, suffixes in _BY_NAME.items() if suffix in suffixes), None)


def says_otherwise(name: str, kind: Kind) -> bool:
    """Whether the name promises another kind; sound and film share their containers, so they never do."""
    promised = kind_of_name(name)
    return promised not in {None, kind} and not {promised, kind} <= _CONTAINERS
