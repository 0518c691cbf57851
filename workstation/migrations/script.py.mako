"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEALED_TEXT = sa.String().with_variant(sa.LargeBinary(), "postgresql")


def upgrade() -> None:
    """Brings the tables to this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Brings the tables back to the revision before."""
    ${downgrades if downgrades else "pass"}
