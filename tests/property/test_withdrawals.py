"""Whatever a source sends, and in whatever order it arrives, a withdrawal leaves the same behind.

A real case database and vault, without GnuPG: what an import keeps once an envelope was verified.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sluis.envelope import SCOPE, Kind, WithdrawScope, header_for
from sluis.primitives import random_key, sha256
from tests.support.counsellor_key import TMPFS
from tests.support.export_builder import new_source
from workstation.casework.words import envelope_text, reply_text
from workstation.database import open_database
from workstation.envelopes import Opened, keep_envelope
from workstation.models import Envelope, Export, Reply, Server, Thread, Withdrawal
from workstation.threads import summary
from workstation.timeline import view
from workstation.transaction import transaction
from workstation.vault import Vault
from workstation.withdrawals import honour

INSTANCE = bytes(range(16))
SOURCE = new_source()
LAST_DAY = 5
TODAY = 20


@dataclass(frozen=True)
class Sent:
    """One envelope: what it is, its day, and its number, which gives it its id."""

    kind: Kind
    day: int
    number: int
    scope: str = ""

    def opened(self, vault_file: object) -> Opened:
        fields = {"day": self.day, "sequence": self.number, "language": "nl"}
        intake = {SCOPE: self.scope} if self.scope else {}
        message_id = sha256(bytes([self.number]))[:16]
        header = header_for(SOURCE, INSTANCE, self.kind, message_id, intake=intake, **fields)
        text = f"text {self.number}".encode() if self.kind is Kind.TEXT else b""
        return Opened(header, sha256(message_id), text, vault_file, 9, "ab")  # type: ignore[arg-type]


def sent(number: int) -> st.SearchStrategy[Sent]:
    days = st.integers(0, LAST_DAY)
    words = st.builds(Sent, st.sampled_from([Kind.TEXT, Kind.FILE, Kind.DELETE]), days, st.just(number))
    scopes = st.sampled_from([scope.value for scope in WithdrawScope])
    return words | st.builds(Sent, st.just(Kind.WITHDRAW), days, st.just(number), scopes)


envelopes = st.integers(1, 7).flatmap(lambda count: st.tuples(*(sent(number) for number in range(count))))


@dataclass(frozen=True)
class Left:
    """What is there after some imports, and how many texts and files they destroyed."""

    rows: tuple[tuple[bytes, int, str, str, str, bool], ...]
    withdrawals: tuple[tuple[str, int], ...]
    line: tuple[int | None, int | None, int, int, int]
    destroyed: int


def taken_in(imports: Sequence[Sequence[Sent]]) -> tuple[Left, list[str]]:
    """What is left, and what the confirmations say that leave with the next release."""
    with TemporaryDirectory(dir=TMPFS) as folder:  # nothing here tests the disk
        place = Path(folder)
        (place / "vault").mkdir()
        vault = Vault(place / "vault")
        engine = open_database(place / "cases.db", random_key())
        destroyed = 0
        with transaction(engine, vault) as (session, _):
            fields = dict.fromkeys(("sign_public", "transfer_public", "chain_hash"), b"")
            session.add(Server(id=1, server_id=b"s", label="s", site_code=1, fingerprint="", **fields))
        for serial, batch in enumerate(imports, start=1):
            with transaction(engine, vault) as (session, staging):
                export = Export(server_pk=1, serial=serial, closing_day=LAST_DAY, release=0)
                export.header_hash = export.previous = b""
                session.add(export)
                session.flush()
                for one in batch:
                    file = None
                    if one.kind is Kind.FILE:
                        writer = staging.create()
                        writer.write(secrets.token_bytes(99))
                        file = writer.finish()
                    keep_envelope(session, one.opened(file), export.id, lambda armour: armour, TODAY)
                destroyed += honour(session, staging, export, TODAY).destroyed
        with transaction(engine, vault) as (session, _):
            thread = session.scalars(select(Thread)).one()
            rows = sorted(
                (
                    one.message_id,
                    one.kind,
                    envelope_text(one),
                    one.sha256,
                    one.language,
                    not one.sealed_vault_key,
                )
                for one in session.scalars(select(Envelope))
            )
            marks = sorted((one.scope, one.day) for one in session.scalars(select(Withdrawal)))
            line = summary(thread)
            assert view(thread).summary == line
            known = {one.vault_name for one in session.scalars(select(Envelope)) if one.vault_name}
            replies = session.scalars(select(Reply).where(Reply.state == "approved"))
            told = sorted(reply_text(one) for one in replies)
            assert {path.name for path in (place / "vault").iterdir()} == known
            days = (line.withdrawn_day, line.sharing_withdrawn_day)
            counts = (line.messages, line.destroyed_texts, line.destroyed_files)
        engine.dispose()
    return Left(tuple(rows), tuple(marks), (*days, *counts), destroyed), told


@given(envelopes, st.data())
@settings(max_examples=30, deadline=None)
def test_the_order_inside_an_import_changes_nothing(given_: tuple[Sent, ...], data: st.DataObject) -> None:
    first = taken_in([given_])
    assert taken_in([data.draw(st.permutations(given_))]) == first


@given(envelopes, st.data())
@settings(max_examples=30, deadline=None)
def test_nor_does_the_import_in_which_each_arrives(given_: tuple[Sent, ...], data: st.DataObject) -> None:
    there, _ = taken_in([given_])
    order = data.draw(st.permutations(given_))
    cut = data.draw(st.integers(1, len(order)))
    apart, _ = taken_in([order[:cut], order[cut:]])
    assert apart == there


@given(envelopes)
@settings(max_examples=30, deadline=None)
def test_exactly_the_withdrawn_days_are_gone(given_: tuple[Sent, ...]) -> None:
    left, told = taken_in([given_])
    until = max((one.day for one in given_ if one.scope == WithdrawScope.ALL), default=-1)
    gone = [one for one in given_ if one.kind in (Kind.TEXT, Kind.FILE) and one.day <= until]
    assert left.destroyed == len(gone) == sum(left.line[3:])
    texts = {row[2] for row in left.rows if row[2]}
    assert texts == {f"text {one.number}" for one in given_ if one.kind is Kind.TEXT and one not in gone}
    asked = [one for one in given_ if one.scope == WithdrawScope.ALL or (one.scope and one.day > until)]
    assert len(told) == len(asked)
