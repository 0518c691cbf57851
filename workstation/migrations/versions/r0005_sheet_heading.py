"""What stands at the top of a sheet that is passed on, where the office has chosen it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SEALED_TEXT = sa.String().with_variant(sa.LargeBinary(), "postgresql")


def upgrade() -> None:
    """Brings the tables to this revision."""
    op.create_table(
        "sheet_heading",
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", SEALED_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("language", name="pk_sheet_heading"),
    )


def downgrade() -> None:
    """Brings the tables back to the revision before."""
    op.drop_table("sheet_heading")
