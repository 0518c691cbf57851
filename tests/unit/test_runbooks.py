"""The runbooks name only what exists, and explain all that a person can set or be told."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import click
import msgspec
import pytest

from journalist_interface.notices import Notice
from journalist_interface.texts import RELEASE_REASONS
from mailroom.__main__ import main as mailroom_main
from securedrop_config.model import ServerConfig, Table
from workstation.ui.reasons import IMPORT_REASONS
from workstation.ui.texts import STATES, WARNINGS

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "securedrop_config" / "templates"
RUNBOOKS = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "docs/runbooks").glob("*.md"))}
OPERATOR = RUNBOOKS["operator"]
COMMAND = re.compile(r"/opt/sluis/(\w+)/bin/python -I -m ([\w.]+)([^\n]*)")
WORD = re.compile(r"\"[^\"]*\"|\S+")


def tables() -> dict[str, type[Table]]:
    """The tables of sluis.toml by their names there, those inside another one too."""
    return dict(tables_in(ServerConfig, ""))


def tables_in(outer: type[Table], prefix: str) -> Iterator[tuple[str, type[Table]]]:
    for name, hint in get_type_hints(outer).items():
        kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, Table):
                yield prefix + name.removesuffix("_table"), kind
                yield from tables_in(kind, f"{prefix}{name}.")


def commands() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Every command of ours in a runbook: runbook, role, module, words after it."""
    found = []
    for name, text in RUNBOOKS.items():
        for block in re.findall(r"^ *```sh\n(.*?)^ *```", text, re.S | re.M):
            for role, module, rest in COMMAND.findall(block):
                found.append((name, role, module, tuple(WORD.findall(rest))))
    return found


def module_of(module: str) -> str:
    return f"{module}.__main__" if (ROOT / module.replace(".", "/") / "__main__.py").exists() else module


def test_the_three_runbooks_are_there() -> None:
    assert set(RUNBOOKS) == {"operator", "counsellor", "custodian"}


@pytest.mark.parametrize("table", tables())
def test_the_operators_runbook_explains_every_setting(table: str) -> None:
    section = OPERATOR.partition("## 13. Every setting")[2].partition(f"### `[{table}]`")[2]
    explained = set(re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", section.partition("### ")[0], re.M))
    assert explained == set(tables()[table].__struct_fields__)


def test_the_defaults_in_the_runbook_are_those_of_the_code() -> None:
    for name, table in tables().items():
        section = OPERATOR.partition(f"### `[{name}]`")[2].partition("### ")[0]
        shown = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.M))
        assert shown == {one.name: spelt(one.default) for one in msgspec.structs.fields(table)}


def spelt(default: object) -> str:
    """A default as the runbook writes it."""
    if default is msgspec.NODEFAULT:
        return "required"
    if default is None:
        return "none"
    if isinstance(default, tuple):
        return "`[" + ", ".join(f'"{one}"' for one in default) + "]`"
    return str(default).lower()


def test_each_runbook_holds_commands() -> None:
    assert {name for name, *_ in commands()} == set(RUNBOOKS)


def found_command(group: click.Group, words: tuple[str, ...]) -> tuple[click.Command, list[str]]:
    """The command that these words name, also within a group of commands, and the words after it."""
    name, *rest = words
    assert name in group.commands, f"there is no command {name}"
    known = group.commands[name]
    return found_command(known, tuple(rest)) if isinstance(known, click.Group) else (known, rest)


@pytest.mark.parametrize("command", commands(), ids=lambda one: f"{one[0]}: {one[2]} {' '.join(one[3][:1])}")
def test_each_command_in_a_runbook_exists_with_its_options(
    command: tuple[str, str, str, tuple[str, ...]],
) -> None:
    _, role, module, arguments = command
    assert (
        module
        in {
            "mailroom": ("mailroom", "securedrop_config"),
            "source": ("source_interface.wsgi",),
            "journalist": ("journalist_interface",),
            "workstation": ("workstation", "keys"),
        }[role]
    )
    program = importlib.import_module(module_of(module)).main
    if isinstance(program, click.Group):
        known, rest = found_command(program, arguments)
        options = {option: one for one in known.params for option in one.opts if option.startswith("--")}
        given = [word for word in rest if word.startswith("--")]
        assert set(given) <= set(options)
        required = {one.opts[0] for one in known.params if isinstance(one, click.Option) and one.required}
        assert required <= set(given)
        values = sum(not getattr(options[word], "is_flag", False) for word in given)
        wanted = sum(isinstance(one, click.Argument) for one in known.params)
        assert len(rest) - len(given) - values == wanted
    elif module == "mailroom":
        assert program is mailroom_main
        shown = subprocess.run(
            [sys.executable, "-m", "mailroom", "--help"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        assert arguments[0] in re.split(r"[{},]", shown)
        assert arguments[1:] == ("--config", "/etc/sluis/sluis.toml")
    elif module == "securedrop_config":
        assert arguments == ("--config", "/etc/sluis/sluis.toml")
    else:
        assert arguments == ()


def test_every_command_of_the_workstation_is_in_a_runbook() -> None:
    program = importlib.import_module("workstation.__main__").main
    named = {
        found_command(program, arguments)[0]
        for _, _, module, arguments in commands()
        if module == "workstation"
    }
    assert named | {program.commands["serve"]} == set(every_command(program))
    unit = (TEMPLATES / "workstation/etc/systemd/user/sluis-workstation.service").read_text("utf-8")
    assert "-m workstation serve --folder %h/office" in unit


def every_command(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from every_command(command)
        else:
            yield command


def test_every_unit_and_group_in_a_runbook_is_a_template() -> None:
    made = {path.stem for path in TEMPLATES.rglob("*.service")} | {"sluis-page"}
    accounts = (TEMPLATES / "etc/sysusers.d/sluis.conf").read_text("utf-8")
    folders = ("sluis-install", "sluis-gnupg")
    for name, text in RUNBOOKS.items():
        for word in re.findall(r"(?<![\w.])sluis-[a-z-]+[a-z]", text):
            assert word in made or word in folders or f" {word} " in accounts, f"{name} names {word}"


def test_the_operators_runbook_answers_every_warning_and_refusal() -> None:
    attention = OPERATOR.partition("## 9. What needs attention")[2].partition("## 10.")[0]
    refusals = OPERATOR.partition("## 8. The release comes back")[2].partition("## 9.")[0]
    assert len(rows(attention)) >= len(Notice) - 1, "a warning of the exports page has no line"
    # One line may answer several: all sizes, both other owners, both full disks; no file chosen needs none.
    assert len(rows(refusals)) >= len(RELEASE_REASONS) - 7


def test_the_counsellors_runbook_answers_every_import_and_names_every_state() -> None:
    text = RUNBOOKS["counsellor"]
    quiet = {"rolled-back", "expired", "gpg-failed", "nothing-chosen", "busy"}
    for code in (set(IMPORT_REASONS) | set(WARNINGS)) - quiet - {"damaged-accepted"}:
        assert f"`{code}`" in text, code
    for word, _ in STATES.values():
        assert f"| {word} |" in text.replace("In a release", str(STATES["sealed"][0])), word


def rows(section: str) -> list[str]:
    """The lines of the section's tables, without their heads."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [line for line in lines if not re.fullmatch(r"\|[-|]+\|", line)][1:]
