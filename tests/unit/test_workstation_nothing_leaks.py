"""All that leaves one office, byte by byte: nothing of who made it, where, with what, or at what time.

An answer as the source opens it, a sheet as a PDF, a packet as the service opens it, and a sheet on paper.
"""

import io
import os
import platform
import pwd
import re
import socket
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import pytest
from weasyprint import HTML

from sluis.envelope import Kind
from tests.metadata.clock_times import Window
from tests.support import hostile_files
from tests.support.export_builder import new_source
from tests.support.pdf_parts import text_of, unpacked, without_information
from tests.support.people import Seat, code_of
from tests.support.printing import printed
from tests.support.workstation_browser import Counsellor
from tests.unit.test_workstation_referral import MESSAGE, gpg, service_key, with_key
from workstation.casework.consent_terms import Answered, Terms
from workstation.casework.referral_terms import Wanted
from workstation.casework.roles import LONE_SEAT, Role
from workstation.sheets import packet
from workstation.sheets.pdf import make_pdf
from workstation.sheets.sheet import Sheet, html_of, make_sheet

pytestmark = pytest.mark.browser
DESKS = {"ashlar": Role.CUSTODIAN, "quillfin": Role.SUPERVISOR, "zephyrine": Role.COUNSELLOR}
# Unmistakable, so that whatever takes them over is found out.
MACHINE = {"USER": "zwaluwstaart", "LOGNAME": "zwaluwstaart", "LANG": "fy_NL.UTF-8", "EMAIL": "kwikstaart@x"}
LOCALES = ("fy_NL", "fy-NL", "nl_NL", "nl-NL", "en_US", "en-US", "en_GB", "en-GB", "C.UTF-8")
SOFTWARE = (
    *("WeasyPrint", "pydyf", "fontTools", "Python", "Cairo", "cairo", "Pango", "HarfBuzz", "mat2", "Skia"),
    *("GnuPG", "gpg (", "libgcrypt", "Chromium", "HeadlessChrome", "Mozilla", "Sluis", "Debian", "Linux"),
    *("Version:", "Comment:", "BEGIN PGP", "Producer", "Creator", "CreationDate", "ModDate", "Author"),
)
_OCTAL = re.compile(rb"(?<![0-9])[0-7]{11}(?![0-9])")
_PDF_TIME = re.compile(rb"D:(?:19|20)\d{6}")


@dataclass(frozen=True)
class Leaks:
    """What may be in nothing that leaves: `words`, random `ids`, and times of the `window`."""

    words: frozenset[str]
    ids: frozenset[bytes]
    window: Window

    def find(self, data: bytes) -> list[str]:
        """All of it that is there."""
        seconds = range(int(self.window.first), int(self.window.last) + 1)
        found = sorted({*self.words_in(data), *_names_in(data)})
        found += [one for one in self.words if len(one) < _SHORT and one.encode() in data]
        found += [f"time {one.decode()}" for one in _PDF_TIME.findall(data)]
        found += [f"octal {one.decode()}" for one in _OCTAL.findall(data) if int(one, 8) in seconds]
        return [*found, *self.window.texts(data), *self.window.numbers(data)]

    def words_in(self, data: bytes) -> list[str]:
        """Only ids and long words: in packed or sealed bytes chance hits short ones, and seconds."""
        long = (one for one in self.words if len(one) >= _SHORT)
        found = [one for one in long if any(one.encode(code) in data for code in _CODES)]
        found += [one.hex() for one in self.ids if one in data or one.hex().encode() in data]
        return found + _names_in(data, _SHORT)


def _names_in(data: bytes, letters: int = 1) -> list[str]:
    """Names of this machine and its user of so many letters; tiny ones in longer pieces of text only."""
    found = []
    for name in (socket.gethostname(), pwd.getpwuid(os.getuid()).pw_name):
        if len(name) < letters:
            continue
        whole = re.compile(rb"(?<![\w/])" + re.escape(name.encode()) + rb"(?!\w)")
        places = [data] if len(name) > _TINY else _TEXTS.findall(data)
        found += [name for place in places if whole.search(place)]
    return found


_SHORT, _TINY = 5, 3
_TEXTS = re.compile(rb"[ -~]{16,}")
_CODES = ("utf-8", "utf-16-be", "utf-16-le")


