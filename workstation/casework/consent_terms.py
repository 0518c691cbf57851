"""What a source can be asked to agree to, in codes, and which combinations make no sense (pure).

Each question is asked for one purpose and one recipient: a yes to one is a yes to nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from sluis.errors import SluisError
from sluis.languages import LANGUAGE_NAMES


class Purpose(StrEnum):
    """What something is passed on for."""

    HELP = "help"
    CARE = "care"
    POLICE = "police"
    INTELLIGENCE = "intelligence"
    SIGNAL = "signal"
    QUOTATION = "quotation"


class Identifiability(StrEnum):
    """Whether whoever gets it can tell who it is about."""

    NAMED = "named"
    DESCRIBED = "described"
    ANONYMOUS = "anonymous"


class Answer(StrEnum):
    """What the source said; "later" is "ask me again"."""

    YES = "yes"
    NO = "no"
    LATER = "later"


class How(StrEnum):
    """How the source said so."""

    MESSAGE = "message"
    PHONE = "phone"
    IN_PERSON = "in-person"


FIELDS: tuple[str, ...] = (
    *("alias", "language", "summary", "words", "contact", "names", "files", "codes", "triage"),
)
"""What can be passed on of a case; each is agreed to by itself."""

# The periodic analysis has no recipient that anybody could choose, and takes nothing but codes.
SIGNAL_RECIPIENT = "signals"
SIGNAL_FIELDS = frozenset({"language", "codes", "triage"})
# For what danger to a life can need within hours; never for a quotation, an analysis or a service's interest.
EXCEPTION_PURPOSES = (Purpose.HELP, Purpose.CARE, Purpose.POLICE)
YES_DAYS_MAX = 365
EXCEPTION_DAYS_MAX = 7
RECIPIENT_MAX = 120
TEXT_MAX = 8_000
_NAMING = frozenset({"names", "contact"})
_SERVICE = re.compile(r"svc:[a-z0-9][a-z0-9.-]{0,59}\Z")


class NoConsent(SluisError):
    """No source agreed to this, or not to this much, or not any more."""

    code = "no-consent"


class BadTerms(SluisError):
    """Not something that can be agreed to; `what` is the code of what is wrong with it."""

    code = "bad-terms"

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Grant:
    """What may be passed on to whom, up to and including `expiry_day`; `exception`: without consent."""

    grant_id: str
    purpose: Purpose
    recipient: str
    fields: frozenset[str]
    identifiability: Identifiability
    expiry_day: int
    exception: bool


@dataclass(frozen=True)
class Terms:
    """One question: for what, to whom ("svc:<id>" of the directory of services, or a name), what, and how."""

    purpose: Purpose
    recipient: str
    fields: frozenset[str]
    identifiability: Identifiability

    @staticmethod
    def of(purpose: str, recipient: str, fields: frozenset[str], identifiability: str) -> Terms:
        """From codes; raises BadTerms for what is missing, unknown, or says two things at once."""
        if purpose not in set(Purpose) or identifiability not in set(Identifiability):
            raise BadTerms("unknown")
        made = Terms(
            Purpose(purpose),
            SIGNAL_RECIPIENT if purpose == Purpose.SIGNAL else plain(recipient),
            fields,
            Identifiability(identifiability),
        )
        made._check()
        return made

    def _check(self) -> None:
        if not 1 <= len(self.recipient) <= RECIPIENT_MAX:
            raise BadTerms("recipient")
        if self.recipient.startswith("svc:") and not _SERVICE.match(self.recipient):
            raise BadTerms("recipient")
        if not self.fields or not self.fields <= set(FIELDS):
            raise BadTerms("fields")
        if self.purpose is Purpose.SIGNAL:
            if self.identifiability is not Identifiability.ANONYMOUS or not self.fields <= SIGNAL_FIELDS:
                raise BadTerms("signal")
        elif self.identifiability is not Identifiability.NAMED and self.fields & _NAMING:
            raise BadTerms("naming")


@dataclass(frozen=True)
class Answered:
    """What a source said to one question. `sources` are ids of conversations (hexadecimal).

    `days` from today: how long a yes counts, or when to ask again. `message` is the id of the message in
    which the source said so, when `how` is "message". `text`: exactly what the source saw or heard.
    """

    terms: Terms
    answer: str
    days: int
    language: str
    text: str
    how: str
    message: str
    sources: frozenset[str]


def plain(recipient: str) -> str:
    """A typed name without what nobody sees: in NFC, one space between words."""
    return " ".join(unicodedata.normalize("NFC", recipient).split())


def same_recipient(one: str, other: str) -> bool:
    """Whether two names are one, however they were typed."""
    return _folded(one) == _folded(other)


def check_text(language: str, text: str) -> None:
    """The words that the source saw or heard, and their language; raises BadTerms."""
    if language not in LANGUAGE_NAMES:
        raise BadTerms("language")
    if not text.strip() or len(text) > TEXT_MAX:
        raise BadTerms("text")


def joined(fields: frozenset[str]) -> str:
    """In the order of FIELDS, as it is kept."""
    return " ".join(one for one in FIELDS if one in fields)


def _folded(recipient: str) -> str:
    return plain(unicodedata.normalize("NFKC", recipient)).casefold()
