"""Makes a new instance in an empty folder: ceremony, database, OpenPGP key."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy.orm import Session

from keys.ceremony import create_instance
from keys.gnupg_home import GnupgHome, find_gpg
from keys.openpgp import add_encryption_key, create_key, new_passphrase
from keys.sealed_key import open_key, seal_key
from sluis.keytree import KdfProfile
from sluis.primitives import random_key
from workstation.database import open_database
from workstation.folder import Folder, write_private
from workstation.models import Instance
from workstation.transaction import no_room_is_named

_PURPOSE = "case database"


def found(
    path: Path,
    passphrase: str,
    root_passphrase: str,
    *,
    instance_name: str,
    training: bool,
    today: int,
    kdf: KdfProfile,
) -> None:
    """Fills a new folder; when anything fails, what was made is taken away again.

    Raises AlreadyExists, GpgMissing, GpgFailed, DiskFull.
    """
    find_gpg()
    folder = Folder(path)
    with no_room_is_named():
        folder.make()
        try:
            _fill(folder, passphrase, root_passphrase, instance_name, training, today, kdf)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise


def _fill(
    folder: Folder,
    passphrase: str,
    root_passphrase: str,
    name: str,
    training: bool,
    today: int,
    kdf: KdfProfile,
) -> None:
    made = create_instance(root_passphrase, training=training, today=today, kdf=kdf)
    database_key = random_key()
    write_private(folder.key, seal_key(database_key, passphrase, _PURPOSE, kdf))
    write_private(folder.root_key, made.root_file)
    write_private(folder.record, made.record)
    secret = new_passphrase()
    with GnupgHome(folder.gnupg) as home:
        primary = create_key(home, name, secret, today)
        add_encryption_key(home, primary, secret, today)
    engine = open_database(folder.database, database_key)
    try:
        with Session(engine) as session, session.begin():
            session.add(
                Instance(
                    id=1,
                    name=name,
                    record=made.record,
                    openpgp_primary=primary,
                    openpgp_passphrase=secret,
                    operating_seed=made.operating.seed,
                    operating_certificate=made.operating.certificate,
                    operating_last_day=made.operating.last_day,
                )
            )
    finally:
        engine.dispose()


def database_key(folder: Folder, passphrase: str) -> bytes:
    """The key of the case database; raises WrongPassphrase, or a FormatError for a damaged key file."""
    return open_key(folder.key.read_bytes(), passphrase, _PURPOSE)
