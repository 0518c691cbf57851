"""The matrix is complete, its parts exist, and a difference from what it declares is found."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest

from tests.metadata import matrix
from tests.metadata.experiment import FAST, Experiment, Outcome, Row, Scale, perform
from tests.metadata.experiments import all_experiments
from tests.metadata.protections import GREEN, NOTHING, RED, Protection, protections, variant
from tests.metadata.run import markdown
from tests.metadata.variants import office, sizes, stores
from tests.metadata.variants.site import BROKEN

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = [experiment.number for experiment in all_experiments()]
PROTECTIONS = list(protections().values())
each = pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda one: one.name)


def variants_of(module: ModuleType) -> Iterator[str]:
    """The public functions that the module defines."""
    for name, thing in vars(module).items():
        if callable(thing) and not name.startswith("_") and thing.__module__ == module.__name__:
            yield f"{module.__name__.rpartition('.')[2]}.{name}"


def test_there_are_sixteen_experiments() -> None:
    assert list(range(1, 17)) == NUMBERS


def test_every_broken_variant_is_in_the_matrix() -> None:
    made = {f"site.{name}" for name in BROKEN}
    for module in (office, sizes, stores):
        made |= set(variants_of(module))
    assert made == {name for protection in PROTECTIONS for name in protection.broken}


def test_no_two_lines_break_the_same() -> None:
    assert len({tuple(protection.broken) for protection in PROTECTIONS}) == len(PROTECTIONS)


@each
def test_a_line_is_whole(protection: Protection) -> None:
    assert len(protection.row) == len(NUMBERS)
    assert set(protection.row) <= {RED, GREEN, NOTHING}
    assert RED in protection.row
    assert protection.says.endswith(".")


@each
def test_what_provides_the_protection_exists_and_is_shipped(protection: Protection) -> None:
    assert (ROOT / protection.file).is_file()
    assert Path(protection.file).parts[0] in shipped_packages()


@each
def test_what_is_not_measured_has_a_reason(protection: Protection) -> None:
    """Every experiment of the kind is measured or left out by name; every other is not measured."""
    kind = protection.kind
    assert kind.otherwise
    assert set(protection.left_out) <= kind.experiments
    measured = {number for number in NUMBERS if protection.declared(number) != NOTHING}
    assert measured == kind.experiments - set(protection.left_out)


@pytest.mark.parametrize("experiment", all_experiments(), ids=lambda one: f"{one.number:02d}")
def test_the_protections_of_a_row_are_declared_red(experiment: Experiment) -> None:
    assert experiment.variants
    declared = {name: protections()[name].declared(experiment.number) for name in experiment.variants}
    assert set(declared.values()) == {RED}, declared


def test_every_protection_is_the_reason_for_some_row() -> None:
    """What no row is there for would be measured with whatever n that row happens to have."""
    named = {name for experiment in all_experiments() for name in experiment.variants}
    assert named <= set(protections())
    for name in set(protections()) - named:
        assert RED in protections()[name].row


def shipped_packages() -> list[str]:
    setup = ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg")
    return [line.rstrip("*") for line in setup["options.packages.find"]["include"].split()]


def test_no_broken_variant_is_near_shipped_code() -> None:
    """Shipped packages import nothing of tests/, so that nothing broken can come with them."""
    files = [path for package in shipped_packages() for path in (ROOT / package).rglob("*.py")]
    assert files
    for path in files:
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "tests"], path


class Shop:
    """Something with a protection that a test can take away."""

    closed = True


@contextmanager
def open_shop() -> Iterator[None]:
    with patch.object(Shop, "closed", False):
        yield


def is_closed(_scale: Scale) -> Outcome:
    return Outcome(f"closed: {Shop.closed}", "closed", Shop.closed)


def crashes(_scale: Scale) -> Outcome:
    raise ValueError("the shop burns")


LOCK = replace(PROTECTIONS[0], name="lock", broken=["shop.open_shop"], row=["R"], left_out={})
TOY = Experiment(1, "the shop is closed", is_closed, {"lock": is_closed}, alone=True)


@pytest.fixture(autouse=True)
def shop() -> Iterator[None]:
    module = ModuleType("shop")
    module.open_shop = open_shop  # type: ignore[attr-defined]
    genuine = importlib.import_module

    def imported(name: str) -> ModuleType:
        return module if name.endswith(".shop") else genuine(name)

    with (
        patch("importlib.import_module", imported),
        patch("tests.metadata.experiment.protections", lambda: {"lock": LOCK}),
    ):
        yield


def test_a_row_is_shown_when_its_broken_variant_is_caught() -> None:
    row = perform(TOY, FAST)
    assert (row.outcome.holds, row.caught, row.shown, row.verdict) == (True, True, True, "holds")
    assert Shop.closed


def test_a_variant_that_is_not_caught_fails_the_row() -> None:
    row = perform(replace(TOY, measure=is_closed, variants={"lock": lambda _: Outcome("", "", True)}), FAST)
    assert (row.shown, row.verdict) == (False, "NOT CAUGHT")


def test_what_is_as_declared_is_no_difference() -> None:
    cells = matrix.measure([LOCK], [TOY])
    assert [(cell.measured, cell.differs) for cell in cells] == [(RED, False)]
    assert matrix.report([LOCK], cells)[-1] == "1 measured, 1 of them red; all as declared"


def test_a_red_that_was_declared_green_is_told() -> None:
    green = replace(LOCK, row=["g"])
    cells = matrix.measure([green], [TOY])
    told = matrix.report([green], cells)
    assert [cell.differs for cell in cells] == [True]
    assert told[2] == "lock  g=R"
    assert told[-2:] == [
        "DIFFERS: 1 without lock was declared g and is R: closed: False",
        "1 measured, 1 of them red; 1 are not as declared",
    ]


def test_an_experiment_that_ends_with_an_error_is_neither_red_nor_green() -> None:
    (cell,) = matrix.measure([LOCK], [replace(TOY, measure=crashes, variants={})])
    assert cell.differs
    assert matrix.report([LOCK], [cell])[2:][0] == "lock  R=!"
    assert "ValueError: the shop burns" in matrix.report([LOCK], [cell])[-2]


def test_what_was_measured_for_a_row_is_not_measured_again() -> None:
    known = {("lock", 1): Outcome("as before", "", False)}
    (cell,) = matrix.measure([LOCK], [replace(TOY, measure=crashes, variants={})], known)
    assert cell.measured == RED


def test_what_is_not_declared_is_not_measured() -> None:
    assert matrix.measure([replace(LOCK, row=["."])], [TOY]) == []


def test_a_variant_that_is_not_there_is_no_silent_success() -> None:
    with pytest.raises(AttributeError):
        variant("stores.no_such_variant")


def test_rows_become_a_table_for_the_documents() -> None:
    row = Row(TOY, Outcome("a | b", "none", True), {"lock": Outcome("open", "none", False)})
    assert markdown([row], FAST).splitlines()[-1] == (
        r"| 1 | the shop is closed | a \| b | none | `lock`: open | holds |"
    )
