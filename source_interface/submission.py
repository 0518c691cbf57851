"""What a source sends, on its way into the store: envelope -> OpenPGP -> cells -> sealed -> mailroom.

Nothing of it touches a disk in the clear, and no step holds more than a few cells, however large the file
(docs/protocol.md, "A submission").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from mailroom.client import SourceClient, StoreStatus
from sluis.envelope import SCOPE, EnvelopeWriter, Header, Kind, WithdrawScope, header_for
from sluis.errors import Expired, SluisError, StoreFull, TooLarge
from sluis.keytree import SourceKeys
from sluis.limits import TEXT_MAX
from sluis.primitives import random_id
from sluis.ring import escaped_size
from source_interface.file_names import clean_file_name
from source_interface.message import OutgoingMessage
from source_interface.settings import SourceSettings


class NotReady(SluisError):
    """No release has been taken in yet: there is no key to seal to."""

    code = "no-release"


@dataclass(frozen=True)
class FileReceipt:
    """A file that is on the server's disk, whole and sealed; `name` as it was sent on, `size` in bytes."""

    name: str
    size: int


class Submitter:
    """Sends envelopes for sources. `today` gives the day (UTC, days since 1970-01-01).

    All methods may raise: StoreFull, TooLarge, Expired (the keys of the last release), NotReady,
    MailroomDown, CannotReceive (GpgMissing, KeyExpired, GpgFailed), BadField for a header value over its
    bound. Then nothing was stored.
    """

    def __init__(self, settings: SourceSettings, client: SourceClient, today: Callable[[], int]) -> None:
        self._settings = settings
        self._client = client
        self._today = today

    def send_text(
        self,
        keys: SourceKeys,
        *,
        text: str,
        language: str,
        sequence: int,
        intake: Mapping[str, str],
        read: Sequence[bytes] = (),
    ) -> bytes:
        """Sends a text of at most TEXT_MAX bytes once escaped; its message id (16 bytes) once it is on disk.

        `read` are ids of replies (at most 16) that the source has seen.
        """
        body = text.replace("\r\n", "\n")
        if escaped_size(body) > TEXT_MAX:
            raise TooLarge("a text has at most 49,152 bytes once escaped")
        return self._send(
            keys, Kind.TEXT, body, language=language, sequence=sequence, intake=dict(intake), read=tuple(read)
        )

    def send_delete(
        self,
        keys: SourceKeys,
        *,
        reply_ids: Sequence[bytes],
        language: str,
        sequence: int,
        read: Sequence[bytes] = (),
    ) -> bytes:
        """Tells that the source deleted these replies (at most 16); the message id once it is on disk."""
        return self._send(
            keys,
            Kind.DELETE,
            "",
            language=language,
            sequence=sequence,
            read=tuple(read),
            deleted=tuple(reply_ids),
        )

    def send_withdraw(
        self,
        keys: SourceKeys,
        *,
        scope: WithdrawScope,
        language: str,
        sequence: int,
        read: Sequence[bytes] = (),
    ) -> bytes:
        """Takes back what was sent with this codename; the message id once it is on disk."""
        return self._send(
            keys,
            Kind.WITHDRAW,
            "",
            language=language,
            sequence=sequence,
            read=tuple(read),
            intake={SCOPE: scope.value},
        )

    def _send(self, keys: SourceKeys, kind: Kind, body: str, **fields: object) -> bytes:
        status = self._status()
        message_id = random_id()
        header = self._header(keys, kind, status, message_id, **fields)
        with self._message(header, keys, status, text=True) as message:
            message.write(body.encode("utf-8", "replace"))
            message.finish()
        return message_id

    def open_file(
        self, keys: SourceKeys, *, parent: bytes, file_name: str, language: str, sequence: int
    ) -> FileSender:
        """Starts a file that belongs to the text `parent`; use it as a context manager."""
        status = self._status()
        if not status.file_room:
            raise StoreFull("what is free is kept for texts")
        name = clean_file_name(file_name)
        header = self._header(
            keys,
            Kind.FILE,
            status,
            random_id(),
            parent=parent,
            file_name=name,
            language=language,
            sequence=sequence,
        )
        message = self._message(header, keys, status, text=False)
        return FileSender(message, name, self._settings.largest_file)

    def _status(self) -> StoreStatus:
        status = self._client.status()
        if not status.ready:
            raise {"expired": Expired, "store-full": StoreFull}.get(status.reason, NotReady)(status.reason)
        return status

    def _header(
        self, keys: SourceKeys, kind: Kind, status: StoreStatus, message_id: bytes, **fields: object
    ) -> Header:
        instance = self._settings.instance_id
        return header_for(keys, instance, kind, message_id, day=status.epoch.day, **fields)

    def _message(
        self, header: Header, keys: SourceKeys, status: StoreStatus, *, text: bool
    ) -> OutgoingMessage:
        # A clock that was set back must not make the certificate look as if it came from the future.
        day = max(self._today(), status.epoch.day)
        return OutgoingMessage(
            self._client, status, EnvelopeWriter(header, keys.sign), self._settings, day, text=text
        )


class FileSender:
    """One file on its way. Leaving the context without `finish()` aborts it, and nothing of it stays."""

    def __init__(self, message: OutgoingMessage, name: str, largest: int) -> None:
        self._message = message
        self._name = name
        self._largest = largest
        self._size = 0

    def write(self, chunk: bytes) -> None:
        """Takes the next piece, of any size; raises TooLarge over the site's largest file, and aborts it."""
        self._size += len(chunk)
        if self._size > self._largest:
            self.abort()
            raise TooLarge("a file over the largest that this site takes")
        self._message.write(chunk)

    def finish(self) -> FileReceipt:
        """Returns once every cell is on disk."""
        self._message.finish()
        return FileReceipt(self._name, self._size)

    def abort(self) -> None:
        """Throws away what was sent; calling it again, or after an error or `finish`, is no fault."""
        self._message.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.abort()
