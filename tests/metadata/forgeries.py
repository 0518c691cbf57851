"""Envelopes that must not be believed, of five kinds, each made in several ways.

Whoever makes them may do all that a courier, a source or another instance's server can: seal to the published
keys, encrypt to the published certificate, sign with keys of one's own, and repeat or cut what was seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sluis.envelope import EnvelopeWriter, Header, Kind, header_for
from sluis.keytree import SourceKeys, thread_id
from sluis.limits import SIGNATURE_SIZE
from sluis.primitives import SigningKey, random_id
from tests.support.export_builder import envelope, new_source

FORGED = "forged"
REPLAYED = "replayed"
SWAPPED = "key-swapped"
FOREIGN = "of another instance"
CUT = "cut inside OpenPGP"
KINDS = (FORGED, REPLAYED, SWAPPED, FOREIGN, CUT)


class Forger:
    """Makes one after another, in the name of some sources."""

    def __init__(self, instance_id: bytes, day: int, chance: random.Random) -> None:
        self._instance_id = instance_id
        self._other_instance = random_id()
        self._day = day
        self._chance = chance
        self._sources = [new_source() for _ in range(8)]
        self._made = 0

    def genuine(self) -> bytes:
        """A report or a file that must be taken in."""
        keys = self._chance.choice(self._sources)
        return envelope(keys, self._instance_id, self._body(), **self._fields())

    def _body(self) -> bytes:
        return self._chance.randbytes(self._chance.randrange(1, 1_500)).hex().encode()

    def _fields(self) -> dict[str, Any]:
        return {"day": self._day, "kind": self._chance.choice((Kind.TEXT, Kind.FILE))}

    def make(self, kind: str, genuine: bytes) -> bytes:
        """An envelope of this kind; a replayed one is the genuine one that was taken in before."""
        self._made += 1
        ways: dict[str, tuple[Callable[[], bytes], ...]] = {
            FORGED: (self._flipped, self._flipped_signature, self._signed_by_another, self._unsigned),
            REPLAYED: (lambda: genuine,),
            SWAPPED: (self._reply_key, self._sign_key, self._tag_key, self._thread_of_another),
            FOREIGN: (self._foreign,),
            CUT: (self._cut, self._cut_at_the_signature),
        }
        chosen = ways[kind]
        return chosen[self._made % len(chosen)]()

    def _flipped(self) -> bytes:
        plain = bytearray(self.genuine())
        plain[self._chance.randrange(len(plain))] ^= 1 << self._chance.randrange(8)
        return bytes(plain)

    def _flipped_signature(self) -> bytes:
        plain = bytearray(self.genuine())
        plain[-1 - self._chance.randrange(SIGNATURE_SIZE)] ^= 1 << self._chance.randrange(8)
        return bytes(plain)

    def _header(self, keys: SourceKeys) -> Header:
        fields: dict[str, Any] = {"message_id": random_id(), "sequence": 1, "language": "en"}
        return header_for(keys, self._instance_id, **fields | self._fields())

    def _signed(self, header: Header, key: SigningKey) -> bytes:
        writer = EnvelopeWriter(header, key)
        return writer.start() + writer.body(self._body()) + writer.finish()

    def _signed_by_another(self) -> bytes:
        victim, thief = self._chance.sample(self._sources, 2)
        return self._signed(self._header(victim), thief.sign)

    def _unsigned(self) -> bytes:
        return self.genuine()[:-SIGNATURE_SIZE] + bytes(SIGNATURE_SIZE)

    def _reply_key(self) -> bytes:
        """Answers to the victim would be sealed to the thief."""
        victim, thief = self._chance.sample(self._sources, 2)
        return self._signed(replace(self._header(victim), reply_public=thief.reply.public), thief.sign)

    def _sign_key(self) -> bytes:
        """In the victim's thread, with a signature that verifies."""
        victim, thief = self._chance.sample(self._sources, 2)
        return self._signed(replace(self._header(victim), sign_public=thief.sign.public), thief.sign)

    def _tag_key(self) -> bytes:
        """Answers to the victim would lie where the thief finds them, under the thief's signature."""
        victim, thief = self._chance.sample(self._sources, 2)
        header = replace(self._header(victim), sign_public=thief.sign.public, k_tag=thief.k_tag)
        return self._signed(header, thief.sign)

    def _thread_of_another(self) -> bytes:
        """The thread fits the swapped reply key, and the victim's key is said to have signed."""
        victim, thief = self._chance.sample(self._sources, 2)
        thread = thread_id(thief.reply.public, victim.sign.public, victim.k_tag)
        header = replace(self._header(victim), reply_public=thief.reply.public, thread=thread)
        return self._signed(header, thief.sign)

    def _foreign(self) -> bytes:
        """Genuine in every way, but for another instance; somebody encrypts it once more to this one."""
        keys = self._chance.choice(self._sources)
        return envelope(keys, self._other_instance, self._body(), **self._fields())

    def _cut(self) -> bytes:
        plain = self.genuine()
        return plain[: self._chance.randrange(len(plain))]

    def _cut_at_the_signature(self) -> bytes:
        """The signature is gone, and nothing else."""
        return self.genuine()[:-SIGNATURE_SIZE]
