"""One wheel per role: the same bytes each time, and on a server no code that opens a report."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import grimp
import pytest
from wheels import ROLES, ROOT, build, requirements_of, tracked_files

SERVER_ROLES = ("mailroom", "source", "journalist")
HOUSE = sorted({package for packages in ROLES.values() for package in packages})


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
    assert folders <= set(ROLES[role])
    assert not {"workstation", "keys", "demo", "bench", "tests"} & folders


@pytest.mark.parametrize("role", ROLES)
def test_a_wheel_holds_every_tracked_file_and_the_compiled_messages(
    role: str, wheels: dict[str, Path]
) -> None:
    tracked = {str(name) for name in tracked_files(ROLES[role])}
    messages = {str(Path(name).with_suffix(".mo")) for name in tracked if name.endswith(".po")}
    assert names(wheels[role]) == tracked | messages


@pytest.mark.parametrize("role", ROLES)
def test_a_wheel_names_what_its_list_pins(role: str, wheels: dict[str, Path]) -> None:
    with zipfile.ZipFile(wheels[role]) as opened:
        (metadata,) = [name for name in opened.namelist() if name.endswith("/METADATA")]
        lines = opened.read(metadata).decode().splitlines()
    named = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")]
    assert named == requirements_of(role)


@pytest.mark.parametrize("role", ROLES)
def test_no_wheel_imports_what_it_does_not_hold(role: str) -> None:
    graph = grimp.build_graph(*HOUSE, cache_dir=None)
    held = [module for module in graph.modules if module.partition(".")[0] in ROLES[role]]
    missing = {
        f"{module} imports {imported}"
        for module in held
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.partition(".")[0] not in ROLES[role]
    }
    assert not missing
