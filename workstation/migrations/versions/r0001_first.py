"""Reports, answers, cases, people and the ledger: the tables from before versions were counted."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEALED_TEXT = sa.String().with_variant(sa.LargeBinary(), "postgresql")


def upgrade() -> None:
    """Brings the tables to this revision."""
    op.create_table(
        "case",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.Column("alias", SEALED_TEXT, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_day", NUMBER, nullable=False),
        sa.Column("closed_day", NUMBER, nullable=True),
        sa.Column("close_reason", SEALED_TEXT, nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=True),
        sa.Column("urgency", SEALED_TEXT, nullable=False),
        sa.Column("urgency_reason", SEALED_TEXT, nullable=False),
        sa.Column("review_day", NUMBER, nullable=True),
        sa.Column("reported", SEALED_TEXT, nullable=False),
        sa.Column("language", SEALED_TEXT, nullable=False),
        sa.Column("retention", SEALED_TEXT, nullable=False),
        sa.Column("destroy_day", NUMBER, nullable=True),
        sa.Column("merged_into", NUMBER, nullable=True),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["case.id"], name="fk_case_merged_into"),
        sa.PrimaryKeyConstraint("id", name="pk_case"),
        sa.UniqueConstraint("alias", name="uq_case_alias"),
        sa.UniqueConstraint("case_id", name="uq_case_case_id"),
    )
    op.create_index("ix_case_owner", "case", ["owner"])
    op.create_index("ix_case_state", "case", ["state"])
    op.create_table(
        "instance",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", SEALED_TEXT, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("openpgp_primary", SEALED_TEXT, nullable=False),
        sa.Column("openpgp_passphrase", SEALED_TEXT, nullable=False),
        sa.Column("operating_seed", sa.LargeBinary(), nullable=False),
        sa.Column("operating_certificate", sa.LargeBinary(), nullable=False),
        sa.Column("operating_last_day", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
    )
    op.create_table(
        "ledger",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.LargeBinary(), nullable=False),
        sa.Column("facts", SEALED_TEXT, nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger"),
    )
    op.create_table(
        "office_rule",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_office_rule"),
    )
    op.create_table(
        "person",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("person_id", sa.LargeBinary(), nullable=False),
        sa.Column("desk", SEALED_TEXT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_day", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("desk", name="uq_person_desk"),
        sa.UniqueConstraint("person_id", name="uq_person_person_id"),
    )
    op.create_table(
        "release_made",
        sa.Column("sequence", NUMBER, autoincrement=False, nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("last_epoch_day", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_release_made"),
    )
    op.create_table(
        "server",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("server_id", sa.LargeBinary(), nullable=False),
        sa.Column("label", SEALED_TEXT, nullable=False),
        sa.Column("site_code", NUMBER, nullable=False),
        sa.Column("sign_public", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", SEALED_TEXT, nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("transfer_public", sa.LargeBinary(), nullable=False),
        sa.Column("key_serial", NUMBER, nullable=False),
        sa.Column("chain_serial", NUMBER, nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("chain_closing_day", NUMBER, nullable=True),
        sa.Column("chain_release", NUMBER, nullable=False),
        sa.Column("reported_release", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_server"),
        sa.UniqueConstraint("label", name="uq_server_label"),
        sa.UniqueConstraint("server_id", name="uq_server_server_id"),
    )
    op.create_table(
        "assessment",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("assessment_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("batch", NUMBER, nullable=False),
        sa.Column("urgency", SEALED_TEXT, nullable=False),
        sa.Column("reason", SEALED_TEXT, nullable=False),
        sa.Column("review_day", NUMBER, nullable=False),
        sa.Column("sealed_triage", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_assessment_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_assessment"),
        sa.UniqueConstraint("assessment_id", name="uq_assessment_assessment_id"),
    )
    op.create_index("ix_assessment_case_pk", "assessment", ["case_pk"])
    op.create_table(
        "case_code",
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("code", SEALED_TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_case_code_case_pk"),
        sa.PrimaryKeyConstraint("case_pk", "code", name="pk_case_code"),
    )
    op.create_table(
        "case_link",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("other_pk", NUMBER, nullable=False),
        sa.Column("kind", SEALED_TEXT, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_case_link_case_pk"),
        sa.ForeignKeyConstraint(["other_pk"], ["case.id"], name="fk_case_link_other_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_case_link"),
        sa.UniqueConstraint("case_pk", "other_pk", name="uq_case_link_case_pk_other_pk"),
    )
    op.create_index("ix_case_link_other_pk", "case_link", ["other_pk"])
    op.create_table(
        "epoch_seed",
        sa.Column("release", NUMBER, nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release_made.sequence"], name="fk_epoch_seed_release"),
        sa.PrimaryKeyConstraint("release", "day", name="pk_epoch_seed"),
    )
    op.create_table(
        "export",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("server_pk", NUMBER, nullable=False),
        sa.Column("serial", NUMBER, nullable=False),
        sa.Column("header_hash", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("closing_day", NUMBER, nullable=False),
        sa.Column("release", NUMBER, nullable=False),
        sa.Column("report", SEALED_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["server_pk"], ["server.id"], name="fk_export_server_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_export"),
        sa.UniqueConstraint("server_pk", "serial", name="uq_export_server_pk_serial"),
    )
    op.create_table(
        "never_assign",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("person_pk", NUMBER, nullable=False),
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.Column("reason", SEALED_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["person_pk"], ["person.id"], name="fk_never_assign_person_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_never_assign"),
        sa.UniqueConstraint("person_pk", "case_id", name="uq_never_assign_person_pk_case_id"),
    )
    op.create_table(
        "note",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("note_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_note_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sa.UniqueConstraint("note_id", name="uq_note_note_id"),
    )
    op.create_index("ix_note_case_pk", "note", ["case_pk"])
    op.create_table(
        "pending_set",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("server_pk", NUMBER, nullable=False),
        sa.Column("set_id", sa.LargeBinary(), nullable=False),
        sa.Column("last_serial", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["server_pk"], ["server.id"], name="fk_pending_set_server_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_pending_set"),
        sa.UniqueConstraint("server_pk", "set_id", name="uq_pending_set_server_pk_set_id"),
    )
    op.create_table(
        "person_language",
        sa.Column("person_pk", NUMBER, nullable=False),
        sa.Column("code", SEALED_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["person_pk"], ["person.id"], name="fk_person_language_person_pk"),
        sa.PrimaryKeyConstraint("person_pk", "code", name="pk_person_language"),
    )
    op.create_table(
        "person_role",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("person_pk", NUMBER, nullable=False),
        sa.Column("role", SEALED_TEXT, nullable=False),
        sa.Column("since_day", NUMBER, nullable=False),
        sa.Column("until_day", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["person_pk"], ["person.id"], name="fk_person_role_person_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_person_role"),
    )
    op.create_table(
        "person_skill",
        sa.Column("person_pk", NUMBER, nullable=False),
        sa.Column("code", SEALED_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["person_pk"], ["person.id"], name="fk_person_skill_person_pk"),
        sa.PrimaryKeyConstraint("person_pk", "code", name="pk_person_skill"),
    )
    op.create_table(
        "server_release",
        sa.Column("server_pk", NUMBER, nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["sequence"], ["release_made.sequence"], name="fk_server_release_sequence"),
        sa.ForeignKeyConstraint(["server_pk"], ["server.id"], name="fk_server_release_server_pk"),
        sa.PrimaryKeyConstraint("server_pk", "sequence", name="pk_server_release"),
    )
    op.create_table(
        "task",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("task_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("due_day", NUMBER, nullable=False),
        sa.Column("done_day", NUMBER, nullable=True),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_task_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("task_id", name="uq_task_task_id"),
    )
    op.create_index("ix_task_case_pk", "task", ["case_pk"])
    op.create_table(
        "thread",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("thread", sa.LargeBinary(), nullable=False),
        sa.Column("alias", SEALED_TEXT, nullable=False),
        sa.Column("reply_public", sa.LargeBinary(), nullable=False),
        sa.Column("k_tag", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_thread_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_thread"),
        sa.UniqueConstraint("alias", name="uq_thread_alias"),
        sa.UniqueConstraint("thread", name="uq_thread_thread"),
    )
    op.create_index("ix_thread_case_pk", "thread", ["case_pk"])
    op.create_table(
        "envelope",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.Column("message_id", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", NUMBER, nullable=False),
        sa.Column("batch", NUMBER, nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("language", SEALED_TEXT, nullable=False),
        sa.Column("parent", sa.LargeBinary(), nullable=False),
        sa.Column("unread", sa.Boolean(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_intake", sa.LargeBinary(), nullable=False),
        sa.Column("nested", sa.Boolean(), nullable=False),
        sa.Column("file_id", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_file_name", sa.LargeBinary(), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("sha256", SEALED_TEXT, nullable=False),
        sa.Column("vault_name", sa.String(), nullable=True),
        sa.Column("sealed_vault_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_envelope_thread_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_envelope"),
        sa.UniqueConstraint("file_id", name="uq_envelope_file_id"),
        sa.UniqueConstraint("thread_pk", "message_id", name="uq_envelope_thread_pk_message_id"),
        sa.UniqueConstraint("vault_name", name="uq_envelope_vault_name"),
    )
    op.create_table(
        "pending_part",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("set_pk", NUMBER, nullable=False),
        sa.Column("indexes", sa.LargeBinary(), nullable=False),
        sa.Column("vault_name", sa.String(), nullable=False),
        sa.Column("vault_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["set_pk"], ["pending_set.id"], name="fk_pending_part_set_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_pending_part"),
        sa.UniqueConstraint("vault_name", name="uq_pending_part_vault_name"),
    )
    op.create_table(
        "reply",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("reply_id", sa.LargeBinary(), nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.Column("batch", NUMBER, nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("language", SEALED_TEXT, nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("queued", sa.Boolean(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.Column("sealed_day", NUMBER, nullable=True),
        sa.Column("expiry_day", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_reply_thread_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_reply"),
        sa.UniqueConstraint("reply_id", name="uq_reply_reply_id"),
    )
    op.create_table(
        "reply_author",
        sa.Column("reply_pk", NUMBER, nullable=False),
        sa.Column("person_id", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["reply_pk"], ["reply.id"], name="fk_reply_author_reply_pk"),
        sa.PrimaryKeyConstraint("reply_pk", "person_id", name="pk_reply_author"),
    )
    op.create_table(
        "reply_row",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("reply_pk", NUMBER, nullable=False),
        sa.Column("release", NUMBER, nullable=False),
        sa.Column("row", NUMBER, nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("tombstone", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["reply_pk"], ["reply.id"], name="fk_reply_row_reply_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_reply_row"),
        sa.UniqueConstraint("tag", name="uq_reply_row_tag"),
    )
    op.create_table(
        "withdrawal",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.Column("envelope_pk", NUMBER, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("reply_pk", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["envelope_pk"], ["envelope.id"], name="fk_withdrawal_envelope_pk"),
        sa.ForeignKeyConstraint(["reply_pk"], ["reply.id"], name="fk_withdrawal_reply_pk"),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_withdrawal_thread_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal"),
        sa.UniqueConstraint("envelope_pk", name="uq_withdrawal_envelope_pk"),
    )


def downgrade() -> None:
    """Brings the tables back to the revision before."""
    op.drop_table("withdrawal")
    op.drop_table("reply_row")
    op.drop_table("reply_author")
    op.drop_table("reply")
    op.drop_table("pending_part")
    op.drop_table("envelope")
    op.drop_table("thread")
    op.drop_table("task")
    op.drop_table("server_release")
    op.drop_table("person_skill")
    op.drop_table("person_role")
    op.drop_table("person_language")
    op.drop_table("pending_set")
    op.drop_table("note")
    op.drop_table("never_assign")
    op.drop_table("export")
    op.drop_table("epoch_seed")
    op.drop_table("case_link")
    op.drop_table("case_code")
    op.drop_table("assessment")
    op.drop_table("server")
    op.drop_table("release_made")
    op.drop_table("person")
    op.drop_table("office_rule")
    op.drop_table("ledger")
    op.drop_table("instance")
    op.drop_table("case")
