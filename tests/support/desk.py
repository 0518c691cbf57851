"""A workstation's keys and the least that it does, for tests of the online side with a real mailroom.

It makes the instance, releases for one server, and reads exports, keeping every epoch key.
"""

from collections.abc import Iterator, Sequence

from sluis.bank import BankHeader, open_slot, slot_offset
from sluis.cells import join_cells, open_cell
from sluis.epoch import Epoch
from sluis.export import ExportHeader
from sluis.instance import EnrolmentRequest, InstanceRecord, OperatingCertificate
from sluis.limits import (
    BANK_PREFIX_SIZE,
    EPOCH_DAYS,
    HASH_SIZE,
    HEADER_BLOCK_SIZE,
    RELEASE_DAYS,
    ROWS_PER_RELEASE,
    SLOT_SIZE,
    TOMBSTONES,
)
from sluis.primitives import SigningKey, random_id, random_key
from sluis.release import Release, seal_release
from sluis.ring import Row, unused_row
from sluis.sealing import OpeningKey, SealingKey


class Desk:
    """One training instance that begins on `day`; `record` goes to the server."""

    def __init__(self, day: int) -> None:
        self.instance_id = random_id()
        root, _ = SigningKey.generate()
        self._operating, _ = SigningKey.generate()
        self.record = InstanceRecord(self.instance_id, root.public, True, day).encode(root)
        certificate = OperatingCertificate(self.instance_id, self._operating.public, day, day + RELEASE_DAYS)
        self._certificate = certificate.encode(root)
        self._epochs: dict[Epoch, OpeningKey] = {}
        self._previous = bytes(HASH_SIZE)
        self._sequence = 0

    def release(self, request: EnrolmentRequest, day: int, openpgp: bytes, rows: Sequence[Row] = ()) -> bytes:
        """The next release, sealed to the server's enrolment key; nothing is acknowledged in it."""
        self._sequence += 1
        keys = [OpeningKey.generate()[0] for _ in range(EPOCH_DAYS)]
        self._epochs |= {Epoch(self._sequence, day + number): key for number, key in enumerate(keys)}
        release = Release(
            sequence=self._sequence,
            previous=self._previous,
            day=day,
            expiry_day=day + RELEASE_DAYS,
            first_epoch_day=day,
            epoch_keys=[key.public for key in keys],
            certificate=openpgp,
            rows=[*rows, *(unused_row() for _ in range(ROWS_PER_RELEASE - len(rows)))],
            tombstones=[random_key() for _ in range(TOMBSTONES)],
            acknowledged_serial=0,
            acknowledged_hash=bytes(HASH_SIZE),
        )
        self._previous = release.hash
        return seal_release(
            release,
            self.instance_id,
            request.server_id,
            0,
            SealingKey(request.transfer_public),
            self._certificate,
            self._operating,
        )

    def messages(self, *exports: bytes) -> list[bytes]:
        """The OpenPGP message of each set in these exports, in no order; raises for one that is not whole."""
        found: dict[bytes, dict[int, tuple[Epoch, bytes]]] = {}
        for export in exports:
            for epoch, set_id, index, cell in self._cells(export):
                found.setdefault(set_id, {})[index] = (epoch, cell)
        return [self._join(set_id, cells) for set_id, cells in found.items()]

    def _cells(self, export: bytes) -> Iterator[tuple[Epoch, bytes, int, bytes]]:
        header = ExportHeader.parse(export[:HEADER_BLOCK_SIZE], self.instance_id)
        bank = BankHeader.parse(export[HEADER_BLOCK_SIZE : 2 * HEADER_BLOCK_SIZE], self.instance_id)
        key = bank.open_key(self._epochs[bank.epoch])
        # By the size of the file: tests use stores that are smaller than any site's.
        for slot in range((len(export) - BANK_PREFIX_SIZE) // SLOT_SIZE):
            sealed = export[slot_offset(slot) : slot_offset(slot + 1)]
            if content := open_slot(key, header.serial, slot, sealed):
                yield content.epoch, content.set_id, content.index, content.cell

    def _join(self, set_id: bytes, cells: dict[int, tuple[Epoch, bytes]]) -> bytes:
        opened = (
            open_cell(self._epochs[epoch], self.instance_id, cell)
            for _, (epoch, cell) in sorted(cells.items())
        )
        return b"".join(join_cells(opened, set_id))
