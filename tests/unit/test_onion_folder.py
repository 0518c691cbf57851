"""The files of an onion service and the keys of its clients, without tor."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from securedrop_config.client_auth import check_server_line, new_client_key
from securedrop_config.onion_errors import BadClientKey, KeyStoreDamaged, WouldBecomePublic
from securedrop_config.onion_folder import OnionAddress, OnionFolder

# The Tor Project's own site: an address that we did not compute.
KNOWN_LABEL = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def clients(folder: OnionFolder) -> set[str]:
    return {file.read_text() for file in (folder.path / "authorized_clients").glob("*.auth")}


def test_the_address_of_a_known_key() -> None:
    key = base64.b32decode(KNOWN_LABEL.upper())[:32]
    assert OnionAddress(key).host == f"{KNOWN_LABEL}.onion"


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = OnionFolder.create(tmp_path / "service")
    again = OnionFolder.create(tmp_path / "service")
    assert first.address == again.address
    assert first.address != OnionFolder.create(tmp_path / "other").address
    assert mode(first.path) == 0o700
    assert {mode(file) for file in first.path.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["hs_ed25519_secret_key", "hs_ed25519_public_key"])
def test_a_damaged_key_is_named_and_left_alone(name: str, tmp_path: Path) -> None:
    folder = OnionFolder.create(tmp_path / "service")
    (folder.path / name).write_bytes(b"damaged")
    with pytest.raises(KeyStoreDamaged, match=name):
        _ = OnionFolder.create(tmp_path / "service").address
    assert (folder.path / name).read_bytes() == b"damaged"


def test_a_lost_public_half_is_named(tmp_path: Path) -> None:
    folder = OnionFolder.create(tmp_path / "service")
    (folder.path / "hs_ed25519_public_key").unlink()
    with pytest.raises(KeyStoreDamaged, match="missing"):
        _ = OnionFolder.create(tmp_path / "service").address


def test_exactly_the_named_clients_are_let_in(tmp_path: Path) -> None:
    folder = OnionFolder.create(tmp_path / "service")
    anna, bert, cora = (new_client_key().server_line for _ in range(3))
    folder.set_clients([anna, bert])
    folder.set_clients([bert, cora])
    assert clients(folder) == {f"{bert}\n", f"{cora}\n"}


def test_the_last_client_is_never_taken_away(tmp_path: Path) -> None:
    folder = OnionFolder.create(tmp_path / "service")
    anna = new_client_key().server_line
    folder.set_clients([anna])
    with pytest.raises(WouldBecomePublic):
        folder.set_clients([])
    assert clients(folder) == {f"{anna}\n"}


def test_the_lines_of_a_client_key_hold_its_two_halves() -> None:
    keys = new_client_key()
    private = X25519PrivateKey.from_private_bytes(base64.b32decode(keys.private_text + "===="))
    public = base64.b32encode(private.public_key().public_bytes_raw()).decode().rstrip("=")
    assert keys.server_line == f"descriptor:x25519:{public}"
    address = OnionAddress(base64.b32decode(KNOWN_LABEL.upper())[:32])
    assert keys.client_line(address) == f"{KNOWN_LABEL}:descriptor:x25519:{keys.private_text}"
    assert keys.private_text not in repr(keys)


@pytest.mark.parametrize(
    "line",
    ["", "descriptor:x25519:", "A" * 52, f"descriptor:x25519:{'1' * 52}", f"descriptor:x25519:{'A' * 51}"],
)
def test_what_is_no_client_key_is_refused(line: str) -> None:
    with pytest.raises(BadClientKey):
        check_server_line(line)


def test_a_client_key_is_taken_as_it_is() -> None:
    line = new_client_key().server_line
    assert check_server_line(line) == line
