"""The case database (SQLAlchemy 2, typed): what is kept, and nothing that could be computed.

Identifiers are bytes. Days are days since 1970-01-01, UTC; no finer time is kept anywhere. Words of a source
and of answers to it lie in columns named `sealed_...`, under the key of their case (casework/words.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from workstation.sealed_columns import NAMES, WIDE, make_table

if TYPE_CHECKING:
    from workstation.casework.models import Case
    from workstation.casework.phone_models import Told


class Base(DeclarativeBase):
    """All tables; some columns are sealed by the application where the database is not sealed as a whole."""

    metadata = MetaData(naming_convention=NAMES)
    __table_cls__ = make_table
    type_annotation_map = {int: WIDE}  # noqa: RUF012  # SQLAlchemy's own way of saying it


class Instance(Base):
    """One row: the instance and the keys that only the workstation holds (the root is not among them)."""

    __tablename__ = "instance"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    record: Mapped[bytes]
    openpgp_primary: Mapped[str]
    openpgp_passphrase: Mapped[str]
    operating_seed: Mapped[bytes]
    operating_certificate: Mapped[bytes]
    operating_last_day: Mapped[int]


class Server(Base):
    """An enrolled server, the end of its unbroken chain, and the newest key that opens its releases."""

    __tablename__ = "server"
    id: Mapped[int] = mapped_column(primary_key=True)
    server_id: Mapped[bytes] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(unique=True)
    site_code: Mapped[int]
    sign_public: Mapped[bytes]
    fingerprint: Mapped[str]
    retired: Mapped[bool] = mapped_column(default=False)
    transfer_public: Mapped[bytes]
    key_serial: Mapped[int] = mapped_column(default=0)
    chain_serial: Mapped[int] = mapped_column(default=0)
    chain_hash: Mapped[bytes]
    chain_closing_day: Mapped[int | None]
    chain_release: Mapped[int] = mapped_column(default=0)
    reported_release: Mapped[int] = mapped_column(default=0)


class Export(Base):
    """An export that was taken in; `report` is the JSON of its ImportReport."""

    __tablename__ = "export"
    __table_args__ = (UniqueConstraint("server_pk", "serial"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    server_pk: Mapped[int] = mapped_column(ForeignKey("server.id"))
    serial: Mapped[int]
    header_hash: Mapped[bytes]
    previous: Mapped[bytes]
    closing_day: Mapped[int]
    release: Mapped[int]
    report: Mapped[str] = mapped_column(default="")
    server: Mapped[Server] = relationship()


class ReleaseMade(Base):
    """A release, one for all servers, by its sequence."""

    __tablename__ = "release_made"
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int]
    last_epoch_day: Mapped[int]


class ServerRelease(Base):
    """What one server got of a release: its hash; its bytes while it is the newest; whether it arrived."""

    __tablename__ = "server_release"
    server_pk: Mapped[int] = mapped_column(ForeignKey("server.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(ForeignKey("release_made.sequence"), primary_key=True)
    content_hash: Mapped[bytes]
    data: Mapped[bytes | None]
    confirmed: Mapped[bool] = mapped_column(default=False)
    server: Mapped[Server] = relationship()


class EpochSeed(Base):
    """The seed of one day's key, until it may be erased."""

    __tablename__ = "epoch_seed"
    release: Mapped[int] = mapped_column(ForeignKey("release_made.sequence"), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True)
    seed: Mapped[bytes]


class Thread(Base):
    """One source, in exactly one case. `k_tag` is needed to answer, and goes when the thread goes.

    Of a codename that was drawn here it is there before anything arrives, and these two are all that is kept.
    """

    __tablename__ = "thread"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_pk: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    thread: Mapped[bytes] = mapped_column(unique=True)
    alias: Mapped[str] = mapped_column(unique=True)
    reply_public: Mapped[bytes]
    k_tag: Mapped[bytes]
    of_case: Mapped[Case] = relationship(back_populates="threads")
    envelopes: Mapped[list[Envelope]] = relationship(back_populates="of_thread", order_by="Envelope.id")
    replies: Mapped[list[Reply]] = relationship(back_populates="of_thread", order_by="Reply.id")
    withdrawals: Mapped[list[Withdrawal]] = relationship(order_by="Withdrawal.id")
    told: Mapped[list[Told]] = relationship(order_by="Told.id")


