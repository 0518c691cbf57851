"""The games in both forms: the site as it is shipped, and one whose pages are not padded."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from tests.metadata.experiment import Scale
from tests.metadata.line import Line, answered_line, opened
from tests.metadata.wire.classifiers import Told
from tests.metadata.wire.games import FORM, MAILBOX, PLAIN, Game, play
from tests.metadata.wire.network import WatchedNetwork
from tests.support.server_processes import Plan

SOURCES = 6
BROKEN = "no-padding"
# Everything that leaves on a deadline leaves on it after this too, and no game waits long for it.
_ANSWER_AFTER_S = 0.1
# Few traces answer one question.
_GAMES = {"full": (PLAIN, FORM, MAILBOX), "fast": (replace(PLAIN, questions=PLAIN.questions[1:2]),)}


def network(scale: Scale) -> WatchedNetwork:
    """With a server on which answers wait; in the fast form with an empty one, which is made sooner."""

    def line(ends: ExitStack) -> Line:
        if scale.full:
            return answered_line()
        return ends.enter_context(opened(Plan(banks=3, answer_after_s=_ANSWER_AFTER_S)))

    return WatchedNetwork(SOURCES, line)


@dataclass(frozen=True)
class Row:
    """One game: what was told of the site as it is shipped, and of the broken one."""

    told: Sequence[Told]
    broken: Sequence[Told]

    @property
    def holds(self) -> bool:
        """No question is answered better than chance may."""
        return all(told.holds for told in self.told)

    @property
    def caught(self) -> bool:
        """The same classifiers tell pages of the broken site."""
        return any(told.caught for told in self.broken)

    def lines(self) -> list[str]:
        """For people."""
        return [
            *(f"  {told}   {'holds' if told.holds else 'FAILS'}" for told in self.told),
            *(f"    broken: {BROKEN}: {told}" for told in self.broken),
            f"    broken: {BROKEN}: {'caught' if self.caught else 'NOT CAUGHT'}",
        ]


def rows(made: WatchedNetwork, scale: Scale) -> list[Row]:
    """Plays all games of this form, on one site after the other."""
    games = _GAMES[scale.name]

    def all_told(*broken: str) -> list[list[Told]]:
        with made.line.site(*made.options(_ANSWER_AFTER_S, *broken)):
            return [play(game, made.sources, made.line, _traces(game, scale, bool(broken))) for game in games]

    return [Row(told, broken) for told, broken in zip(all_told(), all_told(BROKEN), strict=True)]


def _traces(game: Game, scale: Scale, broken: bool) -> int:
    """So many that no bound of the full form is more than a tenth above chance.

    With 72, a broken site that is told in four traces of five is missed less than once in 100,000 runs.
    """
    if broken:
        return scale.n(240, 72)
    return scale.n(750 if game is PLAIN else 560, 72)
