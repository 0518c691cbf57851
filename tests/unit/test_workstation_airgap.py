"""The air gap is asked of the kernel, and no answer is not a good answer."""

import struct
import subprocess
import sys

import pytest

from sluis.errors import BadField
from workstation.airgap import check_airgap, interfaces_up, link_dump
from workstation.errors import AirGapBroken

UP, LOOPBACK = 0x1, 0x8
END = struct.pack("=IHHII", 20, 3, 2, 1, 0) + bytes(4)


def link(name: str, flags: int) -> bytes:
    raw = name.encode() + b"\0"
    attribute = struct.pack("=HH", 4 + len(raw), 3) + raw + bytes(-len(raw) % 4)
    other = struct.pack("=HHI", 8, 4, 1_500)
    body = struct.pack("=BxHiII", 0, 1, 2, flags, 0) + other + attribute
    return struct.pack("=IHHII", 16 + len(body), 16, 2, 1, 0) + body


def test_what_is_up_is_named() -> None:
    dump = link("lo", UP | LOOPBACK) + link("eth0", UP) + link("wlan0", 0) + link("usb0", UP) + END
    assert interfaces_up(dump) == ("eth0", "usb0")
    assert interfaces_up(link("lo", UP | LOOPBACK) + link("wlan0", 0) + END) == ()


@pytest.mark.parametrize(
    "dump",
    [
        b"",
        link("lo", UP | LOOPBACK),
        link("lo", UP | LOOPBACK)[:-3] + END,
        struct.pack("=IHHII", 8, 16, 0, 0, 0),
        struct.pack("=IHHIIi", 20, 2, 0, 0, 0, -1),
        struct.pack("=IHHII", 16, 16, 0, 0, 0) + END,
        b"\0" * 7,
    ],
)
def test_an_answer_that_cannot_be_read_is_refused(dump: bytes) -> None:
    with pytest.raises(BadField):
        interfaces_up(dump)


def test_this_machine_is_asked_and_answers_as_the_kernel_shows() -> None:
    with open("/proc/net/dev", encoding="ascii") as lines:
        names = {line.split(":")[0].strip() for line in lines if ":" in line}
    assert set(interfaces_up(link_dump())) <= names - {"lo"}
    if interfaces_up(link_dump()):
        with pytest.raises(AirGapBroken):
            check_airgap()
    else:
        check_airgap()


def test_alone_in_a_network_namespace_all_is_well() -> None:
    code = "from workstation.airgap import check_airgap; check_airgap(); print('alone')"
    command = ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "alone\n", done.stderr
