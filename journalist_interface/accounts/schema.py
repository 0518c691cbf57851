"""Brings the accounts database to the schema of this version, with alembic."""

from __future__ import annotations

import os
from importlib import resources
from io import StringIO
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


class SchemaError(Exception):
    """The database does not have the schema that this version needs."""


def _config(output: StringIO | None = None) -> Config:
    config = Config(output_buffer=output) if output else Config()
    config.set_main_option("script_location", str(resources.files("journalist_interface") / "migrations"))
    return config


def upgrade(engine: Engine) -> None:
    """Creates or upgrades the tables. A new SQLite file can be read by its owner only."""
    if engine.dialect.name == "sqlite" and engine.url.database not in {None, "", ":memory:"}:
        path = Path(str(engine.url.database))
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def upgrade_sql(dialect: str) -> str:
    """The SQL of all migrations, for a database administrator who runs them by hand."""
    output = StringIO()
    config = _config(output)
    config.attributes["dialect"] = dialect
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


def require_current(engine: Engine) -> None:
    """Raises SchemaError unless the tables are of this version."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != head:
        raise SchemaError(
            "the accounts database is not of this version: python -m journalist_interface upgrade"
        )
