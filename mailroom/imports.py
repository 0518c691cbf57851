"""Taking in a release: all is verified before anything changes, and the change has one moment.

That moment is the replacement of the file `release`. Before it come the steps that a second attempt may
repeat: tombstoned rows are overwritten, the ring gets the new rows under a new key whose slot held the key of
the rows that leave. After it come those that a start repeats (`finish`): acknowledged banks become free, old
release-opening keys are overwritten.
"""

from __future__ import annotations

from dataclasses import replace

from mailroom.exports import Exports
from mailroom.intake import Intake
from mailroom.messages import ReleaseReport
from mailroom.released import Released
from mailroom.ring import RingFile, make_ring_file, unused_rows
from mailroom.state import BankState
from mailroom.stores import Stores
from sluis.errors import Expired, Forked, Replayed, RolledBack
from sluis.limits import RING_RELEASES
from sluis.primitives import sha256
from sluis.release import Release, SealedRelease
from sluis.ring import unused_row
from sluis.sealing import SealingKey


class Imports:
    """Takes in releases, one at a time."""

    def __init__(self, stores: Stores, intake: Intake, exports: Exports) -> None:
        self._stores = stores
        self._intake = intake
        self._exports = exports

    def take_in(self, data: bytes, today: int) -> ReleaseReport:
        """Imports a release file; a refusal changes nothing.

        Raises NotOurs, UnknownVersion, WrongSize, WrongInstance, WrongServer, Unopenable, BadSignature or
        another FormatError, RolledBack, Replayed, Forked (also for an acknowledgement of an export that this
        server did not make), Expired.
        """
        with self._exports.turn:
            self._stores.check()
            release = self._verified(data, today)
            files = self._ring_files(release)
            freed = self._install(release, data, files)
            self._exports.open_if_none()
            return ReleaseReport(release.sequence, freed)

    def _verified(self, data: bytes, today: int) -> Release:
        stores = self._stores
        sealed = SealedRelease.parse(data, stores.record.instance_id, stores.identity.server_id)
        released = stores.released
        if released is not None and sha256(data) == released.sealed_hash:
            raise Replayed("this very file was taken in already")  # even when its key is erased by now
        release = sealed.open(stores.transfer.opening(sealed.key_serial), stores.record)
        if released is not None:
            _check_sequence(release, released)
        if release.expiry_day < today:
            raise Expired("the release's last day has passed")
        self._check_acknowledgement(release)
        for key in release.epoch_keys:
            SealingKey(key).seal(b"", b"")  # a key that nothing can be sealed to shows only in use
        return release

    def _check_acknowledgement(self, release: Release) -> None:
        """It must name an export of this server by its own hash, or one that was acknowledged before."""
        state, serial = self._stores.state, release.acknowledged_serial
        known = {bank.serial: bank.header_hash for bank in state.closed()}
        known[state.acknowledged_serial] = state.acknowledged_hash
        if serial < state.acknowledged_serial:
            return  # acknowledges less than is known: nothing follows from it
        if known.get(serial) != release.acknowledged_hash:
            raise Forked("the release acknowledges an export that this server did not make")

    def _ring_files(self, release: Release) -> list[RingFile]:
        """The release's rows, and unused rows for lost releases, whose places older rows must leave."""
        newest, sequence = self._stores.newest_release, release.sequence
        lost = range(max(newest + 1, sequence - RING_RELEASES + 1), sequence)
        deleted = set(release.tombstones)
        rows = [unused_row() if row.tag in deleted else row for row in release.rows]
        return [*(make_ring_file(number, unused_rows()) for number in lost), make_ring_file(sequence, rows)]

    def _install(self, release: Release, data: bytes, files: list[RingFile]) -> tuple[int, ...]:
        stores = self._stores
        with stores.lock, stores.changing():
            self._intake.drain_deletions()
            for tag in release.tombstones:
                place = stores.ring.find(tag)
                if place is not None:
                    row = unused_row()
                    stores.write([], stores.ring.sealed(place, row))
                    stores.ring.replaced(place, row)
            stores.ring.install(files, release.sequence)
            released = Released.of(release, data)
            released.save(stores.disk)
            stores.released = released
            stores.ring.reload([file.release % RING_RELEASES for file in files])
            return self.finish()

    def finish(self) -> tuple[int, ...]:
        """Frees what the newest release acknowledges; the serials of the banks that became free."""
        stores = self._stores
        released, state = stores.released, stores.state
        if released is None or released.acknowledged_serial < state.acknowledged_serial:
            return ()
        serial = released.acknowledged_serial
        freed = [bank.serial for bank in state.closed() if bank.serial <= serial]
        for number in freed:
            index = state.closed_index(number)
            state = state.with_bank(index, replace(state.banks[index], state=BankState.FREE))
        state = replace(state, acknowledged_serial=serial, acknowledged_hash=released.acknowledged_hash)
        if state != stores.state:
            stores.save(state)
        stores.transfer.erase_before(serial)
        return tuple(freed)


def _check_sequence(release: Release, released: Released) -> None:
    if release.sequence < released.sequence:
        raise RolledBack("older than the newest release")
    if release.sequence == released.sequence:
        if release.hash == released.hash:
            raise Replayed("this release was taken in already")
        raise Forked("another release with the number of the newest")
    if release.sequence == released.sequence + 1 and release.previous != released.hash:
        raise Forked("the release follows another one than the newest here")
