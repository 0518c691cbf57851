"""`python -m keys`: new operators, and a look at public files. Run it on the workstation only."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from keys.operators import make_operator
from securedrop_config.lexicon import load_lexicon
from sluis.errors import SluisError
from sluis.instance import EnrolmentRequest, InstanceRecord
from sluis.primitives import sha256


@click.group()
def main() -> None:
    """The life of every key."""


@main.command()
@click.argument("alias")
@click.option("--record", type=click.Path(path_type=Path), required=True, help="New file for the server.")
@click.option("--language", default="en", show_default=True, help="Language of the passphrase's words.")
@click.option("--issuer", default="Sluis", show_default=True, help="Name in the authenticator.")
@click.option("--onion", default=None, help="The journalist onion, if its address is known already.")
@click.option("--handout", type=click.Path(path_type=Path), help="Write what the operator takes home here.")
def operator(
    alias: str, record: Path, language: str, issuer: str, onion: str | None, handout: Path | None
) -> None:
    """Make an operator ALIAS (a desk's pseudonym): a record for the server, and a sheet for the operator."""
    made = make_operator(alias, load_lexicon([language]).draw(language))
    client = made.client_auth_line(onion) if onion else made.client_auth_private
    sheet = (
        f"alias:       {made.alias}\npassphrase:  {made.passphrase}\n"
        f"second step: {made.totp_uri(issuer)}\nclient key:  {client}\n"
    )
    _write_new(record, made.record)
    if handout is None:
        click.echo(made.totp_qr(issuer))
        click.echo(sheet)
    else:
        _write_new(handout, sheet.encode("utf-8"))
    click.echo(f"{record} goes to the server. The sheet is for the operator alone: it is shown once.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def fingerprint(file: Path) -> None:
    """Show the fingerprint of an instance record (FILE), to be compared by voice."""
    record = InstanceRecord.parse(file.read_bytes())
    made = datetime.fromtimestamp(record.created_day * 86_400, UTC).date()
    click.echo(f"instance {record.instance_id.hex()}, made {made}{', TRAINING ONLY' * record.training}")
    click.echo(record.fingerprint)


@main.command()
@click.argument("record", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("request", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def enrolment(record: Path, request: Path) -> None:
    """Show the fingerprint of a server's enrolment REQUEST to the instance of RECORD."""
    instance = InstanceRecord.parse(record.read_bytes())
    asked = EnrolmentRequest.parse(request.read_bytes(), instance.instance_id)
    click.echo(f"server {asked.server_id.hex()}, size {asked.site.name}")
    click.echo(asked.fingerprint)


@main.command(name="sha256")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def file_hash(file: Path) -> None:
    """Show the SHA-256 of a release FILE, as the workstation showed it."""
    click.echo(sha256(file.read_bytes()).hex())


def _write_new(path: Path, data: bytes) -> None:
    with open(path, "xb", opener=_private) as file:
        file.write(data)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def run() -> None:
    """Errors raised on purpose become one line and exit status 1."""
    try:
        main()
    except (SluisError, OSError) as error:
        raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    run()
