"""Referrals: nothing without consent, exactly what was agreed to, and nothing of who made it, or when."""

import io
import re
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from keys.errors import GpgFailed
from keys.gnupg_home import GnupgHome
from keys.openpgp import add_encryption_key, create_key, export_certificate, newest_encryption_key
from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.errors import BadField, TooLarge
from sluis.keytree import SourceKeys
from tests.support import hostile_files
from tests.support.export_builder import new_source
from tests.support.pdf_parts import text_of, unpacked
from tests.support.people import Seat
from workstation.casework import consent, ledger, referral
from workstation.casework.consent_terms import FIELDS, Answered, NoConsent, Terms
from workstation.casework.directory import State
from workstation.casework.models import Case
from workstation.casework.redaction_rules import Range
from workstation.casework.referral_models import Referral
from workstation.casework.referral_terms import (
    NoKey,
    NothingChosen,
    NotUsable,
    ReferralChanged,
    Wanted,
    number_of,
)
from workstation.casework.roles import LONE_SEAT, NotAllowed, Role
from workstation.casework.sheet_heading import BadHeading
from workstation.errors import UnknownItem, WrongState
from workstation.sheets.packet import name_of
from workstation.sheets.pdf import ReadsNothing, Unprintable, make_pdf
from workstation.sheets.sheet import direction, html_of, make_sheet

TEXT = "Mehmet threatens me. My name is Zulaykha."
SUMMARY = "Threats by phone since spring.\nمرحبا Mr. Smith عالم 123."
MESSAGE = b"m" * 16
WANTED = Wanted("help", "en", ("summary",), summary=SUMMARY)
BOTH = replace(WANTED, chosen=("summary", "words"), messages=(MESSAGE.hex(),))
SECRET = "passphrase of the service"


def entry(name: str, more: str = "", expires: str = "2025-09-01") -> str:
    return f"""
[[service]]
id = "{name}"
kind = "legal"
for = ["help", "police"]
names.en = "Elm Street Law"
does.en = "Advice."
telephone = ["112"]
expires = {expires}
{more}
"""


VERIFIED = "last_verified = 2024-09-01\n"
BASIC = "version = 1\n" + entry("elm", VERIFIED) + entry("over", VERIFIED, "2024-10-01") + entry("unknown")


class Line(Seat):
    """A workroom with one case, a directory, and one service's key."""

    case_id = ""
    source: SourceKeys

    def begin(self) -> None:
        text = self.server.report(self.source, TEXT.encode(), self.day, message_id=MESSAGE)
        data = b"GIF89a" + bytes(50)
        file = self.server.report(
            self.source, data, self.day, kind=Kind.FILE, parent=MESSAGE, sequence=2, file_name="zulaykha.TXT"
        )
        self.take_in(self.export(text, file))
        self.hold(BASIC)
        with self.office._work() as (session, _):
            self.case_id = session.scalars(select(Case)).one().case_id.hex()

    def hold(self, text: str) -> None:
        desk = self.office.directory
        desk.take_in(LONE_SEAT, desk.sign(LONE_SEAT, text)[1])

    def agree(
        self, fields: frozenset[str], service: str = "elm", days: int = 30, shown: str = "named"
    ) -> str:
        with self.office._work() as (session, _):
            case = session.scalars(select(Case).where(Case.state == "open")).first()
            assert case is not None
            terms = Terms.of("help", f"svc:{service}", fields, "named")
            sources = frozenset(one.thread.hex() for one in case.threads)
            said = Answered(terms, "yes", days, "en", "May we?", "phone", "", sources)
            return consent.record(session, self.day, LONE_SEAT, case, said).grant_id.hex()

    def seen(self, wanted: Wanted = WANTED) -> str:
        return self.office.referral.prepare(LONE_SEAT, self.case_id, "elm", wanted).digest

    def make(self, wanted: Wanted = WANTED, how: str = "print") -> str:
        return self.office.referral.make(LONE_SEAT, self.case_id, "elm", wanted, self.seen(wanted), how)

    def files(self) -> tuple[str, ...]:
        with self.office._work() as (session, _):
            case = session.scalars(select(Case).where(Case.case_id == bytes.fromhex(self.case_id))).one()
            rows = case.threads[0].envelopes
            return tuple(one.file_id.hex() for one in rows if one.file_id is not None)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    made.source = new_source()
    made.begin()
    try:
        yield made
    finally:
        made.office.close()


