"""Plain words for the directory of services, and why one is not taken in."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.errors import SluisError
from workstation.casework.consent_terms import Purpose
from workstation.casework.directory import BadDirectory, Directory, Service, State
from workstation.ui import texts
from workstation.ui.reason import Reason
from workstation.ui.reasons import reason

KINDS: Mapping[str, LazyString] = {
    "emergency": _l("In danger now"),
    "police": _l("Police"),
    "anonymous-report": _l("Reporting a crime without a name"),
    "crisis": _l("Thoughts of suicide"),
    "victims": _l("Support for victims"),
    "violence-at-home": _l("Violence at home"),
    "legal": _l("Legal advice"),
    "doctor": _l("Doctor and mental health"),
    "trauma": _l("After violence and persecution"),
    "refugees": _l("Refugees"),
    "compensation": _l("Payments to victims"),
    "discrimination": _l("Discrimination"),
    "digital": _l("Devices and accounts"),
    "intelligence": _l("Intelligence service"),
}

PURPOSES: Mapping[Purpose, LazyString] = {
    Purpose.HELP: _l("help"),
    Purpose.CARE: _l("care"),
    Purpose.POLICE: _l("police"),
    Purpose.INTELLIGENCE: _l("intelligence service"),
}

_NEXT = _l("Nothing has changed. Ask whoever gave you the medium for the newest directory.")
_WRITER = _l("Nothing has changed. Ask whoever wrote the directory to mend it, and to sign it again.")
REASONS: Mapping[str, Reason] = {
    "rolled-back": Reason(
        _l("This directory is older than the one that is held here. A number in it may be wrong by now."),
        _NEXT,
    ),
    "forked": Reason(
        _l("Another directory with this version was taken in before. One of the two is not what it says."),
        _l("Nothing has changed. Tell the supervisor, and keep the medium."),
    ),
    "bad-signature": Reason(
        _l("Its signature does not fit: it was changed after it was signed, or another line signed it."),
        _l("Nothing has changed. Do not use a number from it. Tell the supervisor, and keep the medium."),
    ),
    "wrong-instance": Reason(_l("It was signed for another line."), _NEXT),
    "expired": Reason(_l("It was signed with a key that did not count on that day."), _NEXT),
    "not-ours": Reason(_l("This file is no signed directory."), _NEXT),
    "unknown-version": Reason(
        _l("It was written by a newer version of this program."),
        _l("Ask whoever looks after the workstation to renew the program."),
    ),
    "truncated": Reason(_l("The file ends too early: it was not copied whole."), _NEXT),
    "trailing-bytes": Reason(_l("Something follows after the end of the directory."), _NEXT),
    "too-large": Reason(_l("The file is larger than any directory may be."), _NEXT),
    "bad-field": Reason(_l("A part of the file holds what cannot be there."), _NEXT),
    "bad-directory": Reason(_l("It is signed, but an entry in it cannot be read."), _WRITER),
    "medium-gone": Reason(
        _l("The file is no longer there."), _l("Put the medium in again, then look at this page again.")
    ),
}


def refusal(error: SluisError) -> Reason:
    """Why a directory was not taken in."""
    if isinstance(error, BadDirectory) and error.where:
        why = _l("It is signed, but it cannot be read at “%(where)s”.", where=error.where)
        return Reason(why, _WRITER)
    return REASONS.get(error.code) or reason(error.code)


def state_text(directory: Directory, service: Service, today: int) -> str:
    """Whether an entry can be used, and the day on which that hangs."""
    state = directory.state(service, today)
    verified = texts.day_text(service.last_verified) if service.last_verified is not None else ""
    if state is State.UNVERIFIED:
        return str(_("Nobody has verified this entry yet, so it cannot be used."))
    if state is State.EXPIRED:
        day = texts.day_text(service.expires)
        return str(_("Its last day was %(day)s, so it cannot be used any more.", day=day))
    if state is State.OLD:
        return str(
            _("Last verified on %(day)s: that is long ago. Call first, before you name it.", day=verified)
        )
    return str(_("Verified on %(day)s.", day=verified))
