"""Keys under a passphrase, and the ceremony that makes an instance."""

import pytest

from keys.ceremony import OPERATING_DAYS, create_instance, renew_operating_key
from keys.epochs import fresh_epoch_keys
from keys.errors import WrongPassphrase
from keys.sealed_key import SEALED_KEY_SIZE, open_key, seal_key
from sluis.errors import BadField, Expired, NotOurs, UnknownVersion, VerificationError, WrongSize
from sluis.instance import InstanceRecord, OperatingCertificate
from sluis.keytree import KdfProfile
from sluis.limits import EPOCH_DAYS
from sluis.primitives import SigningKey, random_key
from sluis.sealing import OpeningKey

CHEAP = KdfProfile(memory_kib=64, passes=1)
DAY = 20_000


def test_only_its_passphrase_opens_a_key() -> None:
    key = random_key()
    sealed = seal_key(key, "päss", "test", CHEAP)
    assert len(sealed) == SEALED_KEY_SIZE
    assert open_key(sealed, "pa\u0308ss", "test") == key  # however the keyboard composes it
    for wrong in ("pass", "PÄSS", "päss ", ""):
        with pytest.raises(WrongPassphrase):
            open_key(sealed, wrong, "test")
    assert seal_key(key, "päss", "test", CHEAP) != sealed


def test_a_changed_file_is_refused() -> None:
    sealed = seal_key(random_key(), "p", "test", CHEAP)
    for at in range(26, len(sealed)):
        if 42 <= at < 50:
            continue  # the cost: below
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(WrongPassphrase):
            open_key(bytes(changed), "p", "test")
    with pytest.raises(BadField):
        open_key(sealed, "p", "another purpose")
    with pytest.raises(NotOurs):
        open_key(b"x" + sealed[1:], "p", "test")
    with pytest.raises(UnknownVersion):
        open_key(sealed[:9] + b"\2" + sealed[10:], "p", "test")
    with pytest.raises(WrongSize):
        open_key(sealed + b"x", "p", "test")


@pytest.mark.parametrize("cost", [(0xFFFF_FFFF, 1), (64, 0), (64, 1_000), (7, 1)])
def test_a_file_cannot_ask_for_any_amount_of_work(cost: tuple[int, int]) -> None:
    sealed = seal_key(random_key(), "p", "test", CHEAP)
    asked = cost[0].to_bytes(4, "big") + cost[1].to_bytes(4, "big")
    with pytest.raises(BadField):
        open_key(sealed[:42] + asked + sealed[50:], "p", "test")


@pytest.mark.parametrize("training", [True, False])
def test_a_ceremony_makes_a_root_that_certifies(training: bool) -> None:
    made = create_instance("root", training=training, today=DAY, kdf=CHEAP)
    record = InstanceRecord.parse(made.record)
    assert (record.training, record.created_day) == (training, DAY)
    certificate = OperatingCertificate.parse(made.operating.certificate, record)
    assert certificate.public == SigningKey(made.operating.seed).public
    certificate.check_day(DAY + OPERATING_DAYS - 1)
    with pytest.raises(Expired):
        certificate.check_day(DAY + OPERATING_DAYS)
    later = renew_operating_key(made.root_file, "root", record, DAY + 80)
    OperatingCertificate.parse(later.certificate, record).check_day(DAY + 160)
    assert later.seed != made.operating.seed
    with pytest.raises(WrongPassphrase):
        renew_operating_key(made.root_file, "toor", record, DAY)


def test_the_root_of_another_instance_certifies_nothing_here() -> None:
    ours = create_instance("root", training=True, today=DAY, kdf=CHEAP)
    theirs = create_instance("root", training=True, today=DAY, kdf=CHEAP)
    with pytest.raises(VerificationError):
        renew_operating_key(theirs.root_file, "root", InstanceRecord.parse(ours.record), DAY)


def test_epoch_keys_are_fresh_and_one_a_day() -> None:
    made = fresh_epoch_keys(DAY)
    assert [one.day for one in made] == list(range(DAY, DAY + EPOCH_DAYS))
    assert len({one.seed for one in made}) == EPOCH_DAYS
    assert OpeningKey(made[7].seed).public == made[7].public
    assert made[0].seed.hex() not in repr(made)
