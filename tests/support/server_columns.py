"""Every column that the programs of a server declare or make, as `table.column`.

`python -m tests.support.server_columns FOLDER` prints them as JSON, for the packages that Python finds first;
the migrated database goes into FOLDER.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from sqlalchemy import Engine, MetaData, Table, inspect

from journalist_interface.accounts import make_engine
from journalist_interface.accounts.schema import upgrade

SERVER_PACKAGES = (
    *("source_interface", "journalist_interface", "mailroom", "serving", "securedrop_config", "sluis"),
)


def modules(package: str) -> Iterator[ModuleType]:
    """A package and all inside, but entry points and alembic's own environment, which run when imported."""
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(top.__path__, f"{package}."):
        if found.name.rpartition(".")[2] not in {"__main__", "env"}:
            yield importlib.import_module(found.name)


def declared() -> list[MetaData]:
    """Every collection of tables that a module of a server has."""
    found: dict[int, MetaData] = {}
    for package in SERVER_PACKAGES:
        for module in modules(package):
            for value in vars(module).values():
                tables = _metadata(value)
                if tables is not None:
                    found[id(tables)] = tables
    return list(found.values())


def _metadata(value: object) -> MetaData | None:
    """The collection that a name of a module stands for: itself, a table's, or that of mapped classes."""
    of = value.metadata if isinstance(value, Table) else value
    if isinstance(of, type):
        of = getattr(of, "metadata", None)
    return of if isinstance(of, MetaData) else None


def columns_of(metadata: MetaData) -> set[str]:
    """As the classes of the program declare them."""
    return {f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns}


def columns_in(engine: Engine) -> set[str]:
    """As they are in a database."""
    seen = inspect(engine)
    return {
        f"{table}.{column['name']}" for table in seen.get_table_names() for column in seen.get_columns(table)
    }


def migrated(folder: Path) -> Engine:
    """A fresh accounts database, brought to this version by its migrations."""
    engine = make_engine(f"sqlite:///{folder / 'accounts.db'}")
    upgrade(engine)
    return engine


def server_columns(folder: Path) -> set[str]:
    """All, declared or made."""
    engine = migrated(folder)
    try:
        return columns_in(engine).union(*map(columns_of, declared()))
    finally:
        engine.dispose()


if __name__ == "__main__":
    json.dump(sorted(server_columns(Path(sys.argv[1]))), sys.stdout)
