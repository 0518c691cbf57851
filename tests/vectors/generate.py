"""Makes all vectors anew: `python -m tests.vectors.generate`.

HPKE is randomised, so each run gives other bytes.
Each base is one valid object; each case is that object as it is, or with one thing wrong.
"""

from __future__ import annotations

import hashlib

from sluis.bank import SlotContent, make_bank_header, seal_slot
from sluis.cells import CellSplitter, seal_cell
from sluis.codename import Lexicon, WordList
from sluis.envelope import SCOPE, EnvelopeWriter, Kind, WithdrawScope, header_for
from sluis.epoch import Epoch
from sluis.export import NO_HASH, ExportHeader
from sluis.instance import EnrolmentRequest, InstanceRecord, OperatingCertificate
from sluis.keytree import KdfProfile, SourceKeys, derive_root, row_tag
from sluis.limits import DEMO, EPOCH_DAYS, ROWS_PER_RELEASE, TOMBSTONES
from sluis.primitives import SigningKey
from sluis.release import Release, seal_release
from sluis.ring import Reply, Row, seal_reply, seal_row, unused_row
from sluis.sealing import OpeningKey, SealingKey
from tests.vectors.format import BASES, FOLDER, write

DAY = 20_000
Edit = dict[str, str]


def fixed(name: str, size: int = 32) -> bytes:
    """Bytes that depend on nothing but their name."""
    return hashlib.shake_256(name.encode()).digest(size)


INSTANCE, SERVER, OTHER = fixed("instance", 16), fixed("server", 16), fixed("other", 16)
ROOT, OPERATING, SERVER_KEY = (SigningKey(fixed(n)) for n in ("root", "operating", "server key"))
EPOCH_SEED, TRANSFER_SEED = fixed("epoch"), fixed("transfer")
EPOCH_KEY = SealingKey(OpeningKey(EPOCH_SEED).public)
TRANSFER_KEY = SealingKey(OpeningKey(TRANSFER_SEED).public)
CODENAME = "vector words are never drawn by anyone"
CHEAP = KdfProfile(memory_kib=64, passes=1)
KEYS = SourceKeys.from_root(derive_root(CODENAME, INSTANCE, CHEAP))
SET_ID = fixed("set", 16)


class Family:
    """All cases of one format over one base."""

    def __init__(self, kind: str, base: str, data: bytes, fields: dict[str, str]) -> None:
        (BASES / f"{base}.bin").write_bytes(data)
        self.kind, self.base, self.data, self.fields = kind, base, data, fields

    def case(self, name: str, expect: str, comment: str, edits: Edit | None = None, **other: str) -> None:
        """Writes `<kind>-<name>.vector`; `other` replaces what the parser is given."""
        given = self.fields | {key.replace("_", "-"): value for key, value in other.items()}
        head = {"format": self.kind, "expect": expect, "comment": comment, "base": self.base}
        write(f"{self.kind}-{name}", head | (edits or {}) | given)

    def usual(self) -> None:
        """Valid, another magic, a newer version."""
        self.case("ok", "ok", "valid")
        self.case("not-ours", "not-ours", "another magic", {"set": "0:00"})
        self.case("newer", "unknown-version", "version 2", {"set": "8:0002"})


def keytrees() -> None:
    names = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "abdefgklmnoprstuvwxyz0123456789"]
    drawn = Lexicon([WordList("xx", names[:1_800])])
    counter = iter(range(10**9))

    def below(limit: int) -> int:
        return int.from_bytes(fixed(f"draw {next(counter)}", 8), "big") % limit

    codenames = {"words": drawn.draw("xx", below), "digits": drawn.draw("zz", below), "undrawn": CODENAME}
    for name, codename in codenames.items():
        for cost in (CHEAP, KdfProfile(65_536, 3)):
            root = derive_root(codename, INSTANCE, cost)
            keys = SourceKeys.from_root(root)
            fields = {
                "format": "keytree",
                "expect": "ok",
                "comment": "from codename to tag",
                "codename": codename,
                "check": "fails" if name == "undrawn" else "passes",
                "instance": INSTANCE.hex(),
                "memory-kib": str(cost.memory_kib),
                "passes": str(cost.passes),
                "root": root.hex(),
                "reply-public": keys.reply.public.hex(),
                "sign-public": keys.sign.public.hex(),
                "k-tag": keys.k_tag.hex(),
                "thread": keys.thread.hex(),
                "release": "7",
                "row": "3",
                "tag": row_tag(keys.k_tag, INSTANCE, 7, 3).hex(),
            }
            write(f"keytree-{name}-{cost.memory_kib}", fields)


