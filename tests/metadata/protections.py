"""The protections of matrix.toml, each with what it takes to break it.

A broken variant is a context manager in tests/metadata/variants/: as long as it lasts, whatever runs in this
process, or whatever site is started from it, lacks the protection. So any of them goes with any experiment.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("matrix.toml")
RED, GREEN, NOTHING = "R", "g", "."


@dataclass(frozen=True)
class Kind:
    """Protections that share code: the experiments that run that code, and why the others do not matter."""

    experiments: frozenset[int]
    otherwise: str


@dataclass(frozen=True)
class Protection:
    """A line of the matrix.

    `row` has a letter for each experiment, in the order of their numbers. `broken` names variants that are
    in place together, as module.function below variants/. `left_out` says why an experiment that runs code
    of this kind is not measured.
    """

    name: str
    says: str
    file: str
    kind: Kind
    broken: Sequence[str]
    row: Sequence[str]
    left_out: Mapping[int, str]

    def declared(self, number: int) -> str:
        """What experiment `number` must be when this is broken: RED, GREEN, or NOTHING when not measured."""
        return self.row[number - 1]

    def reason(self, number: int) -> str:
        """Why that experiment is not measured."""
        return self.left_out.get(number, self.kind.otherwise)

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        """Meanwhile this process, and sites that it starts, do without it."""
        with ExitStack() as ends:
            for name in self.broken:
                ends.enter_context(variant(name))
            yield


def variant(name: str) -> AbstractContextManager[None]:
    """The broken variant of this name; raises AttributeError or ModuleNotFoundError when there is none."""
    module, _, function = name.partition(".")
    if module == "site":
        from tests.metadata.line import broken_site

        return broken_site(function)
    made: AbstractContextManager[None]
    made = getattr(importlib.import_module(f"tests.metadata.variants.{module}"), function)()
    return made


@cache
def protections() -> Mapping[str, Protection]:
    """All of them by name, in the order of the file; raises KeyError when a line of it lacks something."""
    read = tomllib.loads(FILE.read_text("utf-8"))
    kinds = {
        name: Kind(frozenset(kind["experiments"]), kind["otherwise"]) for name, kind in read["kind"].items()
    }
    return {
        name: Protection(
            name,
            entry["says"],
            entry["file"],
            kinds[entry["kind"]],
            entry["broken"],
            entry["row"].split(),
            {int(number): reason for number, reason in entry.get("left_out", {}).items()},
        )
        for name, entry in read["protection"].items()
    }
