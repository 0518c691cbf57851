"""The vault: what is changed, cut or moved does not open; what is large does not fill the memory."""

import secrets
import tracemalloc
from pathlib import Path

import pytest

from sluis.errors import NotOurs, SluisError, Truncated, Unopenable
from workstation.vault import CHUNK, Staging, Vault, VaultKey


def kept(vault: Vault, content: bytes) -> VaultKey:
    writer = vault.create()
    writer.write(content)
    return writer.finish()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_comes_back_byte_for_byte(tmp_path: Path, size: int) -> None:
    content = secrets.token_bytes(size)
    vault = Vault(tmp_path)
    assert b"".join(vault.read(kept(vault, content))) == content


@pytest.mark.parametrize("pieces", [1, 7, 70_000])
def test_any_pieces_make_the_same_content(tmp_path: Path, pieces: int) -> None:
    content = secrets.token_bytes(200_000)
    writer = Vault(tmp_path).create()
    for at in range(0, len(content), max(pieces, 1_000)):
        writer.write(content[at : at + max(pieces, 1_000)])
    assert writer.size == len(content)
    assert b"".join(Vault(tmp_path).read(writer.finish())) == content


def test_every_damage_is_seen(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    key = kept(vault, secrets.token_bytes(3 * CHUNK))
    path = tmp_path / key.name
    whole = path.read_bytes()
    sealed = CHUNK + 28
    swapped = whole[:10] + whole[10 + sealed : 10 + 2 * sealed] + whole[10 : 10 + sealed]
    cases: list[tuple[bytes, type[SluisError]]] = [
        (b"", NotOurs),
        (whole[:10], Truncated),
        (whole[:-1], Unopenable),
        (whole[: 10 + 2 * sealed], Unopenable),  # cut between two chunks
        (whole[: 10 + sealed] + whole[10 + 2 * sealed :], Unopenable),
        (swapped + whole[10 + 2 * sealed :], Unopenable),
        (whole + b"x", Unopenable),
        (whole[:500] + bytes([whole[500] ^ 1]) + whole[501:], Unopenable),
    ]
    for data, error in cases:
        path.write_bytes(data)
        with pytest.raises(error):
            b"".join(vault.read(key))
    path.write_bytes(whole)
    with pytest.raises(Unopenable):
        b"".join(vault.read(VaultKey(key.name, secrets.token_bytes(32))))


def test_nothing_is_readable_before_the_end(tmp_path: Path) -> None:
    writer = Vault(tmp_path).create()
    writer.write(bytes(CHUNK * 2))
    with pytest.raises(Unopenable):
        b"".join(Vault(tmp_path).read(writer.vault_key))
    writer.abort()


def test_memory_stays_small(tmp_path: Path) -> None:
    tracemalloc.start()
    writer = Vault(tmp_path).create()
    for _ in range(400):
        writer.write(bytes(CHUNK))
    total = sum(len(chunk) for chunk in Vault(tmp_path).read(writer.finish()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 400 * CHUNK
    assert peak < 20 * CHUNK


def test_a_transaction_leaves_what_it_made_or_nothing(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    old = kept(vault, b"old")
    staging = Staging(vault)
    staging.create().finish()
    staging.create()
    staging.drop(old.name)
    staging.rollback()
    assert [path.name for path in tmp_path.iterdir()] == [old.name]
    staging = Staging(vault)
    new = staging.create().finish()
    unwanted = staging.create()
    staging.discard(unwanted)
    staging.drop(old.name)
    staging.sync()
    staging.commit()
    assert [path.name for path in tmp_path.iterdir()] == [new.name]


def test_cleaning_removes_only_what_is_unknown(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    known = kept(vault, b"known")
    kept(vault, b"unknown")
    assert vault.clean([known.name]) == 1
    assert b"".join(vault.read(known)) == b"known"