def texts(line: Line, wanted: Wanted) -> dict[str, tuple[str, ...]]:
    sheet = line.office.referral.prepare(LONE_SEAT, line.case_id, "elm", wanted).sheet
    return {one.field: one.texts for one in sheet.sections}


# What may leave


def test_nothing_leaves_without_consent(line: Line) -> None:
    desk = line.office.referral
    with pytest.raises(NoConsent):
        line.seen()
    line.agree(frozenset({"summary"}))
    assert line.seen()
    line.agree(frozenset({"summary", "words"}), service="over")
    for more in (BOTH, replace(WANTED, chosen=("summary", "contact"), contact="Phone")):
        with pytest.raises(NoConsent):
            line.seen(more)
    line.clock.day += 31
    with pytest.raises(NoConsent):
        line.seen()
    with line.office._work() as (session, _):
        assert list(session.scalars(select(Referral))) == []
    assert desk.made(LONE_SEAT, line.case_id) == ()


def test_only_a_verified_service_that_has_not_expired(line: Line) -> None:
    line.agree(frozenset(FIELDS))
    found = line.office.referral.choices(LONE_SEAT, line.case_id)
    assert [(one.service.id, one.why, len(one.agreed)) for one in found] == [
        ("elm", "", 1),
        ("over", "expired", 0),
        ("unknown", "unverified", 0),
    ]
    for name, state in (("over", State.EXPIRED), ("unknown", State.UNVERIFIED)):
        line.agree(frozenset(FIELDS), service=name)
        with pytest.raises(NotUsable) as refused:
            line.office.referral.prepare(LONE_SEAT, line.case_id, name, WANTED)
        assert refused.value.state is state
    with pytest.raises(UnknownItem):
        line.office.referral.prepare(LONE_SEAT, line.case_id, "oak", WANTED)
    line.clock.day += 30
    assert line.office.referral.choices(LONE_SEAT, line.case_id)[0].why == ""
    line.clock.day += 1
    assert {one.why for one in line.office.referral.choices(LONE_SEAT, line.case_id)} == {
        "no-consent",
        "expired",
        "unverified",
    }


def test_exactly_the_chosen_fields_stand_on_the_sheet(line: Line) -> None:
    line.agree(frozenset(FIELDS))
    everything = Wanted(
        "help", "nl", FIELDS, "Sum.", "Phone.", "Name.", (MESSAGE.hex(),), line.files(), line.files()
    )
    with line.office._work() as (session, _):
        case = session.scalars(select(Case)).one()
        case.urgency, case.language, alias = "P1", "ti", case.alias
    line.office.cases.set_codes(LONE_SEAT, line.case_id, frozenset({"PHY"}))
    all_texts = texts(line, everything)
    assert tuple(all_texts) == FIELDS
    assert all_texts["alias"] == (alias,)
    assert all_texts["language"] == ("Tigrinya (ትግርኛ)",)
    assert (all_texts["triage"], all_texts["files"]) == (("vandaag",), ("file-01.txt",))
    assert all_texts["words"] == (TEXT,)
    for one in FIELDS:
        assert tuple(texts(line, replace(everything, chosen=(one,)))) == (one,)
    empty = replace(everything, chosen=("summary", "contact"), summary=" ", contact="\n")
    with pytest.raises(NothingChosen):
        texts(line, empty)
    for bad in ({"language": "fr"}, {"purpose": "care"}, {"purpose": "x"}, {"chosen": ("all",)}):
        with pytest.raises(BadField):
            texts(line, replace(everything, **bad))
    with pytest.raises(BadField):
        texts(line, replace(everything, summary="x" * 20_001))
    for field, value in (("messages", ("ab" * 16,)), ("files", ("ab" * 16,)), ("files", ("zz",))):
        with pytest.raises(UnknownItem):
            texts(line, replace(everything, **{field: value}))


