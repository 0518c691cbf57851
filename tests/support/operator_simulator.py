"""A mailroom in memory, as the operators' site sees it. It keeps the rules of exports and releases.

Exports are random bytes of the size that the site says; releases are whatever the test calls one. What the
real mailroom would refuse for its content, a test asks for by `refuse_next`.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sluis.errors import SluisError, StoreFull
from sluis.limits import EPOCH_DAYS, RELEASE_DAYS, SiteProfile

TINY = SiteProfile(9, "tiny", 16, 1 << 20, banks=4)


class MailroomDown(SluisError):
    code = "mailroom-down"


class DiskFull(SluisError):
    code = "disk-full"


@dataclass(frozen=True)
class SimulatedBank:
    serial: int
    opening_day: int
    closing_day: int
    content: bytes = field(repr=False)

    @property
    def header_hash(self) -> bytes:
        return hashlib.sha256(self.content[:4096]).digest()


@dataclass(frozen=True)
class SimulatedStatus:
    training: bool
    server_id: bytes
    server_fingerprint: str
    site: SiteProfile
    open_since_day: int | None
    closed: tuple[SimulatedBank, ...]
    free_banks: int
    newest_release: int
    release_expiry_day: int
    last_key_day: int
    ready: bool
    reason: str


@dataclass(frozen=True)
class SimulatedReport:
    sequence: int
    freed_serials: tuple[int, ...]


class OperatorSimulator:
    """`today` gives the day; `reads` lists every (serial, offset, length) that was read of an export."""

    def __init__(self, today: Callable[[], int], site: SiteProfile = TINY) -> None:
        self.today = today
        self.site = site
        self.server_id = secrets.token_bytes(16)
        self.closed: list[SimulatedBank] = []
        self.open_since: int | None = None
        self.serial = 0
        self.sequence = 0
        self.release_day = 0
        self.reads: list[tuple[int, int, int]] = []
        self.taken_in: list[bytes] = []
        self._refusal: SluisError | None = None

    def refuse_next(self, error: SluisError) -> None:
        """The next call, whichever it is, raises this."""
        self._refusal = error

    def _checked(self) -> None:
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal

    @property
    def _free(self) -> int:
        return self.site.banks - len(self.closed) - (self.open_since is not None)

    def _reason(self) -> str:
        if not self.sequence:
            return "no-release"
        if self.today() > self.release_day + RELEASE_DAYS:
            return "expired"
        return "" if self.open_since is not None else "store-full"

    def status(self) -> SimulatedStatus:
        self._checked()
        reason = self._reason()
        return SimulatedStatus(
            training=False,
            server_id=self.server_id,
            server_fingerprint=" ".join(["0123", "4567", "89ab", "cdef"] * 4),
            site=self.site,
            open_since_day=self.open_since,
            closed=tuple(self.closed),
            free_banks=self._free,
            newest_release=self.sequence,
            release_expiry_day=self.release_day + RELEASE_DAYS if self.sequence else 0,
            last_key_day=self.release_day + EPOCH_DAYS - 1 if self.sequence else 0,
            ready=not reason,
            reason=reason,
        )

    def make_export(self) -> int:
        self._checked()
        if self.open_since is None or self._free == 0:
            raise StoreFull("no bank is free")
        self.serial += 1
        bank = SimulatedBank(
            self.serial, self.open_since, self.today(), secrets.token_bytes(self.export_size())
        )
        self.closed.append(bank)
        self.open_since = self.today()
        return self.serial

    def export_size(self) -> int:
        return self.site.bank_size

    def read_export(self, serial: int, offset: int, length: int) -> bytes:
        self._checked()
        self.reads.append((serial, offset, length))
        return next(bank for bank in self.closed if bank.serial == serial).content[offset : offset + length]

    def import_release(self, data: bytes) -> SimulatedReport:
        self._checked()
        self.taken_in.append(data)
        freed = tuple(bank.serial for bank in self.closed)
        self.closed.clear()
        self.sequence += 1
        self.release_day = self.today()
        if self.open_since is None:
            self.open_since = self.today()
        return SimulatedReport(self.sequence, freed)
