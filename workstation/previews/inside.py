"""Runs inside the sandbox, by Debian's python3 with the standard library alone: a file in, raw pixels out.

It is handed in as text, and imported by nobody. Nobody trusts it either: whoever takes over a converter has
taken over this program too. It writes the records that frames.py describes.

Usage: inside.py FORMAT PAGES SIDE STILLS PIXELS
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

FILE = "/proc/self/fd/0"
TMP = Path("/tmp")  # noqa: S108 - the sandbox's own, in memory
BLOCK = 65_536
OUT = sys.stdout.buffer
MEDIA = ("mp4", "matroska", "wav", "avi", "flac", "ogg", "amr", "mp3", "flv", "asf", "mpeg")
OFFICE = ("doc", "docx", "xlsx", "pptx", "odt", "ods", "odp", "odg", "rtf")
LONGEST_S = 3_600
FILTER_MAX_OFFSET = 0.95


class Failed(Exception):
    """What is told to the outside."""


def send(mark: bytes, *numbers: int, data: bytes = b"") -> None:
    """One record."""
    OUT.write(mark + b"".join(number.to_bytes(4, "big") for number in numbers) + data)


def program(name: str) -> str:
    """The path of a converter."""
    found = shutil.which(name, path="/usr/bin")
    if found is None:
        raise Failed("no-program")
    return found


def run(name: str, *arguments: str, source: str = FILE) -> tuple[int, bytes, bytes]:
    """Exit status, output and complaints of a converter that prints little."""
    with open(source, "rb") as file:
        done = subprocess.run([program(name), *arguments], stdin=file, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


def complaint(errors: bytes) -> str:
    """What a converter's complaints mean."""
    words = errors.lower()
    if b"password" in words or b"encrypted" in words:
        return "password"
    # ffmpeg's words for an image over max_pixels, and for memory that it did not get.
    if b"picture size" in words or b"cannot allocate memory" in words or b"exceeds" in words:
        return "too-large"
    return "unreadable"


def ppm_word(pipe: IO[bytes]) -> bytes:
    """One word of the head of a PPM, with the white space behind it."""
    word = b""
    while len(word) < 12 and (byte := pipe.read(1)).strip():
        word += byte
    return word


def forward(pipe: IO[bytes], most: int) -> int:
    """Sends the PPM pictures (P6, netpbm) that a converter prints, up to `most`; how many there were."""
    sent = 0
    while sent < most and ppm_word(pipe) == b"P6":
        width, height, deepest = (int(ppm_word(pipe)) for _ in range(3))
        if deepest != 255:
            raise Failed("unreadable")
        send(b"P", width, height)
        left = width * height * 3
        while left:
            block = pipe.read(min(left, BLOCK))
            if not block:
                raise Failed("unreadable")
            OUT.write(block)
            left -= len(block)
        OUT.flush()
        sent += 1
    return sent


def pictures(command: list[str], most: int, source: str = FILE) -> tuple[int, bytes]:
    """Runs a converter that prints PPM, and sends its pictures; how many, and its complaints."""
    complaints = TMP / "complaints"
    with open(source, "rb") as file, open(complaints, "wb") as errors:
        process = subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        try:
            sent = forward(process.stdout, most)
        except ValueError as error:
            raise Failed("unreadable") from error
        finally:
            process.kill()
            process.wait()
    return sent, complaints.read_bytes()[:BLOCK]


def scaled(side: int) -> str:
    """ffmpeg's filter that makes a picture fit into a square, and never makes it larger."""
    return f"scale=w='min({side},iw)':h='min({side},ih)':force_original_aspect_ratio=decrease:flags=area"


def ffmpeg(*arguments: str, demuxer: str, most: int = 1, source: str = FILE) -> tuple[int, bytes]:
    """Pictures by ffmpeg, which may open nothing but its input, as the one format that it is."""
    options = [program("ffmpeg"), "-v", "error", "-nostdin", "-threads", "1", "-protocol_whitelist", "file"]
    before = list(arguments[: arguments.index("-")])
    after = list(arguments[arguments.index("-") + 1 :])
    command = [*options, *before, "-f", demuxer, "-i", source, "-an", *after]
    return pictures(
        [*command, "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"], most, source
    )


def image(demuxer: str, side: int, pixels: int, source: str = FILE) -> None:
    """The first picture of an image file."""
    limit = ("-max_pixels", str(pixels), "-")
    sent, errors = ffmpeg(*limit, "-frames:v", "1", "-vf", scaled(side), demuxer=demuxer, source=source)
    if not sent:
        raise Failed(complaint(errors))


def svg(side: int, pixels: int) -> None:
    """A drawing; librsvg loads nothing from outside the file when it has no base."""
    size = ("--width", str(side), "--height", str(side), "--keep-aspect-ratio", "--background-color", "white")
    status, _, errors = run("rsvg-convert", *size, "--format", "png", "--output", str(TMP / "drawn.png"))
    if status:
        raise Failed(complaint(errors))
    image("png_pipe", side, pixels, str(TMP / "drawn.png"))


