"""Which permission each page and button asks for: one table, read before every view (docs/roles.md).

A page that is not in it is open to nobody but a lone seat, and the test of the table fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workstation.casework.roles import LONE_SEAT, Actor, Permission

_READ: Final = frozenset({Permission.READ_OWN_CASES, Permission.READ_ALL_CASES})
_WORK: Final = frozenset({Permission.WORK_ON_CASES})
_PEOPLE: Final = frozenset({Permission.MANAGE_PEOPLE})
_TWO: Final = frozenset({Permission.SECOND_READING})
_TEXTS: Final = frozenset({Permission.READ_ASSIGNED_TEXT})
_SIGNED_IN: Final[frozenset[Permission]] = frozenset()

# Before anybody has signed in.
PUBLIC: Final = frozenset({"static", "pages.idle_style", "pages.start", "unlock.page"})

# Any one of these permissions is enough; none at all: whoever signed in.
NEEDS: Final[Mapping[str, frozenset[Permission]]] = {
    "about.page": _SIGNED_IN,
    "assignment.again": frozenset({Permission.ASSIGN_CASES}),
    "assignment.assign": frozenset({Permission.ASSIGN_CASES}),
    "assignment.away": _WORK,
    "assignment.page": _WORK,
    "case.assess": _WORK,
    "case.assign": _WORK,
    "case.end": _READ,
    "case.finish": _WORK,
    "case.finish_task": _WORK,
    "case.go": _WORK,
    "case.join": _WORK,
    "case.page": _READ,
    "case.remove_note": _WORK,
    "case.together": _READ,
    "case.triage": _READ,
    "consent.end": _WORK,
    "consent.exception": _WORK,
    "consent.page": _WORK,
    "consent.record": _WORK,
    "files.download": _READ,
    "files.look": _READ,
    "files.picture": _READ,
    "files.strip": _WORK,
    "files.stripped": _READ,
    "holds.decide": _TWO,
    "holds.look": _TWO,
    "holds.page": _TWO,
    "holds.propose": _TWO,
    "holds.to_confirm": _TWO,
    "imports.page": frozenset({Permission.IMPORT}),
    "imports.progress": frozenset({Permission.IMPORT}),
    "imports.report": frozenset({Permission.IMPORT}),
    "imports.start": frozenset({Permission.IMPORT}),
    "inbox.closed": _READ,
    "inbox.page": _READ,
    "keeping.keep": _WORK,
    "keeping.throw_away": _WORK,
    "ledger.page": frozenset({Permission.READ_LEDGER}),
    "ledger.verify": frozenset({Permission.READ_LEDGER}),
    "muting.change": _WORK,
    "muting.page": _WORK,
    "options.page": _WORK,
    "options.write": _WORK,
    "people.abilities": _PEOPLE,
    "people.access": _PEOPLE,
    "people.handed_over": _PEOPLE,
    "people.handout": _PEOPLE,
    "people.leave": _PEOPLE,
    "people.new": _PEOPLE,
    "people.page": frozenset({Permission.MANAGE_PEOPLE, Permission.ASSIGN_CASES, Permission.SET_RULES}),
    "people.person": _PEOPLE,
    "people.picture": _PEOPLE,
    "people.roles": _PEOPLE,
    "people.second_reading": frozenset({Permission.SET_RULES}),
    "person.passphrase": _SIGNED_IN,
    "phone.begin": _WORK,
    "phone.case": _WORK,
    "phone.codename": _WORK,
    "phone.draw_again": _WORK,
    "phone.handed_over": _WORK,
    "phone.keep": _WORK,
    "phone.page": _WORK,
    "phone.tell": _WORK,
    "phone.throw_away": _WORK,
    "redaction.message": _WORK,
    "redaction.page": _WORK,
    "redaction.take_out": _WORK,
    "referral.page": _WORK,
    "referral.pdf": _WORK,
    "referral.send": _WORK,
    "referral.sheet": _WORK,
    "referral.write": _WORK,
    "releases.make": frozenset({Permission.MAKE_RELEASE}),
    "releases.page": frozenset({Permission.MAKE_RELEASE}),
    "releases.report": frozenset({Permission.MAKE_RELEASE, Permission.CARRY_MEDIA}),
    "releases.write": frozenset({Permission.MAKE_RELEASE}),
    "rules.page": frozenset({Permission.SET_RULES}),
    "rules.receipts": frozenset({Permission.SET_RULES}),
    "rules.release_days": frozenset({Permission.SET_RULES}),
    "rules.sheet_heading": frozenset({Permission.SET_RULES}),
    "search.find": _READ,
    "search.page": _READ,
    "search.progress": _READ,
    "services.page": _READ | {Permission.IMPORT},
    "services.take_in": frozenset({Permission.IMPORT}),
    "texts.keep": _TEXTS,
    "texts.page": _TEXTS,
    "texts.save": _TEXTS,
    "texts.text": _TEXTS,
    "thread.approve": frozenset({Permission.SECOND_READING}),
    "thread.page": _READ,
    "thread.put_template": _WORK,
    "thread.save": _WORK,
    "thread.withdraw": _WORK,
    "translation.answer": _WORK,
    "translation.ask": _WORK,
    "translation.go": _WORK,
    "translation.message": _WORK,
    "translation.take_back": _WORK,
    "translation.take_over": _WORK,
    "translation.write": _WORK,
    "unlock.lock": _SIGNED_IN,
}

# Where somebody begins: the first of these that is theirs.
_HOMES = ("inbox.page", "people.page", "imports.page", "ledger.page", "texts.page", "about.page")


def allowed(actor: Actor, endpoint: str) -> bool:
    """Whether this person may open this page, or press this button."""
    if actor == LONE_SEAT:
        return True
    wanted = NEEDS.get(endpoint)
    return wanted is not None and (not wanted or any(map(actor.may, wanted)))


def home(actor: Actor | None) -> str:
    """The endpoint at which this person begins; the inbox, which asks to sign in, for nobody."""
    return next((one for one in _HOMES if actor is None or allowed(actor, one)), "about.page")
