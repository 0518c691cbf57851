"""Sessions and short sealed values, in RAM only (docs/protocol.md, "Sessions").

The cookie is id 16 || AEAD(k_id, root 32) in URL-safe base64, always 102 characters. The server keeps k_id
and no root; the browser keeps the root and no key: one without the other opens nothing, and after a restart,
a logout or a time-out no cookie can ever be opened again.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sluis.errors import BadField, FormatError, SluisError, VerificationError
from sluis.keytree import SourceKeys
from sluis.limits import ID_SIZE, KEY_SIZE, NONCE_SIZE, TAG_SIZE
from sluis.primitives import aead_open, aead_seal, label, random_id, random_key
from sluis.wire import Reader, Writer

_COOKIE_RAW = ID_SIZE + NONCE_SIZE + KEY_SIZE + TAG_SIZE
COOKIE_LENGTH = -(-_COOKIE_RAW * 4 // 3)
_BOX_PLAIN = 256
_BOX_VALUE_MAX = _BOX_PLAIN - 4 - 2
_BOX_RAW = NONCE_SIZE + _BOX_PLAIN + TAG_SIZE
TOKEN_LENGTH = -(-_BOX_RAW * 4 // 3)
MOST_SESSIONS = 4_096
_SEQUENCE_MAX = 0xFFFF


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _from_text(text: str, size: int) -> bytes | None:
    """The bytes behind a value that came from a browser; None unless it is exactly what `_to_text` gives."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return None
    return raw if len(raw) == size and _to_text(raw) == text else None


@dataclass
class Arrived:
    """A file as the "received" page lists it; `state` is "received", "broken-off" or the code of an error."""

    name: str
    size: int
    state: str


@dataclass
class _State:
    key: bytes = field(repr=False)
    born: float
    seen: float
    sequence: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    read: list[bytes] = field(default_factory=list)
    message_id: bytes = b""


class Session:
    """One live session during one request; `root` (32 bytes) came with the cookie, goes with the request."""

    def __init__(self, session_id: bytes, root: bytes, state: _State, lock: threading.RLock) -> None:
        self.session_id = session_id
        self.root = root
        self._state = state
        self._lock = lock

    def keys(self) -> SourceKeys:
        """The keys of the source, expanded anew (about a millisecond)."""
        return SourceKeys.from_root(self.root)

    def next_sequence(self) -> int:
        """The number of the next envelope of this session, from 0, at most 65,535."""
        with self._lock:
            number = self._state.sequence
            self._state.sequence = min(number + 1, _SEQUENCE_MAX)
            return number

    @property
    def message_id(self) -> bytes:
        """Id of the text that was sent last and that files belong to; empty before the first."""
        return self._state.message_id

    @message_id.setter
    def message_id(self, value: bytes) -> None:
        self._state.message_id = value

    @property
    def arrived(self) -> list[Arrived]:
        """What came in with the last report, for the "received" page; the list itself."""
        return self._state.arrived

    @property
    def read(self) -> tuple[bytes, ...]:
        """Ids (16 bytes) of replies shown in this session, for the next envelope; at most 16, newest last."""
        with self._lock:
            return tuple(self._state.read[-16:])

    def mark_read(self, reply_id: bytes) -> None:
        """Remembers that this reply was shown."""
        with self._lock:
            if reply_id not in self._state.read:
                self._state.read.append(reply_id)

    def told(self, reply_ids: tuple[bytes, ...]) -> None:
        """Forgets replies whose reading has been told in a committed envelope."""
        with self._lock:
            self._state.read = [one for one in self._state.read if one not in reply_ids]


