"""What the site asks of the mailroom, as shapes; `mailroom.operator_client.OperatorClient` has them.

The site never sees more of the mailroom than this: states, days, hashes, and sealed bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sluis.limits import SiteProfile


class ClosedBank(Protocol):
    """One export that is ready: its serial, its days, and the hash (32 bytes) of its signed header."""

    @property
    def serial(self) -> int: ...  # noqa: D102 - the class says it
    @property
    def opening_day(self) -> int: ...  # noqa: D102
    @property
    def closing_day(self) -> int: ...  # noqa: D102
    @property
    def header_hash(self) -> bytes: ...  # noqa: D102


class Status(Protocol):
    """The mailroom's state. Days count from 1970-01-01, UTC.

    `reason` is "" when reports can come in (`ready`), else "no-release", "expired" or "store-full".
    """

    @property
    def training(self) -> bool: ...  # noqa: D102 - the class says it
    @property
    def server_fingerprint(self) -> str: ...  # noqa: D102
    @property
    def site(self) -> SiteProfile: ...  # noqa: D102
    @property
    def open_since_day(self) -> int | None: ...  # noqa: D102
    @property
    def closed(self) -> Sequence[ClosedBank]: ...  # noqa: D102
    @property
    def free_banks(self) -> int: ...  # noqa: D102
    @property
    def newest_release(self) -> int: ...  # noqa: D102
    @property
    def release_expiry_day(self) -> int: ...  # noqa: D102
    @property
    def last_key_day(self) -> int: ...  # noqa: D102
    @property
    def ready(self) -> bool: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102


class ReleaseReport(Protocol):
    """What taking in a release did: its sequence, and the serials of the exports it freed."""

    @property
    def sequence(self) -> int: ...  # noqa: D102 - the class says it
    @property
    def freed_serials(self) -> Sequence[int]: ...  # noqa: D102


class OperatorPort(Protocol):
    """The mailroom's operator socket. Every method raises a SluisError, "mailroom-down" among them."""

    def status(self) -> Status:
        """The state now."""
        ...

    def make_export(self) -> int:
        """Closes the open bank, opens the next, and returns the serial of the closed one.

        Raises StoreFull when no bank is free; the open one then stays open.
        """
        ...

    def export_size(self) -> int:
        """Bytes of every export of this server."""
        ...

    def read_export(self, serial: int, offset: int, length: int) -> bytes:
        """`length` bytes of a closed bank from `offset`, fewer only at its end."""
        ...

    def import_release(self, data: bytes) -> ReleaseReport:
        """Takes in a release, or raises the SluisError that says why not; then nothing has changed."""
        ...
