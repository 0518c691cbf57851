"""The documents say what is so: examples run, figures agree, files and functions exist."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from sluis.errors import SluisError
from sluis.instance import CERTIFICATE_SIZE, ENROLMENT_SIZE, RECORD_SIZE
from sluis.keytree import KdfProfile, SourceKeys, derive_root, row_tag
from sluis.limits import RELEASE_SIZE, SITES
from sluis.padding import LADDER, cells_for

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROTOCOL = (DOCS / "protocol.md").read_text("utf-8")
MARKDOWN = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "*.md"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(
    r"`([a-z_]+(?:/[A-Za-z0-9_.-]+)+\.(?:py|md|toml|txt|service|cfg|html|po))(?:::(\w+(?:\.\w+)?))?`"
)


def example(name: str) -> dict[str, str]:
    """The `key: value` lines of one example block of protocol.md."""
    block = re.search(rf"<!-- example: {name} -->\n```\n(.*?)```", PROTOCOL, re.S)
    assert block is not None, name
    return dict(re.split(r":\s+", line, maxsplit=1) for line in block[1].splitlines())


def test_the_example_of_the_codename_check() -> None:
    fields = example("check")
    digest = hashlib.sha256(b"codename-check/v1" + fields["codename"].encode()).hexdigest()
    assert digest == fields["sha256"]
    assert digest.startswith("00")


def test_the_example_of_the_key_tree() -> None:
    fields = example("keytree")
    instance = bytes(range(16))
    root = derive_root(fields["codename"], instance, KdfProfile(memory_kib=64, passes=1))
    keys = SourceKeys.from_root(root)
    assert (root.hex(), keys.thread.hex()) == (fields["root"], fields["thread"])
    assert row_tag(keys.k_tag, instance, 7, 3).hex() == fields["tag(7,3)"]


def test_the_example_of_the_ladder() -> None:
    fields = example("ladder")
    needed = [int(n) for n in fields["needed"].split()]
    assert [cells_for(n) for n in needed] == [int(n) for n in fields["cells"].split()]
    assert ", ".join(map(str, LADDER)) in PROTOCOL.replace("\n", " ")


def test_the_sizes_in_the_protocol_are_those_of_the_code() -> None:
    for site in SITES.values():
        row = f"| {site.name} | {site.slots:,} | {site.bank_size:,} | {site.largest_file // 1_048_576} MiB |"
        assert row in PROTOCOL
    for size in (RELEASE_SIZE, RECORD_SIZE, CERTIFICATE_SIZE, ENROLMENT_SIZE):
        assert f"{size:,}" in PROTOCOL


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_named_files_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    for target in LINK.findall(text):
        if "://" not in target and not target.startswith("#"):
            assert (path.parent / target.split("#")[0]).exists(), f"{path.name} links to {target}"
    for name, function in NAMED_FILE.findall(text):
        file = ROOT / name
        assert file.exists() or (path.parent / name).exists(), f"{path.name} names {name}"
        if function:
            source = file.read_text("utf-8")
            for part in function.split("."):
                assert re.search(rf"\b(def|class) {part}\b", source), f"{name} has no {function}"


def test_every_decision_has_status_reason_and_consequence() -> None:
    decisions = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert len(decisions) >= 5
    for path in decisions:
        text = path.read_text("utf-8")
        for heading in ("Status:", "## Context", "## Decision", "## Consequences"):
            assert heading in text, f"{path.name} lacks {heading}"


def test_sections_that_the_code_refers_to_exist() -> None:
    headings = set(re.findall(r"^## (.+)$", PROTOCOL, re.M))
    for path in ROOT.glob("*/**/*.py"):
        if ".venv" not in path.parts:
            for section in re.findall(r'docs/protocol\.md, "([^"]+)"', path.read_text("utf-8")):
                assert " ".join(section.split()) in headings, f"{path.name} refers to {section}"


def _codes(of: type[SluisError]) -> set[str]:
    return {of.code}.union(*(_codes(sub) for sub in of.__subclasses__()))


def test_each_error_of_the_core_has_a_code_of_its_own() -> None:
    core = [
        value
        for value in vars(__import__("sluis.errors", fromlist=["errors"])).values()
        if isinstance(value, type) and issubclass(value, SluisError)
    ]
    codes = [one.code for one in core]
    assert len(codes) == len(set(codes))
    assert _codes(SluisError) >= set(codes)
