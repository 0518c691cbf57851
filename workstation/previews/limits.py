"""How much a preview may use, and why there may be none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sluis.errors import SluisError

MIB = 1_048_576


class Refusal(StrEnum):
    """Why no preview was made; the interface translates it."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    """The file, or what it unfolds to, is over a limit."""
    ARCHIVE = "archive"
    """Files packed into one: never unpacked here."""
    PROGRAM = "program"
    NOT_ITS_NAME = "not-its-name"
    """The name promises a kind that the content is not, and the content is of no kind that is known here."""
    UNKNOWN_KIND = "unknown-kind"
    PASSWORD = "password"  # noqa: S105 - why a document does not open
    UNREADABLE = "unreadable"
    """The converter of that kind gave nothing: broken, cut off, or made to break it."""
    TOO_LONG = "too-long"
    """The deadline passed."""
    TOO_MUCH_MEMORY = "too-much-memory"
    DAMAGED = "damaged"
    """The sealed file on this workstation does not open to its end."""
    NO_PROGRAM = "no-program"
    """This machine lacks the converter."""
    NO_SANDBOX = "no-sandbox"
    """No sandbox could be made; nothing is ever converted outside one."""
    BUSY = "busy"
    STOPPED = "stopped"
    """The office was locked in between."""


class Refused(SluisError):
    """No preview; `refusal` says why."""

    code = "preview-refused"

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"no preview: {refusal}")
        self.refusal = refusal


@dataclass(frozen=True)
class Limits:
    """What one preview may use. Sizes in bytes, times in seconds."""

    seconds: float = 60.0
    """From the start of the sandbox to its end; then everything in it is killed."""
    input_bytes: int = 512 * MIB
    output_bytes: int = 512 * MIB
    """Raw pixels that are read from the sandbox."""
    kept_bytes: int = 128 * MIB
    """Pictures of one file that are kept in memory; what comes after is left out."""
    address_space: int = 2_048 * MIB
    """Of one process."""
    memory: int = 1_024 * MIB
    """Resident memory of all processes together, without what they map from files."""
    tmp_bytes: int = 256 * MIB
    """The only place to write to, which is in memory."""
    file_bytes: int = 192 * MIB
    processes: int = 64
    open_files: int = 256
    pages: int = 40
    side: int = 1_400
    """The longer side of a picture in pixels."""
    source_pixels: int = 100_000_000
    """Of an image before it is made smaller."""
    text_bytes: int = 262_144
    stills: int = 6
