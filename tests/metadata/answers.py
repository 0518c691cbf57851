"""Answers as they lie in the ring, with all that must not stay behind of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sluis.keytree import SourceKeys, row_tag
from sluis.primitives import random_id, random_key
from sluis.ring import Reply, Row, seal_reply
from sluis.sealing import SealingKey
from tests.support.mailroom_stage import DAY


@dataclass(frozen=True)
class Answer:
    """A genuine row and the plaintext in it (without the zeros at its end)."""

    row: Row
    plain: bytes

    @property
    def secrets(self) -> list[bytes]:
        return [self.plain, self.row.tag, self.row.cell]


def answer(instance_id: bytes, release: int) -> Answer:
    """An answer to a source who was never seen before."""
    source = SourceKeys.from_root(random_key())
    text = f"We have read it. Do not go home before {secrets.token_hex(100)} has called."
    reply = Reply(random_id(), DAY, DAY + 30, "en", text)
    cell = seal_reply(SealingKey(source.reply.public), instance_id, source.thread, release, 0, reply)
    return Answer(Row(row_tag(source.k_tag, instance_id, release, 0), cell), reply.encode().rstrip(b"\0"))