@dataclass
class Left:
    """What left one office in which somebody worked: `opened` as far as it opens, `packed` around that."""

    seat: Seat
    began: float
    sheet: Sheet = field(default_factory=lambda: make_sheet("en", "", {}))
    opened: dict[str, bytes] = field(default_factory=dict)
    packed: dict[str, bytes] = field(default_factory=dict)
    ids: set[bytes] = field(default_factory=set)

    def leaks(self) -> Leaks:
        """What to look for, up to this moment."""
        people = self.seat.insiders.values()
        words = {one.desk for one in people} | {*LOCALES, *SOFTWARE, *MACHINE.values()}
        words |= {platform.python_version(), platform.release(), f"WeasyPrint {version('weasyprint')}"}
        words |= {str(self.seat.path), str(Path.home() / ".gnupg")}
        ids = {bytes.fromhex(one.person_id) for one in people} | self.ids
        return Leaks(frozenset(words), frozenset(ids), Window(self.began, time.time()))


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in MACHINE.items():
            patch.setenv(name, value)
        made = Left(Seat(tmp_path_factory.mktemp("office")), time.time())
        try:
            _work(made, tmp_path_factory.mktemp("service") / "home")
            yield made
        finally:
            made.seat.office.close()


def _work(made: Left, service: Path) -> None:
    """A counsellor answers, refers, packs and prints."""
    seat, source = made.seat, new_source()
    for name, role in DESKS.items():
        seat.enter(name, role)
    text = seat.server.report(source, b"They came to my shop.", seat.day, message_id=MESSAGE)
    letter = hostile_files.docx(b"The content stays.", author="Jane Doe")
    file = seat.server.report(
        source, letter, seat.day, kind=Kind.FILE, parent=MESSAGE, sequence=2, file_name="Jane.docx"
    )
    seat.take_in(seat.export(text, file))
    with service_key(service) as (home, public):
        directory = seat.office.directory
        directory.take_in(LONE_SEAT, directory.sign(LONE_SEAT, with_key(public))[1])
        office = seat.sign_in("zephyrine")
        me = office.actor
        (line,) = office.cases.inbox(me).lines
        view = office.cases.view(me, line.case_id)
        (thread,) = view.conversations
        made.ids.add(bytes.fromhex(line.case_id))

        reply_id = office.answers.draft(me, thread.summary.thread_id, "We read what you sent.", "en")
        office.answers.approve(me, reply_id)
        (release,) = office.releases.make(me)
        made.packed["release"] = release.data
        seat.server.take(release.data)
        made.opened["certificate"] = seat.server.release.certificate
        (answer,) = seat.server.mailbox(source)
        made.opened["answer"] = answer.encode()

        fields, sources = frozenset({"summary", "words", "files"}), frozenset({thread.summary.thread_id})
        terms = Terms.of("help", "svc:elm", fields, "named")
        said = Answered(terms, "yes", 30, "en", "May we?", "phone", "", sources)
        office.consent.record(me, line.case_id, said)
        files = [one for placed in view.timeline for one in getattr(placed.entry, "files", ())]
        wanted = Wanted("help", "en", ("summary", "words"), summary="Threats.", messages=(MESSAGE.hex(),))
        desk = office.referral
        seen = desk.prepare(me, line.case_id, "elm", wanted).digest
        sheet_id = desk.make(me, line.case_id, "elm", wanted, seen, "pdf")
        made.sheet = desk.sheet(me, line.case_id, sheet_id)
        made.opened["sheet"] = opened_pdf(make_pdf(made.sheet))

        wanted = replace(wanted, chosen=(*wanted.chosen, "files"), files=(files[0].file_id,))
        seen = desk.prepare(me, line.case_id, "elm", wanted).digest
        sent = desk.packet(me, line.case_id, "elm", wanted, seen, seat.media).path.read_bytes()
        made.packed["packet"] = sent
        made.packed["packet, unwrapped"] = gpg(home, "--unwrap", data=sent)
        _open_packet(made, gpg(home, "--decrypt", data=sent))

    person, insider = Counsellor(seat, now=lambda: seat.now), seat.insiders["zephyrine"]
    seat.now += 31
    person.sign_in("zephyrine", insider.passphrase, code_of(insider.secret, seat.now))
    (paper,) = printed(person, f"/en/case/{line.case_id}/referral/sheet/{sheet_id}")
    person.holder.lock()
    made.packed["file that the browser printed to"] = paper
    made.opened["paper"] = unpacked(without_information(paper)) + text_of(paper).encode()