def heic(side: int, pixels: int) -> None:
    """The pictures of most telephones."""
    status, _, errors = run("heif-convert", "-q", "90", FILE, str(TMP / "photo.jpg"))
    made = sorted(TMP.glob("photo*.jpg"))
    if status or not made:
        raise Failed(complaint(errors))
    image("jpeg_pipe", side, pixels, str(made[0]))


def pdf(pages: int, side: int, source: str = FILE) -> None:
    """The first pages."""
    _, told, errors = run("pdfinfo", source, source=source)
    count = next((line.split()[1] for line in told.splitlines() if line.startswith(b"Pages:")), b"")
    if not count.isdigit() or not int(count):
        raise Failed(complaint(errors))
    send(b"N", min(int(count), 0xFFFFFFFF))
    last = str(min(pages, int(count)))
    command = [program("pdftoppm"), "-q", "-f", "1", "-l", last, "-scale-to", str(side), source]
    sent, errors = pictures(command, pages, source)
    if not sent:
        raise Failed(complaint(errors))


def office(suffix: str, pages: int, side: int) -> None:
    """A document of an office program, by way of a PDF."""
    soffice = program("soffice")
    document = TMP / f"document.{suffix}"
    with open(FILE, "rb") as original, open(document, "wb") as copy:
        shutil.copyfileobj(original, copy)
    settings = ["-env:UserInstallation=file:///tmp/settings", "--headless", "--norestore", "--nolockcheck"]
    command = [soffice, *settings, "--convert-to", "pdf", "--outdir", str(TMP), str(document)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    made = document.with_suffix(".pdf")
    if not made.exists():
        raise Failed(complaint(done.stdout + done.stderr))
    document.unlink()
    pdf(pages, side, str(made))


def probe(demuxer: str) -> tuple[set[str], float]:
    """Which streams there are ("video", "audio"), and for how many seconds (0: it does not say)."""
    shown = ("-show_entries", "stream=codec_type:stream_disposition=attached_pic:format=duration")
    safe = ("-v", "error", "-protocol_whitelist", "file", "-f", demuxer)
    _, told, _ = run("ffprobe", *safe, *shown, "-of", "csv=p=0", "-i", FILE)
    streams, seconds = set(), 0.0
    for line in told.decode("utf-8", "replace").split():
        fields = line.split(",")
        if fields[0] in {"video", "audio"}:
            if fields[1:] != ["1"]:
                streams.add(fields[0])
        elif fields[0].replace(".", "", 1).isdigit():
            seconds = float(fields[0])
    return streams, seconds


def media(demuxer: str, side: int, stills: int, pixels: int) -> None:
    """Stills at even distances, then the waveform of the sound."""
    streams, seconds = probe(demuxer)
    sent, errors = 0, b""
    if "video" in streams:
        for number in range(stills if seconds > 1 else 1):
            at = f"{seconds * FILTER_MAX_OFFSET * number / stills:.2f}"
            options = ("-max_pixels", str(pixels), "-ss", at, "-", "-frames:v", "1", "-vf", scaled(side // 2))
            made, errors = ffmpeg(*options, demuxer=demuxer)
            sent += made
    if "audio" in streams:
        wave = f"[0:a:0]aformat=channel_layouts=mono,showwavespic=s={side}x240:colors=0x0b5a57"
        white = f"color=white:s={side}x240[paper];{wave}[wave];[paper][wave]overlay=shortest=1"
        made, errors = ffmpeg(
            "-t", str(LONGEST_S), "-", "-filter_complex", white, "-frames:v", "1", demuxer=demuxer
        )
        sent += made
    if not sent:
        raise Failed(complaint(errors))


def look(kind: str, pages: int, side: int, stills: int, pixels: int) -> None:
    """Sends the pictures of the file."""
    if kind == "pdf":
        pdf(pages, side)
    elif kind in OFFICE:
        office(kind, pages, side)
    elif kind == "svg":
        svg(side, pixels)
    elif kind == "heic":
        heic(side, pixels)
    elif kind in MEDIA:
        media(kind, side, stills, pixels)
    else:
        image(kind, side, pixels)


def main(kind: str, *numbers: str) -> None:
    """Shows the file on standard input, and says how it ended."""
    os.chdir(TMP)
    try:
        look(kind, *(int(number) for number in numbers))
        send(b"E")
    except Failed as error:
        send(b"R", data=str(error).encode().ljust(16, b"\0"))
    except MemoryError:
        send(b"R", data=b"too-large".ljust(16, b"\0"))
    except OSError:
        send(b"R", data=b"unreadable".ljust(16, b"\0"))
    OUT.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
