"""The command line of the operators' site: `python -m journalist_interface COMMAND --config sluis.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from journalist_interface.accounts import (
    Accounts,
    AliasTaken,
    BadRecord,
    UnknownAlias,
    make_engine,
    parse_record,
)
from journalist_interface.accounts.schema import upgrade, upgrade_sql
from journalist_interface.daily_notice import NotSent, send
from journalist_interface.serving import serve as serve_app
from journalist_interface.texts import day_of
from journalist_interface.wsgi import make_app
from securedrop_config import ConfigError, ServerConfig, load
from securedrop_config.clock import today
from securedrop_config.erasing import require_erasing

_CONFIG = click.option(
    "--config", "config_path", required=True, type=click.Path(path_type=Path), help="The server's sluis.toml."
)


@click.group()
def main() -> None:
    """Accounts of the operators' site, the daily notice, and the site itself."""


def _load(path: Path) -> ServerConfig:
    try:
        return load(path)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _accounts(path: Path) -> Accounts:
    engine = make_engine(_load(path).journalist.database)
    upgrade(engine)
    return Accounts(engine)


@main.command("upgrade")
@_CONFIG
@click.option("--sql", is_flag=True, help="Only print the SQL, for PostgreSQL or whatever the database is.")
def upgrade_command(config_path: Path, sql: bool) -> None:
    """Bring the accounts database to this version."""
    engine = make_engine(_load(config_path).journalist.database)
    if sql:
        click.echo(upgrade_sql(engine.dialect.name))
        return
    upgrade(engine)
    click.echo("The accounts database is of this version.")


@main.command("add-operator")
@_CONFIG
@click.option("--record", required=True, type=click.File("rb"), help="The file that the key ceremony made.")
@click.option("--replace", is_flag=True, help="Replace the operator with the same alias.")
def add_operator(config_path: Path, record: BinaryIO, replace: bool) -> None:
    """Install an operator's record."""
    try:
        parsed = parse_record(record.read())
        _accounts(config_path).add(parsed, today(), replace=replace)
    except BadRecord as error:
        raise click.ClickException(f"The record was not installed: {error}.") from error
    except AliasTaken as error:
        raise click.ClickException(
            "There is an operator with this alias already; --replace replaces it."
        ) from error
    click.echo(f"{parsed.alias} can sign in. Now delete the record, and let the onion site know this key:")
    click.echo(parsed.client_auth_public)


@main.command("remove-operator")
@_CONFIG
@click.argument("alias")
def remove_operator(config_path: Path, alias: str) -> None:
    """Remove an operator; whoever is signed in under that alias is signed out at the next page."""
    try:
        _accounts(config_path).remove(alias)
    except UnknownAlias as error:
        raise click.ClickException("There is no operator with this alias.") from error
    click.echo(f"{alias} can no longer sign in. Take the key out of the onion site as well.")


@main.command("list-operators")
@_CONFIG
def list_operators(config_path: Path) -> None:
    """List the operators, with the day each was enrolled."""
    for operator in _accounts(config_path).all():
        click.echo(f"{day_of(operator.enrolled_day).isoformat()}  {operator.alias}")


@main.command("serve")
@_CONFIG
def serve(config_path: Path) -> None:
    """Serve the site on its unix socket."""
    config = _load(config_path)
    try:
        require_erasing()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    engine = make_engine(config.journalist.database)
    upgrade(engine)
    engine.dispose()
    serve_app(lambda: make_app(config_path), config.journalist.bind, config.journalist.threads)


@main.command("notice")
@_CONFIG
def notice(config_path: Path) -> None:
    """Tell the operators that an export is due: the same words each day, whatever arrived."""
    table = _load(config_path).journalist.notice
    if table is None:
        click.echo("No notice: [journalist.notice] is not in the configuration.", err=True)
        return
    try:
        send(table.command, table.headers)
    except NotSent as error:
        raise click.ClickException(f"The notice was not sent: {error}.") from None


if __name__ == "__main__":
    main(prog_name="python -m journalist_interface")
