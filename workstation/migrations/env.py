"""Alembic's environment: runs on the connection that it is given, within that one's transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import workstation.database  # noqa: F401  # with it all tables are known
from workstation.models import Base
from workstation.sealed_columns import WIDE, SealedText


def render(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Types of ours by the names in script.py.mako: a revision imports nothing of this tree."""
    if kind != "type":
        return False
    if isinstance(item, SealedText):
        return "SEALED_TEXT"
    if item is WIDE:
        return "NUMBER"
    return "sa.LargeBinary()" if hasattr(item, "place") else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
