"""Who may do costly work now, decided before a codename is read (docs/protocol.md, "Pages").

Argon2id takes 64 MiB each time, so the number that run at once bounds the memory of the whole site. A
circuit id tells tor's circuits apart while they last; it is kept in RAM under a key drawn at the start, never
written, and forgotten when its work ends or its bucket is full again.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from sluis.errors import SluisError
from sluis.primitives import hmac_sha256, random_key

T = TypeVar("T")
_QUEUE_PER_CORE = 4
_MOST_UPLOADS = 64
_MOST_BUCKETS = 4_096


class Busy(SluisError):
    """Not now; the same request may succeed a little later."""

    code = "busy"


class Work(StrEnum):
    """What a token bucket counts."""

    TEXT = "text"
    FILE = "file"
    NEW = "new"


@dataclass(frozen=True)
class Rate:
    """A token bucket: `burst` at once, then one more every `every_s` seconds."""

    burst: int
    every_s: float


# Of one circuit. They slow down a single careless client; what guards the stores is the text-only share.
CIRCUIT_RATES = {Work.TEXT: Rate(10, 20.0), Work.FILE: Rate(16, 20.0), Work.NEW: Rate(6, 20.0)}
# Of the whole site: one text cell a second is what the ticks write.
SITE_RATES = {Work.TEXT: Rate(120, 1.0), Work.FILE: Rate(64, 2.0), Work.NEW: Rate(120, 0.5)}


class _Bucket:
    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self._at = now

    def _fill(self, now: float) -> None:
        self._tokens = min(float(self._rate.burst), self._tokens + (now - self._at) / self._rate.every_s)
        self._at = now

    def has_one(self, now: float) -> bool:
        self._fill(now)
        return self._tokens >= 1

    def take(self) -> None:
        self._tokens -= 1

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self._tokens >= self._rate.burst


class _Pool:
    """At most `seats` run at once, and `places` are admitted, those that run included."""

    def __init__(self, seats: int, places: int) -> None:
        self.seats = seats
        self.running = threading.BoundedSemaphore(seats)
        self.places = threading.BoundedSemaphore(places)


class Turn:
    """A place in the queue for one key derivation."""

    def __init__(self, pool: _Pool, wait_s: float) -> None:
        self._pool = pool
        self._wait_s = wait_s

    def run(self, work: Callable[[], T], wait_s: float | None = None) -> T:
        """Waits for a seat, does the work in this thread; raises Busy after `wait_s` without a seat."""
        if not self._pool.running.acquire(timeout=self._wait_s if wait_s is None else wait_s):
            raise Busy("no seat became free in time")
        try:
            return work()
        finally:
            self._pool.running.release()


class Permits:
    """All bounds of one site; one object for all threads. `clock` is monotonic."""

    def __init__(
        self,
        cores: int,
        clock: Callable[[], float],
        *,
        wait_s: float = 9.0,
        uploads: int = _MOST_UPLOADS,
        circuit_rates: dict[Work, Rate] | None = None,
        site_rates: dict[Work, Rate] | None = None,
    ) -> None:
        self._clock = clock
        self._wait_s = wait_s
        self._returning = _Pool(cores, _QUEUE_PER_CORE * cores)
        # Apart, so that a flood of new codenames keeps no source from its answers, nor the other way round.
        self._new = _Pool(max(1, cores // 2), _QUEUE_PER_CORE * max(1, cores // 2))
        self._circuit_rates = circuit_rates or CIRCUIT_RATES
        rates = site_rates or SITE_RATES
        self._site = {work: _Bucket(rates[work], clock()) for work in Work}
        self._buckets: OrderedDict[tuple[Work, bytes], _Bucket] = OrderedDict()
        self._in_flight: set[tuple[str, bytes]] = set()
        self._key = random_key()
        self._uploads = threading.BoundedSemaphore(uploads)
        self._lock = threading.Lock()

    @property
    def seats(self) -> int:
        """Key derivations that can run at once: with 64 MiB each, the memory to reckon with."""
        return self._returning.seats + self._new.seats

    @contextmanager
    def derivation(self, circuit: str, *, new: bool) -> Iterator[Turn]:
        """Admits one codename to be read and derived; raises Busy at once when the queue is full, or when
        this circuit has one in flight. `with permits.derivation(circuit, new=False) as turn: turn.run(...)`.
        """
        pool = self._new if new else self._returning
        with self._one_per_circuit("derivation", circuit):
            if not pool.places.acquire(blocking=False):
                raise Busy("the queue is full")
            try:
                yield Turn(pool, self._wait_s)
            finally:
                pool.places.release()

    @contextmanager
    def upload(self, circuit: str) -> Iterator[None]:
        """Admits one upload; raises Busy when this circuit, or the whole site, has as many as it may.

        An upload over Tor can take hours, with a thread and a GnuPG of its own: the bound of the site leaves
        threads for those who read and write.
        """
        with self._one_per_circuit("upload", circuit):
            if not self._uploads.acquire(blocking=False):
                raise Busy("there are many uploads in flight")
            try:
                yield
            finally:
                self._uploads.release()

    def take(self, work: Work, circuit: str) -> None:
        """Takes one token of this circuit's bucket and one of the site's; raises Busy without taking any.

        Without a circuit id (the demo without Tor) only the site's bucket counts.
        """
        now = self._clock()
        with self._lock:
            buckets = [self._site[work]]
            if circuit:
                buckets.append(self._own_bucket(work, circuit, now))
            if not all(bucket.has_one(now) for bucket in buckets):
                raise Busy("too many in a short time")
            for bucket in buckets:
                bucket.take()

    def _own_bucket(self, work: Work, circuit: str, now: float) -> _Bucket:
        key = (work, self._name(circuit))
        bucket = self._buckets.pop(key, None) or _Bucket(self._circuit_rates[work], now)
        # Oldest first: those that are full again say nothing, and beyond the bound the oldest goes anyhow.
        while self._buckets:
            oldest = next(iter(self._buckets))
            if not self._buckets[oldest].is_full(now) and len(self._buckets) < _MOST_BUCKETS:
                break
            del self._buckets[oldest]
        self._buckets[key] = bucket
        return bucket

    @contextmanager
    def _one_per_circuit(self, what: str, circuit: str) -> Iterator[None]:
        # A visitor without a circuit id (the demo without Tor) shares none with anyone.
        name = (what, self._name(circuit) if circuit else secrets.token_bytes(16))
        with self._lock:
            if name in self._in_flight:
                raise Busy("this circuit has one in flight")
            self._in_flight.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.discard(name)

    def _name(self, circuit: str) -> bytes:
        return hmac_sha256(self._key, circuit.encode("utf-8"))[:16]
