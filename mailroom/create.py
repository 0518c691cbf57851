"""Makes the stores of a new server, all files at their full and final size."""

from __future__ import annotations

import os

from mailroom import released, ring, scratch
from mailroom.banks import Progress
from mailroom.disk import Disk
from mailroom.identity import ENROLMENT_SERIAL, Identity, TransferKeys
from mailroom.state import FILE as STATE_FILE
from mailroom.state import Bank, State, bank_file
from mailroom.stores import MIN_SLOTS, RECORD_FILE, REQUEST_FILE
from sluis.instance import EnrolmentRequest, InstanceRecord
from sluis.limits import SiteProfile

_CHUNK = 1_048_576


def create_store(disk: Disk, site: SiteProfile, record: bytes, progress: Progress) -> bytes:
    """Fills an empty folder; gives the enrolment request, which is also in `enrol.request`.

    `record` is the encoded instance record; `progress` is told bytes done and bytes in all. Bank files are
    written in full, with random bytes, so that no later write can find the disk full. Cut short, it may
    be run again: `state` comes last. Raises FileExistsError when the store is complete already, a FormatError
    or BadSignature for the record, OSError.
    """
    if STATE_FILE in disk.names():
        raise FileExistsError("the store exists already")
    if site.slots < MIN_SLOTS:
        raise ValueError("a bank has at least 16 slots")
    instance = InstanceRecord.parse(record)
    disk.replace(RECORD_FILE, record)
    _fill(disk, site, progress)
    ring.create_ring(disk)
    disk.replace(scratch.FILE, os.urandom(scratch.SIZE))
    disk.replace(released.FILE, bytes(released.SIZE))
    identity = Identity.create(disk)
    transfer_public = TransferKeys.create(disk).draw(ENROLMENT_SERIAL)
    request = EnrolmentRequest(
        instance.instance_id, identity.server_id, site, identity.key.public, transfer_public
    ).encode(identity.key)
    disk.replace(REQUEST_FILE, request)
    State(banks=tuple(Bank() for _ in range(site.banks))).save(disk)
    return request


def _fill(disk: Disk, site: SiteProfile, progress: Progress) -> None:
    total = site.banks * site.bank_size
    for index in range(site.banks):
        disk.create(bank_file(index))
        for at in range(0, site.bank_size, _CHUNK):
            disk.write(bank_file(index), at, os.urandom(min(_CHUNK, site.bank_size - at)))
            progress(min(index * site.bank_size + at + _CHUNK, total), total)
        disk.sync(bank_file(index))
    disk.sync_folder()
