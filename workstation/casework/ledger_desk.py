"""The ledger for those who may read it: pages, the head to note on paper, verifying: `office.ledger`.

No method writes anything. Whose names are shown to whom: `ledger_names`.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from sluis.days import date_of
from sluis.errors import BadField
from sluis.limits import HASH_SIZE, ID_SIZE
from workstation.casework import ledger
from workstation.casework.ledger import Verdict
from workstation.casework.ledger_names import Line, lines
from workstation.casework.roles import Actor, Permission
from workstation.transaction import Work

PAGE = 50
COLUMNS = ("number", "day", "kind", "subject", "actor", "facts", "commitment", "hash")


@dataclass(frozen=True)
class Head:
    """What is noted on paper: the number of the newest entry, its day, and its hash in hexadecimal."""

    number: int
    day: int
    digest: str


@dataclass(frozen=True)
class LedgerPage:
    """One page of the entries that were asked for, newest first; `head` is that of all, None: no entry."""

    lines: tuple[Line, ...]
    page: int
    pages: int
    total: int
    head: Head | None


class LedgerDesk:
    """`work` opens a transaction. Every method may raise NotAllowed."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def page(self, actor: Actor, page: int = 1, kind: str = "", subject: str = "") -> LedgerPage:
        """Entries, of one kind and about one id (in hexadecimal) when given; raises BadField for no id."""
        actor.require(Permission.READ_LEDGER)
        about = _bytes(subject, ID_SIZE) if subject.strip() else None
        with self._work() as (session, _):
            total = ledger.count(session, subject=about, kind=kind)
            pages = max(1, -(-total // PAGE))
            page = min(max(1, page), pages)
            skip = (page - 1) * PAGE
            found = ledger.entries(session, subject=about, kind=kind, newest=PAGE, skip=skip)
            shown = lines(session, actor, found)
            return LedgerPage(shown, page, pages, total, _head(session))

    def head(self, actor: Actor) -> Head | None:
        """The head to note; None while there is no entry."""
        actor.require(Permission.READ_LEDGER)
        with self._work() as (session, _):
            return _head(session)

    def verify(self, actor: Actor, noted: str = "") -> Verdict:
        """Reads the whole chain, 100,000 entries in about three seconds; `noted` is a head as on paper.

        Raises BadField for what is no head.
        """
        actor.require(Permission.READ_LEDGER)
        head = _bytes(noted, HASH_SIZE) if noted.strip() else None
        with self._work() as (session, _):
            return ledger.verify(session, head)

    def as_csv(self, actor: Actor) -> bytes:
        """Every entry, oldest first, so that each hash can be computed again (docs/protocol.md, "Ledger").

        Codes, days and random ids; no desk and no alias. ASCII, lines and quotes as in RFC 4180.
        """
        actor.require(Permission.READ_LEDGER)
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        with self._work() as (session, _):
            for number, day, kind, subject, who, facts, commitment, digest in ledger.raw(session):
                date = date_of(day).isoformat()
                ids = (subject.hex(), who.hex())
                writer.writerow((number, date, kind, *ids, facts, commitment.hex(), digest.hex()))
        return text.getvalue().encode("ascii", "backslashreplace")


def _bytes(typed: str, size: int) -> bytes:
    """Hexadecimal digits in whatever groups; raises BadField."""
    digits = re.sub(r"[\s.:-]+", "", typed)
    if not re.fullmatch(rf"[0-9A-Fa-f]{{{2 * size}}}", digits):
        raise BadField(f"{2 * size} digits, or letters from a to f")
    return bytes.fromhex(digits)


def _head(session: Session) -> Head | None:
    newest = ledger.entries(session, newest=1)
    return Head(newest[0].number, newest[0].day, newest[0].hash.hex()) if newest else None