class Sessions:
    """All live sessions. `clock` is monotonic; nothing here ever touches a disk."""

    def __init__(
        self, idle_s: float, life_s: float, clock: Callable[[], float], *, most: int = MOST_SESSIONS
    ) -> None:
        self._idle_s = idle_s
        self._life_s = life_s
        self._clock = clock
        self._most = most
        self._states: dict[bytes, _State] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._states)

    def create(self, root: bytes) -> str:
        """Starts a session for this root (32 bytes); the cookie's value, COOKIE_LENGTH characters.

        Beyond the bound the session that was idle longest ends: its source then meets the form with its text.
        """
        if len(root) != KEY_SIZE:
            raise BadField("a root has 32 bytes")
        now = self._clock()
        session_id, key = random_id(), random_key()
        with self._lock:
            self._forget_old(now)
            if len(self._states) >= self._most:
                del self._states[min(self._states, key=lambda one: self._states[one].seen)]
            self._states[session_id] = _State(key, now, now)
        return _to_text(session_id + aead_seal(key, root, _session_aad(session_id)))

    def open(self, cookie: str | None) -> Session | None:
        """The live session behind a cookie; None for every other string, and nothing tells why."""
        raw = _from_text(cookie or "", _COOKIE_RAW)
        if raw is None:
            return None
        session_id = raw[:ID_SIZE]
        now = self._clock()
        with self._lock:
            self._forget_old(now)
            state = self._states.get(session_id)
            if state is None:
                return None
            try:
                root = aead_open(state.key, raw[ID_SIZE:], _session_aad(session_id))
            except VerificationError:
                return None
            state.seen = now
        return Session(session_id, root, state, self._lock)

    def end(self, session: Session) -> None:
        """Ends it: from now on no cookie of it opens. Ending it twice is no fault."""
        with self._lock:
            self._states.pop(session.session_id, None)

    def forget_old(self) -> None:
        """Ends the sessions whose time is over; also done whenever one is made or opened."""
        with self._lock:
            self._forget_old(self._clock())

    def _forget_old(self, now: float) -> None:
        for session_id, state in list(self._states.items()):
            if now - state.seen >= self._idle_s or now - state.born >= self._life_s:
                del self._states[session_id]


def _session_aad(session_id: bytes) -> bytes:
    return label("session") + session_id


class StaleToken(SluisError):
    """A hidden field that this process did not seal, or too long ago, or for something else."""

    code = "stale-token"


class TokenBox:
    """Seals short values for hidden fields under a key that lives as long as this process.

    Every token has TOKEN_LENGTH characters whatever it holds (at most 250 bytes). A token without a value
    proves that its form was asked for before; one with a codename carries it from the page that shows it to
    the page that checks it, so that the server keeps none. Age is counted on the monotonic `clock`: no
    time of day is inside.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = clock()
        self._key = random_key()

    def seal(self, purpose: str, value: str = "", *, bound: bytes = b"") -> str:
        """A token for `purpose`; `bound` (a session id) must be given again to open it."""
        issued = int(self._clock() - self._start)
        writer = Writer().u32(issued).var(value.encode("utf-8"), _BOX_VALUE_MAX).pad(_BOX_PLAIN)
        return _to_text(aead_seal(self._key, writer.bytes(), _token_aad(purpose, bound)))

    def open(self, purpose: str, token: str, *, max_age_s: float, bound: bytes = b"") -> str:
        """The value; raises StaleToken for whatever is not a fresh token of this purpose."""
        raw = _from_text(token, _BOX_RAW)
        if raw is None:
            raise StaleToken("not a token of this site")
        try:
            reader = Reader(aead_open(self._key, raw, _token_aad(purpose, bound)), "a token")
            issued, value = reader.u32(), reader.var(_BOX_VALUE_MAX)
        except (VerificationError, FormatError) as error:
            raise StaleToken("not a token of this process and purpose") from error
        if self._clock() - self._start - issued > max_age_s:
            raise StaleToken("this token is too old")
        return value.decode("utf-8")


def _token_aad(purpose: str, bound: bytes) -> bytes:
    return label("token") + len(bound).to_bytes(1, "big") + bound + purpose.encode("ascii")
