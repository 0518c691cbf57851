"""The files of `securedrop_config/templates` fit together and say what the runbook says of them.

They are read here in Python. Where this machine has Debian's own checkers (systemd-analyze, apparmor_parser,
nft), those judge the files as well; none of them needs the services, their users or a running systemd.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from securedrop_config import ServerConfig, load

TEMPLATES = Path(__file__).parents[2] / "securedrop_config" / "templates"
ETC = TEMPLATES / "etc"
UNITS = ETC / "systemd" / "system"
TOML = ETC / "sluis" / "sluis.toml"
SERVICES = ("sluis-mailroom", "sluis-source", "sluis-journalist")
NOTICE = "sluis-notice"
HARDENING = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateNetwork": "yes",
    "RestrictAddressFamilies": "AF_UNIX",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "MemoryDenyWriteExecute": "yes",
    "LimitCORE": "0",
    "MemorySwapMax": "0",
    "UMask": "0077",
    "RestrictNamespaces": "yes",
    "SystemCallArchitectures": "native",
    "NoExecPaths": "/",
    "StandardInput": "null",
    "StandardOutput": "null",
    "StandardError": "null",
    "LogLevelMax": "warning",
}

Unit = dict[str, list[str]]


def unit(name: str) -> Unit:
    """Every `Key=value` of a unit, by key, in order."""
    found: Unit = defaultdict(list)
    for line in (UNITS / f"{name}.service").read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, equals, value = line.partition("=")
            assert equals, line
            found[key].append(value)
    return found


def words(file: Path) -> list[list[str]]:
    """The lines of a file as words, without comments."""
    lines = [shlex.split(line, comments=True) for line in file.read_text("utf-8").splitlines()]
    return [line for line in lines if line]


def torrc() -> list[list[str]]:
    return words(TEMPLATES / "torrc")


@pytest.fixture(scope="module")
def config() -> ServerConfig:
    return load(TOML)


@pytest.fixture(scope="module")
def members() -> dict[str, set[str]]:
    """Group to its members, as sysusers.d makes them."""
    groups: dict[str, set[str]] = defaultdict(set)
    for kind, name, *rest in words(ETC / "sysusers.d" / "sluis.conf"):
        if kind == "u":
            groups[name].add(name)
        elif kind == "m":
            groups[rest[0]].add(name)
    return groups


@pytest.mark.parametrize("name", [*SERVICES, NOTICE])
def test_each_service_is_locked_in(name: str) -> None:
    found = unit(name)
    assert {key: found[key] for key in HARDENING} == {key: [value] for key, value in HARDENING.items()}
    assert found["SystemCallFilter"][:2] == ["@system-service", "~@privileged @resources @keyring"]
    assert found["User"] == found["Group"] == [name]
    assert found["AppArmorProfile"] == [name]
    assert found["Requires"] == ["sluis-no-swap.service"]


@pytest.mark.parametrize("name", [*SERVICES, NOTICE])
def test_each_service_starts_a_module_that_exists_with_the_file_that_is_installed(name: str) -> None:
    found = unit(name)
    program, *arguments = shlex.split(found["ExecStart"][0])
    role = name.removeprefix("sluis-") if name != NOTICE else "journalist"
    assert program == f"/opt/sluis/{role}/bin/python"
    assert found["ExecPaths"] == [f"/usr /opt/sluis/{role}"]
    module = arguments[arguments.index("-m") + 1]
    assert importlib.util.find_spec(module) is not None
    where = " ".join(arguments + found["Environment"])
    assert "/etc/sluis/sluis.toml" in where


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_sees_the_state_of_another(name: str) -> None:
    own = {name, *unit(name)["RuntimeDirectory"][0].split()}
    hidden = {Path(path.lstrip("-")) for line in unit(name)["InaccessiblePaths"] for path in line.split()}
    for other in set(SERVICES) - {name}:
        found = unit(other)
        for state in found["StateDirectory"]:
            assert Path("/var/lib", state) in hidden
        for run in found["RuntimeDirectory"][0].split():
            # The two sites meet the mailroom in its run folder.
            assert run in own or run == "sluis-mailroom" or Path("/run", run) in hidden
    assert Path("/var/lib/tor") in hidden


def test_the_daily_notice_cannot_reach_anything_that_knows_what_arrived(
    config: ServerConfig, members: dict[str, set[str]]
) -> None:
    found = unit(NOTICE)
    hidden = {Path(path.lstrip("-")) for line in found["InaccessiblePaths"] for path in line.split()}
    of_others = {
        Path(root, name)
        for service in SERVICES
        for root, key in (("/var/lib", "StateDirectory"), ("/run", "RuntimeDirectory"))
        for names in unit(service)[key]
        for name in names.split()
    }
    assert of_others <= hidden
    database = Path(config.journalist.database.removeprefix("sqlite:///"))
    for knowing in (config.mailroom.store, config.mailroom.run / "operator.sock", database):
        assert hidden & set(knowing.parents), f"{knowing} can be seen"
    for key in ("StateDirectory", "RuntimeDirectory", "SupplementaryGroups", "Environment", "ReadWritePaths"):
        assert key not in found, "it has nothing of its own to keep or to be told"
    assert {group for group, users in members.items() if NOTICE in users} == {NOTICE}
    assert members[NOTICE] == {NOTICE}
    profile = (ETC / "apparmor.d" / NOTICE).read_text("utf-8")
    rules = [line.strip() for line in profile.splitlines() if line.startswith("  ") and "# " not in line]
    assert f"profile {NOTICE} " in profile
    assert not [rule for rule in rules if re.search(r"/var/|/run/sluis|/opt/sluis/(?!journalist)", rule)]
    assert [rule for rule in rules if re.search(r"[rmix]*w[a-z]*,$", rule)] == ["/run/tor/socks rw,"]


def test_the_daily_notice_comes_at_one_time_of_day_and_leaves_no_stamp() -> None:
    timer = (UNITS / f"{NOTICE}.timer").read_text("utf-8")
    settings = [line for line in timer.partition("[Timer]")[2].splitlines() if re.match(r"\w+=", line)]
    assert settings == [
        "OnCalendar=*-*-* 06:00:00 UTC",
        "AccuracySec=1s",
        "RandomizedDelaySec=0",
        "Persistent=false",
        f"Unit={NOTICE}.service",
        "WantedBy=timers.target",
    ]
    assert "WantedBy" not in unit(NOTICE), "the timer alone starts it"


def test_the_example_lies_where_the_services_may_write(config: ServerConfig) -> None:
    mailroom, source, journalist = (unit(name) for name in SERVICES)
    assert config.mailroom.store.parent == Path("/var/lib", *mailroom["StateDirectory"])
    assert config.mailroom.run == Path("/run", *mailroom["RuntimeDirectory"])
    folders = [Path("/run", name) for name in source["RuntimeDirectory"][0].split()]
    assert [config.source.bind.parent, config.source.gnupg] == folders
    assert config.journalist.bind.parent == Path("/run", *journalist["RuntimeDirectory"])
    database = Path(config.journalist.database.removeprefix("sqlite:///"))
    assert database.parent == Path("/var/lib", *journalist["StateDirectory"])
    assert config.instance.record == Path("/etc/sluis/instance.record")
    assert not config.instance_record.is_relative_to(config.mailroom.store)


def test_the_example_mentions_every_setting() -> None:
    text = TOML.read_text("utf-8")
    for table in ServerConfig.__struct_fields__:
        kind = ServerConfig.__annotations__[table]
        name = "site" if table == "site_table" else table
        assert f"[{name}]" in text, kind
    uncommented = re.sub(r"^# (?=\[[a-z.]+\]$|\w+ = )", "", text, flags=re.M)
    assert "\n[journalist.notice]\n" in uncommented
    assert len(re.findall(r"^\w+ = ", uncommented, re.M)) == number_of_settings()


def number_of_settings() -> int:
    from securedrop_config import model

    tables = (
        *(model.InstanceTable, model.SiteTable, model.MailroomTable, model.SourceTable),
        *(model.JournalistTable, model.NoticeTable, model.TorTable),
    )
    return sum(len(table.__struct_fields__) for table in tables) - 1  # a table in a table is no setting


def test_the_example_can_be_used_with_all_that_is_commented_out(tmp_path: Path) -> None:
    uncommented = re.sub(r"^# (?=\[[a-z.]+\]$|\w+ = )", "", TOML.read_text("utf-8"), flags=re.M)
    (tmp_path / "sluis.toml").write_text(uncommented, "utf-8")
    config = load(tmp_path / "sluis.toml")
    assert config.journalist.notice is not None
    allowed = (ETC / "apparmor.d" / NOTICE).read_text("utf-8")
    assert f"{config.journalist.notice.command[0]} mrix," in allowed
    socket = next(word for word in config.journalist.notice.command if word.startswith("socks5h:"))
    assert f"{socket.removeprefix('socks5h://localhost')} rw," in allowed
    assert f"`SocksPort unix:{socket.removeprefix('socks5h://localhost')} WorldWritable`" in (
        TEMPLATES / "torrc"
    ).read_text("utf-8")
    for name in SERVICES:
        assert "/run/tor" not in (ETC / "apparmor.d" / name).read_text("utf-8")


def test_commented_settings_show_the_defaults(tmp_path: Path, config: ServerConfig) -> None:
    shown = re.sub(r"^# (?=\w+ = )", "", TOML.read_text("utf-8").partition("# Only where")[0], flags=re.M)
    assert shown.count("\n# ") < TOML.read_text("utf-8").count("\n# ")
    (tmp_path / "sluis.toml").write_text(shown, "utf-8")
    assert load(tmp_path / "sluis.toml") == config


def test_every_user_of_a_unit_is_made_and_every_group_has_the_number_of_the_example(
    config: ServerConfig, members: dict[str, set[str]]
) -> None:
    assert {*SERVICES, NOTICE} <= set(members)
    numbers = {line[1]: int(line[2]) for line in words(ETC / "sysusers.d/sluis.conf") if line[0] == "g"}
    assert numbers == {
        "sluis-gate-source": config.mailroom.source_group,
        "sluis-gate-operator": config.mailroom.operator_group,
    }
    assert members["sluis-gate-source"] == {"sluis-mailroom", "sluis-source"}
    assert members["sluis-gate-operator"] == {"sluis-mailroom", "sluis-journalist"}
    assert members["sluis-source"] == {"sluis-source", "debian-tor"}
    assert members["sluis-journalist"] == {"sluis-journalist", "debian-tor"}


def test_tor_serves_the_sockets_of_the_example_from_folders_that_are_made(config: ServerConfig) -> None:
    targets = [line[2].removeprefix("unix:") for line in torrc() if line[0] == "HiddenServicePort"]
    assert targets == [str(config.source.bind), str(config.journalist.bind)]
    made = {line[1]: line[2:5] for line in words(ETC / "tmpfiles.d" / "sluis.conf") if line[0] == "d"}
    for line in torrc():
        if line[0] == "HiddenServiceDir":
            assert made[line[1]] == ["0700", "debian-tor", "debian-tor"]
    allowed = (ETC / "apparmor.d" / "local" / "system_tor").read_text("utf-8")
    assert all(f"{target} rw," in allowed for target in targets)


def test_the_profiles_let_each_service_have_the_paths_of_the_example(config: ServerConfig) -> None:
    def profile(name: str) -> str:
        return (ETC / "apparmor.d" / name).read_text("utf-8")

    for name in SERVICES:
        assert f"profile {name} " in profile(name)
        assert f"/opt/sluis/{name.removeprefix('sluis-')}/** r," in profile(name)
        assert "capability" not in profile(name)
        assert "network" not in profile(name).replace("# The", "")
    assert f"owner {config.mailroom.store}/* rwk," in profile("sluis-mailroom")
    assert f"owner {config.mailroom.run}/* rwk," in profile("sluis-mailroom")
    assert f"owner {config.source.bind} rw," in profile("sluis-source")
    assert f"owner {config.source.gnupg}/** rw," in profile("sluis-source")
    assert f"{config.mailroom.run}/source.sock rw," in profile("sluis-source")
    assert "/var/" not in profile("sluis-source")
    assert f"{config.mailroom.run}/operator.sock rw," in profile("sluis-journalist")


def test_the_firewall_lets_nothing_in_and_keeps_no_count() -> None:
    rules = "\n".join(" ".join(line) for line in words(ETC / "nftables.conf"))
    assert rules.count("policy drop;") == rules.count("type filter hook") == 3
    assert not re.search(r"\b(counter|log|dport 22)\b", rules)
    incoming = rules.partition("chain input {")[2].partition("chain ")[0]
    assert "dport" not in incoming
    outgoing = rules.partition("chain output {")[2]
    first = outgoing.splitlines()[2]
    assert first.endswith("drop")
    assert all(name in first for name in (*SERVICES, NOTICE))


def test_nothing_is_kept_on_a_disk_by_the_system_itself() -> None:
    assert "Storage=volatile" in (ETC / "systemd/journald.conf.d/sluis.conf").read_text("utf-8")
    assert "Storage=none" in (ETC / "systemd/coredump.conf.d/sluis.conf").read_text("utf-8")
    assert "kernel.core_pattern = |/bin/false" in (ETC / "sysctl.d/60-sluis.conf").read_text("utf-8")
    assert "systemd.swap=0" in (ETC / "default/grub.d/sluis.cfg").read_text("utf-8")
    assert unit("sluis-no-swap")["ExecStart"] == ["/usr/sbin/swapoff --all"]


def accepted(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for name in (*SERVICES, NOTICE, "sluis-no-swap"):
        text = (UNITS / f"{name}.service").read_text("utf-8")
        # The programs are not installed here; every other word is judged as it stands.
        text = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.M)
        (tmp_path / f"{name}.service").write_text(text, "utf-8")
    shutil.copy(UNITS / f"{NOTICE}.timer", tmp_path)
    accepted("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.glob("*.*")))
    for name in (*SERVICES, NOTICE):
        file = tmp_path / f"{name}.service"
        accepted("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=10", file)


def test_apparmor_accepts_the_profiles() -> None:
    for name in (*SERVICES, NOTICE):
        own, debian = f"-I{ETC / 'apparmor.d'}", "-I/etc/apparmor.d"
        accepted("/usr/sbin/apparmor_parser", "-Q", "-K", own, debian, ETC / "apparmor.d" / name)


def test_nftables_accepts_the_rules(tmp_path: Path) -> None:
    text = (ETC / "nftables.conf").read_text("utf-8")
    rules = tmp_path / "nftables.conf"
    rules.write_text(re.sub(r'skuid "[\w-]+"', "skuid 60001", re.sub(r"{ (\"sluis.*?) }", "60000", text)))
    accepted("unshare", "--user", "--map-root-user", "--net", "/usr/sbin/nft", "-c", "-f", rules)
