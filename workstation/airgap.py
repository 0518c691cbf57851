"""Is any network interface up? Asked of the kernel over rtnetlink (RFC 3549; rtnetlink(7)), not of a program.

Loopback alone may be up. An interface that is down does not count: a built-in card cannot always be taken
out, but whether it is up can be seen.
"""

from __future__ import annotations

import socket
import struct

from sluis.errors import BadField
from workstation.errors import AirGapBroken

_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_LINK = struct.Struct("=BxHiII")  # ifinfomsg: family, device type, index, flags, change mask
_ATTRIBUTE = struct.Struct("=HH")  # rtattr: length, type
_RTM_NEWLINK, _RTM_GETLINK = 16, 18
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST, _NLM_F_DUMP = 0x1, 0x300
_IFLA_IFNAME = 3
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8


def check_airgap() -> None:
    """Raises AirGapBroken, naming the interfaces, when any but loopback is up."""
    found = interfaces_up(link_dump())
    if found:
        raise AirGapBroken(found)


def link_dump() -> bytes:
    """The kernel's answer to RTM_GETLINK for all interfaces of this network namespace."""
    request = _HEADER.pack(_HEADER.size + _LINK.size, _RTM_GETLINK, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0)
    request += _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    answer = b""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(request)
        while True:
            part = netlink.recv(1 << 18)
            answer += part
            if not part or any(kind in (_NLMSG_DONE, _NLMSG_ERROR) for kind, _ in _messages(part)):
                return answer


def interfaces_up(dump: bytes) -> tuple[str, ...]:
    """Names of the interfaces in an RTM_GETLINK dump that are up and not loopback.

    Raises BadField when the dump cannot be read or is an error: no answer is not a good answer.
    """
    names = []
    finished = False
    for kind, body in _messages(dump):
        if kind == _NLMSG_DONE:
            finished = True
        elif kind != _RTM_NEWLINK:
            raise BadField("the kernel did not list its network interfaces")
        else:
            if len(body) < _LINK.size:
                raise BadField("an interface without flags")
            flags = _LINK.unpack_from(body)[3]
            if flags & _IFF_UP and not flags & _IFF_LOOPBACK:
                names.append(_name(body[_LINK.size :]))
    if not finished:
        raise BadField("the kernel's list of network interfaces has no end")
    return tuple(names)


def _messages(dump: bytes) -> list[tuple[int, bytes]]:
    found = []
    at = 0
    while at < len(dump):
        if len(dump) - at < _HEADER.size:
            raise BadField("a netlink message without its header")
        length, kind = _HEADER.unpack_from(dump, at)[:2]
        if not _HEADER.size <= length <= len(dump) - at:
            raise BadField("a netlink message of an impossible length")
        found.append((kind, dump[at + _HEADER.size : at + length]))
        at += (length + 3) & ~3
    return found


def _name(attributes: bytes) -> str:
    at = 0
    while at + _ATTRIBUTE.size <= len(attributes):
        length, kind = _ATTRIBUTE.unpack_from(attributes, at)
        if length < _ATTRIBUTE.size:
            break
        if kind == _IFLA_IFNAME:
            return attributes[at + _ATTRIBUTE.size : at + length].rstrip(b"\0").decode("ascii", "replace")
        at += (length + 3) & ~3
    return "?"
