"""What the operator's check says of mounts, and that the units' read-only view keeps programs undated."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from securedrop_config.__main__ import main
from securedrop_config.mounts import MOUNTINFO, mount_of, read_mounts

CONFIG = """
[instance]
name = "Test line"
record = "/etc/sluis/instance.record"
[site]
profile = "demo"
[mailroom]
store = "/var/lib/sluis-mailroom/store"
run = "/run/sluis-mailroom"
[source]
bind = "/run/sluis-source/site.sock"
gnupg = "/run/sluis-gnupg"
[journalist]
bind = "/run/sluis-journalist/site.sock"
database = "sqlite:////var/lib/sluis-journalist/accounts.db"
"""
ROOT_FS = "25 1 8:1 / / rw,{} shared:1 - ext4 /dev/mapper/root rw,errors=remount-ro"
RUN = "26 25 0:22 / /run rw,nosuid,nodev,noexec,relatime shared:5 - tmpfs tmpfs rw,size=1g"
STORE = "40 25 8:2 / /var/lib/sluis-mailroom rw,{} shared:9 - ext4 /dev/mapper/store rw"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "sluis.toml"
    path.write_text(CONFIG, "utf-8")
    return path


def checked(config: Path, lines: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    file = config.parent / "mountinfo"
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    code = main(["--config", str(config)], file)
    return code, capsys.readouterr().out.splitlines()


def test_a_server_as_the_runbook_makes_it_has_nothing_to_mend(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [ROOT_FS.format("noatime"), RUN, STORE.format("noatime")]
    code, said = checked(config, lines, capsys)
    assert (code, len(said)) == (0, 1)
    assert said[0].startswith("No file system here")


@pytest.mark.parametrize("way", ["relatime", "nodiratime,relatime", "nosuid"])
def test_a_root_file_system_that_dates_gnupg_is_told_in_plain_words(
    way: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [ROOT_FS.format(way), RUN, STORE.format("noatime")]
    assert checked(config, lines, capsys) == (
        1,
        [
            f"The file system on / writes down when its files are read, {shutil.which('gpg')} among them: "
            "mount it with noatime."
        ],
    )


def test_each_file_system_is_named_once_and_a_run_folder_on_a_disk_too(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [ROOT_FS.format("relatime"), STORE.format("relatime")]
    code, said = checked(config, lines, capsys)
    assert code == 1
    assert [line.partition(" writes")[0].partition(" is on")[0] for line in said] == [
        "The file system on /var/lib/sluis-mailroom",
        "The file system on /",
        "/run/sluis-mailroom",
        "/run/sluis-gnupg",
    ]


def test_what_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path / "missing.toml")]) == 2
    assert "missing.toml: cannot be read" in capsys.readouterr().err


def test_the_newest_mount_at_a_place_counts_and_spaces_are_read() -> None:
    text = "\n".join(
        [
            ROOT_FS.format("relatime"),
            "41 25 8:3 / /the\\040disk rw,relatime - ext4 /dev/a rw",
            "42 41 8:4 / /the\\040disk rw,noatime - xfs /dev/b rw",
        ]
    )
    found = mount_of(Path("/the disk/store"), read_mounts(text))
    assert (found.point, found.kind, found.dates_reading) == (Path("/the disk"), "xfs", False)
    assert mount_of(Path("/the disks"), read_mounts(text)).point == Path("/")


def test_this_machines_own_table_can_be_read() -> None:
    table = read_mounts(MOUNTINFO.read_text("utf-8"))
    assert mount_of(Path("/proc/self"), table).kind == "proc"


_READ_THROUGH = 'mount --bind "$1" "$1" && mount -o "remount,bind,$2" "$1" && "$1/gpg" --version >/dev/null'


@pytest.mark.parametrize(
    ("options", "dated"), [("ro,relatime", False), ("rw,noatime", False), ("rw,relatime", True)]
)
def test_a_program_is_dated_by_its_first_run_of_the_day_unless_read_only_or_noatime(
    options: str, dated: bool, tmp_path: Path
) -> None:
    """The kernel's rule that the units (ProtectSystem=strict) and the runbook build on, on a copy of gpg."""
    gpg = tmp_path / "gpg"
    shutil.copy(shutil.which("gpg") or "", gpg)
    long_ago = time.time_ns() - 3 * 86_400 * 10**9
    os.utime(gpg, ns=(long_ago, long_ago))
    own_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *own_user, "--mount", "sh", "-c", _READ_THROUGH, "sh", str(tmp_path), options]
    subprocess.run(command, check=True, capture_output=True)
    assert (gpg.stat().st_atime_ns != long_ago) is dated
