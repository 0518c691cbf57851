"""What the office tells those who ask: frozen values, ready to be shown.

Identifiers are hexadecimal text. Days are days since 1970-01-01, UTC. All text from a source (texts, file
names, answers) is hostile until it has been escaped by whoever shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sluis.limits import SiteProfile

ReplyState = Literal[
    "draft", "approved", "sealed", "exported", "collected", "expired", "withdrawn", "deleted-by-source"
]


@dataclass(frozen=True)
class ServerInfo:
    """An enrolled server; `last_serial` and `closing_day` (0 and None at first) end its unbroken chain."""

    server_id: str
    label: str
    site: SiteProfile
    fingerprint: str
    last_serial: int
    closing_day: int | None
    missing_serials: tuple[int, ...]


@dataclass(frozen=True)
class OfficeInfo:
    """The instance: `record` is public and goes to the servers; `operating_last_day` ends the signing key."""

    instance_id: str
    instance_name: str
    training: bool
    fingerprint: str
    record: bytes
    openpgp_fingerprint: str
    operating_last_day: int
    newest_release: int
    servers: tuple[ServerInfo, ...]


@dataclass(frozen=True)
class Refusal:
    """One envelope, or one set of cells, that was not taken in, by the code of the reason."""

    code: str
    detail: str


@dataclass(frozen=True)
class ImportReport:
    """What became of one export.

    `expected_sets` is the sum of `verified_sets`, `incomplete`, `replayed` and the refusals: nothing is left
    out in silence. `reports` (texts) and `files` are parts of `verified_sets`. `incomplete` sets wait for
    their other cells in a later export; those given up after two exports stand under `refused` as
    "incomplete-set". `withdrawals` counts what sources took back, and `withdrawn` how many texts
    and files were destroyed for that, of this export and of earlier ones. `missing_serials` are exports of
    this server not imported yet; `erased_days` are the epoch days whose keys were erased. `warnings` are
    codes: "release-unknown", "release-forked", "damaged-accepted".
    """

    server_label: str
    serial: int
    closing_day: int
    state: Literal["taken-in", "replayed"]
    missing_serials: tuple[int, ...] = ()
    reports: int = 0
    files: int = 0
    expected_sets: int = 0
    verified_sets: int = 0
    incomplete: int = 0
    replayed: int = 0
    withdrawals: int = 0
    withdrawn: int = 0
    refused: tuple[Refusal, ...] = ()
    damaged_slots: tuple[int, ...] = ()
    erased_days: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileInfo:
    """A file of a report; `name` is fit to be shown and to be a file name; `state` is "verified"."""

    file_id: str
    name: str
    size: int
    sha256: str
    day: int
    state: str


@dataclass(frozen=True)
class ThreadSummary:
    """One line of the inbox; `waiting_reply` when the last word is the source's.

    `withdrawn_day`: the source withdrew all that it sent up to and including this day, and
    `destroyed_texts` and `destroyed_files` were destroyed. `sharing_withdrawn_day`: since this day nothing of
    the thread may be passed on to anybody; whoever writes code that passes something on must look here.
    Neither ends by itself.
    """

    thread_id: str
    alias: str
    messages: int
    unread: int
    last_day: int
    language: str
    waiting_reply: bool
    withdrawn_day: int | None = None
    sharing_withdrawn_day: int | None = None
    destroyed_texts: int = 0
    destroyed_files: int = 0


@dataclass(frozen=True)
class Translated:
    """A translation of a message or of an answer; `author` a person's id, `version` counts in its language.

    `origin`: "team", "interpreter", or "before": an answer as the desk wrote it, before the translation of an
    interpreter took its place. `outdated`: what it was made from reads differently now.
    """

    translation_id: str
    origin: Literal["team", "interpreter", "before"]
    author: str
    day: int
    language: str
    version: int
    text: str
    outdated: bool = False


@dataclass(frozen=True)
class Message:
    """A text of the source; its translations, newest first.

    `nested_openpgp`: it was encrypted once more by the source, and was unwrapped.
    """

    message_id: str
    day: int
    language: str
    text: str
    intake: Mapping[str, str]
    files: tuple[FileInfo, ...]
    integrity: Literal["verified"]
    continuity: Literal["first", "same codename", "handed over"]
    nested_openpgp: bool
    unread: bool
    translations: tuple[Translated, ...] = ()


@dataclass(frozen=True)
class ToldEntry:
    """What was told by phone or in person, as the desk of `author` (a person's id) wrote it down."""

    told_id: str
    day: int
    how: str
    language: str
    author: str
    text: str


@dataclass(frozen=True)
class LooseFile:
    """A file without its text: the message it belongs to has not arrived."""

    day: int
    file: FileInfo


@dataclass(frozen=True)
class Notice:
    """Something the source did: it deleted an answer, or withdrew all that it sent or only sharing."""

    code: Literal["reply-deleted", "withdraw-all", "withdraw-sharing"]
    day: int
    text: str


@dataclass(frozen=True)
class ReplyEntry:
    """An answer; its text is empty when a withdrawal destroyed it.

    `queued`: approved, but the last release had no row left for it. `state_day`: since when it is in its
    state. `automatic`: an import wrote it, as a "receipt" or to confirm a "withdrawal". `mark` tells whether
    the text is still the one that was shown.
    """

    reply_id: str
    day: int
    language: str
    text: str
    state: ReplyState
    expiry_day: int | None
    queued: bool
    state_day: int | None = None
    automatic: str = ""
    translations: tuple[Translated, ...] = ()
    mark: str = ""


Entry = Message | ToldEntry | LooseFile | Notice | ReplyEntry


@dataclass(frozen=True)
class ThreadView:
    """One conversation, oldest first."""

    summary: ThreadSummary
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ReleaseFile:
    """A sealed release for one server, RELEASE_SIZE bytes, and the name it travels under."""

    server_label: str
    sequence: int
    file_name: str
    data: bytes
    sha256: str


@dataclass(frozen=True)
class WrittenRelease:
    """A release on a medium, shown only after what was read back had this SHA-256."""

    server_label: str
    sequence: int
    path: Path
    sha256: str
