"""An independent reading of docs/protocol.md over other libraries (PyCryptodome, argon2-cffi).

It shares no line with sluis/ and imports nothing of it, so a misreading must be made twice to pass.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from argon2.low_level import Type, hash_secret_raw
from Crypto.Cipher import ChaCha20_Poly1305
from Crypto.Hash import HMAC, SHA256
from Crypto.Protocol import HPKE
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import ECC, Hybrid
from Crypto.Signature import eddsa

from tests.vectors.format import Vector

ENC = 1_120


class Refused(Exception):
    """Carries the error code that the protocol names."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Cursor:
    """Takes fields off the front."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.data):
            raise Refused("truncated")
        self.at += n
        return self.data[self.at - n : self.at]

    def num(self, n: int) -> int:
        return int.from_bytes(self.take(n), "big")

    def magic(self, name: bytes) -> None:
        if self.data[self.at : self.at + 8] != name:
            raise Refused("not-ours")
        self.at += 8
        if self.num(2) != 1:
            raise Refused("unknown-version")

    def var(self, limit: int) -> bytes:
        n = self.num(2)
        if n > limit:
            raise Refused("bad-field")
        return self.take(n)

    def text(self, limit: int) -> str:
        try:
            value = self.var(limit).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("bad-field") from None
        if not unicodedata.is_normalized("NFC", value):
            raise Refused("bad-field")
        return value

    def zeros(self, total: int) -> None:
        if self.take(total - self.at).strip(b"\0"):
            raise Refused("bad-field")

    def count(self, limit: int) -> int:
        n = self.num(1)
        if n > limit:
            raise Refused("bad-field")
        return n


def require(condition: bool, code: str) -> None:
    if not condition:
        raise Refused(code)


def purpose(name: str) -> bytes:
    return b"sluis/v1/" + name.encode() + b"\0"


def sha256(data: bytes) -> bytes:
    return SHA256.new(data).digest()


def be(number: int, size: int) -> bytes:
    return number.to_bytes(size, "big")


def xwing(seed: bytes) -> Hybrid.HybridKey:
    return Hybrid.HybridKey(param_set=Hybrid.MLKEM768_X25519, seed=seed)


def hpke_open(seed: bytes, sealed: bytes, info: bytes) -> bytes:
    require(len(sealed) >= ENC + 16, "truncated")
    try:
        context = HPKE.new(
            receiver_key=xwing(seed), aead_id=HPKE.AEAD.CHACHA20_POLY1305, enc=sealed[:ENC], info=info
        )
        return context.unseal(sealed[ENC:])
    except ValueError:
        raise Refused("unopenable") from None


def aead_open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    cipher = ChaCha20_Poly1305.new(key=key, nonce=sealed[:12])
    cipher.update(aad)
    try:
        return cipher.decrypt_and_verify(sealed[12:-16], sealed[-16:])
    except ValueError:
        raise Refused("unopenable") from None


def check_signature(public: bytes, name: str, message: bytes, signature: bytes) -> None:
    try:
        eddsa.new(eddsa.import_public_key(public), "rfc8032").verify(purpose(name) + message, signature)
    except ValueError:
        raise Refused("bad-signature") from None


def compare(v: Vector, **found: bytes | str) -> str:
    texts = {k.replace("_", "-"): x.hex() if isinstance(x, bytes) else x for k, x in found.items()}
    return "ok" if all(v.fields[k] == x for k, x in texts.items()) else "differs"


def keytree(v: Vector) -> str:
    name = v.fields["codename"].encode()
    root = hash_secret_raw(
        name,
        v.hex("instance"),
        int(v.fields["passes"]),
        int(v.fields["memory-kib"]),
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )

    def derived(what: str) -> bytes:
        return HKDF(root, 32, b"", SHA256, context=purpose(what))

    reply = xwing(derived("reply")).public_key()
    reply_public = reply._pk
    sign_public = ECC.construct(curve="ed25519", seed=derived("sign")).public_key().export_key(format="raw")
    k_tag = derived("k_tag")
    thread = sha256(purpose("thread") + reply_public + sign_public + sha256(k_tag))[:16]
    place = be(int(v.fields["release"]), 4) + be(int(v.fields["row"]), 1)
    tag = HMAC.new(k_tag, purpose("tag") + v.hex("instance") + place, SHA256).digest()
    check = "fails" if sha256(b"codename-check/v1" + name)[0] else "passes"
    found = {"root": root, "reply_public": reply_public, "sign_public": sign_public}
    return compare(v, **found, k_tag=k_tag, thread=thread, tag=tag, check=check)


def envelope(v: Vector) -> str:
    data = v.data()
    c = Cursor(data)
    c.magic(b"SLUISENV")
    require(c.take(16) == v.hex("instance"), "wrong-instance")
    kind = c.num(1)
    require(kind in (1, 2, 3, 4), "bad-field")
    thread = c.take(16)
    reply, sign, k_tag = c.take(1216), c.take(32), c.take(32)
    c.take(16 + 16 + 4 + 2)
    c.text(16)
    c.text(255)
    answers: list[tuple[str, str]] = []
    for _ in range(c.count(24)):
        key = c.text(32)
        require(not answers or key > answers[-1][0], "bad-field")
        answers.append((key, c.text(200)))
    for _ in range(2):
        c.take(16 * c.count(16))
    require(sha256(purpose("thread") + reply + sign + sha256(k_tag))[:16] == thread, "wrong-thread")
    require(kind != 4 or answers in ([("scope", "all")], [("scope", "sharing")]), "bad-field")
    require(len(data) - c.at >= 64, "truncated")
    require(kind != 4 or len(data) - c.at == 64, "bad-field")
    check_signature(sign, "envelope", sha256(data[:-64]), data[-64:])
    return compare(v, body=data[c.at : -64])


def cell(v: Vector) -> str:
    c = Cursor(hpke_open(v.hex("seed"), v.data(), purpose("cell") + v.hex("instance")))
    set_id, index, kind, length = c.take(16), c.num(4), c.num(1), c.num(4)
    require(kind in (0, 1, 2), "bad-field")
    require(length <= {0: 64_375, 1: 0, 2: 64_375 - 44}[kind], "bad-field")
    c.take(length)
    c.zeros(64_400 - (44 if kind == 2 else 0))
    return compare(v, set_id=set_id, index=str(index))


def slot(v: Vector) -> str:
    require(len(v.data()) == 65_592, "wrong-size")
    aad = purpose("slot") + be(int(v.fields["serial"]), 8) + be(int(v.fields["slot"]), 4)
    plain = aead_open(v.hex("key"), v.data(), aad)
    return compare(v, set_id=plain[8:24] if plain.strip(b"\0") else "free")


def bank(v: Vector) -> str:
    c = Cursor(v.data())
    c.magic(b"SLUISBNK")
    require(c.take(16) == v.hex("instance"), "wrong-instance")
    server, serial = c.take(16), c.take(8)
    c.take(12)
    sealed = c.take(32 + 1_136)
    c.zeros(4_096)
    require(c.at == len(c.data), "trailing-bytes")
    return compare(
        v, key=hpke_open(v.hex("seed"), sealed, purpose("bank") + v.hex("instance") + server + serial)
    )


def export(v: Vector) -> str:
    data = v.data()
    c = Cursor(data)
    c.magic(b"SLUISEXP")
    require(len(data) == 4_096, "wrong-size")
    require(c.take(16) == v.hex("instance"), "wrong-instance")
    server = c.take(16)
    require(c.num(1) in (1, 2, 3, 4), "bad-field")
    require(c.num(1) < 2, "bad-field")
    c.take(8 + 32 + 4 + 4 + 4 + 32 + 1216 + 32)
    c.zeros(4_032)
    require(server == v.hex("server"), "wrong-server")
    check_signature(v.hex("public"), "export", data[:4_032], data[4_032:])
    return compare(v, hash=sha256(data))


def sized(data: bytes, magic: bytes, size: int) -> Cursor:
    c = Cursor(data)
    if len(data) != size:
        c.magic(magic)
        raise Refused("wrong-size")
    c.magic(magic)
    return c


def record(v: Vector) -> str:
    data = v.data()
    c = sized(data, b"SLUISINS", 127)
    instance, root = c.take(16), c.take(32)
    require(c.num(1) < 2, "bad-field")
    check_signature(root, "instance", data[:-64], data[-64:])
    return compare(v, instance=instance)


def operating(data: bytes, v: Vector, day: int) -> bytes:
    c = sized(data, b"SLUISOPC", 130)
    require(c.take(16) == v.hex("instance"), "wrong-instance")
    public, first, last = c.take(32), c.num(4), c.num(4)
    check_signature(v.hex("root"), "operating", data[:-64], data[-64:])
    require(first <= day <= last, "expired")
    return public


def certificate(v: Vector) -> str:
    return compare(v, public=operating(v.data(), v, int(v.fields["day"])))


def enrolment(v: Vector) -> str:
    data = v.data()
    c = sized(data, b"SLUISENR", 1_355)
    require(c.take(16) == v.hex("instance"), "wrong-instance")
    server = c.take(16)
    require(c.num(1) in (1, 2, 3, 4), "bad-field")
    check_signature(c.take(32), "enrolment", data[:-64], data[-64:])
    return compare(v, server=server)


def reply(v: Vector) -> str:
    place = be(int(v.fields["release"]), 4) + be(int(v.fields["row"]), 1)
    info = purpose("reply") + v.hex("instance") + v.hex("thread") + place
    c = Cursor(hpke_open(v.hex("seed"), v.data(), info))
    c.magic(b"SLUISRPL")
    c.take(16 + 4 + 4)
    c.text(16)
    text = c.text(6_144)
    c.zeros(7_056)
    return compare(v, text=text)


def row(v: Vector) -> str:
    require(len(v.data()) == 8_252, "bad-field")
    aad = purpose("ring") + be(int(v.fields["release"]), 4) + be(int(v.fields["position"]), 2)
    return compare(v, tag=aead_open(v.hex("key"), v.data(), aad)[:32])


def release(v: Vector) -> str:
    data = v.data()
    c = Cursor(data)
    c.magic(b"SLUISREL")
    require(len(data) == 1_121_150, "wrong-size")
    require(c.take(16) == v.hex("instance"), "wrong-instance")
    require(c.take(16) == v.hex("server"), "wrong-server")
    c.take(8)
    context = data[10:50]
    inner = hpke_open(v.hex("seed"), data[50:], purpose("release") + context)
    content = inner[130:-64]
    day = int.from_bytes(content[36:40], "big")
    public = operating(inner[:130], v, day)
    check_signature(public, "release", context + inner[:-64], inner[-64:])
    return compare(v, hash=sha256(content))


PARSERS: dict[str, Callable[[Vector], str]] = {
    f.__name__: f
    for f in (
        keytree,
        envelope,
        cell,
        slot,
        bank,
        export,
        record,
        certificate,
        enrolment,
        reply,
        row,
        release,
    )
}


def verdict(vector: Vector) -> str:
    """`ok`, `differs`, or the code of the error that the protocol asks for."""
    try:
        return PARSERS[vector.format](vector)
    except Refused as refused:
        return refused.code
