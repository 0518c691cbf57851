"""The import contracts of setup.cfg hold, and every single prohibition in them bites.

A contract that names a module by mistake, or that an option has made blind, looks exactly like one
that is kept. So every forbidden import is planted in a copy of the tree, and import-linter must name
every one of them.
"""

import ast
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NETWORK_CLIENTS = {"urllib.request", "http.client"}


def contracts() -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def words(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def forbidden() -> list[tuple[str, str, str]]:
    """Every (contract, importer, imported) that a contract of the kind "forbidden" names."""
    parser = contracts()
    return [
        (parser[section]["name"], source, target)
        for section in parser.sections()
        if parser[section].get("type") == "forbidden"
        for source in words(parser[section]["source_modules"])
        for target in words(parser[section]["forbidden_modules"])
    ]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The root packages and setup.cfg, to plant things in."""
    for package in words(contracts()["importlinter"]["root_packages"]):
        ignored = shutil.ignore_patterns("__pycache__", "static", "templates", "translations")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def plant(tree: Path, importer: str, imported: str) -> None:
    """Adds an import to the package `importer`, and the imported module if it is ours and missing."""
    target = tree.joinpath(*imported.split("."))
    if (tree / target.relative_to(tree).parts[0]).is_dir() and not target.is_dir():
        target.with_suffix(".py").touch()
    with (tree / importer / "planted.py").open("a", encoding="utf-8") as module:
        module.write(f"import {imported}\n")


def lint(tree: Path) -> tuple[int, str]:
    """import-linter's exit code and what it said."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=tree, check=False, capture_output=True)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_the_contracts_are_kept(copy: Path) -> None:
    code, said = lint(copy)
    assert code == 0, said


def test_every_forbidden_import_is_caught(copy: Path) -> None:
    for _, importer, imported in forbidden():
        plant(copy, importer, imported)
    code, said = lint(copy)
    assert code == 1, said
    silent = [
        (name, importer, imported)
        for name, importer, imported in forbidden()
        if f"{importer} is not allowed to import {imported}:" not in said
        or not re.search(rf"^{re.escape(name)} BROKEN", said, re.M)
    ]
    assert not silent, said


@pytest.mark.parametrize(
    ("contract", "importer", "imported"),
    [
        ("rooms", "mailroom", "source_interface"),
        ("rooms", "serving", "workstation"),
        ("rooms", "sluis", "mailroom"),
        ("keys", "sluis", "keys"),
        ("apps", "source_interface", "workstation"),
        ("apps", "workstation", "journalist_interface"),
    ],
)
def test_every_layer_is_caught(copy: Path, contract: str, importer: str, imported: str) -> None:
    plant(copy, importer, imported)
    code, said = lint(copy)
    assert code == 1, said
    name = contracts()[f"importlinter:contract:{contract}"]["name"]
    assert re.search(rf"^{re.escape(name)} BROKEN", said, re.M), said


def test_an_entry_point_may_read_the_configuration(copy: Path) -> None:
    (copy / "source_interface" / "wsgi.py").write_text("import securedrop_config\n")
    code, said = lint(copy)
    assert code == 0, said


def imports_of(path: Path) -> set[str]:
    """Every dotted name that a module's import statements could bring in."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("package", ["workstation", "sluis"])
def test_the_air_gapped_code_has_no_client_of_the_standard_library(package: str) -> None:
    modules = sorted((ROOT / package).rglob("*.py"))
    assert modules
    caught = {str(path): imports_of(path) & NETWORK_CLIENTS for path in modules}
    assert not {path: names for path, names in caught.items() if names}
