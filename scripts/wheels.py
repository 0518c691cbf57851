"""Builds one wheel per role from the one tree, byte for byte the same each time.

A server that takes reports must hold no code that opens them, so no role installs the whole tree. A wheel
holds the packages of its role, and of the shared ones (`mailroom`, `securedrop_config`, `sluis`) only the
modules that these import, directly or not. What it needs from elsewhere is pinned by hash in
requirements/<role>.txt. Two roles on one machine have two virtual environments, as they have two users.

Usage: python scripts/wheels.py [--out FOLDER] [ROLE ...]

The build uses no network. Its clock is SOURCE_DATE_EPOCH, or else the time of the last commit, so that
anybody with the same commit and the tools of requirements/development.txt gets the same bytes.
"""

import argparse
import configparser
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import grimp
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent

ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mailroom": ("mailroom", "securedrop_config.__main__"),
        "source": ("source_interface",),
        "journalist": ("journalist_interface", "securedrop_config.onion"),
        "workstation": ("workstation", "keys"),
    }
)
"""What each role is for: packages and modules that go into its wheel whole, with all that they import."""

MAKING = ("wordlists/generate.py", "wordlists/excluded.*.txt")
"""What the word lists were made with; nobody needs it where they are used."""

HOUSE = (
    *("source_interface", "journalist_interface", "workstation", "mailroom", "serving"),
    *("keys", "securedrop_config", "sluis"),
)
"""Every package that is deployed somewhere."""

_SETUP_CFG = """\
[metadata]
name = sluis-{role}
version = {version}
description = {description} ({role})
license = EUPL-1.2
license_files = LICENSE

[options]
python_requires = >=3.11
zip_safe = False
packages =
{packages}
install_requires =
{requirements}

[options.package_data]
* = **
"""
_PYPROJECT = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
_FALLBACK_EPOCH = 315532800  # 1980-01-01: the first time that a zip file can hold


def tracked_files() -> list[Path]:
    """The files of HOUSE that git knows, or without git all but compiled ones; relative to ROOT, sorted."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--", *HOUSE],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout.decode()
        names = [Path(name) for name in listed.split("\0") if name]
    else:
        names = [
            path.relative_to(ROOT)
            for package in HOUSE
            for path in (ROOT / package).rglob("*")
            if path.suffix not in {".pyc", ".mo"}
        ]
    return sorted(name for name in names if (ROOT / name).is_file())


def module_of(name: Path) -> str:
    """The dotted name of the module in the file `name`; a package is its __init__.py."""
    parts = name.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph() -> grimp.ImportGraph:
    """Who of HOUSE imports whom."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return grimp.build_graph(*HOUSE, cache_dir=None)


def modules_of(role: str, graph: grimp.ImportGraph) -> set[str]:
    """Every module of ours that runs when a module of the role is imported, and the packages around it."""
    reached: set[str] = set()
    waiting = [
        module
        for module in graph.modules
        if any(module == own or module.startswith(f"{own}.") for own in ROLES[role])
    ]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += graph.find_modules_directly_imported_by(module)
            waiting += filter(None, [module.rpartition(".")[0]])
    return reached


def package_of(name: Path) -> str:
    """The innermost package that a data file lies in."""
    folder = name.parent
    while not (ROOT / folder / "__init__.py").exists():
        folder = folder.parent
    return ".".join(folder.parts)


def files_of(role: str) -> list[Path]:
    """The tracked files of the role's wheel: its modules, and the data that lies in their packages.

    A program that no package holds, such as a migration, is data to whoever runs it.
    """
    graph = import_graph()
    modules = modules_of(role, graph)
    return [
        name
        for name in tracked_files()
        if (module_of(name) if module_of(name) in graph.modules else package_of(name)) in modules
        and not any(name.match(pattern) for pattern in MAKING)
    ]


def build_epoch() -> int:
    """SOURCE_DATE_EPOCH, or the time of the last commit, or 1980 where there is no history."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    asked = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, check=False)
    return int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip() else _FALLBACK_EPOCH


def requirements_of(role: str) -> list[str]:
    """The direct requirements in requirements/<role>.in, without their reasons."""
    lines = (ROOT / "requirements" / f"{role}.in").read_text(encoding="utf-8").splitlines()
    return [bare for line in lines if (bare := line.partition("#")[0].strip())]


def lay_out(role: str, target: Path) -> None:
    """Writes a project for one role into `target`: packages, compiled messages, metadata, licence."""
    files = files_of(role)
    for name in files:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy)
        copy.chmod(0o644)
        if name.suffix == ".po":
            with (ROOT / name).open("rb") as source, copy.with_suffix(".mo").open("wb") as compiled:
                catalog = read_po(source)
                catalog.creation_date = catalog.revision_date = datetime.fromtimestamp(build_epoch(), UTC)
                write_mo(compiled, catalog)
            copy.with_suffix(".mo").chmod(0o644)
    shutil.copyfile(ROOT / "LICENSE", target / "LICENSE")
    (target / "LICENSE").chmod(0o644)
    packages = [".".join(name.parent.parts) for name in files if name.name == "__init__.py"]
    house = configparser.ConfigParser(interpolation=None)
    house.read(ROOT / "setup.cfg", encoding="utf-8")
    (target / "setup.cfg").write_text(
        _SETUP_CFG.format(
            role=role,
            version=house["metadata"]["version"],
            description=house["metadata"]["description"],
            packages="\n".join(f"    {package}" for package in packages),
            requirements="\n".join(f"    {requirement}" for requirement in requirements_of(role)),
        ),
        encoding="utf-8",
    )
    (target / "pyproject.toml").write_text(_PYPROJECT, encoding="utf-8")


def build(role: str, out: Path) -> Path:
    """Builds the wheel of `role` into `out` and returns its path.

    Raises subprocess.CalledProcessError, after the builder's own words, when the back end fails.
    """
    with tempfile.TemporaryDirectory(prefix="sluis-wheel-") as folder:
        project = Path(folder) / "project"
        project.mkdir()
        lay_out(role, project)
        built = Path(folder) / "built"
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
        done = subprocess.run(
            [*command, str(built), str(project)],
            env={**os.environ, "SOURCE_DATE_EPOCH": str(build_epoch()), "PYTHONHASHSEED": "0"},
            capture_output=True,
            check=False,
            umask=0o022,  # modes go into the wheel
        )
        if done.returncode != 0:
            sys.stderr.write(done.stdout.decode() + done.stderr.decode())
            done.check_returncode()
        (wheel,) = built.glob("*.whl")
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(wheel, out / wheel.name))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Builds one wheel per role.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="default: dist/")
    parser.add_argument("roles", nargs="*", metavar="ROLE", help=f"of {', '.join(ROLES)}; all")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.roles) - set(ROLES))
    if unknown:
        parser.error(f"no such role: {', '.join(unknown)}")
    for role in options.roles or ROLES:
        wheel = build(role, options.out)
        print(f"{hashlib.sha256(wheel.read_bytes()).hexdigest()}  {wheel.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
