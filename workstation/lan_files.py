"""Every file that makes an office's LAN: for the server, for each seat, and `seats.toml`.

How they are used is in docs/runbooks/custodian.md; what the server's settings are for is said beside them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sluis.errors import BadField
from workstation import lan_certificates
from workstation.seats_file import parse_shared

SEATS_MAX = 32
DATABASE, USER = "cases", "office"
_PLACE = "/etc/sluis/lan"
_SCRATCH = "/var/lib/sluis/seat"

SAFE_SETTINGS = """\
# Nothing that was committed is lost.
fsync = on
full_page_writes = on
synchronous_commit = on
# What was erased goes with the log it was written in: a segment is removed, and not kept to be used again.
wal_recycle = off
wal_level = minimal
max_wal_senders = 0
archive_mode = off
min_wal_size = '32MB'
max_wal_size = '128MB'
# No words, addresses or times in its own log.
logging_collector = off
log_destination = 'stderr'
log_line_prefix = ''
log_min_messages = fatal
log_min_error_statement = panic
log_connections = off
log_disconnections = off
log_checkpoints = off
log_autovacuum_min_duration = -1
log_statement = 'none'
track_commit_timestamp = off
"""
RIGHTS = f"""\
CREATE ROLE {USER} LOGIN;
CREATE DATABASE {DATABASE} OWNER {USER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
GRANT pg_checkpoint TO {USER};
\\connect {DATABASE}
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO {USER};
REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;
"""


@dataclass(frozen=True)
class Plan:
    """The name in the server's certificate, its address, those of the seats, their subnet, the interface."""

    host: str
    address: str
    seats: Sequence[str]
    subnet: str
    interface: str

    def __post_init__(self) -> None:
        network = ipaddress.IPv4Network(self.subnet)
        addresses = [ipaddress.IPv4Address(one) for one in (self.address, *self.seats)]
        if not 1 <= len(self.seats) <= SEATS_MAX or len(set(addresses)) != len(addresses):
            raise BadField(f"an office has 1 to {SEATS_MAX} seats, each with an address of its own")
        if not all(one in network for one in addresses):
            raise BadField("an address is not in the subnet")
        if not self.host.isascii() or not all(part.isalnum() for part in self.host.split(".")):
            raise BadField("the server's name has letters, digits and dots only")


def make(plan: Plan, today: int) -> Mapping[str, bytes]:
    """Contents by name, like "seat-1/seat.key"; raises BadField."""
    names = [f"seat-{number}" for number in range(1, len(plan.seats) + 1)]
    signed = lan_certificates.make(plan.host, names, today)
    settings = _settings(plan)
    parse_shared(settings)
    files = {
        "seats.toml": settings,
        "server/authority.pem": signed.authority,
        "server/server.pem": signed.server.certificate,
        "server/server.key": signed.server.key,
        "server/postgresql.conf": _server_settings(plan).encode(),
        "server/pg_hba.conf": _hba(plan).encode(),
        "server/pg_ident.conf": "".join(f"seats {name} {USER}\n" for name in names).encode(),
        "server/rights.sql": RIGHTS.encode(),
        "server/lan.network": _network(plan, plan.address, plan.seats).encode(),
    }
    for name, address, own in zip(names, plan.seats, signed.seats, strict=True):
        files[f"{name}/authority.pem"] = signed.authority
        files[f"{name}/seat.pem"] = own.certificate
        files[f"{name}/seat.key"] = own.key
        files[f"{name}/lan.network"] = _network(plan, address, [plan.address]).encode()
    return files


def _settings(plan: Plan) -> bytes:
    lines = {
        "host": plan.host,
        "address": plan.address,
        "database": DATABASE,
        "user": USER,
        "interface": plan.interface,
        "subnet": plan.subnet,
        "scratch": _SCRATCH,
        "authority": f"{_PLACE}/authority.pem",
        "certificate": f"{_PLACE}/seat.pem",
        "key": f"{_PLACE}/seat.key",
    }
    if any('"' in value or "\\" in value or not value.isprintable() for value in lines.values()):
        raise BadField("a name with quotes in it")
    return "".join(f'{name} = "{value}"\n' for name, value in lines.items()).encode()


def _server_settings(plan: Plan) -> str:
    return (
        f"listen_addresses = '{plan.address}'\n"
        "ssl = on\n"
        "ssl_min_protocol_version = 'TLSv1.3'\n"
        f"ssl_ca_file = '{_PLACE}/authority.pem'\n"
        f"ssl_cert_file = '{_PLACE}/server.pem'\n"
        f"ssl_key_file = '{_PLACE}/server.key'\n" + SAFE_SETTINGS
    )


def _hba(plan: Plan) -> str:
    seats = "".join(f"hostssl {DATABASE} {USER} {one}/32 cert map=seats\n" for one in plan.seats)
    return f"local all postgres peer\n{seats}"


def _network(plan: Plan, own: str, others: Sequence[str]) -> str:
    """For systemd-networkd: an address without a subnet gives no route; each route leads to one machine."""
    routes = "".join(f"\n[Route]\nDestination={one}/32\nScope=link\n" for one in others)
    return (
        f"[Match]\nName={plan.interface}\n\n"
        "[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nLLDP=no\nDHCP=no\n"
        f"\n[Address]\nAddress={own}/32\n{routes}"
    )
