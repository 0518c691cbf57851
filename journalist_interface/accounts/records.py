"""The operator record: what the key ceremony tells the server of one person (docs/protocol.md, "Operator").

JSON with exactly the fields below. It holds no secret that signs in by itself, but the TOTP secret is one
half: it travels as carefully as a passphrase and is deleted once installed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError
from argon2.low_level import Type

from journalist_interface.accounts.models import ALIAS_MAX, HASH_MAX, SECRET_MAX
from journalist_interface.settings import PassphraseCost

RECORD_MAX = 4_096
_FORMAT = "sluis-operator"
_VERSION = 1
_TEXTS = ("alias", "passphrase_hash", "totp_secret", "client_auth_public")
_SECRET_BYTES = 16  # RFC 4226, section 4: at least 128 bits
_CLIENT = re.compile(r"descriptor:x25519:[A-Z2-7]{52}\Z")
LEAST_COST = PassphraseCost(passes=2, memory_kib=19_456, lanes=1)
"""Weaker hashes are refused (the lowest of the OWASP cheat sheet's equal choices)."""


class BadRecord(Exception):
    """An operator record that cannot be used; the text says why and holds nothing secret."""


@dataclass(frozen=True)
class OperatorRecord:
    """One person's alias, Argon2id hash, TOTP secret, and public key for the onion's client authorization."""

    alias: str
    passphrase_hash: str = field(repr=False)
    totp_secret: str = field(repr=False)
    client_auth_public: str = field(repr=False)


def parse_record(data: bytes, least: PassphraseCost = LEAST_COST) -> OperatorRecord:
    """The record in `data` (at most 4,096 bytes), checked; raises BadRecord."""
    fields = _fields(data)
    record = OperatorRecord(**{name: fields[name] for name in _TEXTS})
    _check_alias(record.alias)
    _check_hash(record.passphrase_hash, least)
    _check_secret(record.totp_secret)
    if not _CLIENT.match(record.client_auth_public):
        raise BadRecord("client_auth_public is not of the form descriptor:x25519:KEY")
    return record


def _fields(data: bytes) -> dict[str, Any]:
    if len(data) > RECORD_MAX:
        raise BadRecord(f"an operator record has at most {RECORD_MAX} bytes")
    try:
        fields = json.loads(data.decode("utf-8"), object_pairs_hook=_no_duplicates)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadRecord("this file is not JSON") from error
    if not isinstance(fields, dict) or fields.get("format") != _FORMAT:
        raise BadRecord("this file is not an operator record")
    if fields.get("version") is not _VERSION:
        raise BadRecord("an operator record of a version that this program does not know")
    if set(fields) != {"format", "version", *_TEXTS}:
        raise BadRecord("an operator record with other fields than it should have")
    if not all(isinstance(fields[name], str) for name in _TEXTS):
        raise BadRecord("a field of the operator record is not text")
    return fields


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRecord("an operator record names a field twice")
    return fields


def _check_alias(alias: str) -> None:
    if not 1 <= len(alias) <= ALIAS_MAX or alias != unicodedata.normalize("NFC", alias).strip():
        raise BadRecord(f"an alias has 1 to {ALIAS_MAX} characters, none of them a space at either end")
    if any(unicodedata.category(character)[0] == "C" for character in alias):
        raise BadRecord("an alias has no control or format characters")


def _check_hash(phc: str, least: PassphraseCost) -> None:
    try:
        found = extract_parameters(phc)
    except InvalidHashError as error:
        raise BadRecord("passphrase_hash is not an Argon2 hash") from error
    if found.type is not Type.ID or len(phc) > HASH_MAX:
        raise BadRecord("passphrase_hash is not an Argon2id hash")
    if found.time_cost < least.passes or found.memory_cost < least.memory_kib:
        raise BadRecord("passphrase_hash was made too cheaply")


def _check_secret(secret: str) -> None:
    try:
        size = len(base64.b32decode(secret + "=" * (-len(secret) % 8)))
    except (binascii.Error, ValueError) as error:
        raise BadRecord("totp_secret is not base32") from error
    if size < _SECRET_BYTES or len(secret) > SECRET_MAX:
        raise BadRecord("totp_secret has 16 to 80 bytes")
