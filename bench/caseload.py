"""An office with thousands of cases: invented sources whose envelopes are taken in as an import does it."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from sluis.envelope import NO_PARENT, Kind, header_for
from sluis.instance import InstanceRecord
from sluis.keytree import KdfProfile, SourceKeys
from sluis.primitives import random_id, random_key
from workstation import opening
from workstation.casework import writing
from workstation.casework.models import Case
from workstation.casework.roles import LONE_SEAT
from workstation.casework.triage import Triage
from workstation.founding import found
from workstation.models import Instance
from workstation.training import Invented
from workstation.transaction import transaction
from workstation.vault import Vault

PASSPHRASE = "a bench is sat on"  # noqa: S105  # of an office that lives for minutes
RARE = "quicksilver"
TODAY = 20_000
_KDF = KdfProfile(memory_kib=64, passes=1)
_AT_ONCE = 100
# fmt: off
_WORDS = (
    "consulate", "passport", "brother", "shop", "letter", "photograph", "telephone", "evening", "station",
    "student", "association", "family", "visit", "name", "address", "police", "afraid", "again", "asked",
    "said", "came", "wrote", "money", "work", "house", "street", "yesterday", "week", "aanslag",
    "consulaat", "paspoort", "broer", "winkel", "brief", "foto", "avond", "vereniging", "familie", "bezoek",
    "naam", "adres", "bang", "القنصلية", "أخي", "رسالة", "اسم", "خائف", "بيت", "شارع", "السفارة", "الشرطة",
    "عائلة", "هاتف", "صورة", "консульство", "паспорт", "брат", "письмо", "семья", "адрес", "страшно",
    "улица", "вчера", "неделя", "领事馆", "护照", "弟弟", "信", "家人", "地址", "害怕", "昨天", "电话",
    "学生",
)
# fmt: on
_LANGUAGES = ("nl", "en", "tr", "ar", "fa", "zh-Hans", "ru", "ti")
_DANGERS = ("now", "72h", "weeks", "none", "unclear", "unclear", "none")


@dataclass(frozen=True)
class Load:
    """How much there is: cases, and messages of all sources together."""

    cases: int
    messages: int


def fill(folder: Path, load: Load) -> None:
    """Makes the office in `folder` (new); one source for each case, some with many messages.

    The same each time, but for keys and ids. Tells on stderr how far it is.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    found(folder, PASSPHRASE, "roots go deep", instance_name="Bench", training=True, today=TODAY, kdf=_KDF)
    opened = opening.with_founding_passphrase(folder, PASSPHRASE)
    chance = random.Random(1)  # invented words, the same in each run
    try:
        with Session(opened.engine) as session:
            instance_id = InstanceRecord.parse(session.get_one(Instance, 1).record).instance_id
        counts = _counts(load, chance)
        vault = Vault(opened.folder.vault)
        for first in range(0, load.cases, _AT_ONCE):
            with transaction(opened.engine, vault) as (session, staging):
                invented = Invented(session, staging, instance_id, lambda armoured: armoured, TODAY)
                for messages in counts[first : first + _AT_ONCE]:
                    _source(invented, messages, chance)
            done = min(first + _AT_ONCE, load.cases)
            print(f"\r  {done:,} of {load.cases:,} cases", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    finally:
        opened.engine.dispose()
        opened.folder.unlock()


def _counts(load: Load, chance: random.Random) -> list[int]:
    """Messages of each case, one at least: most have few, some have very many."""
    weights = [chance.paretovariate(1.2) for _ in range(load.cases)]
    over = load.messages - load.cases
    scale = over / sum(weights)
    counts = [1 + int(weight * scale) for weight in weights]
    for at in range(load.messages - sum(counts)):
        counts[at % load.cases] += 1
    return counts


def _source(invented: Invented, messages: int, chance: random.Random) -> None:
    keys = SourceKeys.from_root(random_key())
    language = chance.choice(_LANGUAGES)
    day = TODAY - chance.randrange(150)
    case: Case | None = None
    for number in range(messages):
        intake = {"danger": chance.choice(_DANGERS)} if number == 0 else {}
        header = header_for(
            keys,
            invented.instance_id,
            Kind.TEXT,
            random_id(),
            day=min(TODAY, day + number),
            sequence=number + 1,
            language=language,
            parent=NO_PARENT,
            file_name="",
            intake=intake,
        )
        case = invented.keep(header, keys, _text(chance).encode("utf-8")).of_thread.of_case
    if case is not None and chance.random() < 0.7:
        judged = Triage(danger=chance.choice(_DANGERS), device=chance.choice(("safe", "watched", "unknown")))
        writing.assess(invented.session, TODAY, LONE_SEAT, case, judged)
        writing.add_note(invented.session, TODAY, LONE_SEAT, case, _text(chance))
        writing.set_codes(invented.session, TODAY, LONE_SEAT, case, frozenset({"INT"}))


def _text(chance: random.Random) -> str:
    said = [chance.choice(_WORDS) for _ in range(chance.randrange(20, 200))]
    if chance.random() < 0.001:
        said.append(RARE)
    return " ".join(said)
