"""What is being written down of a call that has no case yet."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Brings the tables to this revision."""
    op.create_table(
        "kept_intake",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kept_id", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("sealed_fields", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_intake"),
        sa.UniqueConstraint("kept_id", name="uq_kept_intake_kept_id"),
        sa.UniqueConstraint("person", name="uq_kept_intake_person"),
    )


def downgrade() -> None:
    """Brings the tables back to the revision before."""
    op.drop_table("kept_intake")
