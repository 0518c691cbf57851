"""The seizure in its fast form: the analyst finds what is there to find, and on a Sluis disk nothing is."""

from __future__ import annotations

import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from xml.etree import ElementTree

import pytest

import mailroom.banks
from sluis.bank import SlotContent, seal_slot
from sluis.limits import SLOT_SIZE
from tests.metadata.seizure import PICTURE, full, seize_fixture, small, verdict
from tests.metadata.seizures import fixture
from tests.metadata.seizures.analyst import analyse
from tests.metadata.seizures.findings import Findings
from tests.metadata.seizures.picture import picture
from tests.metadata.seizures.score import ALL, ANSWER_PIECES, NUMBER, REPORT_PIECES, Examiner, Score
from tests.metadata.seizures.sluis_server import OPERATORS, SluisServer
from tests.metadata.seizures.traffic import Hidden


@dataclass(frozen=True)
class Seized:
    """A Sluis disk in its small form."""

    folder: Path
    hidden: Hidden

    def beyond_chance(self, examiner: Examiner, folder: Path | None = None) -> set[str]:
        scores = examiner.examine(analyse(folder or self.folder), self.hidden)
        return {score.question for score in scores if score.significant}


def _seize(folder: Path) -> Seized:
    scene = small()
    return Seized(folder, SluisServer(folder, scene.traffic, scene.site, scene.tick_s).run())


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner(small().traffic)


@pytest.fixture(scope="module")
def full_examiner() -> Examiner:
    return Examiner(full().traffic)


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    with TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def seized(memory: Path) -> Seized:
    folder = memory / "server"
    folder.mkdir()
    return _seize(folder)


def test_a_sluis_disk_gives_nothing_beyond_chance(seized: Seized, examiner: Examiner) -> None:
    assert any(seized.hidden.reports.values())
    assert any(seized.hidden.answers.values())
    found = analyse(seized.folder)
    assert seized.hidden.reports.keys() == found.report_marks.keys(), "the analyst did not look at each slot"
    assert seized.hidden.answers.keys() == found.answer_marks.keys(), "the analyst did not open each row"
    assert seized.beyond_chance(examiner) == set()
    # What is documented as told is told: the analyst reads these formats.
    assert any(f"accounts: {', '.join(OPERATORS)}" == note for note in found.notes)
    assert sum(note.startswith("export ") for note in found.notes) == 4


def test_a_table_of_reports_beside_the_accounts_would_be_found(
    seized: Seized, examiner: Examiner, memory: Path
) -> None:
    spoiled = memory / "spoiled"
    shutil.copytree(seized.folder, spoiled)
    with closing(sqlite3.connect(spoiled / "accounts.db")) as database, database:
        database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, created_at INTEGER, bytes INTEGER)")
        rows = [(report.at, report.size) for report in small().traffic.reports]
        database.executemany("INSERT INTO message (created_at, bytes) VALUES (?, ?)", rows)
    found = seized.beyond_chance(examiner, spoiled)
    assert {"day of each report", "size of each report, in five classes"} <= found


def test_a_store_with_a_file_for_each_report_would_be_found(
    seized: Seized, examiner: Examiner, memory: Path
) -> None:
    spoiled = memory / "with-files"
    shutil.copytree(seized.folder, spoiled)
    names = [secrets.token_hex(8) for _ in range(small().traffic.sources)]
    for number, report in enumerate(small().traffic.reports):
        folder = spoiled / "store" / names[report.source]
        folder.mkdir(exist_ok=True)
        (folder / f"{number}-{names[report.source]}-{report.kind}").write_bytes(bytes(report.size))
    found = seized.beyond_chance(examiner, spoiled)
    assert {NUMBER, "how many reports each source sent", "whether each report is a text or a file"} <= found


def test_free_slots_of_zeros_would_be_found(memory: Path, examiner: Examiner) -> None:
    def seal(key: bytes, serial: int, slot: int, content: SlotContent | None) -> bytes:
        return bytes(SLOT_SIZE) if content is None else seal_slot(key, serial, slot, content)

    folder = memory / "zeros"
    folder.mkdir()
    scene = small()
    few = replace(scene, tick_s=1_200)
    with patch.object(mailroom.banks, "seal_slot", seal):
        hidden = SluisServer(folder, few.traffic, few.site, few.tick_s).run()
    assert REPORT_PIECES in Seized(folder, hidden).beyond_chance(examiner)


def test_the_analyst_recovers_nearly_everything_elsewhere(full_examiner: Examiner) -> None:
    result = seize_fixture(full(), full_examiner)
    nothing = replace(result, scores=[_nothing(name) for name in ALL])
    assert verdict(result, nothing) == []
    assert result.beyond_chance == list(ALL)
    drawn = picture(result.scores, nothing.scores, full().traffic.sources, full().traffic.days)
    assert drawn == PICTURE.read_text("utf-8"), "docs/seizure.svg is not what `make seizure` makes"


def _nothing(question: str) -> Score:
    return Score(question, 1, 0.0, 0.0, 1.0, significant=False)


def test_one_question_answered_or_one_missed_makes_it_fail(full_examiner: Examiner) -> None:
    result = seize_fixture(full(), full_examiner)
    assert len(verdict(result, result)) == len(ALL)
    blind = replace(result, scores=[_nothing(name) for name in ALL])
    assert len(verdict(blind, blind)) == len(ALL)


def test_names_of_files_alone_tell_most_of_it(tmp_path: Path, full_examiner: Examiner) -> None:
    hidden = fixture.fill(tmp_path, full().traffic)
    (tmp_path / "db.sqlite").unlink()
    del hidden.reports["db.sqlite"], hidden.answers["db.sqlite"]
    scores = full_examiner.examine(analyse(tmp_path), hidden)
    told = {score.question for score in scores if score.significant}
    assert {NUMBER, REPORT_PIECES, ANSWER_PIECES, "hour of each answer"} <= told


def test_a_guess_is_chance(full_examiner: Examiner) -> None:
    scores = full_examiner.examine(Findings(), Hidden())
    assert [score.question for score in scores if score.significant] == []
    for score in scores:
        assert score.beyond == 0.0


def test_the_picture_is_static_and_says_what_it_shows() -> None:
    drawn = PICTURE.read_text("utf-8")
    root = ElementTree.fromstring(drawn)  # noqa: S314  # a file of this repository
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names == {"svg", "title", "desc", "rect", "g", "text"}
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "t d"
    assert not re.search(r"\bon\w+=|href|url\(|<!", drawn)
    description = next(element for element in root.iter() if element.tag.endswith("desc")).text or ""
    for question in ALL:
        assert question in description
        assert f">{question}</text>" in drawn