def test_words_leave_as_they_were_redacted(line: Line) -> None:
    line.agree(frozenset({"words"}))
    wanted = replace(BOTH, chosen=("words",))
    before = line.seen(wanted)
    ranges = (Range(0, 6, "name"), Range(32, 40, "name"))
    line.office.redaction.redact(LONE_SEAT, line.case_id, MESSAGE.hex(), ranges, 0)
    assert texts(line, wanted) == {"words": ("[name] threatens me. My name is [name].",)}
    with pytest.raises(ReferralChanged):
        line.office.referral.make(LONE_SEAT, line.case_id, "elm", wanted, before, "print")


def test_who_may_refer(line: Line) -> None:
    line.agree(frozenset(FIELDS))
    for desk, role in (("birch", Role.CUSTODIAN), ("elm", Role.COUNSELLOR), ("rowan", Role.AUDITOR)):
        line.enter(desk, role)
    line.sign_in("rowan")
    with pytest.raises(NotAllowed):
        line.office.referral.choices(line.office.actor, line.case_id)
    line.sign_in("elm")
    office = line.office
    assert office.referral.choices(office.actor, line.case_id)
    office.cases.close(office.actor, line.case_id, "test")
    with pytest.raises(WrongState):
        office.referral.prepare(office.actor, line.case_id, "elm", WANTED)
    assert office.referral.made(office.actor, line.case_id) == ()


# What is kept of it


def test_a_referral_is_kept_and_the_ledger_has_codes_only(line: Line) -> None:
    grant = line.agree(frozenset({"summary"}))
    row_id = line.make(how="pdf")
    (one,) = line.office.referral.made(LONE_SEAT, line.case_id)
    assert (one.referral_id, one.grant_id, one.service, one.how) == (row_id, grant, "elm", "pdf")
    assert (one.fields, one.day, one.purpose, one.wanted) == (("summary",), line.day, "help", WANTED)
    sheet = line.office.referral.sheet(LONE_SEAT, line.case_id, row_id)
    assert sheet.number == number_of(bytes.fromhex(row_id))
    with line.office._work() as (session, _):
        assert referral.passed_on(session, grant) == (one,)
        assert referral.passed_on(session, "ab" * 16) == ()
        (entry, *_) = ledger.entries(session, kind="referred")
        assert dict(entry.facts) == {"agreement": grant, "fields": "summary", "form": "pdf"}
        assert len(entry.commitment) == 32
        raw = session.scalars(select(Referral.sealed_wanted)).one()
    assert b"spring" not in raw
    with pytest.raises(BadField):
        line.make(how="packet")
    with pytest.raises(UnknownItem):
        line.office.referral.sheet(LONE_SEAT, line.case_id, "ab" * 16)


def test_a_sheet_is_not_shown_again_once_anything_has_changed(line: Line) -> None:
    grant = line.agree(frozenset({"summary", "alias"}))
    row_id = line.make(replace(WANTED, chosen=("summary", "alias")))
    with line.office._work() as (session, _):
        session.scalars(select(Case)).one().alias = "other"
    with pytest.raises(ReferralChanged):
        line.office.referral.sheet(LONE_SEAT, line.case_id, row_id)
    with line.office._work() as (session, _):
        consent.end(session, line.day, LONE_SEAT, session.scalars(select(Case)).one(), grant)
    with pytest.raises(NoConsent):
        line.office.referral.sheet(LONE_SEAT, line.case_id, row_id)


