"""A server made of core functions only: it takes in genuine releases and makes genuine exports."""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keys.gnupg_home import midnight
from sluis.bank import SlotContent, make_bank_header, seal_slot
from sluis.cells import CellSplitter, seal_cell
from sluis.envelope import EnvelopeWriter, Kind, header_for
from sluis.epoch import Epoch
from sluis.export import NO_HASH, ExportHeader
from sluis.instance import EnrolmentRequest, InstanceRecord
from sluis.keytree import SourceKeys, row_tag
from sluis.limits import DEMO, ROWS_PER_THREAD_AND_RELEASE, SiteProfile
from sluis.primitives import SigningKey, random_id, random_key, sha256
from sluis.release import Release, SealedRelease
from sluis.ring import Reply, open_reply
from sluis.sealing import OpeningKey, SealingKey


def new_source() -> SourceKeys:
    """The keys of a source whose codename nobody knows."""
    return SourceKeys.from_root(random_key())


def envelope(
    keys: SourceKeys,
    instance_id: bytes,
    body: bytes,
    *,
    kind: Kind = Kind.TEXT,
    message_id: bytes | None = None,
    **rest: Any,
) -> bytes:
    """A whole signed envelope."""
    fields: dict[str, Any] = {"day": 0, "sequence": 1, "language": "en"} | rest
    header = header_for(keys, instance_id, kind, message_id or random_id(), **fields)
    writer = EnvelopeWriter(header, keys.sign)
    return writer.start() + writer.body(body) + writer.finish()


def gpg_encrypt(certificate: bytes, plain: bytes, day: int, *options: str, armor: bool = False) -> bytes:
    """What real gpg makes of it, for the newest encryption key in the certificate."""
    with tempfile.TemporaryDirectory(prefix="ge-") as home:
        recipient = Path(home) / "certificate"
        recipient.write_bytes(certificate)
        command = ["gpg", "--homedir", home, "--batch", "--no-tty", "--quiet", "--no-random-seed-file"]
        command += ["--trust-model", "always", "--throw-keyids", "--set-filename", "", "-z", "0"]
        command += ["--armor"] if armor else []
        command += [
            "--faked-system-time",
            midnight(day),
            *options,
            "--recipient-file",
            str(recipient),
            "--encrypt",
        ]
        return subprocess.run(command, input=plain, capture_output=True, check=True).stdout


@dataclass
class ModelServer:
    """A server: its keys, its chain, and the releases it holds."""

    record: InstanceRecord
    site: SiteProfile = DEMO
    server_id: bytes = field(default_factory=random_id)
    serial: int = 0
    previous: bytes = NO_HASH
    closed_day: int = 0
    releases: list[Release] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sign, _ = SigningKey.generate()
        first, _ = OpeningKey.generate()
        self.transfer: dict[int, OpeningKey] = {0: first}

    def request(self) -> bytes:
        """The enrolment request."""
        return EnrolmentRequest(
            self.record.instance_id, self.server_id, self.site, self.sign.public, self.transfer[0].public
        ).encode(self.sign)

    @property
    def release(self) -> Release:
        """The newest release taken in."""
        return self.releases[-1]

    def take(self, data: bytes) -> Release:
        """Opens a release as a server does; it must be newer than the one before."""
        sealed = SealedRelease.parse(data, self.record.instance_id, self.server_id)
        release = sealed.open(self.transfer[sealed.key_serial], self.record)
        assert not self.releases or release.sequence > self.release.sequence
        self.releases.append(release)
        return release

    def epoch(self, day: int) -> tuple[Epoch, SealingKey]:
        """The key that seals on this day."""
        first = self.release.first_epoch_day
        at = min(max(day, first), first + len(self.release.epoch_keys) - 1)
        return Epoch(self.release.sequence, at), SealingKey(self.release.epoch_keys[at - first])

    def cells(self, stream: bytes, day: int, set_id: bytes | None = None) -> list[SlotContent]:
        """A set of cells that carries this stream."""
        splitter = CellSplitter(set_id or random_id())
        return self.seal([*splitter.feed(stream), *splitter.finish()], day)

    def seal(self, plain: Sequence[bytes], day: int) -> list[SlotContent]:
        """Plain cells, sealed to the key of this day."""
        epoch, key = self.epoch(day)
        sealed = [seal_cell(key, self.record.instance_id, one) for one in plain]
        return [
            SlotContent(epoch, one[:16], int.from_bytes(one[16:20], "big"), cell)
            for one, cell in zip(plain, sealed, strict=True)
        ]

    def report(
        self, keys: SourceKeys, body: bytes, day: int, *, gpg: Sequence[str] = (), **rest: Any
    ) -> list[SlotContent]:
        """One envelope, encrypted and cut into cells."""
        plain = envelope(keys, self.record.instance_id, body, day=day, **rest)
        return self.cells(gpg_encrypt(self.release.certificate, plain, day, *gpg), day)

    def export(
        self,
        folder: Path,
        contents: Iterable[SlotContent],
        opening_day: int,
        closing_day: int,
        *,
        changed: Mapping[str, Any] | None = None,
        damage_before_signing: Sequence[int] = (),
    ) -> Path:
        """Closes a bank that holds these cells; `changed` are header fields to be given other values."""
        self.serial += 1
        bank_key = random_key()
        epoch, epoch_key = self.epoch(opening_day)
        bank = make_bank_header(
            self.record.instance_id, self.server_id, self.serial, opening_day, epoch, epoch_key, bank_key
        )
        contents = list(contents)
        taken: list[SlotContent | None] = [*contents, *[None] * (self.site.slots - len(contents))]
        secrets.SystemRandom().shuffle(taken)
        slots = [
            bytearray(seal_slot(bank_key, self.serial, number, content))
            for number, content in enumerate(taken)
        ]
        for number in damage_before_signing:
            slots[number][100] ^= 1
        body = bank.encode() + b"".join(slots)
        fresh, _ = OpeningKey.generate()
        self.transfer[self.serial] = fresh
        fields: dict[str, Any] = {
            "instance_id": self.record.instance_id,
            "server_id": self.server_id,
            "site": self.site,
            "training": self.record.training,
            "serial": self.serial,
            "previous": self.previous,
            "opening_day": opening_day,
            "closing_day": closing_day,
            "release": self.release.sequence,
            "release_hash": self.release.hash,
            "transfer_public": fresh.public,
            "body_hash": sha256(body),
        }
        header = ExportHeader(**(fields | dict(changed or {}))).signed(self.sign)
        self.previous = header.hash
        path = folder / f"export-{self.server_id[:4].hex()}-{self.serial}.sluis"
        path.write_bytes(header.encode() + body)
        return path

    def mailbox(self, keys: SourceKeys) -> list[Reply]:
        """What this source would find in the ring: the rows of all releases, less tombstones."""
        gone = {tag for release in self.releases for tag in release.tombstones}
        found = []
        for release in self.releases:
            rows = {row.tag: row for row in release.rows}
            for number in range(ROWS_PER_THREAD_AND_RELEASE):
                tag = row_tag(keys.k_tag, self.record.instance_id, release.sequence, number)
                if tag in rows and tag not in gone:
                    cell = rows[tag].cell
                    found.append(
                        open_reply(
                            keys.reply,
                            self.record.instance_id,
                            keys.thread,
                            release.sequence,
                            number,
                            cell,
                        )
                    )
        return found
