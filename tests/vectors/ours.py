"""What the project's own code says of each vector."""

from __future__ import annotations

from collections.abc import Callable

from sluis.bank import BankHeader, open_slot
from sluis.cells import open_cell
from sluis.codename import passes_check
from sluis.envelope import EnvelopeReader
from sluis.errors import SluisError
from sluis.export import ExportHeader
from sluis.instance import EnrolmentRequest, InstanceRecord, OperatingCertificate
from sluis.keytree import KdfProfile, SourceKeys, derive_root, row_tag
from sluis.release import SealedRelease
from sluis.ring import open_reply, open_row
from sluis.sealing import OpeningKey
from tests.vectors.format import Vector


def _keytree(v: Vector) -> str:
    codename = v.fields["codename"]
    profile = KdfProfile(int(v.fields["memory-kib"]), int(v.fields["passes"]))
    root = derive_root(codename, v.hex("instance"), profile)
    keys = SourceKeys.from_root(root)
    tag = row_tag(keys.k_tag, v.hex("instance"), int(v.fields["release"]), int(v.fields["row"]))
    found = {
        "check": "passes" if passes_check(codename) else "fails",
        "root": root.hex(),
        "reply-public": keys.reply.public.hex(),
        "sign-public": keys.sign.public.hex(),
        "k-tag": keys.k_tag.hex(),
        "thread": keys.thread.hex(),
        "tag": tag.hex(),
    }
    return "ok" if all(v.fields[name] == value for name, value in found.items()) else "differs"


def _envelope(v: Vector) -> str:
    reader = EnvelopeReader(v.hex("instance"))
    body = b"".join(reader.feed(v.data()))
    reader.finish()
    return "ok" if body.hex() == v.fields["body"] else "differs"


def _cell(v: Vector) -> str:
    cell = open_cell(OpeningKey(v.hex("seed")), v.hex("instance"), v.data())
    return (
        "ok" if (cell.set_id.hex(), str(cell.index)) == (v.fields["set-id"], v.fields["index"]) else "differs"
    )


def _slot(v: Vector) -> str:
    content = open_slot(v.hex("key"), int(v.fields["serial"]), int(v.fields["slot"]), v.data())
    return "ok" if (content.set_id.hex() if content else "free") == v.fields["set-id"] else "differs"


def _bank(v: Vector) -> str:
    header = BankHeader.parse(v.data(), v.hex("instance"))
    key = header.open_key(OpeningKey(v.hex("seed")))
    return "ok" if key.hex() == v.fields["key"] else "differs"


def _export(v: Vector) -> str:
    header = ExportHeader.parse(v.data(), v.hex("instance"))
    header.verify(v.hex("server"), v.hex("public"))
    return "ok" if header.hash.hex() == v.fields["hash"] else "differs"


def _record(v: Vector) -> str:
    return "ok" if InstanceRecord.parse(v.data()).instance_id.hex() == v.fields["instance"] else "differs"


def _certificate(v: Vector) -> str:
    record = InstanceRecord(v.hex("instance"), v.hex("root"), False, 0)
    certificate = OperatingCertificate.parse(v.data(), record)
    certificate.check_day(int(v.fields["day"]))
    return "ok" if certificate.public.hex() == v.fields["public"] else "differs"


def _enrolment(v: Vector) -> str:
    request = EnrolmentRequest.parse(v.data(), v.hex("instance"))
    return "ok" if request.server_id.hex() == v.fields["server"] else "differs"


def _reply(v: Vector) -> str:
    key = OpeningKey(v.hex("seed"))
    place = (int(v.fields["release"]), int(v.fields["row"]))
    reply = open_reply(key, v.hex("instance"), v.hex("thread"), *place, v.data())
    return "ok" if reply.text == v.fields["text"] else "differs"


def _row(v: Vector) -> str:
    row = open_row(v.hex("key"), int(v.fields["release"]), int(v.fields["position"]), v.data())
    return "ok" if row.tag.hex() == v.fields["tag"] else "differs"


def _release(v: Vector) -> str:
    sealed = SealedRelease.parse(v.data(), v.hex("instance"), v.hex("server"))
    record = InstanceRecord(v.hex("instance"), v.hex("root"), False, 0)
    release = sealed.open(OpeningKey(v.hex("seed")), record)
    return "ok" if release.hash.hex() == v.fields["hash"] else "differs"


PARSERS: dict[str, Callable[[Vector], str]] = {
    "keytree": _keytree,
    "envelope": _envelope,
    "cell": _cell,
    "slot": _slot,
    "bank": _bank,
    "export": _export,
    "record": _record,
    "certificate": _certificate,
    "enrolment": _enrolment,
    "reply": _reply,
    "row": _row,
    "release": _release,
}


def verdict(vector: Vector) -> str:
    """`ok`, `differs`, or the code of the error that was raised."""
    try:
        return PARSERS[vector.format](vector)
    except SluisError as error:
        return error.code
