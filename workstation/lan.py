"""The network of several seats: one interface, and through it one host, the database's (docs/decisions/0020).

What `seats.toml` does not name may not be there: no other interface, no address outside of the subnet, no
route but the one to that host (so none to a neighbour, and no default), no resolver of names. A route is what
decides whom this machine can speak to, and to whom it can answer; it is read without any privilege. All of it
is asked of the kernel, in all tables, for IPv4 and IPv6. IPv6 has no place in the LAN.
"""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

from sluis.errors import SluisError
from workstation import netlink
from workstation.seats_file import Shared

_RESOLVERS = Path("/etc/resolv.conf")
_ADDRESS = struct.Struct("=BBBBi")  # ifaddrmsg: family, prefix length, flags, scope, index
_ROUTE = struct.Struct(
    "=BBBBBBBBI"
)  # rtmsg: family, lengths of dst and src, tos, table, protocol, scope, type
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_RTA_DST, _RTA_OIF = 1, 4
_RTA_ELSEWHERE = (5, 9, 18, 22, 30)  # gateway, multipath, via, encap, nexthop object
_UNICAST, _LOCAL, _ANYCAST = 1, 2, 4
_REFUSING = (6, 7, 8)  # blackhole, unreachable, prohibit


class LanOpen(SluisError):
    """There is more network than the office's LAN; `code` names what: interface, address, route, resolver."""

    def __init__(self, what: str, found: str) -> None:
        super().__init__(f"there is more network than the LAN of this office: {what} {found}".rstrip())
        self.code = f"lan-{what}"


class LanAway(SluisError):
    """The interface of the LAN is down, has no address, or its cable is out."""

    code = "lan-away"


def check(where: Shared, resolvers: Path = _RESOLVERS) -> None:
    """Raises LanOpen for anything that is not named, LanAway when what is named is not up, BadField."""
    lan, loopback = _interfaces(where.interface)
    subnet = ipaddress.ip_network(where.subnet)
    addresses = _addresses()
    for index, address in addresses:
        if not (address.is_loopback if index == loopback else index == lan and address in subnet):
            raise LanOpen("address", str(address))
    _check_routes(lan, loopback, ipaddress.ip_address(where.address))
    if any(line.split()[:1] == [b"nameserver"] for line in _lines(resolvers)):
        raise LanOpen("resolver", "")
    if not any(index == lan for index, _ in addresses):
        raise LanAway("the interface of the LAN has no address")


def _interfaces(named: str) -> tuple[int, int]:
    """(number of the LAN's interface, that of loopback); -1 for what is not there."""
    lan = loopback = -1
    for one in netlink.links(netlink.dump(netlink.GET_LINKS)):
        if one.loopback:
            loopback = one.index
        elif one.up:
            if one.name != named:
                raise LanOpen("interface", one.name)
            if not one.running:
                raise LanAway("no cable is in the interface of the LAN")
            lan = one.index
    if lan < 0:
        raise LanAway("the interface of the LAN is down")
    return lan, loopback


def _addresses() -> list[tuple[int, ipaddress.IPv4Address | ipaddress.IPv6Address]]:
    """(number of the interface, address) of all."""
    found = []
    for head, attributes in netlink.rows(
        netlink.dump(netlink.GET_ADDRESSES), netlink.GET_ADDRESSES, _ADDRESS
    ):
        own = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS, b"")
        found.append((head[4], ipaddress.ip_address(own)))
    return found


def _check_routes(lan: int, loopback: int, host: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Only one route leaves this machine: the one to the host of the database, straight over the LAN."""
    for head, attributes in netlink.rows(netlink.dump(netlink.GET_ROUTES), netlink.GET_ROUTES, _ROUTE):
        length, kind = head[1], head[7]
        out = netlink.number(attributes, _RTA_OIF)
        elsewhere = any(one in attributes for one in _RTA_ELSEWHERE)
        if kind in _REFUSING or kind in (_LOCAL, _ANYCAST) or (out == loopback and not elsewhere):
            continue
        straight = kind == _UNICAST and out == lan and not elsewhere
        to = attributes.get(_RTA_DST, b"")
        if not (straight and to == host.packed and length == host.max_prefixlen):
            shown = str(ipaddress.ip_address(to)) if to else "default"
            raise LanOpen("route", f"{shown}/{length}")


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
