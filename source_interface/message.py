"""One message on its way: envelope -> OpenPGP -> cells -> sealed -> mailroom (docs/protocol.md).

The caller's thread writes the envelope into GnuPG; another takes what comes out, cuts, seals and hands it
over. When the mailroom is slow both wait, so no more than a few cells and two pipes are ever held.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

from mailroom.client import SourceClient, StaleEpoch, StoreStatus
from sluis.cells import CellSplitter, seal_cell
from sluis.envelope import EnvelopeWriter
from sluis.primitives import random_id
from sluis.sealing import SealingKey
from source_interface.openpgp import GpgStream
from source_interface.settings import SourceSettings

_SEAL_TRIES = 3


class OutgoingMessage:
    """One envelope that is being written into one set of cells.

    `day` is the only time that OpenPGP tells; `text` sets may use the slots that files may not. Raises what
    the mailroom's client raises, CannotReceive and its kinds, BadField for a header value over its bound.
    Use it as a context manager: leaving it without `finish()` aborts, and nothing of it stays.
    """

    def __init__(
        self,
        client: SourceClient,
        status: StoreStatus,
        envelope: EnvelopeWriter,
        settings: SourceSettings,
        day: int,
        *,
        text: bool,
    ) -> None:
        self._client = client
        self._instance_id = settings.instance_id
        self._envelope = envelope
        self._splitter = CellSplitter(random_id())
        self._index = 0
        self._take_epoch(status)
        start = envelope.start()  # first, since it raises BadField for what does not fit
        with ExitStack() as ends:
            self._set = ends.enter_context(client.open_set(self._splitter.set_id, text=text))
            self._gpg = GpgStream(
                status.certificate, day, settings.gnupg_parent, self._take_openpgp, settings.gnupg_program
            )
            ends.callback(self._gpg.kill)  # runs before the set is left, which then aborts it
            self._gpg.write(start)
            self._ends = ends.pop_all()

    def _take_epoch(self, status: StoreStatus) -> None:
        self._epoch = status.epoch
        self._key = SealingKey(status.epoch_public)

    def _take_openpgp(self, piece: bytes) -> None:
        for plain in self._splitter.feed(piece):
            self._put(plain)

    def _put(self, plain: bytes) -> None:
        """Seals one cell and hands it over; once more when a release with new keys came in between."""
        for tries_left in reversed(range(_SEAL_TRIES)):
            try:
                self._set.put(self._epoch, self._index, seal_cell(self._key, self._instance_id, plain))
                break
            except StaleEpoch:
                if not tries_left:
                    raise
                self._take_epoch(self._client.status())
        self._index += 1

    def write(self, data: bytes) -> None:
        """Takes the next piece of the body."""
        self._gpg.write(self._envelope.body(data))

    def finish(self) -> None:
        """Signs, ends the OpenPGP message, puts the last cells; returns when all of them are on disk."""
        self._gpg.write(self._envelope.finish())
        self._gpg.finish()
        for plain in self._splitter.finish():
            self._put(plain)
        self._set.commit()
        self._ends.close()

    def abort(self) -> None:
        """Throws away what was sent; calling it again, or after `finish`, is no fault."""
        self._ends.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.abort()