def test_the_heading_is_what_the_office_chose(line: Line) -> None:
    line.agree(frozenset({"summary"}))
    rules = line.office.rules
    assert rules.sheet_headings() == {"nl": "Notities voor de afspraak", "en": "Appointment notes"}
    before = line.make()
    supervisor = replace(LONE_SEAT, roles=frozenset({Role.SUPERVISOR}))
    rules.set_sheet_headings(supervisor, {"en": "  My\n list ", "nl": "Mijn lijstje"})
    assert rules.sheet_headings() == {"nl": "Mijn lijstje", "en": "My list"}
    assert line.office.referral.sheet(LONE_SEAT, line.case_id, line.make()).heading == "My list"
    dutch = line.make(replace(WANTED, language="nl"))
    assert line.office.referral.sheet(LONE_SEAT, line.case_id, dutch).heading == "Mijn lijstje"
    with pytest.raises(ReferralChanged):
        line.office.referral.sheet(LONE_SEAT, line.case_id, before)
    with line.office._work() as (session, _):
        (entry, *_more) = ledger.entries(session, kind="rule-changed")
        assert dict(entry.facts) == {"rule": "sheet-heading"}
    for bad in ("x" * 61, "12.34", "a\u202eb", "from THE line"):
        with pytest.raises(BadHeading):
            rules.set_sheet_headings(supervisor, {"en": bad})
    with pytest.raises(Unprintable):
        rules.set_sheet_headings(supervisor, {"en": "a\U0010fffd"})
    with pytest.raises(NotAllowed):
        rules.set_sheet_headings(replace(LONE_SEAT, roles=frozenset({Role.COUNSELLOR})), {})
    rules.set_sheet_headings(supervisor, {"nl": "Mijn lijstje"})
    assert rules.sheet_headings() == {"nl": "Mijn lijstje", "en": "Appointment notes"}


@pytest.mark.parametrize("scope", list(WithdrawScope))
def test_after_a_withdrawal_nothing_leaves_and_it_is_told_what_did(line: Line, scope: WithdrawScope) -> None:
    line.agree(frozenset({"summary"}))
    row_id = line.make()
    wish = line.server.report(line.source, b"", line.day, kind=Kind.WITHDRAW, intake={SCOPE: scope.value})
    line.take_in(line.export(wish))
    with pytest.raises(NoConsent):
        line.seen()
    (one,) = line.office.referral.made(LONE_SEAT, line.case_id)
    assert (one.referral_id, one.fields) == (row_id, ("summary",))
    assert (one.wanted is None) is (scope is WithdrawScope.ALL)


def test_the_proof_outlives_the_case_by_a_year_without_words(line: Line) -> None:
    line.agree(frozenset({"summary"}))
    line.make()
    line.take_in(line.export(line.server.report(new_source(), b"Another.", line.day)))
    desk, until = line.office.cases, line.day + 364
    desk.close(LONE_SEAT, line.case_id, "test")
    line.clock.day += 180
    desk.destroy(LONE_SEAT, line.case_id)
    with line.office._work() as (session, _):
        row = session.scalars(select(Referral)).one()
        assert (row.service, row.fields, row.proof_until, row.sealed_wanted) == ("elm", "summary", until, b"")
    with line.office._work() as (session, _):
        case_id = session.scalars(select(Case.case_id).where(Case.state == "open")).one().hex()
    line.clock.day = until
    line.office.referral.choices(LONE_SEAT, case_id)
    with line.office._work() as (session, _):
        assert len(session.scalars(select(Referral)).all()) == 1
    line.clock.day += 1
    line.office.referral.choices(LONE_SEAT, case_id)
    with line.office._work() as (session, _):
        assert session.scalars(select(Referral)).all() == []


def test_it_goes_along_when_cases_are_merged(line: Line) -> None:
    line.agree(frozenset({"summary"}))
    row_id = line.make()
    line.take_in(line.export(line.server.report(new_source(), b"Another.", line.day)))
    with line.office._work() as (session, _):
        other = session.scalars(select(Case).order_by(Case.id.desc())).first()
        assert other is not None
        other_id = other.case_id.hex()
    line.office.cases.merge(LONE_SEAT, other_id, line.case_id)
    (one,) = line.office.referral.made(LONE_SEAT, other_id)
    assert (one.referral_id, one.wanted) == (row_id, WANTED)


