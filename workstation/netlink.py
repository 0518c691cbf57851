"""Asks the kernel about its network over rtnetlink (RFC 3549; rtnetlink(7)), and reads what it answers.

Pure but for `dump`. Whatever cannot be read raises BadField: no answer is not a good answer.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sluis.errors import BadField

GET_LINKS, GET_ADDRESSES, GET_ROUTES = 18, 22, 26  # RTM_GETLINK and so on; the answer's type is two less
_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_ATTRIBUTE = struct.Struct("=HH")  # rtattr: length, type
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST, _NLM_F_DUMP = 0x1, 0x300
_BODY_SIZE = 16  # ifinfomsg; the other two are shorter, and are asked for by a family of 0 as well
_TYPE_BITS = 0x3FFF  # without the flags "nested" and "in network order"
_LINK = struct.Struct("=BxHiII")  # ifinfomsg: family, device type, index, flags, change mask
_UP, _LOOPBACK, _RUNNING = 0x1, 0x8, 0x40
_IFLA_IFNAME = 3


@dataclass(frozen=True)
class Link:
    """An interface; `running`: something is at the other end of its cable."""

    index: int
    name: str
    up: bool
    loopback: bool
    running: bool


def dump(asked: int) -> bytes:
    """The kernel's answer for everything of one kind in this network namespace."""
    request = _HEADER.pack(_HEADER.size + _BODY_SIZE, asked, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0)
    answer = b""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(request + bytes(_BODY_SIZE))
        while True:
            part = netlink.recv(1 << 18)
            answer += part
            if not part or any(kind in (_NLMSG_DONE, _NLMSG_ERROR) for kind, _ in _messages(part)):
                return answer


def rows(
    answer: bytes, asked: int, head: struct.Struct
) -> Iterator[tuple[tuple[int, ...], Mapping[int, bytes]]]:
    """(fields of `head`, attributes by their type) of each row; raises BadField, also without an end."""
    finished = False
    for kind, body in _messages(answer):
        if kind == _NLMSG_DONE:
            finished = True
        elif kind != asked - 2:
            raise BadField("the kernel did not answer what it was asked about its network")
        elif len(body) < head.size:
            raise BadField("the kernel's answer about its network is cut off")
        else:
            yield head.unpack_from(body), _attributes(body[head.size :])
    if not finished:
        raise BadField("the kernel's answer about its network has no end")


def links(answer: bytes) -> Iterator[Link]:
    """The interfaces in an answer to GET_LINKS; raises BadField."""
    for head, attributes in rows(answer, GET_LINKS, _LINK):
        name = attributes.get(_IFLA_IFNAME, b"?").rstrip(b"\0").decode("ascii", "replace")
        flags = head[3]
        yield Link(head[2], name, bool(flags & _UP), bool(flags & _LOOPBACK), bool(flags & _RUNNING))


def number(attributes: Mapping[int, bytes], kind: int) -> int:
    """An attribute of 32 bits; 0 when it is not there."""
    return int.from_bytes(attributes.get(kind, b""), sys.byteorder)


def _messages(answer: bytes) -> list[tuple[int, bytes]]:
    found = []
    at = 0
    while at < len(answer):
        if len(answer) - at < _HEADER.size:
            raise BadField("a netlink message without its header")
        length, kind = _HEADER.unpack_from(answer, at)[:2]
        if not _HEADER.size <= length <= len(answer) - at:
            raise BadField("a netlink message of an impossible length")
        found.append((kind, answer[at + _HEADER.size : at + length]))
        at += (length + 3) & ~3
    return found


def _attributes(data: bytes) -> Mapping[int, bytes]:
    found = {}
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if not _ATTRIBUTE.size <= length <= len(data) - at:
            raise BadField("an attribute of an impossible length")
        found[kind & _TYPE_BITS] = data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return found
