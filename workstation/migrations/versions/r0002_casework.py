"""What casework added: consent, options, holds, referrals, translations, phone, the directory, kept forms."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEALED_TEXT = sa.String().with_variant(sa.LargeBinary(), "postgresql")


def upgrade() -> None:
    """Brings the tables to this revision."""
    op.create_table(
        "held_directory",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_held_directory"),
    )
    op.create_table(
        "consent",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("grant_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("second", sa.LargeBinary(), nullable=True),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("purpose", SEALED_TEXT, nullable=False),
        sa.Column("identifiability", SEALED_TEXT, nullable=False),
        sa.Column("fields", SEALED_TEXT, nullable=False),
        sa.Column("answer", SEALED_TEXT, nullable=False),
        sa.Column("expiry_day", NUMBER, nullable=True),
        sa.Column("how", SEALED_TEXT, nullable=False),
        sa.Column("message_id", sa.LargeBinary(), nullable=False),
        sa.Column("ended", sa.String(), nullable=False),
        sa.Column("ended_day", NUMBER, nullable=True),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_consent_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sa.UniqueConstraint("grant_id", name="uq_consent_grant_id"),
    )
    op.create_index("ix_consent_case_pk", "consent", ["case_pk"])
    op.create_table(
        "hold",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("hold_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("first", sa.LargeBinary(), nullable=False),
        sa.Column("second", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("until_day", NUMBER, nullable=False),
        sa.Column("lifted_day", NUMBER, nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_hold_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
        sa.UniqueConstraint("hold_id", name="uq_hold_hold_id"),
    )
    op.create_index("ix_hold_case_pk", "hold", ["case_pk"])
    op.create_table(
        "kept_form",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kept_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("sealed_fields", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_kept_form_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_kept_form"),
        sa.UniqueConstraint("case_pk", "person", "form", name="uq_kept_form_case_pk_person_form"),
        sa.UniqueConstraint("kept_id", name="uq_kept_form_kept_id"),
    )
    op.create_index("ix_kept_form_case_pk", "kept_form", ["case_pk"])
    op.create_table(
        "option",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("row_id", sa.LargeBinary(), nullable=False),
        sa.Column("option_id", sa.LargeBinary(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("offered_by", SEALED_TEXT, nullable=False),
        sa.Column("choice", SEALED_TEXT, nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_option_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_option"),
        sa.UniqueConstraint("option_id", "version", name="uq_option_option_id_version"),
        sa.UniqueConstraint("row_id", name="uq_option_row_id"),
    )
    op.create_index("ix_option_case_pk", "option", ["case_pk"])
    op.create_table(
        "passed_on",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("row_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("grant_id", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("purpose", SEALED_TEXT, nullable=False),
        sa.Column("identifiability", SEALED_TEXT, nullable=False),
        sa.Column("fields", SEALED_TEXT, nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_recipient", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_passed_on_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_passed_on"),
        sa.UniqueConstraint("row_id", name="uq_passed_on_row_id"),
    )
    op.create_index("ix_passed_on_case_pk", "passed_on", ["case_pk"])
    op.create_index("ix_passed_on_grant_id", "passed_on", ["grant_id"])
    op.create_table(
        "proposal",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("proposal_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("matter", SEALED_TEXT, nullable=False),
        sa.Column("proposer", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("last_day", NUMBER, nullable=False),
        sa.Column("sealed_terms", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_proposal_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.UniqueConstraint("proposal_id", name="uq_proposal_proposal_id"),
    )
    op.create_index("ix_proposal_case_pk", "proposal", ["case_pk"])
    op.create_table(
        "referral",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("referral_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_pk", NUMBER, nullable=False),
        sa.Column("grant_id", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("service", SEALED_TEXT, nullable=False),
        sa.Column("purpose", SEALED_TEXT, nullable=False),
        sa.Column("fields", SEALED_TEXT, nullable=False),
        sa.Column("how", SEALED_TEXT, nullable=False),
        sa.Column("sha256", SEALED_TEXT, nullable=False),
        sa.Column("proof_until", NUMBER, nullable=False),
        sa.Column("sealed_wanted", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_pk"], ["case.id"], name="fk_referral_case_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
        sa.UniqueConstraint("referral_id", name="uq_referral_referral_id"),
    )
    op.create_index("ix_referral_case_pk", "referral", ["case_pk"])
    op.create_index("ix_referral_grant_id", "referral", ["grant_id"])
    op.create_table(
        "consent_source",
        sa.Column("consent_pk", NUMBER, nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["consent_pk"], ["consent.id"], name="fk_consent_source_consent_pk"),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_consent_source_thread_pk"),
        sa.PrimaryKeyConstraint("consent_pk", "thread_pk", name="pk_consent_source"),
    )
    op.create_table(
        "told",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("told_id", sa.LargeBinary(), nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("batch", NUMBER, nullable=False),
        sa.Column("how", SEALED_TEXT, nullable=False),
        sa.Column("language", SEALED_TEXT, nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_told_thread_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_told"),
        sa.UniqueConstraint("told_id", name="uq_told_told_id"),
    )
    op.create_index("ix_told_thread_pk", "told", ["thread_pk"])
    op.create_table(
        "assigned_text",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("text_id", sa.LargeBinary(), nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.Column("envelope_pk", NUMBER, nullable=True),
        sa.Column("reply_pk", NUMBER, nullable=True),
        sa.Column("interpreter", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("handed_day", NUMBER, nullable=True),
        sa.Column("language", SEALED_TEXT, nullable=False),
        sa.Column("into", SEALED_TEXT, nullable=False),
        sa.Column("length", NUMBER, nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_draft", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["envelope_pk"], ["envelope.id"], name="fk_assigned_text_envelope_pk"),
        sa.ForeignKeyConstraint(["reply_pk"], ["reply.id"], name="fk_assigned_text_reply_pk"),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_assigned_text_thread_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_assigned_text"),
        sa.UniqueConstraint("text_id", name="uq_assigned_text_text_id"),
    )
    op.create_index("ix_assigned_text_interpreter", "assigned_text", ["interpreter"])
    op.create_index("ix_assigned_text_thread_pk", "assigned_text", ["thread_pk"])
    op.create_table(
        "redaction",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("redaction_id", sa.LargeBinary(), nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.Column("envelope_pk", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("places", NUMBER, nullable=False),
        sa.Column("sealed_ranges", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["envelope_pk"], ["envelope.id"], name="fk_redaction_envelope_pk"),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_redaction_thread_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_redaction"),
        sa.UniqueConstraint("envelope_pk", "version", name="uq_redaction_envelope_pk_version"),
        sa.UniqueConstraint("redaction_id", name="uq_redaction_redaction_id"),
    )
    op.create_index("ix_redaction_envelope_pk", "redaction", ["envelope_pk"])
    op.create_index("ix_redaction_thread_pk", "redaction", ["thread_pk"])
    op.create_table(
        "translation",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("translation_id", sa.LargeBinary(), nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.Column("envelope_pk", NUMBER, nullable=True),
        sa.Column("reply_pk", NUMBER, nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("language", SEALED_TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_from", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["envelope_pk"], ["envelope.id"], name="fk_translation_envelope_pk"),
        sa.ForeignKeyConstraint(["reply_pk"], ["reply.id"], name="fk_translation_reply_pk"),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_translation_thread_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_translation"),
        sa.UniqueConstraint("translation_id", name="uq_translation_translation_id"),
    )
    op.create_index("ix_translation_envelope_pk", "translation", ["envelope_pk"])
    op.create_index("ix_translation_reply_pk", "translation", ["reply_pk"])
    op.create_index("ix_translation_thread_pk", "translation", ["thread_pk"])


def downgrade() -> None:
    """Brings the tables back to the revision before."""
    op.drop_table("translation")
    op.drop_table("redaction")
    op.drop_table("assigned_text")
    op.drop_table("told")
    op.drop_table("consent_source")
    op.drop_table("referral")
    op.drop_table("proposal")
    op.drop_table("passed_on")
    op.drop_table("option")
    op.drop_table("kept_form")
    op.drop_table("hold")
    op.drop_table("consent")
    op.drop_table("held_directory")
