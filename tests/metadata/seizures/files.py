"""Files on a seized disk: names that tell a number, a person, a kind; sizes; times; empty places inside."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.metadata.seizures.findings import FoundAnswer, FoundReport

_NAMED = re.compile(r"(?P<number>\d+)[-_.](?P<who>[^.]*?)[-_.](?P<kind>[a-z]+)(?:\.[a-z.]+)?$", re.I)
_ANSWER = re.compile(r"repl|answer|response", re.I)
_TEXT = re.compile(r"msg|message|text|note", re.I)
_BLOCK = 4_096
_CONTAINER = 1_048_576
_FEW_VALUES = 16


@dataclass(frozen=True)
class Seen:
    """One file, as `stat` has it."""

    name: str
    size: int
    at: float


def listing(folder: Path) -> list[Seen]:
    """Every file below the folder."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            stat = path.stat()
            found.append(Seen(str(path.relative_to(folder)), stat.st_size, stat.st_mtime))
    return found


def kind_of(name: str) -> str:
    """Text or file, by a word in a name."""
    return "text" if _TEXT.search(name) else "file"


def from_names(files: list[Seen]) -> tuple[list[FoundReport], list[FoundAnswer], int | None]:
    """Reports, answers and the number of sources, where names alone tell."""
    named = [(file, match) for file in files if (match := _NAMED.match(Path(file.name).name))]
    people = {match["who"] or str(Path(file.name).parent) for file, match in named}
    # Names such as ring-00 number one thing; names of reports name many people, each several times or not.
    if len(people) < 3 or len({file.size for file, _ in named}) == 1:
        return [], [], None
    ordered = sorted(named, key=lambda one: (one[0].at, int(one[1]["number"])))
    first = dict.fromkeys(str(Path(file.name).parent) for file, _ in ordered)
    order = {who: number for number, who in enumerate(first)}
    reports, answers = [], []
    for file, match in ordered:
        source = order[str(Path(file.name).parent)]
        if _ANSWER.search(match["kind"]):
            answers.append(FoundAnswer(source, None, file.at, None, file.name))
        else:
            kind = kind_of(match["kind"])
            reports.append(FoundReport(source, file.at, kind, file.size, None, file.name))
    return reports, answers, len(order)


def occupied(folder: Path, files: list[Seen]) -> list[str]:
    """Large files in which empty places can be told from full ones, with how many are full."""
    said = []
    for file in files:
        if file.size < _CONTAINER:
            continue
        data = np.fromfile(folder / file.name, np.uint8)
        blocks = np.sort(data[: len(data) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)[:, ::16], axis=1)
        full = (np.diff(blocks, axis=1) > 0).sum(axis=1) >= _FEW_VALUES
        if 0.01 < full.mean() < 0.99:
            runs = int((np.diff(full.astype(np.int8)) == 1).sum() + full[0])
            said.append(
                f"{file.name}: {int(full.sum()):,} of {len(full):,} blocks hold something, in {runs} runs"
            )
    return said


def families(files: list[Seen]) -> dict[str, list[Seen]]:
    """Files whose names differ in a number only."""
    found: defaultdict[str, list[Seen]] = defaultdict(list)
    for file in files:
        found[re.sub(r"\d+", "#", file.name)].append(file)
    return dict(found)