# The PDF


def test_a_pdf_says_nothing_of_its_making(line: Line) -> None:
    line.agree(frozenset({"summary"}))
    row_id = line.make(how="pdf")
    sheet = line.office.referral.sheet(LONE_SEAT, line.case_id, row_id)
    data = make_pdf(sheet)
    assert data == make_pdf(sheet)
    inside = unpacked(data)
    year = str(datetime.now(UTC).year)
    unwanted = ["WeasyPrint", "pydyf", "Producer", "Creator", "Date", "Author", "/ID", "xmp", "Google"]
    unwanted += ["Version", "Copyright", "/Info", "en-", "nl-", "D:20", year, "The Line", "Elm Street"]
    unwanted += [line.case_id, row_id, line.office.cases.view(LONE_SEAT, line.case_id).line.alias]
    for one in unwanted:
        assert one.encode() not in inside, one
        assert one.encode("utf-16-be") not in inside, one
    assert text_of(data).split()[:2] == ["Appointment", "notes"]
    for font in re.findall(rb"/FontFile2 (\d+) 0 R", inside):
        body = re.search(rb"\n" + font + rb" 0 obj\n.*?stream\r?\n(.*?)\r?\nendstream", data, re.S)
        assert body is not None
        raw = zlib.decompress(body[1])
        tables = {raw[at : at + 4]: raw[at + 8 : at + 12] for at in range(12, 12 + 16 * raw[5], 16)}
        assert b"name" not in tables
        head = int.from_bytes(tables[b"head"], "big")
        assert raw[head + 20 : head + 36] == bytes(16)


def test_mixed_lines_read_from_right_to_left() -> None:
    sheet = make_sheet("en", "1", {"summary": (SUMMARY,)})
    html = html_of(sheet)
    assert '<p dir="rtl">مرحبا Mr. Smith عالم 123.</p>' in html
    assert '<p dir="ltr">Threats by phone since spring.</p>' in html
    places = {
        word: float(left)
        for left, word in re.findall(
            r'<word xMin="([0-9.]+)"[^>]*>([^<]+)<', text_of(make_pdf(sheet), "-bbox")
        )
    }
    arabic = [one for one in places if direction(one) == "rtl"]
    first, last = max(arabic, key=places.__getitem__), min(arabic, key=places.__getitem__)
    assert {first, last} in ({"مرحبا", "عالم"}, {"ابحرم", "ملاع"})
    assert "م" in first
    assert places[first] > places["Smith"] > places["Mr."] > places[last] > places[".123"] > places["Threats"]


def test_scripts_of_the_line_can_be_printed_and_what_cannot_is_named() -> None:
    letters = "Ğış\nпривет\nسلام\nሰላም\nئۇيغۇر\nབོད"
    made = text_of(make_pdf(make_sheet("nl", "1", {"summary": (letters,)})))
    assert {"Ğış", "привет", "ሰላም"} <= set(made.split())
    with pytest.raises(Unprintable) as refused:
        make_pdf(make_sheet("nl", "1", {"summary": ("a\U0010fffdb",)}))
    assert refused.value.characters == "\U0010fffd"


def test_a_sheet_fetches_nothing_and_markup_stays_text() -> None:
    attack = "<img src='file:///etc/hostname'><style>@import 'http://127.0.0.1/';</style>{{ 7*7 }} &amp;"
    sheet = make_sheet("en", "1", {"summary": (attack,)})
    assert "<img" not in html_of(sheet)
    assert "{{ 7*7 }} &amp;" in text_of(make_pdf(sheet)).replace("\n", " ")
    with pytest.raises(PermissionError):
        ReadsNothing()("data:text/css,x")


# The packet


