"""Rules of the office about answers: receipts, and the days on which releases leave.

Which are on is in `OfficeRule`, as for second reading; a supervisor sets them.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from sluis.errors import BadField
from workstation.casework.ledger import append
from workstation.casework.people_models import OfficeRule
from workstation.casework.roles import Actor, Permission
from workstation.rhythm import WEEKDAYS

RECEIPTS = "receipts"
RELEASE_DAYS = "release-days"


def receipts_are_on(session: Session) -> bool:
    """Whether an import answers each first message with a receipt; it does not at first."""
    return _is_on(session, RECEIPTS)


def switch_receipts(session: Session, day: int, actor: Actor, on: bool) -> None:
    """Raises NotAllowed."""
    actor.require(Permission.SET_RULES)
    session.merge(OfficeRule(name=RECEIPTS, on=on))
    append(session, day, actor, "rule-changed", facts={"rule": RECEIPTS, "on": "yes" if on else "no"})


def release_days(session: Session) -> tuple[str, ...]:
    """The fixed days (codes of WEEKDAYS, in order); none at first."""
    return tuple(one for one in WEEKDAYS if _is_on(session, _name(one)))


def fix_release_days(session: Session, day: int, actor: Actor, days: Collection[str]) -> None:
    """Exactly these; none: there is no rhythm. Raises NotAllowed, BadField."""
    actor.require(Permission.SET_RULES)
    if not set(days) <= set(WEEKDAYS):
        raise BadField("not a day of the week")
    for one in WEEKDAYS:
        session.merge(OfficeRule(name=_name(one), on=one in days))
    fixed = " ".join(one for one in WEEKDAYS if one in days)
    append(session, day, actor, "rule-changed", facts={"rule": RELEASE_DAYS, "days": fixed})


def _name(weekday: str) -> str:
    return f"release-{weekday}"


def _is_on(session: Session, name: str) -> bool:
    rule = session.get(OfficeRule, name)
    return rule is not None and rule.on
