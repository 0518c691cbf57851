"""One look at a time: a bounded queue of previews beside the pages, kept in memory until the office locks."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sluis.errors import SluisError
from workstation.previews.frames import Picture, Total
from workstation.previews.kinds import HEAD, Found, Kind, kind_of_name, recognise, says_otherwise
from workstation.previews.limits import Limits, Refusal, Refused
from workstation.previews.memory_file import MemoryCopy
from workstation.previews.render import pictures
from workstation.previews.sandbox import Sandbox
from workstation.previews.stripped import beginning, strip_into
from workstation.previews.text_preview import TextPreview, text_preview
from workstation.previews.walls import Isolation

_log = logging.getLogger("workstation.previews")
_WAITING = 4
_KEPT = 3

Opener = Callable[[str], tuple[str, Iterator[bytes]]]
"""The name of a file and its content in chunks, by its identifier; raises UnknownItem, Locked, Unopenable."""


@dataclass
class Look:
    """What is seen of one file so far; `ended` once there is no more to come."""

    file_id: str
    kind: Kind | None = None
    other_name: bool = False
    """The name promises another kind."""
    pictures: list[Picture] = field(default_factory=list)
    pages: int = 0
    """How many pages the document says it has; 0 when it does not say."""
    text: TextPreview | None = None
    refusal: Refusal | None = None
    begun: bool = False
    ended: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)


class Previews:
    """The looks of one office; safe to share between threads. Nothing of them is ever written to a disk."""

    def __init__(
        self, opener: Opener, limits: Limits | None = None, isolation: Isolation | None = None
    ) -> None:
        self._open = opener
        self._limits = limits or Limits()
        self._sandbox = Sandbox(self._limits, isolation)
        self._lock = threading.Lock()
        self._looks: dict[str, Look] = {}
        self._waiting: deque[Look] = deque()
        self._working = False
        self._stripping = threading.Lock()

    def look(self, file_id: str) -> Look:
        """The look at this file, which begins or waits for its turn; BUSY is its refusal when too many wait.

        One that is there is given again; the oldest of those that have ended are forgotten.
        """
        with self._lock:
            known = self._looks.get(file_id)
            if known is not None:
                return known
            made = Look(file_id)
            if len(self._waiting) >= _WAITING:
                made.refusal = Refusal.BUSY
                made.ended.set()
                return made
            ended = [one for one, look in self._looks.items() if look.ended.is_set()]
            for one in ended[: max(0, len(ended) - _KEPT + 1)]:
                del self._looks[one]
            self._looks[file_id] = made
            self._waiting.append(made)
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, name="preview", daemon=True).start()
            return made

    def known(self, file_id: str) -> Look | None:
        """The look at this file, if there is one."""
        with self._lock:
            return self._looks.get(file_id)

    def again(self, file_id: str) -> None:
        """Forgets a look that has ended, so that it is tried once more."""
        with self._lock:
            known = self._looks.get(file_id)
            if known is not None and known.ended.is_set():
                del self._looks[file_id]

    @contextmanager
    def stripped(self, file_id: str) -> Iterator[Iterator[bytes]]:
        """The copy of a file without what it says of its making, in pieces, out of memory; raises Refused."""
        _name, chunks = self._open(file_id)
        with self._stripping, MemoryCopy() as copy:
            strip_into(copy, self._sandbox, chunks)
            yield copy.pieces()

    def forget(self) -> None:
        """Stops what runs and forgets everything that was seen; what runs has ended soon after."""
        with self._lock:
            self._waiting.clear()
            for look in self._looks.values():
                look.stop.set()
                look.pictures.clear()
                look.text = None
                if not look.begun:
                    look.refusal = Refusal.STOPPED
                    look.ended.set()
            self._looks.clear()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working = False
                    return
                look = self._waiting.popleft()
                look.begun = True
            self._make(look)

    def _make(self, look: Look) -> None:
        try:
            self._show(look)
        except Refused as error:
            look.refusal = error.refusal
        except (SluisError, OSError):
            look.refusal = Refusal.DAMAGED
        except Exception as error:  # noqa: BLE001 - the page must say that it failed, whatever it was
            look.refusal = Refusal.UNREADABLE
            _log.error("fault %s", type(error).__name__)
        with self._lock:
            if look.stop.is_set():
                look.refusal = Refusal.STOPPED
                look.pictures.clear()
                look.text = None
            look.ended.set()

    def _show(self, look: Look) -> None:
        name, chunks = self._open(look.file_id)
        head, whole = beginning(chunks, max(HEAD, self._limits.text_bytes + 1))
        found = recognise(head[:HEAD])
        if not isinstance(found, Found):
            named = kind_of_name(name)
            raise Refused(Refusal.NOT_ITS_NAME if found is Refusal.UNKNOWN_KIND and named else found)
        look.kind = found.kind
        look.other_name = says_otherwise(name, found.kind)
        if found.kind is Kind.TEXT:
            most = self._limits.text_bytes
            look.text = text_preview(head[:most], cut=len(head) > most)
            return
        for record in pictures(self._sandbox, found, whole, look.stop.is_set):
            if isinstance(record, Total):
                look.pages = record.pages
            else:
                look.pictures.append(record)
