"""Is any network interface up? Asked of the kernel (netlink.py), not of a program.

Loopback alone may be up; where several seats share a database, the LAN's interface as well (lan.py). An
interface that is down does not count: a built-in card cannot always be taken out, but whether it is up can
be seen.
"""

from __future__ import annotations

from workstation import lan, netlink
from workstation.errors import AirGapBroken
from workstation.folder import Folder
from workstation.seats_file import read_shared


def check_airgap() -> None:
    """Raises AirGapBroken, naming the interfaces, when any but loopback is up."""
    if found := interfaces_up(link_dump()):
        raise AirGapBroken(found)


def check_network(folder: Folder) -> None:
    """The same, for an office: several seats have their LAN, and no more. Raises LanOpen, LanAway."""
    if found := open_interfaces(folder):
        raise AirGapBroken(found)


def open_interfaces(folder: Folder) -> tuple[str, ...]:
    """The interfaces that are up, and should not be. Raises LanOpen, LanAway, where there is a LAN."""
    shared = read_shared(folder)
    if shared is None or shared.by_socket:
        return interfaces_up(link_dump())
    lan.check(shared)
    return ()


def link_dump() -> bytes:
    """The kernel's answer to RTM_GETLINK for all interfaces of this network namespace."""
    return netlink.dump(netlink.GET_LINKS)


def interfaces_up(answer: bytes) -> tuple[str, ...]:
    """Names of the interfaces in an RTM_GETLINK dump that are up and not loopback. Raises BadField."""
    return tuple(one.name for one in netlink.links(answer) if one.up and not one.loopback)
