"""What must be true of the tree as a whole, whoever changed it last."""

import ast
import re
import stat
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("mailroom", "source", "journalist", "workstation")
LISTS = (*ROLES, "demo", "development", "build")
FIXED = (
    *("source_interface", "journalist_interface", "keys", "securedrop_config", "tests"),
    *("Makefile", "setup.cfg", "README.md"),
)
TARGETS = (
    *("help", "run", "demo", "test", "check", "metadata", "seizure", "bench", "faults"),
    *("screenshots", "setup", "clean", "wheels"),
)
NOT_BUILT_WITHOUT = {
    "metadata": "tests/metadata/run.py",
    "seizure": "tests/metadata/seizure.py",
    "bench": "bench/__main__.py",
    "faults": "tests/faults/run.py",
    "screenshots": "demo/screenshots.py",
}

# Each pattern is written so that it does not find itself in this file.
PRIVATE_KEYS = {
    "PEM or OpenSSH": rb"-----BEGIN [A-Z0-9 ]*PRIVATE KE[Y]-----",
    "OpenPGP, armoured": rb"-----BEGIN PGP PRIVATE KEY BLOC[K]",
    "GnuPG 2.1 key file": rb"\((?:protected-)?private-ke[y]\s*\(",
    "onion service key file": rb"== ed25519v1-secre[t]:",
    "onion service key on the control port": rb"ED25519-V[3]:[A-Za-z0-9+/]{80,}",
    "onion client authorisation": rb"\b[a-z2-7]{56}:descriptor:x2551[9]:[A-Z2-7]{52}",
    "age": rb"AGE-SECRET-KE[Y]-1[0-9A-Z]{50,}",
}
KEY_FILE_NAMES = re.compile(
    r"(?:\.(?:pem|key|seed|auth_private|p12|pfx|kdbx)|/?hs_ed25519_secret_key|/?secring\.\w+)$"
    r"|private-keys-v1\.d/"
)
REGISTRY_HOSTS = re.compile(
    rb"pypi\.or[g]|pythonhosted\.or[g]|npmjs\.(?:or[g]|co[m])|deb\.debian\.or[g]"
    rb"|security\.debian\.or[g]|crates\.i[o]|proxy\.golang\.or[g]"
)
MACHINE_PATHS = re.compile(
    rb"(?<![\w.~-])/(?:wor[k]/(?:main|plan|shared|\.)|roo[t]/\.|op[t]/(?:pypi|wheels))"
)
LEFT_TO_DO = re.compile(rb"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
LEFT_OUT = re.compile(rb"\bpytest\.(?:mark\.)?(?:ski[p]|skipi[f]|xfai[l]|importorski[p])\b")


def git(*arguments: str) -> str:
    asked = ["git", *arguments]
    return subprocess.run(asked, cwd=ROOT, check=True, capture_output=True).stdout.decode()


@pytest.fixture(scope="module")
def tree() -> dict[str, bytes]:
    """Every file that git tracks, by name."""
    names = [name for name in git("ls-files", "-z").split("\0") if name]
    return {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()}


def found(pattern: re.Pattern[bytes], tree: dict[str, bytes]) -> list[str]:
    places = []
    for name, content in tree.items():
        for hit in pattern.finditer(content):
            line = content.count(b"\n", 0, hit.start()) + 1
            places.append(f"{name}:{line}: {hit[0][:40]!r}")
    return places


def pins(name: str) -> dict[str, tuple[str, int]]:
    """What requirements/<name>.txt pins: project to (version, number of hashes)."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    joined = text.replace("\\\n", " ")
    pinned = {}
    for line in joined.splitlines():
        bare = line.partition(" #")[0].strip()
        if not bare or bare.startswith("#"):
            continue
        shape = re.fullmatch(
            r"([a-z0-9.-]+)==([^\s;]+)(?: ; [^-]+)?((?:\s+--hash=sha256:[0-9a-f]{64})+)", bare
        )
        assert shape, f"requirements/{name}.txt: {bare[:80]!r} is not one version with hashes"
        pinned[shape[1]] = (shape[2], shape[3].count("--hash"))
    return pinned


def asked(name: str) -> list[tuple[str, str]]:
    """The lines of requirements/<name>.in as (what, reason)."""
    text = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(what.strip(), why.strip()) for what, _, why in (line.partition("#") for line in lines)]


@pytest.mark.parametrize("kind", PRIVATE_KEYS)
def test_no_private_key_is_in_the_tree(kind: str, tree: dict[str, bytes]) -> None:
    assert not found(re.compile(PRIVATE_KEYS[kind]), tree)


def test_no_file_is_named_like_a_private_key(tree: dict[str, bytes]) -> None:
    assert not [name for name in tree if KEY_FILE_NAMES.search(name)]


def test_a_fresh_private_key_would_be_found(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    planted = {"notes.txt": b"as discussed:\n\n" + pem}
    assert found(re.compile(PRIVATE_KEYS["PEM or OpenSSH"]), planted)


def test_nothing_names_a_registry_host(tree: dict[str, bytes]) -> None:
    assert not found(REGISTRY_HOSTS, tree)


def test_nothing_names_a_path_of_the_machine_it_was_written_on(tree: dict[str, bytes]) -> None:
    assert not found(MACHINE_PATHS, tree)


def test_nothing_is_left_to_do_in_the_code(tree: dict[str, bytes]) -> None:
    assert not found(LEFT_TO_DO, {name: text for name, text in tree.items() if is_code(name)})


def test_no_test_is_left_out(tree: dict[str, bytes]) -> None:
    assert not found(LEFT_OUT, {n: text for n, text in tree.items() if n.startswith("tests/")})


def is_code(name: str) -> bool:
    return name.endswith((".py", ".html", ".css", ".cfg", ".toml", ".sh")) or name == "Makefile"


def test_no_module_is_called_utils(tree: dict[str, bytes]) -> None:
    assert not [name for name in tree if re.search(r"(?:^|/)utils?(?:\.py|/)", name)]


def test_only_scripts_are_executable() -> None:
    listed = [line.split(None, 3) for line in git("ls-files", "--stage").splitlines()]
    modes = {name: mode for mode, _, _, name in listed}
    executable = {name for name, mode in modes.items() if mode == "100755"}
    assert set(modes.values()) <= {"100644", "100755"}, "links do not survive everywhere"
    # A broken variant of the experiments is run in the place of gpg.
    expected = ("scripts/", ".ci/", "tests/metadata/variants/")
    assert {name for name in executable if not name.startswith(expected)} == set()
    assert all((ROOT / name).read_bytes().startswith(b"#!") for name in executable)
    assert {".ci/run", "scripts/setup", "scripts/lock"} <= executable


def test_nothing_tracked_is_writable_by_everyone(tree: dict[str, bytes]) -> None:
    assert not [name for name in tree if (ROOT / name).stat().st_mode & stat.S_IWOTH]


@pytest.mark.parametrize("entry", FIXED)
def test_the_fixed_entries_exist(entry: str) -> None:
    assert (ROOT / entry).exists()


@pytest.mark.parametrize("name", LISTS)
def test_every_requirement_has_a_reason(name: str) -> None:
    assert not [what for what, why in asked(name) if len(why) < 8]


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_is_one_version_with_hashes(name: str) -> None:
    assert pins(name)
    assert min(hashes for _, hashes in pins(name).values()) >= 1


@pytest.mark.parametrize("name", LISTS)
def test_what_is_asked_for_is_pinned(name: str) -> None:
    wanted = {re.split(r"[<>=!~\[]", what)[0] for what, _ in asked(name) if what[0] != "-"}
    assert wanted <= set(pins(name)), f"run scripts/lock: requirements/{name}.txt is behind"


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_the_versions_that_are_tested(name: str) -> None:
    assert pins(name).items() <= pins("development").items()


def test_the_demo_list_is_the_union_of_the_roles() -> None:
    assert pins("demo") == {k: v for role in ROLES for k, v in pins(role).items()}


def test_requirements_bring_no_option_that_could_fetch_from_elsewhere() -> None:
    for name in LISTS:
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert not re.search(r"://|--(?:extra-)?index|--find-links|--trusted|^-e ", text, re.M)


def test_the_workstation_list_has_no_network_client() -> None:
    assert not {"requests", "urllib3", "httpx", "aiohttp", "stem"} & set(pins("workstation"))


def test_make_without_a_target_is_help() -> None:
    def said(*target: str) -> str:
        command = ["make", "--no-print-directory", *target]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()

    assert said() == said("help")
    assert set(re.findall(r"^  make ([a-z-]+) +\w", said(), re.M)) == set(TARGETS)


@pytest.mark.parametrize("target", NOT_BUILT_WITHOUT)
def test_a_target_without_its_script_says_so_and_fails(target: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), target],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 2
    assert f"{NOT_BUILT_WITHOUT[target]} is not in this tree" in done.stderr.decode()


def test_the_licence_is_the_one_that_the_metadata_names() -> None:
    house = ConfigParser(interpolation=None)
    house.read(ROOT / "setup.cfg", encoding="utf-8")
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert house["metadata"]["license"] == "EUPL-1.2"
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in licence
    assert "EUPL © the European Union 2007, 2016" in licence


def test_every_exception_to_warnings_as_errors_has_a_reason() -> None:
    lines = (ROOT / "setup.cfg").read_text(encoding="utf-8").splitlines()
    begin = lines.index("filterwarnings =")
    block = lines[begin + 1 : lines.index("", begin)]
    assert block[0].strip() == "error"
    for before, line in pairwise(block):
        explained = before.strip().startswith("#") or line.strip().startswith("#")
        assert explained, f"{line.strip()!r} has no reason above it"


def test_no_text_to_be_translated_stands_in_an_f_string() -> None:
    """pybabel looks at tokens, and an f-string is one: no catalogue would have what stands in it."""
    calls = {"_", "_l", "gettext", "ngettext"}

    def translated(tree: ast.AST) -> Iterator[int]:
        for whole in ast.walk(tree):
            if isinstance(whole, ast.JoinedStr):
                for part in ast.walk(whole):
                    if isinstance(part, ast.Call) and getattr(part.func, "id", "") in calls:
                        yield part.lineno

    assert list(translated(ast.parse("f'{_(1)} {say(2)}'"))) == [1]
    for package in ("source_interface", "journalist_interface", "workstation"):
        for path in (ROOT / package).rglob("*.py"):
            assert not list(translated(ast.parse(path.read_bytes()))), path