def envelopes() -> None:
    body = b"wat er gebeurde"
    header = header_for(
        KEYS,
        INSTANCE,
        Kind.TEXT,
        fixed("message", 16),
        day=DAY,
        sequence=1,
        language="nl",
        intake={"danger": "no", "need": "talk"},
        read=(fixed("reply", 16),),
    )
    writer = EnvelopeWriter(header, KEYS.sign)
    data = writer.start() + writer.body(body) + writer.finish()
    fields = {"instance": INSTANCE.hex(), "body": body.hex()}
    family = Family("envelope", "envelope-text", data, fields)
    size, head = len(data), len(header.encode())
    language = data.index(b"nl", 1300)
    family.usual()
    family.case("instance", "wrong-instance", "read by another instance", instance=OTHER.hex())
    family.case("kind", "bad-field", "kind 9", {"set": "26:09"})
    family.case("thread", "wrong-thread", "the thread is another one", {"flip": "27:01"})
    family.case("reply-key", "wrong-thread", "the reply key was swapped", {"flip": "43:01"})
    family.case("tag-key", "wrong-thread", "k_tag was swapped", {"flip": "1291:01"})
    family.case("body", "bad-signature", "one bit of the body", {"flip": f"{head}:01"})
    family.case("day", "bad-signature", "another day", {"flip": "1358:01"})
    family.case("signature", "bad-signature", "one bit of the signature", {"flip": f"{size - 1}:01"})
    family.case("cut", "bad-signature", "the last byte is missing", {"cut": str(size - 1)})
    family.case("cut-signature", "truncated", "no room for a signature", {"cut": str(head + 60)})
    family.case("cut-header", "truncated", "ends inside the header", {"cut": "700"})
    family.case("longer", "bad-signature", "a byte follows the end", {"append": "00"})
    family.case("utf8", "bad-field", "language is not UTF-8", {"set": f"{language}:ff"})
    family.case("intake-order", "bad-field", "answers out of order", {"set": f"{data.index(b'need')}:61"})
    family.case("intake-count", "bad-field", "25 answers", {"set": f"{data.index(b'danger') - 3}:19"})
    family.case("language-long", "bad-field", "language of 17 bytes", {"set": f"{language - 2}:0011"})
    family.case("withdraw-no-scope", "bad-field", "a withdrawal with other answers", {"set": "26:04"})
    withdrawals()


def withdrawals() -> None:
    for scope in WithdrawScope:
        fields = {"sequence": 2, "day": DAY, "language": "nl", "intake": {SCOPE: scope.value}}
        header = header_for(KEYS, INSTANCE, Kind.WITHDRAW, fixed(f"withdrawal of {scope}", 16), **fields)
        writer = EnvelopeWriter(header, KEYS.sign)
        data = writer.start() + writer.finish()
        given = {"instance": INSTANCE.hex(), "body": ""}
        family = Family("envelope", f"envelope-withdraw-{scope}", data, given)
        family.case(f"withdraw-{scope}", "ok", f"a withdrawal of {scope}")
        key, value = data.index(b"scope"), data.index(scope.encode(), 1_300)
        family.case(f"withdraw-{scope}-key", "bad-field", "another question", {"flip": f"{key}:01"})
        family.case(f"withdraw-{scope}-value", "bad-field", "an unknown scope", {"flip": f"{value}:01"})
        family.case(f"withdraw-{scope}-day", "bad-signature", "another day", {"flip": "1358:01"})
        family.case(f"withdraw-{scope}-body", "bad-field", "it has a text", {"append": "00"})


def cells() -> None:
    splitter = CellSplitter(SET_ID)
    plain = list(splitter.feed(b"openpgp " * 40)) + list(splitter.finish())
    fields = {"seed": EPOCH_SEED.hex(), "instance": INSTANCE.hex(), "set-id": SET_ID.hex(), "index": "0"}
    family = Family("cell", "cell-last", seal_cell(EPOCH_KEY, INSTANCE, plain[0]), fields)
    family.case("ok", "ok", "valid last cell")
    family.case("kem", "unopenable", "one bit of the ML-KEM part", {"flip": "5:01"})
    family.case("x25519", "unopenable", "one bit of the X25519 part", {"flip": "1100:01"})
    family.case("body", "unopenable", "one bit of the ciphertext", {"flip": "30000:01"})
    family.case("tag", "unopenable", "one bit of the tag", {"flip": "65535:01"})
    family.case("instance", "unopenable", "sealed for another instance", instance=OTHER.hex())
    family.case("key", "unopenable", "another day's key", seed=fixed("tomorrow").hex())
    family.case("cut", "truncated", "shorter than its overhead", {"cut": "1000"})
    broken = {
        "kind": ("an unknown kind", plain[0][:20] + b"\x03" + plain[0][21:]),
        "length": ("a length over the capacity", plain[0][:21] + b"\x00\x00\xfb\xff" + plain[0][25:]),
        "filler": ("a filler that carries something", plain[0][:20] + b"\x01" + plain[0][21:]),
        "padding": ("padding that is not zero", plain[0][:60_000] + b"\x01" + plain[0][60_001:]),
    }
    for name, (comment, content) in broken.items():
        sealed = seal_cell(EPOCH_KEY, INSTANCE, content)
        Family("cell", f"cell-{name}", sealed, fields).case(name, "bad-field", comment)


