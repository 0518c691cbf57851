"""Identifiers as the pages and commands name them."""

from __future__ import annotations

from sluis.primitives import sha256
from workstation.errors import UnknownItem

_MARK_SIZE = 8


def item_id(text: str) -> bytes:
    """An identifier from its hexadecimal text; raises UnknownItem."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UnknownItem("not an identifier") from error


def change_mark(*parts: bytes) -> str:
    """16 hexadecimal digits that are others as soon as any of these is: to see that nobody changed them."""
    return sha256(*parts)[:_MARK_SIZE].hex()