class Envelope(Base):
    """A verified envelope of any kind. A file has a name, size, hash, vault key and parent message.

    `batch` is the Export it came in (0: none), by which a conversation is ordered. Of one that a withdrawal
    destroyed, kind, message id and content hash stay; its day is then the withdrawal's (see withdrawals.py).
    `erased`: it went with the key of its case; the same stays (see casework/destruction.py).
    """

    __tablename__ = "envelope"
    __table_args__ = (UniqueConstraint("thread_pk", "message_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    message_id: Mapped[bytes]
    content_hash: Mapped[bytes]
    kind: Mapped[int]
    batch: Mapped[int]
    day: Mapped[int]
    sequence: Mapped[int]
    language: Mapped[str]
    parent: Mapped[bytes]
    unread: Mapped[bool] = mapped_column(default=True)
    erased: Mapped[bool] = mapped_column(default=False)
    sealed_text: Mapped[bytes] = mapped_column(default=b"")
    sealed_intake: Mapped[bytes] = mapped_column(default=b"")
    nested: Mapped[bool] = mapped_column(default=False)
    file_id: Mapped[bytes | None] = mapped_column(unique=True)
    sealed_file_name: Mapped[bytes] = mapped_column(default=b"")
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(default="")
    vault_name: Mapped[str | None] = mapped_column(unique=True)
    sealed_vault_key: Mapped[bytes] = mapped_column(default=b"")
    of_thread: Mapped[Thread] = relationship(back_populates="envelopes")


class Withdrawal(Base):
    """A withdrawal that was honoured: `scope` is a WithdrawScope; `day` is the last day that it speaks of.

    `reply_pk` is the answer with which the import itself confirmed it.
    """

    __tablename__ = "withdrawal"
    id: Mapped[int] = mapped_column(primary_key=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    envelope_pk: Mapped[int] = mapped_column(ForeignKey("envelope.id"), unique=True)
    scope: Mapped[str]
    day: Mapped[int]
    reply_pk: Mapped[int | None] = mapped_column(ForeignKey("reply.id"))


class PendingSet(Base):
    """A set of cells of which some have not arrived; `last_serial` is the newest export that held one."""

    __tablename__ = "pending_set"
    __table_args__ = (UniqueConstraint("server_pk", "set_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    server_pk: Mapped[int] = mapped_column(ForeignKey("server.id"))
    set_id: Mapped[bytes]
    last_serial: Mapped[int]
    parts: Mapped[list[PendingPart]] = relationship(cascade="all, delete-orphan", order_by="PendingPart.id")


class PendingPart(Base):
    """The opened cells that one export held of a pending set; `indexes` are 4-byte numbers in order."""

    __tablename__ = "pending_part"
    id: Mapped[int] = mapped_column(primary_key=True)
    set_pk: Mapped[int] = mapped_column(ForeignKey("pending_set.id"))
    indexes: Mapped[bytes]
    vault_name: Mapped[str] = mapped_column(unique=True)
    vault_key: Mapped[bytes]


class Reply(Base):
    """An answer. `batch`: newest Export of its thread when written; `expiry_day` is set at sealing.

    `state_day` is when it came into its state (None: when written). `automatic`: an import wrote it, and why
    (replies.Automatic). `erased`: its text went with the key of its case.
    """

    __tablename__ = "reply"
    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[bytes] = mapped_column(unique=True)
    thread_pk: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    batch: Mapped[int]
    day: Mapped[int]
    language: Mapped[str]
    sealed_text: Mapped[bytes]
    state: Mapped[str]
    state_day: Mapped[int | None]
    automatic: Mapped[str] = mapped_column(default="")
    queued: Mapped[bool] = mapped_column(default=False)
    erased: Mapped[bool] = mapped_column(default=False)
    sealed_day: Mapped[int | None]
    expiry_day: Mapped[int | None]
    of_thread: Mapped[Thread] = relationship(back_populates="replies")
    rows: Mapped[list[ReplyRow]] = relationship(back_populates="reply", order_by="ReplyRow.release")


class ReplyRow(Base):
    """A row of the ring that a reply took; `tombstone` is the first release that takes it out again."""

    __tablename__ = "reply_row"
    __table_args__ = (UniqueConstraint("tag"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    reply_pk: Mapped[int] = mapped_column(ForeignKey("reply.id"))
    release: Mapped[int]
    row: Mapped[int]
    tag: Mapped[bytes]
    tombstone: Mapped[int | None]
    reply: Mapped[Reply] = relationship(back_populates="rows")