def banks() -> None:
    key = fixed("bank key")
    content = SlotContent(Epoch(1, DAY), SET_ID, 0, bytes(65_536))
    fields = {"key": key.hex(), "serial": "5", "slot": "9", "set-id": SET_ID.hex()}
    family = Family("slot", "slot-taken", seal_slot(key, 5, 9, content), fields)
    family.case("ok", "ok", "a taken slot")
    family.case("moved", "unopenable", "read at another place", slot="8")
    family.case("bank", "unopenable", "read in another bank", serial="6")
    family.case("nonce", "unopenable", "one bit of the nonce", {"flip": "0:80"})
    family.case("cut", "wrong-size", "one byte short", {"cut": "65591"})
    Family("slot", "slot-free", seal_slot(key, 5, 9, None), fields | {"set-id": "free"}).case(
        "free", "ok", "free"
    )
    header = make_bank_header(INSTANCE, SERVER, 5, DAY, Epoch(1, DAY), EPOCH_KEY, key).encode()
    family = Family(
        "bank",
        "bank-header",
        header,
        {"instance": INSTANCE.hex(), "seed": EPOCH_SEED.hex(), "key": key.hex()},
    )
    family.usual()
    family.case("instance", "wrong-instance", "another instance", instance=OTHER.hex())
    family.case("serial", "unopenable", "another serial", {"flip": "49:01"})
    family.case("padding", "bad-field", "padding that is not zero", {"set": "4000:01"})
    family.case("cut", "truncated", "half a header", {"cut": "2048"})


def exports() -> None:
    header = ExportHeader(
        instance_id=INSTANCE,
        server_id=SERVER,
        site=DEMO,
        training=False,
        serial=3,
        previous=fixed("previous"),
        opening_day=DAY,
        closing_day=DAY + 1,
        release=2,
        release_hash=fixed("release"),
        transfer_public=TRANSFER_KEY.public,
        body_hash=fixed("body"),
    ).signed(SERVER_KEY)
    fields = {"instance": INSTANCE.hex(), "server": SERVER.hex(), "public": SERVER_KEY.public.hex()}
    family = Family("export", "export-header", header.encode(), fields | {"hash": header.hash.hex()})
    family.usual()
    family.case("instance", "wrong-instance", "another instance", instance=OTHER.hex())
    family.case("server", "wrong-server", "another server", server=OTHER.hex())
    family.case("key", "bad-signature", "not the enrolled key", public=ROOT.public.hex())
    family.case("serial", "bad-signature", "another serial", {"flip": "51:01"})
    family.case(
        "body-hash", "bad-signature", "another body", {"flip": f"{header.encode().index(fixed('body'))}:01"}
    )
    family.case("site", "bad-field", "an unknown site", {"set": "42:09"})
    family.case("training", "bad-field", "neither for training nor not", {"set": "43:02"})
    family.case("padding", "bad-field", "padding that is not zero", {"set": "4000:01"})
    family.case("cut", "wrong-size", "one byte short", {"cut": "4095"})


