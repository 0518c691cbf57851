"""Addresses of one length, for a request is as long as its address, and a watcher counts Tor's cells.

A request of Tor Browser without a cookie has about 498 bytes, as many as one cell carries: unfilled, the
names of pages and languages decide whether it takes one cell or two (docs/protocol.md, "Pages").
"""

from __future__ import annotations

ADDRESS_SIZE = 24
"""Characters of every address on our pages; the longest path, and at least one more."""

_FILLING = "."


def filled(address: str) -> str:
    """The path with a query that nobody reads; raises ValueError for one that is too long."""
    if len(address) >= ADDRESS_SIZE:
        raise ValueError("an address longer than all are to be")
    return f"{address}?".ljust(ADDRESS_SIZE, _FILLING)
