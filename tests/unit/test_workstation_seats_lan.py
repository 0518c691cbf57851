"""A seat's network, in real network namespaces: what seats.toml names may be there, and nothing else."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.errors import BadField
from tests.support.lan import DATABASE, INTERFACE, SUBNET, Lan, Machine, lan
from workstation.seats_file import parse_shared

SETTINGS = f"""
host = "cases.office"
database = "cases"
user = "office"
scratch = "/var/lib/sluis"
interface = "{INTERFACE}"
address = "{DATABASE}"
subnet = "{SUBNET}"
authority = "/etc/sluis/office.pem"
certificate = "/etc/sluis/seat.pem"
key = "/etc/sluis/seat.key"
"""
CHECK = """
import sys
from pathlib import Path
from sluis.errors import SluisError
from workstation.airgap import check_network
from workstation.folder import Folder
try:
    check_network(Folder(Path(sys.argv[1])))
except SluisError as error:
    print(error.code, error)
else:
    print("well")
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("office")
    (made / "seats.toml").write_text(SETTINGS)
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    with lan(tmp_path_factory.mktemp("lan")) as wires:
        yield wires


def asked(machine: Machine, folder: Path) -> str:
    return machine.run(sys.executable, "-c", CHECK, folder).stdout.strip()


def test_with_the_lan_alone_all_is_well_and_only_the_database_can_be_reached(made: Lan, office: Path) -> None:
    for seat in made.seats:
        assert asked(seat, office) == "well"
        seat.run(sys.executable, "-c", REACHES, DATABASE)
    other = made.seats[0].run(sys.executable, "-c", REACHES, "10.20.0.12", check=False)
    assert "Network is unreachable" in other.stderr


# A port that nobody listens on answers so, when the machine is reached at all.
REACHES = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], 9), timeout=5)
except ConnectionRefusedError:
    pass
"""


@pytest.mark.parametrize(
    ("more", "less", "told"),
    [
        ("link add eth1 type veth peer name eth2; link set eth1 up", "link del eth1", "lan-interface"),
        ("addr add 192.0.2.7/32 dev lan0", "addr del 192.0.2.7/32 dev lan0", "lan-address"),
        ("addr add 10.20.0.77/32 dev lo", "addr del 10.20.0.77/32 dev lo", "lan-address"),
        (
            f"route add default via {DATABASE} dev lan0 onlink",
            "route del default",
            "lan-route",
        ),
        ("route add 10.20.0.0/24 dev lan0", "route del 10.20.0.0/24", "lan-route"),
        ("route add 198.51.100.1/32 dev lan0 table 77", "route flush table 77", "lan-route"),
        (
            f"route add {DATABASE}/32 via 10.20.0.12 dev lan0 onlink table 78",
            "route flush table 78",
            "lan-route",
        ),
        ("link set lan0 down", f"link set lan0 up; route add {DATABASE}/32 dev lan0 scope link", "lan-away"),
    ],
    ids=["interface", "address", "own address", "default", "neighbours", "other table", "gateway", "down"],
)
def test_whatever_is_not_named_is_refused(made: Lan, office: Path, more: str, less: str, told: str) -> None:
    seat = made.seats[0]
    for line in more.split("; "):
        seat.ip(line)
    try:
        found = asked(seat, office)
    finally:
        for line in less.split("; "):
            seat.ip(line)
    assert found.startswith(told), found
    assert asked(seat, office) == "well"


def test_a_pulled_cable_a_resolver_and_ipv6_are_refused(made: Lan, office: Path) -> None:
    seat = made.seats[1]
    made.pull(2)
    assert asked(seat, office).startswith("lan-away")
    made.pull(2, out=False)
    seat.run("sh", "-c", "echo nameserver 10.20.0.2 >/etc/resolv.conf")
    assert asked(seat, office).startswith("lan-resolver")
    seat.run("sh", "-c", "echo '# none' >/etc/resolv.conf")
    assert asked(seat, office) == "well"
    seat.run("sh", "-c", f"echo 0 >/proc/sys/net/ipv6/conf/{INTERFACE}/disable_ipv6")
    assert asked(seat, office).startswith(("lan-address", "lan-route"))
    seat.run("sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{INTERFACE}/disable_ipv6")
    assert asked(seat, office) == "well"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SUBNET, "192.0.2.0/24"),
        (SUBNET, "0.0.0.0/0"),
        (SUBNET, "10.20.0.1/24"),
        (DATABASE, "10.21.0.2"),
        (DATABASE, "fd00::2"),
        (f'interface = "{INTERFACE}"\n', ""),
        ("cases.office", "/run/postgresql"),
        ("/etc/sluis/seat.key", ""),
    ],
)
def test_settings_that_cannot_be_meant_so_are_refused(before: str, after: str) -> None:
    assert before in SETTINGS
    with pytest.raises(BadField):
        parse_shared(SETTINGS.replace(before, after).encode())