def instances() -> None:
    record = InstanceRecord(INSTANCE, ROOT.public, False, DAY).encode(ROOT)
    family = Family("record", "record", record, {"instance": INSTANCE.hex()})
    family.usual()
    family.case("training", "bad-field", "neither for training nor not", {"set": "58:02"})
    family.case("root", "bad-signature", "another root", {"flip": "26:01"})
    family.case("long", "wrong-size", "a byte too many", {"append": "00"})
    certificate = OperatingCertificate(INSTANCE, OPERATING.public, DAY, DAY + 90).encode(ROOT)
    fields = {"instance": INSTANCE.hex(), "root": ROOT.public.hex(), "public": OPERATING.public.hex()}
    family = Family("certificate", "certificate", certificate, fields | {"day": str(DAY)})
    family.usual()
    family.case("instance", "wrong-instance", "another instance", instance=OTHER.hex())
    family.case("root", "bad-signature", "another root", root=OPERATING.public.hex())
    family.case("late", "expired", "the day after its last", day=str(DAY + 91))
    family.case("early", "expired", "the day before its first", day=str(DAY - 1))
    request = EnrolmentRequest(INSTANCE, SERVER, DEMO, SERVER_KEY.public, TRANSFER_KEY.public).encode(
        SERVER_KEY
    )
    fields = {"instance": INSTANCE.hex(), "server": SERVER.hex()}
    family = Family("enrolment", "enrolment", request, fields)
    family.usual()
    family.case("instance", "wrong-instance", "another instance", instance=OTHER.hex())
    family.case("site", "bad-field", "an unknown site", {"set": "42:00"})
    family.case("key", "bad-signature", "the transfer key was swapped", {"flip": "100:01"})


def replies() -> None:
    reply = Reply(fixed("reply", 16), DAY, DAY + 30, "nl", "Dank u. U bent niet alleen.")
    key_seed = fixed("reply seed")
    cell = seal_reply(SealingKey(OpeningKey(key_seed).public), INSTANCE, KEYS.thread, 7, 2, reply)
    fields = {
        "seed": key_seed.hex(),
        "instance": INSTANCE.hex(),
        "thread": KEYS.thread.hex(),
        "release": "7",
        "row": "2",
        "text": reply.text,
    }
    family = Family("reply", "reply", cell, fields)
    family.case("ok", "ok", "valid")
    family.case("release", "unopenable", "replayed in another release", release="8")
    family.case("row", "unopenable", "moved to another row", row="1")
    family.case("thread", "unopenable", "given to another thread", thread=OTHER.hex())
    family.case("damaged", "unopenable", "one bit of the ciphertext", {"flip": "5000:01"})
    release_key = fixed("release key")
    sealed = seal_row(release_key, 7, 100, Row(fixed("tag"), cell))
    fields = {"key": release_key.hex(), "release": "7", "position": "100", "tag": fixed("tag").hex()}
    family = Family("row", "row", sealed, fields)
    family.case("ok", "ok", "valid")
    family.case("position", "unopenable", "read at another place", position="99")
    family.case("release", "unopenable", "read in another release", release="37")
    family.case("key", "unopenable", "the release key is gone", key=bytes(32).hex())


def releases() -> None:
    content = Release(
        sequence=2,
        previous=fixed("release 1"),
        day=DAY,
        expiry_day=DAY + 90,
        first_epoch_day=DAY,
        epoch_keys=[OpeningKey(fixed(f"epoch {n}")).public for n in range(EPOCH_DAYS)],
        certificate=b"an OpenPGP certificate",
        rows=[unused_row() for _ in range(ROWS_PER_RELEASE)],
        tombstones=[fixed(f"tombstone {n}") for n in range(TOMBSTONES)],
        acknowledged_serial=0,
        acknowledged_hash=NO_HASH,
    )
    certificate = OperatingCertificate(INSTANCE, OPERATING.public, DAY, DAY + 90).encode(ROOT)
    data = seal_release(content, INSTANCE, SERVER, 3, TRANSFER_KEY, certificate, OPERATING)
    fields = {
        "instance": INSTANCE.hex(),
        "server": SERVER.hex(),
        "root": ROOT.public.hex(),
        "seed": TRANSFER_SEED.hex(),
        "hash": content.hash.hex(),
    }
    family = Family("release", "release", data, fields)
    family.usual()
    family.case("cut", "wrong-size", "one byte short", {"cut": str(len(data) - 1)})
    family.case("long", "wrong-size", "a byte too many", {"append": "00"})
    family.case("instance", "wrong-instance", "another instance", instance=OTHER.hex())
    family.case("server", "wrong-server", "for another server", server=OTHER.hex())
    family.case("flip", "unopenable", "one bit in the middle", {"flip": "500000:01"})
    family.case("serial", "unopenable", "passed off as sealed to another key", {"flip": "49:01"})
    family.case("old-key", "unopenable", "opened with an older key", seed=fixed("old").hex())
    family.case("root", "bad-signature", "certified by another root", root=SERVER_KEY.public.hex())


def main() -> None:
    """Writes everything; vectors of before are removed first."""
    for folder, pattern in ((BASES, "*.bin"), (FOLDER / "cases", "*.vector")):
        folder.mkdir(exist_ok=True)
        for old in folder.glob(pattern):
            old.unlink()
    for make in (keytrees, envelopes, cells, banks, exports, instances, replies, releases):
        make()


if __name__ == "__main__":
    main()
