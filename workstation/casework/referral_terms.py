"""What a counsellor chooses to pass on, what would leave, and what is kept of it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from sluis.errors import SluisError
from sluis.primitives import sha256
from workstation.casework.consent_terms import Grant
from workstation.casework.directory import Service, State, said
from workstation.sheets.sheet import Sheet, html_of
from workstation.vault import VaultKey

HOW = ("print", "pdf", "packet")
TEXT_MAX = 20_000


class NotUsable(SluisError):
    """Nobody is referred to this service now; `state` says why, `day` since when."""

    code = "not-usable"

    def __init__(self, state: State) -> None:
        super().__init__(state.value)
        self.state = state


class NothingChosen(SluisError):
    """No field has anything in it."""

    code = "nothing-chosen-to-pass-on"


class ReferralChanged(SluisError):
    """What would leave is no longer what was looked at."""

    code = "referral-changed"


class NoKey(SluisError):
    """The directory has no key of this service, so that no packet can be made for it."""

    code = "no-service-key"


@dataclass(frozen=True)
class Wanted:
    """What a counsellor wrote and chose. `language` is of the sheet; ids in hexadecimal.

    `whole` are those of the `files` that go as they are, and not as a copy without what they say of their
    making.
    """

    purpose: str = ""
    language: str = "nl"
    chosen: tuple[str, ...] = ()
    summary: str = ""
    contact: str = ""
    names: str = ""
    messages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChosenFile:
    """A file as it is called in the packet, and where it lies; `whole` as in Wanted."""

    name: str
    key: VaultKey = field(repr=False)
    size: int
    whole: bool


@dataclass(frozen=True)
class Prepared:
    """Exactly what would leave, to whom, and by which agreement; `shown` are the codes of what is on it."""

    service: Service
    grant: Grant
    sheet: Sheet
    shown: tuple[str, ...]
    files: tuple[ChosenFile, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of all that would leave (64 hexadecimal digits), the number apart."""
        files = "".join(f"{one.name} {one.key.name} {one.whole}\n" for one in self.files)
        parts = (self.service.id, self.grant.purpose.value, html_of(replace(self.sheet, number="")), files)
        return sha256("\0".join(parts).encode("utf-8")).hex()


@dataclass(frozen=True)
class Choice:
    """A service, and why nobody can be referred to it now: `why` is "", a State, or "no-consent".

    `agreed` are the purposes for which there is an agreement, each with it.
    """

    service: Service
    state: State
    why: str
    agreed: tuple[Grant, ...]


@dataclass(frozen=True)
class WrittenPacket:
    """A packet that is on a medium and was read back; `sha256` hexadecimal."""

    referral_id: str
    path: Path
    sha256: str


@dataclass(frozen=True)
class ReferralRecord:
    """One that was made. `wanted` is None once its words are gone; no `names` when the entry is gone."""

    referral_id: str
    grant_id: str
    author: str
    day: int
    service: str
    names: Mapping[str, str]
    purpose: str
    fields: tuple[str, ...]
    how: str
    sha256: str
    wanted: Wanted | None

    def name(self, language: str) -> str:
        """Of the service, in this language or in another; its id when its entry is gone."""
        return said(self.names, language) or self.service


def decoded(values: Mapping[str, object]) -> Wanted:
    """From JSON."""
    known = {one.name for one in fields(Wanted)}
    kept = {name: value for name, value in values.items() if name in known}
    return Wanted(**{name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()})  # type: ignore[arg-type]


def number_of(referral_id: bytes) -> str:
    """How it is called on the sheet."""
    digits = referral_id.hex()[:8]
    return f"{digits[:4]} {digits[4:]}"
