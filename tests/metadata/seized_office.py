"""What somebody gets who takes the workstation together with its passphrase.

Every row of the database, and more: every page of its file, the free ones too, decrypted outside SQLite; and
every page in its rollback journal, also in one that was removed since, whose content the disk still keeps.

A page is SQLCipher 4's (https://www.zetetic.net/sqlcipher/design/): 4,096 bytes, the last 80 of them the IV
16 and the HMAC 64; AES-256-CBC; the first page begins with 16 bytes of salt in the clear. A journal is a
sector of 512 bytes, then pages, each between its number and a checksum (https://sqlite.org/fileformat2.html).
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from sqlalchemy import select
from sqlalchemy.orm import Session

from sluis.cells import open_cell
from sluis.epoch import Epoch
from sluis.errors import Unopenable
from sluis.sealing import OpeningKey
from tests.metadata.crossing import Crossing
from tests.support.workroom import PASSPHRASE
from workstation.database import open_database
from workstation.folder import Folder
from workstation.founding import database_key
from workstation.models import EpochSeed

_PAGE, _IV, _RESERVED, _SALT = 4_096, 16, 80, 16
_SECTOR, _NUMBER, _CHECKSUM = 512, 4, 4


class SeizedOffice:
    """A copy of what the office holds at this moment: `seeds` of epochs, and `pages` in the clear."""

    def __init__(self, place: Crossing) -> None:
        place.office.close()
        folder = Folder(place.folder / "office")
        key = database_key(folder, PASSPHRASE)
        self.pages = decrypted(folder.database.read_bytes(), key)
        for journal in folder.path.glob("cases.db-journal*"):
            self.pages += _journal_pages(journal.read_bytes(), key)
        engine = open_database(folder.database, key)
        with Session(engine) as session:
            rows = session.scalars(select(EpochSeed)).all()
            self.seeds = {Epoch(row.release, row.day): row.seed for row in rows}
        engine.dispose()
        place.reopen()

    def opens(self, instance_id: bytes, cells: Iterable[bytes]) -> int:
        """How many of the cells open under any of the seeds."""
        keys = [OpeningKey(seed) for seed in self.seeds.values()]
        return sum(any(_opens(key, instance_id, cell) for key in keys) for cell in cells)


def _opens(key: OpeningKey, instance_id: bytes, cell: bytes) -> bool:
    try:
        open_cell(key, instance_id, cell)
    except Unopenable:
        return False
    return True


def keep_the_journal(place: Crossing) -> None:
    """A second name for the journal, should it be removed: its content is what stays on the disk."""
    journal = place.folder / "office" / "cases.db-journal"
    kept = journal.with_name(journal.name + " on the disk")
    if journal.exists() and not kept.exists():
        kept.hardlink_to(journal)


def decrypted(file: bytes, key: bytes) -> bytes:
    """Every page of a SQLCipher file, free ones too."""
    pages = [_page(file[at : at + _PAGE], key) for at in range(0, len(file), _PAGE)]
    pages[0] = _page(file[:_PAGE], key, _SALT)
    # What follows the magic in SQLite's header: page size, versions, reserved bytes, three constants.
    assert pages[0][:8] == _PAGE.to_bytes(2, "big") + bytes([1, 1, _RESERVED, 64, 32, 32])
    return b"".join(pages)


def _journal_pages(file: bytes, key: bytes) -> bytes:
    record = _NUMBER + _PAGE + _CHECKSUM
    starts = range(_SECTOR + _NUMBER, len(file) - _PAGE, record)
    return b"".join(_page(file[at : at + _PAGE], key) for at in starts)


def _page(page: bytes, key: bytes, begin: int = 0) -> bytes:
    iv = page[_PAGE - _RESERVED :][:_IV]
    return Cipher(AES(key), CBC(iv)).decryptor().update(page[begin : _PAGE - _RESERVED])
