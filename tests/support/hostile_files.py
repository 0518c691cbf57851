"""Files as reporters send them, and as an enemy would: made here, byte by byte or with the real programs."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    b'<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    b'wordprocessingml.document.main+xml"/>'
    b'<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.'
    b'core-properties+xml"/></Types>'
)
_RELATIONS = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    b'officeDocument" Target="word/document.xml"/></Relationships>'
)
_DOCUMENT_BEGIN = (
    b'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>"
)
_DOCUMENT_END = b"</w:t></w:r></w:p></w:body></w:document>"


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, rows: int | None = None) -> bytes:
    """A PNG that says it has this size; with `rows` it holds only so many of its rows."""
    packer = zlib.compressobj(9)
    row = b"\0" + b"\x20\x80\xe0" * width
    body = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def pdf(pages: int, *, action: bytes = b"") -> bytes:
    """A PDF without a table of its objects, which readers mend; `action` is done on opening."""
    parts = [
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R" + action + b">>endobj\n",
        b"3 0 obj<</Length 31>>stream\n1 0 0 rg 20 20 100 100 re f    \nendstream endobj\n",
        b"2 0 obj<</Type/Pages/MediaBox[0 0 200 200]/Resources<<>>/Count %d/Kids[" % pages,
        b" ".join(b"%d 0 R" % number for number in range(4, pages + 4)) + b"]>>endobj\n",
    ]
    parts += [
        b"%d 0 obj<</Type/Page/Parent 2 0 R/Contents 3 0 R>>endobj\n" % number
        for number in range(4, pages + 4)
    ]
    return b"".join([*parts, b"trailer<</Root 1 0 R>>\n"])


SCRIPT = b"/OpenAction<</S/JavaScript/JS(this.submitForm\\('http://127.0.0.1/'\\);while\\(true\\){})>>"
LAUNCH = b"/OpenAction<</S/Launch/F(/bin/sh)>>"


def _docx_parts(author: str) -> dict[str, bytes]:
    core = b"<a>" + author.encode() + b"</a>"
    return {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "docProps/core.xml": core}


def docx(text: bytes, author: str = "Jane Doe") -> bytes:
    """A document of a word processor with one paragraph (XML-escaped already)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _docx_parts(author).items():
            archive.writestr(name, content)
        archive.writestr("word/document.xml", _DOCUMENT_BEGIN + text + _DOCUMENT_END)
    return made.getvalue()


def _packed(begin: bytes, block: bytes, times: int, end: bytes) -> tuple[bytes, int, int]:
    """Raw deflate of begin || block * times || end, which packs the block once; its CRC-32 and its length."""
    packer = zlib.compressobj(9, wbits=-15)
    head = packer.compress(begin) + packer.flush(zlib.Z_FULL_FLUSH)
    body = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    tail = packer.compress(end) + packer.flush()
    check = zlib.crc32(begin)
    for _ in range(times):
        check = zlib.crc32(block, check)
    return head + body * times + tail, zlib.crc32(end, check), len(begin) + len(block) * times + len(end)


def _archive(entries: Iterable[tuple[str, tuple[bytes, int, int]]]) -> bytes:
    """A ZIP file (APPNOTE 6.3, 4.3.7 and 4.3.12) of members that are packed already."""
    body, directory, count = b"", b"", 0
    for name, (data, check, size) in entries:
        common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, check, len(data), size, len(name), 0)
        place = struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        directory += b"PK\1\2" + struct.pack("<H", 20) + common + place + name.encode()
        body += b"PK\3\4" + common + name.encode() + data
        count += 1
    return (
        body
        + directory
        + b"PK\5\6"
        + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    )


def docx_bomb(size: int) -> bytes:
    """A document whose text unfolds to `size` bytes (whole MiB)."""
    block = (b"</w:t></w:r></w:p><w:p><w:r><w:t>" + b"A" * 4_063) * 256
    text = _packed(_DOCUMENT_BEGIN, block, size >> 20, _DOCUMENT_END)
    parts = {name: _packed(content, b"", 0, b"") for name, content in _docx_parts("").items()}
    return _archive([*parts.items(), ("word/document.xml", text)])


def zip_bomb(size: int) -> bytes:
    """An archive that unfolds to `size` bytes (whole MiB) of zeros."""
    return _archive([("holiday.jpg", _packed(b"", bytes(1 << 20), size >> 20, b""))])


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"><script>alert(1)</script>'
    b'<image href="http://127.0.0.1/x.png" width="9" height="9"/>'
    b'<rect width="50" height="50" fill="red"/></svg>'
)
SVG_EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///proc/self/environ">]>'
    b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"><text y="20">&x;</text></svg>'
)
SVG_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, (b"&l%d;" % (n - 1)) * 10) for n in range(1, 12))
    + b']><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">&l11;</text></svg>'
)


def media(folder: Path, *arguments: str) -> bytes:
    """What ffmpeg makes of its test sources, by way of a file in `folder`."""
    video = ["-f", "lavfi", "-i", "testsrc=duration=3:size=320x180:rate=5"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=3"]
    made = folder / "made"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *video, *sound, *arguments, str(made)]
    subprocess.run(command, check=True)
    return made.read_bytes()


def heic(folder: Path, image: bytes) -> bytes:
    """An image as telephones keep it."""
    (folder / "image.png").write_bytes(image)
    command = ["heif-enc", str(folder / "image.png"), "-o", str(folder / "image.heic")]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / "image.heic").read_bytes()


MATROSKA = ("-c:v", "mpeg4", "-c:a", "flac", "-f", "matroska")
WAVE = ("-map", "1", "-f", "wav")
MP4 = ("-c:v", "mpeg4", "-c:a", "aac", "-f", "mp4")
JPEG = ("-map", "0", "-frames:v", "1", "-f", "mjpeg", "-c:v", "mjpeg")
