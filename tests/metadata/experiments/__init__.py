"""One module for each of the sixteen experiments; each has an EXPERIMENT."""

from __future__ import annotations

import importlib
import pkgutil

from tests.metadata.experiment import Experiment


def all_experiments() -> list[Experiment]:
    """Every experiment of this folder, in order of its number."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    found: list[Experiment] = [importlib.import_module(f"{__name__}.{name}").EXPERIMENT for name in names]
    return sorted(found, key=lambda experiment: experiment.number)


def experiment_of(number: int) -> Experiment:
    """The one with this number."""
    (found,) = [one for one in all_experiments() if one.number == number]
    return found