@contextmanager
def service_key(folder: Path) -> Iterator[tuple[GnupgHome, str]]:
    """The key of a service, in a home of its own, and its armoured public half."""
    with GnupgHome(folder) as home:
        day = 20_000
        primary = create_key(home, "Service", SECRET, day)
        add_encryption_key(home, primary, SECRET, day)
        made = newest_encryption_key(home, primary, day)
        assert made is not None
        binary = export_certificate(home, made, day)
        armoured = subprocess.run(["gpg", "--enarmor"], input=binary, capture_output=True, check=True).stdout
        yield home, armoured.decode().replace("ARMORED FILE", "PUBLIC KEY BLOCK")


@pytest.fixture
def key(tmp_path: Path) -> Iterator[tuple[GnupgHome, str]]:
    with service_key(tmp_path / "service") as made:
        yield made


def with_key(armoured: str) -> str:
    lines = "\n".join(one for one in armoured.splitlines() if not one.startswith("Comment"))
    return BASIC.replace("version = 1", "version = 2").replace(
        VERIFIED, f'{VERIFIED}openpgp = """\n{lines}\n"""\n', 1
    )


def gpg(home: GnupgHome, *command: str, data: bytes) -> bytes:
    words = ["gpg", "--homedir", str(home.path), "--batch", "--pinentry-mode", "loopback"]
    words += ["--passphrase", SECRET, "--faked-system-time", "20241010T000000!", *command]
    return subprocess.run(words, input=data, capture_output=True, check=True).stdout


def test_a_packet_opens_for_the_service_only_and_names_nobody(line: Line, key: tuple[GnupgHome, str]) -> None:
    line.hold(with_key(key[1]))
    line.agree(frozenset({"summary", "files"}))
    wanted = replace(WANTED, chosen=("summary", "files"), files=line.files(), whole=line.files())
    made = line.office.referral.packet(LONE_SEAT, line.case_id, "elm", wanted, line.seen(wanted), line.media)
    data = made.path.read_bytes()
    assert made.path.name == f"notes-{made.referral_id[:8]}.pgp"
    listed = gpg(key[0], "--list-packets", data=data).decode()
    assert "keyid 0000000000000000" in listed
    assert 'name=""' in listed
    assert re.search(rf"created {line.day * 86_400},", listed)
    opened = gpg(key[0], "--decrypt", data=data)
    with tarfile.open(fileobj=io.BytesIO(opened)) as tar:
        members = tar.getmembers()
        assert [one.name for one in members] == ["file-01.txt", "notes.pdf"]
        for one in members:
            assert (one.mtime, one.uid, one.gid, one.uname, one.gname, one.mode) == (0, 0, 0, "", "", 0o644)
        first, sheet = (tar.extractfile(one) for one in members)
        assert first is not None
        assert sheet is not None
        assert first.read() == b"GIF89a" + bytes(50)
        assert "file-01.txt" in text_of(sheet.read())
    (one,) = line.office.referral.made(LONE_SEAT, line.case_id)
    assert (one.how, one.sha256, one.fields) == ("packet", made.sha256, ("summary", "files"))
    with pytest.raises(ReferralChanged):
        line.office.referral.sheet(LONE_SEAT, line.case_id, made.referral_id)


