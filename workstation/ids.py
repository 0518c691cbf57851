"""Identifiers as the pages and commands name them."""

from __future__ import annotations

from workstation.errors import UnknownItem


def item_id(text: str) -> bytes:
    """An identifier from its hexadecimal text; raises UnknownItem."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UnknownItem("not an identifier") from error
