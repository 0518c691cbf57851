"""The directory of services: what an entry must say, and whether one may be used on a day (pure).

The line signs it off as a whole (sluis/directory.py). An entry that nobody has verified is shown, and cannot
be used: a wrong number sends somebody in danger to a stranger.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from sluis.days import day_of
from sluis.errors import SluisError
from sluis.limits import LAST_DAY
from workstation.casework.consent_terms import Purpose

KINDS = (
    *("emergency", "police", "anonymous-report", "crisis", "victims", "violence-at-home", "legal"),
    *("doctor", "trauma", "refugees", "compensation", "discrimination", "digital", "intelligence"),
)
PURPOSES = (Purpose.HELP, Purpose.CARE, Purpose.POLICE, Purpose.INTELLIGENCE)
SERVICES_MAX = 500
VERIFY_AFTER_DAYS = 180
_FALLBACK = "en"
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,55}\Z")
_NUMBER = re.compile(r"\+?[0-9][0-9 ()-]{0,23}\Z")
_KEY = re.compile(r"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n.+-----END PGP PUBLIC KEY BLOCK-----\s*\Z", re.S)
_SERVICE = "svc:"

_LANGUAGES = frozenset({"nl", "en"})
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
_ByLanguage = dict[str, _Words]


class BadDirectory(SluisError):
    """Not a directory. `what` is a code of what is wrong; `where` names the entry, or the field."""

    code = "bad-directory"

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"{what}: {where}" if where else what)
        self.what = what
        self.where = where


class State(StrEnum):
    """Whether an entry may be used. `OLD` may: nobody has verified it for long, and that is said."""

    USABLE = "usable"
    OLD = "old"
    EXPIRED = "expired"
    UNVERIFIED = "unverified"


@dataclass(frozen=True)
class Service:
    """One entry. `names`, `hours`, `does`, `reach` and `note` are by language; days are numbers.

    `last_verified` is None while nobody has looked whether all of it is right; `key` an armoured OpenPGP
    public key, or "".
    """

    id: str
    kind: str
    purposes: tuple[Purpose, ...]
    names: Mapping[str, str]
    telephone: tuple[str, ...]
    hours: Mapping[str, str]
    does: Mapping[str, str]
    reach: Mapping[str, str]
    note: Mapping[str, str]
    key: str
    last_verified: int | None
    expires: int

    @property
    def recipient(self) -> str:
        """As the recipient of a consent."""
        return _SERVICE + self.id

    def name(self, language: str) -> str:
        """In this language, or in another."""
        return said(self.names, language)


@dataclass(frozen=True)
class Directory:
    """`verify_after_days`: after how many days an entry says that nobody has verified it for long."""

    version: int
    verify_after_days: int
    services: tuple[Service, ...]

    def find(self, service_id: str) -> Service | None:
        """The entry with this id."""
        return next((one for one in self.services if one.id == service_id), None)

    def state(self, service: Service, today: int) -> State:
        """What it may be used for on this day; the last day still counts."""
        if service.last_verified is None:
            return State.UNVERIFIED
        if service.expires < today:
            return State.EXPIRED
        return State.OLD if today - service.last_verified > self.verify_after_days else State.USABLE

    def usable(self, service: Service, today: int) -> bool:
        """Whether somebody may be referred to it."""
        return self.state(service, today) in (State.USABLE, State.OLD)


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    kind: str
    purposes: list[str] = msgspec.field(name="for")
    names: _ByLanguage
    does: _ByLanguage
    expires: date
    telephone: list[str] = []
    hours: _ByLanguage = {}
    reach: _ByLanguage = {}
    note: _ByLanguage = {}
    openpgp: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    last_verified: date | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1, le=4_294_967_295)]
    service: Annotated[list[_Entry], msgspec.Meta(max_length=SERVICES_MAX)]
    verify_after_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = VERIFY_AFTER_DAYS


def said(words: Mapping[str, str], language: str) -> str:
    """What is said in this language, or else in English, or in any; "" where nothing is."""
    return words.get(language) or words.get(_FALLBACK) or next(iter(words.values()), "")


def service_id(recipient: str) -> str:
    """The id of the entry that is the recipient of a consent; "" when it is none."""
    return recipient.removeprefix(_SERVICE) if recipient.startswith(_SERVICE) else ""


def parse(text: str) -> Directory:
    """Raises BadDirectory, also for a field that is not known: a misspelt one would say nothing."""
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise BadDirectory("not-toml", str(error)) from error
    except msgspec.ValidationError as error:
        raise BadDirectory("field", str(error)) from error
    services = tuple(_service(one) for one in file.service)
    if len({one.id for one in services}) != len(services):
        raise BadDirectory("twice", next(one.id for one in services if _count(services, one.id) > 1))
    return Directory(file.version, file.verify_after_days, services)


def _count(services: tuple[Service, ...], wanted: str) -> int:
    return sum(one.id == wanted for one in services)


def _service(entry: _Entry) -> Service:
    if not _ID.match(entry.id):
        raise BadDirectory("id", entry.id)
    if entry.kind not in KINDS:
        raise BadDirectory("kind", entry.id)
    if not entry.purposes or not set(entry.purposes) <= set(PURPOSES):
        raise BadDirectory("for", entry.id)
    if not entry.names or not entry.does:
        raise BadDirectory("names", entry.id)
    if not {*entry.names, *entry.does, *entry.hours, *entry.reach, *entry.note} <= _LANGUAGES:
        raise BadDirectory("language", entry.id)
    if not all(map(_NUMBER.match, entry.telephone)):
        raise BadDirectory("telephone", entry.id)
    if entry.openpgp and not _KEY.match(entry.openpgp.strip()):
        raise BadDirectory("openpgp", entry.id)
    if entry.last_verified is not None and not (entry.telephone or entry.reach):
        raise BadDirectory("unreachable", entry.id)
    return Service(
        id=entry.id,
        kind=entry.kind,
        purposes=tuple(one for one in PURPOSES if one in entry.purposes),
        names=entry.names,
        telephone=tuple(entry.telephone),
        hours=entry.hours,
        does=entry.does,
        reach=entry.reach,
        note=entry.note,
        key=entry.openpgp.strip(),
        last_verified=None if entry.last_verified is None else _day(entry.last_verified, entry.id),
        expires=_day(entry.expires, entry.id),
    )


def _day(value: date, where: str) -> int:
    day = day_of(value)
    if not 0 <= day <= LAST_DAY:
        raise BadDirectory("day", where)
    return day
