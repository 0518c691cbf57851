"""Operators: the server learns what it needs, and only that."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import argon2
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from keys.operators import make_operator
from sluis.errors import BadField
from sluis.instance import InstanceRecord
from sluis.primitives import SigningKey, random_id

FAST = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
ONION = "a" * 56


def unpadded(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


def test_the_record_recognises_the_operator_and_holds_no_secret_of_theirs() -> None:
    made = make_operator("desk-3", "seven words or so", FAST)
    record = json.loads(made.record)
    assert set(record) == {
        *("format", "version", "alias", "passphrase_hash", "totp_secret", "client_auth_public")
    }
    assert (record["format"], record["version"], record["alias"]) == ("sluis-operator", 1, "desk-3")
    assert FAST.verify(record["passphrase_hash"], "seven words or so")
    assert record["totp_secret"] == made.totp_secret
    kind, method, public = record["client_auth_public"].split(":")
    assert (kind, method) == ("descriptor", "x25519")
    private = X25519PrivateKey.from_private_bytes(unpadded(made.client_auth_private))
    assert unpadded(public) == private.public_key().public_bytes_raw()
    assert made.client_auth_private not in made.record.decode()
    assert made.passphrase not in made.record.decode()
    assert made.passphrase not in repr(made)


def test_the_handout_is_what_tor_and_an_authenticator_read() -> None:
    made = make_operator("desk-3", "p", FAST)
    assert pyotp.parse_uri(made.totp_uri("The Line")).now() == pyotp.TOTP(made.totp_secret).now()
    address, kind, method, key = made.client_auth_line(ONION + ".onion").split(":")
    assert (address, kind, method, len(key)) == (ONION, "descriptor", "x25519", 52)
    assert len(made.totp_qr("The Line").splitlines()) > 10
    with pytest.raises(BadField):
        made.client_auth_line("example.org")


@pytest.mark.parametrize("alias", ["", "Jan Jansen", "DESK", "d", "-desk", "desk-", "x" * 40, "a/b"])
def test_an_alias_is_a_desk_and_not_a_person(alias: str) -> None:
    with pytest.raises(BadField):
        make_operator(alias, "p", FAST)


def keys(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-m", "keys", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_makes_an_operator(tmp_path: Path) -> None:
    done = keys("operator", "desk-3", "--record", "record", "--handout", "sheet", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "record").read_text())
    sheet = dict(line.split(":", 1) for line in (tmp_path / "sheet").read_text().splitlines())
    assert argon2.PasswordHasher().verify(record["passphrase_hash"], sheet["passphrase"].strip())
    assert (tmp_path / "sheet").stat().st_mode & 0o777 == 0o600
    again = keys("operator", "desk-3", "--record", "record", folder=tmp_path)
    assert again.returncode == 1
    assert json.loads((tmp_path / "record").read_text()) == record
    refused = keys("operator", "Jan", "--record", "other", folder=tmp_path)
    assert refused.returncode == 1
    assert "alias" in refused.stderr
    assert not (tmp_path / "other").exists()


def test_the_command_shows_the_fingerprint_of_an_instance(tmp_path: Path) -> None:
    root, _ = SigningKey.generate()
    record = InstanceRecord(random_id(), root.public, True, 20_000)
    (tmp_path / "record").write_bytes(record.encode(root))
    done = keys("fingerprint", "record", folder=tmp_path)
    assert record.fingerprint in done.stdout
    assert "2024-10-04, TRAINING ONLY" in done.stdout
