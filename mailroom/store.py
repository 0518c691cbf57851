"""The mailroom without its sockets: cells in, rows out, exports out, releases in.

Rules (docs/protocol.md, "Mailroom"):

- A source changes slots and rows, never a file's size, never `state`, `release` or a bank's state.
- Each tick writes one slot and one row; what a source causes hides among them (intake.py).
- A set is committed when all its cells are on the medium. Nothing that was committed is ever evicted: with no
  bank free the room refuses.
- A cell is taken only under an epoch that no closed bank lets the workstation erase.
- After a failed write the room is broken: it acknowledges nothing more, and its process ends.

One lock guards it all; the slow parts of a bank's closing and opening (exports.py) run outside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mailroom.disk import Disk
from mailroom.exports import Exports
from mailroom.imports import Imports
from mailroom.intake import Intake, OpenSet
from mailroom.messages import NO_EPOCH, ClosedBank, OperatorStatus, ReleaseReport, StoreStatus
from mailroom.state import BankState
from mailroom.stores import Stores
from sluis.epoch import Epoch
from sluis.limits import SiteProfile
from sluis.ring import Row


class Mailroom:
    """The room; made by a start, which repairs, finishes what was cut short, and opens a bank if it can.

    `disk` is the store folder, made by `mailroom.create.create_store`; `run` a folder on a tmpfs; `today`
    gives the day (since 1970-01-01, UTC). Raises a FormatError for damaged stores, OSError.
    """

    def __init__(self, disk: Disk, run: Disk, site: SiteProfile, today: Callable[[], int]) -> None:
        self._today = today
        self.stores = Stores(disk, run, site)
        self.intake = Intake(self.stores, today)
        self._exports = Exports(self.stores, self.intake, today)
        self._imports = Imports(self.stores, self.intake, self._exports)
        with self.stores.changing():
            self._imports.finish()
        self._exports.start()

    @property
    def broken(self) -> bool:
        """True once a write failed, or after stop()."""
        return self.stores.broken

    def tick(self) -> None:
        """Once a second."""
        self.intake.tick()

    def stop(self) -> None:
        """Writes what waits for a commit, so that it is acknowledged; afterwards nothing is taken in."""
        with self.stores.lock:
            if not self.stores.broken:
                self.intake.abort_unfinished()
                self.intake.drain()
            self.stores.broken = True
            self.stores.changed.notify_all()

    def status(self) -> StoreStatus:
        """For the source site."""
        stores, day = self.stores, self._today()
        with stores.lock:
            stores.check()
            released = stores.released
            reason = stores.reason(day)
            if not reason and self.intake.free_slots < 1:
                reason = "store-full"
            epoch, public = NO_EPOCH, b""
            if released is not None and not reason:
                epoch = released.epoch(day, stores.state.floor)
                public = released.epoch_public(epoch)
            return StoreStatus(
                training=stores.record.training,
                instance_id=stores.record.instance_id,
                ready=not reason,
                reason=reason,
                epoch=epoch,
                epoch_public=public,
                certificate=b"" if released is None else released.certificate,
                newest_release=stores.newest_release,
                keys_run_out=released is not None and max(day, stores.state.floor) > released.last_key_day,
                file_room=not reason and self.intake.file_cells_free > 0,
                file_cells_free=0 if reason else self.intake.file_cells_free,
                site=stores.site,
            )

    def open_set(self, set_id: bytes, *, text: bool) -> OpenSet:
        """Begins a set of cells."""
        return self.intake.open_set(set_id, text=text)

    def put(self, cells: OpenSet, epoch: Epoch, index: int, cell: bytes) -> None:
        """Takes one cell; see Intake.put."""
        self.intake.put(cells, epoch, index, cell)

    def commit(self, cells: OpenSet) -> None:
        """Returns when the whole set is on the medium; see Intake.commit."""
        self.intake.commit(cells)

    def abort(self, cells: OpenSet) -> None:
        """Frees the set's slots; see Intake.abort."""
        self.intake.abort(cells)

    def fetch_rows(self, tags: Sequence[bytes]) -> list[Row]:
        """16 rows, the live ones among the tags with them; see Intake.fetch."""
        return self.intake.fetch(tags)

    def delete_row(self, tag: bytes) -> None:
        """Returns when the row with this tag, if any, is overwritten on the medium; needs ticks."""
        self.intake.wait(self.intake.delete(tag))

    def operator_status(self) -> OperatorStatus:
        """For the operators' site."""
        stores = self.stores
        with stores.lock:
            stores.check()
            state, released = stores.state, stores.released
            reason = stores.reason(self._today())
            return OperatorStatus(
                training=stores.record.training,
                instance_id=stores.record.instance_id,
                server_id=stores.identity.server_id,
                server_fingerprint=stores.request.fingerprint,
                site=stores.site,
                open_since_day=None if stores.bank is None else state.floor,
                closed=tuple(
                    ClosedBank(bank.serial, bank.opening_day, bank.closing_day, bank.header_hash)
                    for bank in state.closed()
                ),
                free_banks=sum(bank.state is BankState.FREE for bank in state.banks),
                newest_release=stores.newest_release,
                release_expiry_day=0 if released is None else released.expiry_day,
                last_key_day=0 if released is None else released.last_key_day,
                ready=not reason,
                reason=reason,
            )

    def make_export(self) -> int:
        """Closes the open bank, opens the next; see Exports.make_export."""
        return self._exports.make_export()

    def export_size(self) -> int:
        """Bytes of every export."""
        return self.stores.site.bank_size

    def read_export(self, serial: int, offset: int, length: int) -> bytes:
        """Bytes of a closed bank; see Exports.read."""
        return self._exports.read(serial, offset, length)

    def import_release(self, data: bytes) -> ReleaseReport:
        """Takes in a release; see Imports.take_in."""
        return self._imports.take_in(data, self._today())
