"""`make seizure`: two servers with the same traffic are seized, and one analyst looks at both disks.

`python -m tests.metadata.seizure` prints what was asked, the truth, and what the analyst recovers from a
disk with SecureDrop's schema and from a Sluis disk; it writes docs/seizure.svg. It ends with 0 only when the
Sluis disk gives nothing beyond chance, and the other nearly everything: else this would show nothing.

It is one seizure, as somebody who seizes servers would go about it. That no attacker of a large family tells
two Sluis servers apart over thousands of them is what experiments 1 and 2 of `make metadata` bound.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sluis.limits import DEMO, SiteProfile
from tests.metadata.seizures import fixture
from tests.metadata.seizures.analyst import analyse
from tests.metadata.seizures.picture import percent, picture
from tests.metadata.seizures.score import Examiner, Item, Score
from tests.metadata.seizures.sluis_server import SluisServer
from tests.metadata.seizures.traffic import Hidden, Traffic, draw

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "seizure.svg"
SEED = 1
NEARLY_ALL = 0.75
"""The least that the fixture must give of each question, so that "nothing" on the other means something."""

_MEMORY = Path("/dev/shm")
_SMALL = SiteProfile(1, "demo", 64, 1_048_576, banks=4)
_SMALL_FILE = 150_000
_SHOWN = 3
_HEAD = ("what was asked", "truth", "SecureDrop's schema", "Sluis")
_WIDTHS = (40, 30, 44, 44)


@dataclass(frozen=True)
class Scene:
    """Traffic, and the server that takes it: its profile and seconds between ticks (as shipped: 1)."""

    traffic: Traffic
    site: SiteProfile
    tick_s: int


def full() -> Scene:
    """50 sources, 10 days, a demo server; a tick a minute, so a sixtieth of the cover that is shipped."""
    return Scene(draw(SEED), DEMO, 60)


def small() -> Scene:
    """12 sources, 4 days, a server of 64 slots."""
    drawn = draw(SEED, sources=12, days=4)
    reports = tuple(replace(one, size=min(one.size, _SMALL_FILE)) for one in drawn.reports)
    return Scene(replace(drawn, reports=reports), _SMALL, 300)


@dataclass(frozen=True)
class Result:
    """The score of one disk, and what else the analyst learnt."""

    scores: Sequence[Score]
    notes: Sequence[str]

    @property
    def beyond_chance(self) -> list[str]:
        """The questions that the disk answers better than chance."""
        return [score.question for score in self.scores if score.significant]


def seize(examiner: Examiner, fill: Callable[[Path], Hidden]) -> Result:
    """Fills a folder, and has it analysed."""
    with TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as made:
        folder = Path(made)
        hidden = fill(folder)
        found = analyse(folder)
        return Result(examiner.examine(found, hidden), found.notes)


def seize_fixture(scene: Scene, examiner: Examiner) -> Result:
    """The disk with SecureDrop's schema."""
    return seize(examiner, lambda folder: fixture.fill(folder, scene.traffic))


def seize_sluis(scene: Scene, examiner: Examiner) -> Result:
    """The Sluis disk."""
    return seize(examiner, lambda folder: SluisServer(folder, scene.traffic, scene.site, scene.tick_s).run())


def _item(question: str, item: Item) -> str:
    if item is None:
        return "-"
    if question.startswith("day"):
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=item):%d %b}"
    if question.startswith("hour"):
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=item):%d %b %Hh}"
    if question.startswith(("who sent", "to whom")):
        return f"#{item + 1}"
    if isinstance(item, bool):
        return "yes" if item else "no"
    return str(item)


def _items(question: str, items: Sequence[Item]) -> str:
    shown = ", ".join(_item(question, item) for item in items[:_SHOWN])
    return shown + (", ..." if len(items) > _SHOWN else "")


def _cell(score: Score) -> str:
    verdict = f"{percent(score):>3} %" if score.significant else "no more than chance"
    if score.asked == 1 and score.chance == 0.5:
        return f"area {score.hits:.2f} (chance 0.50): {verdict}"
    return f"{score.hits:.0f} of {score.asked} (chance {score.chance:.0f}): {verdict}"


def table(examiner: Examiner, first: Result, second: Result) -> list[str]:
    """Both columns with the truth beside them; below each figure, the first answers of the analyst."""

    def line(*cells: str) -> str:
        return "  ".join(
            cell[:width].ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)
        ).rstrip()

    lines = [line(*_HEAD), line(*("-" * width for width in _WIDTHS))]
    for one, other in zip(first.scores, second.scores, strict=True):
        truth = examiner.truth.get(one.question, [])
        lines.append(line(one.question, _items(one.question, truth), _cell(one), _cell(other)))
        if truth:
            lines.append(
                line("", "", _items(one.question, one.answers), _items(other.question, other.answers))
            )
    return lines


def verdict(fixture_result: Result, sluis_result: Result) -> list[str]:
    """What is wrong; empty when all is as it should be."""
    wrong = [f"the Sluis disk tells {question}" for question in sluis_result.beyond_chance]
    wrong += [
        f"the analyst is too weak: {score.question} ({percent(score)} % of the fixture)"
        for score in fixture_result.scores
        if score.beyond < NEARLY_ALL
    ]
    return wrong


def main() -> int:
    """0 when Sluis gives nothing beyond chance and the fixture nearly everything."""
    scene = full()
    traffic = scene.traffic
    print(
        f"{traffic.sources} sources, {traffic.days} days: {len(traffic.reports)} reports, "
        f"{len(traffic.answers)} answers. The same on both servers; then the power goes, "
        "and the disks are seized.\n",
        flush=True,
    )
    examiner = Examiner(traffic)
    first, second = seize_fixture(scene, examiner), seize_sluis(scene, examiner)
    print("\n".join(table(examiner, first, second)))
    print("\nWhat the Sluis disk does tell (docs/threat_model.md, What a seizure shows):")
    print("\n".join(f"  {note}" for note in second.notes))
    print(
        f"\nbeyond chance: SecureDrop's schema {len(first.beyond_chance)} of {len(first.scores)} questions, ",
        end="",
    )
    print(f"Sluis {len(second.beyond_chance)} of {len(second.scores)}")
    wrong = verdict(first, second)
    print(
        "\n".join(wrong or ["a seized Sluis disk tells no more of sources, reports and answers than a guess"])
    )
    PICTURE.write_text(picture(first.scores, second.scores, traffic.sources, traffic.days), "utf-8")
    print(f"picture: docs/{PICTURE.name}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
