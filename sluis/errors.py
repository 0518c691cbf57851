"""Every error that Sluis raises on purpose.

SluisError
├── FormatError           bytes that are not what they should be
│   ├── NotOurs           the magic is another one: not a Sluis file at all
│   ├── UnknownVersion    ours, but of a version that this program does not know
│   ├── Truncated         it ends too early
│   ├── TrailingBytes     something follows the end
│   ├── WrongSize         a file of constant size has another size
│   └── BadField          a field is outside its bounds
├── VerificationError     well formed, but not to be trusted
│   ├── BadSignature
│   ├── Unopenable        authenticated decryption failed: damaged, or for another key
│   ├── WrongInstance     made for or by another instance
│   ├── WrongServer       made for or by another server
│   └── WrongThread       a thread identifier that its own keys do not give
├── SequenceError         trustworthy, but not at this moment
│   ├── Replayed          taken in already
│   ├── RolledBack        older than what was taken in
│   ├── Forked            another content under a number that was taken in already
│   ├── Expired           its last day has passed
│   └── NotEnrolled       the sender or receiver is not known yet
├── CapacityError
│   ├── StoreFull         no slot, row or bank is free; nothing is evicted
│   └── TooLarge          over a limit that was told beforehand
└── CodenameError
    ├── UnknownWord       a word that no list holds, with its nearest words
    ├── WrongLength       too few or too many words or digits
    └── BadCheck          all words are known, but together they were never drawn

`code` is a stable name: interfaces translate it into the reader's language, logs and tests compare it.
"""

from __future__ import annotations

from collections.abc import Sequence


class SluisError(Exception):
    """Base of all errors raised on purpose; `code` names the error for translators and tests."""

    code = "error"


class FormatError(SluisError):
    """Bytes that do not parse."""

    code = "format"


class NotOurs(FormatError):
    """The magic bytes are not those of the expected format."""

    code = "not-ours"


class UnknownVersion(FormatError):
    """The format is ours, the version is not one this program reads."""

    code = "unknown-version"

    def __init__(self, what: str, version: int) -> None:
        super().__init__(f"{what} has version {version}, which this program does not know")
        self.what = what
        self.version = version


class Truncated(FormatError):
    """The bytes end before the format does."""

    code = "truncated"


class TrailingBytes(FormatError):
    """Bytes follow where the format ends."""

    code = "trailing-bytes"


class WrongSize(FormatError):
    """A file of constant size has another size."""

    code = "wrong-size"


class BadField(FormatError):
    """A field holds a value outside its bounds."""

    code = "bad-field"


class VerificationError(SluisError):
    """Well formed, but not to be trusted."""

    code = "verification"


class BadSignature(VerificationError):
    """A signature does not verify under the expected key."""

    code = "bad-signature"


class Unopenable(VerificationError):
    """Authenticated decryption failed: the bytes are damaged or meant for another key."""

    code = "unopenable"


class WrongInstance(VerificationError):
    """Made for, or by, another instance of Sluis."""

    code = "wrong-instance"


class WrongServer(VerificationError):
    """Made for, or by, another server of this instance."""

    code = "wrong-server"


class WrongThread(VerificationError):
    """The thread identifier is not the one its own public keys give."""

    code = "wrong-thread"


class SequenceError(SluisError):
    """Trustworthy bytes that may not be taken in now."""

    code = "sequence"


class Replayed(SequenceError):
    """The very same thing was taken in before."""

    code = "replayed"


class RolledBack(SequenceError):
    """Older than what was taken in before."""

    code = "rolled-back"


class Forked(SequenceError):
    """Different content under a number that was taken in before."""

    code = "forked"


class Expired(SequenceError):
    """The last day on which it may be used has passed."""

    code = "expired"


class NotEnrolled(SequenceError):
    """The other side has not been enrolled."""

    code = "not-enrolled"


class CapacityError(SluisError):
    """There is no room; nothing that was accepted is ever evicted to make some."""

    code = "capacity"


class StoreFull(CapacityError):
    """No free slot, row or bank."""

    code = "store-full"


class TooLarge(CapacityError):
    """Over a limit that was told beforehand."""

    code = "too-large"


class CodenameError(SluisError):
    """What was typed is not a codename."""

    code = "codename"


class UnknownWord(CodenameError):
    """A word that is in no list; `word` is as typed, `nearest` holds up to three list words."""

    code = "unknown-word"

    def __init__(self, word: str, nearest: Sequence[str]) -> None:
        super().__init__("a word is in no list")  # the word itself never reaches a log
        self.word = word
        self.nearest = tuple(nearest)


class WrongLength(CodenameError):
    """Another number of words or digits than a codename has."""

    code = "wrong-length"

    def __init__(self, found: int, expected: int, *, digits: bool) -> None:
        super().__init__("not the length of a codename")
        self.found = found
        self.expected = expected
        self.digits = digits


class BadCheck(CodenameError):
    """Every word is known, but together they fail the check: a wrong or swapped word."""

    code = "bad-check"
