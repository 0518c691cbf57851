"""Answers: since when each is in its state, and which an import wrote; copies of files without metadata."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEALED_TEXT = sa.String().with_variant(sa.LargeBinary(), "postgresql")


def upgrade() -> None:
    """Brings the tables to this revision."""
    with op.batch_alter_table("reply") as batch:
        batch.add_column(sa.Column("state_day", NUMBER, nullable=True))
        batch.add_column(sa.Column("automatic", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("reply") as batch:
        batch.alter_column("automatic", server_default=None)
    op.execute(
        "UPDATE reply SET automatic = 'withdrawal' "
        "WHERE id IN (SELECT reply_pk FROM withdrawal WHERE reply_pk IS NOT NULL)"
    )
    op.create_table(
        "stripped_copy",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("copy_id", sa.LargeBinary(), nullable=False),
        sa.Column("derived_from", NUMBER, nullable=False),
        sa.Column("thread_pk", NUMBER, nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("sha256", SEALED_TEXT, nullable=False),
        sa.Column("vault_name", sa.String(), nullable=False),
        sa.Column("sealed_vault_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["derived_from"], ["envelope.id"], name="fk_stripped_copy_derived_from"),
        sa.ForeignKeyConstraint(["thread_pk"], ["thread.id"], name="fk_stripped_copy_thread_pk"),
        sa.PrimaryKeyConstraint("id", name="pk_stripped_copy"),
        sa.UniqueConstraint("copy_id", name="uq_stripped_copy_copy_id"),
        sa.UniqueConstraint("derived_from", name="uq_stripped_copy_derived_from"),
        sa.UniqueConstraint("vault_name", name="uq_stripped_copy_vault_name"),
    )
    op.create_index("ix_stripped_copy_thread_pk", "stripped_copy", ["thread_pk"])


def downgrade() -> None:
    """Brings the tables back to the revision before."""
    op.drop_table("stripped_copy")
    with op.batch_alter_table("reply") as batch:
        batch.drop_column("automatic")
        batch.drop_column("state_day")