def _open_packet(made: Left, tarred: bytes) -> None:
    around = tarred
    with tarfile.open(fileobj=io.BytesIO(tarred)) as tar:
        for one in tar.getmembers():
            inside = tar.extractfile(one)
            assert inside is not None
            content = inside.read()
            around = around.replace(content, b"")
            opened = opened_pdf(content) if one.name == packet.SHEET else opened_zip(content)
            made.opened[f"packet: {one.name}"] = opened
    made.opened["packet: tar"] = around


def opened_pdf(data: bytes) -> bytes:
    """Every byte, unpacked, and then what can be read: in the file that stands as numbers of shapes."""
    return unpacked(data) + text_of(data).encode()


def opened_zip(data: bytes) -> bytes:
    """Names, times and content of the members; midnight of the first day that ZIP knows is no time."""
    parts = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for one in archive.infolist():
            day, hour = one.date_time[:3], one.date_time[3:]
            said = "" if (day, hour) == ((1980, 1, 1), (0, 0, 0)) else f"D:{day} {hour[0]:02}:{hour[1]:02}"
            parts += [one.filename.encode(), said.encode(), archive.read(one)]
    return b"\n".join(parts)


def test_nothing_that_leaves_says_who_where_with_what_or_when(left: Left) -> None:
    assert set(left.opened) == {
        *("answer", "certificate", "sheet", "paper"),
        *("packet: tar", "packet: file-01.docx", "packet: notes.pdf"),
    }
    leaks = left.leaks()
    for name, data in left.opened.items():
        assert leaks.find(data) == [], name
    for name in ("release", "packet", "packet, unwrapped"):
        assert leaks.words_in(left.packed[name]) == [], name


def test_it_was_looked_for_in_what_was_said(left: Left) -> None:
    for name, words in (
        ("answer", b"We read what you sent."),
        ("sheet", b"They came to my shop."),
        ("paper", b"They came to my shop."),
        ("packet: notes.pdf", b"file-01.docx"),
        ("packet: file-01.docx", b"The content stays."),
        ("packet: tar", b"notes.pdf"),
    ):
        assert words in left.opened[name], name
    assert b"Jane" not in b"".join(left.opened.values())
    # A file that a browser prints to says so, and nobody is told to give that away.
    assert {"Skia", "CreationDate"} <= set(left.leaks().find(left.packed["file that the browser printed to"]))


# What would be found


def with_producer(sheet: Sheet, folder: Path) -> bytes:
    """A PDF as the library leaves it."""
    made: bytes = HTML(string=html_of(sheet)).write_pdf()
    return opened_pdf(made)


def with_desk(sheet: Sheet, folder: Path) -> bytes:
    """A sheet that is signed."""
    return opened_pdf(make_pdf(replace(sheet, heading="Notes of zephyrine")))


def with_hour(sheet: Sheet, folder: Path) -> bytes:
    """A sheet with the hour of an appointment that the program put there."""
    return opened_pdf(make_pdf(replace(sheet, number="14:35")))


def with_owner(sheet: Sheet, folder: Path) -> bytes:
    """A tar as tar makes it of a file."""
    (folder / "notes.pdf").write_bytes(make_pdf(sheet))
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(folder / "notes.pdf", "notes.pdf")
    return made.getvalue()


def with_armour(sheet: Sheet, folder: Path) -> bytes:
    """A message as gpg wraps it for a letter."""
    return _gpg(folder, "--armor", "--emit-version", "--store", data=make_pdf(sheet))


def with_moment(sheet: Sheet, folder: Path) -> bytes:
    """A message with the second in which it was made (RFC 4880, 5.9)."""
    return _gpg(folder, "--compress-algo", "none", "--store", data=b"notes")


def _gpg(folder: Path, *command: str, data: bytes) -> bytes:
    words = ["gpg", "--homedir", str(folder), "--batch", "--quiet", *command]
    return subprocess.run(words, input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("variant", "found"),
    [
        (with_producer, "WeasyPrint"),
        (with_desk, "zephyrine"),
        (with_hour, "'14:35'"),
        (with_owner, pwd.getpwuid(os.getuid()).pw_name),
        (with_owner, "octal"),
        (with_armour, "GnuPG"),
        (with_moment, ">u4 s"),
    ],
)
def test_a_broken_variant_is_caught(
    left: Left, tmp_path: Path, variant: Callable[[Sheet, Path], bytes], found: str
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir(0o700)
    data = variant(left.sheet, folder)
    told = left.leaks().find(data)
    assert any(one.startswith(found) for one in told), told
