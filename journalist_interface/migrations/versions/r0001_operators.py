"""The table of operators."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the tables to this revision."""
    op.create_table(
        "operator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.String(40), nullable=False),
        sa.Column("passphrase_hash", sa.String(255), nullable=False),
        sa.Column("totp_secret", sa.String(128), nullable=False),
        sa.Column("enrolled_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("alias"),
    )


def downgrade() -> None:
    """Brings the tables back to the revision before."""
    op.drop_table("operator")
