"""One wheel per role: the same bytes each time, and on a server no code that opens a report."""

import ast
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from wheels import HOUSE, ROLES, ROOT, build, files_of, import_graph, module_of, requirements_of

SERVER_ROLES = ("mailroom", "source", "journalist")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("wheels")
    return {role: build(role, out) for role in ROLES}


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


@pytest.mark.parametrize("role", ROLES)
def test_a_second_build_has_the_same_bytes(role: str, wheels: dict[str, Path], tmp_path: Path) -> None:
    # Another process, folder, umask, locale, zone and hash seed: what differs between two people.
    changed = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    subprocess.run(
        [sys.executable, "scripts/wheels.py", "--out", str(tmp_path), role],
        cwd=ROOT,
        env={**os.environ, **changed},
        check=True,
        capture_output=True,
        umask=0o077,
    )
    assert (tmp_path / wheels[role].name).read_bytes() == wheels[role].read_bytes()


@pytest.mark.parametrize("role", SERVER_ROLES)
def test_a_server_wheel_holds_no_workstation_code(role: str, wheels: dict[str, Path]) -> None:
    folders = {name.partition("/")[0] for name in names(wheels[role])}
    assert folders <= {*ROLES[role], "mailroom", "serving", "securedrop_config", "sluis"}


@pytest.mark.parametrize(
    ("role", "module"),
    [
        *(("mailroom", module) for module in ("codename", "keytree", "envelope")),
        *(("journalist", module) for module in ("codename", "keytree", "sealing")),
    ],
)
def test_what_a_role_must_not_import_is_not_even_there(
    role: str, module: str, wheels: dict[str, Path]
) -> None:
    assert (ROOT / "sluis" / f"{module}.py").exists()
    assert f"sluis/{module}.py" not in names(wheels[role])


@pytest.mark.parametrize("role", ROLES)
def test_a_wheel_holds_its_files_and_the_compiled_messages(role: str, wheels: dict[str, Path]) -> None:
    tracked = {str(name) for name in files_of(role)}
    messages = {str(Path(name).with_suffix(".mo")) for name in tracked if name.endswith(".po")}
    assert names(wheels[role]) == tracked | messages


@pytest.mark.parametrize("role", ROLES)
def test_every_module_of_a_wheel_imports_without_the_rest_of_the_tree(
    role: str, wheels: dict[str, Path]
) -> None:
    known = import_graph().modules  # a migration is a program that alembic runs, not a module
    modules = [module_of(name) for name in files_of(role) if module_of(name) in known]
    code = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    importable = [module for module in modules if not module.endswith((".__main__", ".wsgi"))]
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *importable],
        cwd=wheels[role].parent,
        env={"PYTHONPATH": str(wheels[role]), "PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("role", ROLES)
def test_a_wheel_names_what_its_list_pins(role: str, wheels: dict[str, Path]) -> None:
    with zipfile.ZipFile(wheels[role]) as opened:
        (metadata,) = [name for name in opened.namelist() if name.endswith("/METADATA")]
        lines = opened.read(metadata).decode().splitlines()
    named = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")]
    assert named == requirements_of(role)


def foreign_imports(paths: Iterable[Path]) -> set[str]:
    """The top packages that modules import, without the standard library's and our own."""
    names: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {*HOUSE, "demo", "tests", "_typeshed"}


@pytest.mark.parametrize("role", ROLES)
def test_every_library_that_a_role_imports_is_in_its_list(role: str) -> None:
    modules = [ROOT / name for name in files_of(role) if name.suffix == ".py"]
    pinned = (ROOT / "requirements" / f"{role}.txt").read_text(encoding="utf-8")
    projects = packages_distributions()
    unpinned = {
        package
        for package in foreign_imports(modules)
        if not any(
            f"\n{project.lower().replace('_', '-')}==" in pinned for project in projects.get(package, [])
        )
    }
    assert not unpinned