def test_a_packet_has_the_copy_without_what_a_file_says_of_its_making(
    line: Line, key: tuple[GnupgHome, str]
) -> None:
    plain = hostile_files.png(9, 9)
    photo = plain[:-12] + hostile_files.png_chunk(b"tEXt", b"Author\0Jane Doe") + plain[-12:]
    letter = hostile_files.docx(b"The content stays.", author="Jane Doe")
    for number, (name, data) in enumerate((("Jane 1.PNG", photo), ("Jane.docx", letter)), 3):
        sent = line.server.report(
            line.source, data, line.day, kind=Kind.FILE, parent=MESSAGE, sequence=number, file_name=name
        )
        line.take_in(line.export(sent))
    line.hold(with_key(key[1]))
    line.agree(frozenset({"summary", "files"}))
    _, *chosen = line.files()
    wanted = replace(WANTED, chosen=("summary", "files"), files=tuple(chosen))
    made = line.office.referral.packet(LONE_SEAT, line.case_id, "elm", wanted, line.seen(wanted), line.media)
    opened = gpg(key[0], "--decrypt", data=made.path.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(opened)) as tar:
        files = {one.name: tar.extractfile(one) for one in tar.getmembers()}
        inside = {name: file.read() for name, file in files.items() if file is not None}
    assert sorted(inside) == ["file-01.png", "file-02.docx", "notes.pdf"]
    with zipfile.ZipFile(io.BytesIO(inside["file-02.docx"])) as archive:
        parts = b"".join(archive.read(name) for name in archive.namelist())
    assert b"The content stays." in parts
    for data in (inside["file-01.png"], inside["file-02.docx"], parts, unpacked(inside["notes.pdf"]), opened):
        assert b"Jane" not in data
        assert b"Author" not in data
    with Image.open(io.BytesIO(photo)) as before, Image.open(io.BytesIO(inside["file-01.png"])) as after:
        before.load()
        after.load()
        assert before.info == {"Author": "Jane Doe"}
        assert after.info == {}
        assert (before.size, before.convert("RGB").tobytes()) == (after.size, after.convert("RGB").tobytes())
    # The same one as it is, because that was ticked: the copy is what made the difference.
    wanted = replace(wanted, files=(chosen[0],), whole=(chosen[0],))
    made = line.office.referral.packet(LONE_SEAT, line.case_id, "elm", wanted, line.seen(wanted), line.media)
    assert b"Author\0Jane Doe" in gpg(key[0], "--decrypt", data=made.path.read_bytes())


def test_a_packet_that_is_not_on_the_medium_was_not_made(line: Line, key: tuple[GnupgHome, str]) -> None:
    line.agree(frozenset({"summary"}))
    desk = line.office.referral
    with pytest.raises(NoKey):
        desk.packet(LONE_SEAT, line.case_id, "elm", WANTED, line.seen(), line.media)
    line.hold(with_key(key[1]))
    with pytest.raises(OSError, match="No such file"):
        desk.packet(LONE_SEAT, line.case_id, "elm", WANTED, line.seen(), line.media / "gone")
    assert desk.made(LONE_SEAT, line.case_id) == ()
    with pytest.raises(ReferralChanged):
        desk.packet(LONE_SEAT, line.case_id, "elm", WANTED, "0" * 64, line.media)
    assert list(line.media.glob("notes-*")) == []


def test_a_key_that_expired_is_refused(line: Line, key: tuple[GnupgHome, str]) -> None:
    line.hold(with_key(key[1]))
    line.clock.day += 160
    line.agree(frozenset({"summary"}))
    with pytest.raises(GpgFailed):
        line.office.referral.packet(LONE_SEAT, line.case_id, "elm", WANTED, line.seen(), line.media)
    assert line.office.referral.made(LONE_SEAT, line.case_id) == ()


def test_too_much_for_one_packet_is_refused(
    line: Line, key: tuple[GnupgHome, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line.hold(with_key(key[1]))
    line.agree(frozenset({"files"}))
    monkeypatch.setattr("workstation.casework.referral_desk.PACKET_MAX", 10)
    wanted = replace(WANTED, chosen=("files",), files=line.files())
    with pytest.raises(TooLarge):
        line.office.referral.packet(LONE_SEAT, line.case_id, "elm", wanted, line.seen(wanted), line.media)


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Zulaykha.JPG", "file-07.jpg"),
        ("x.tar.gz", "file-07.gz"),
        ("none", "file-07"),
        ("..", "file-07"),
        ("a.Zulaykha Yusuf", "file-07"),
        ("c:\\x\\y.docx", "file-07.docx"),
    ],
)
def test_a_file_loses_the_name_that_the_source_gave_it(name: str, called: str) -> None:
    assert name_of(7, name) == called
