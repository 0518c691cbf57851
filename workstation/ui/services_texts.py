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
from workstation.ui.referral_reasons import DIRECTORY_REASONS

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


def refusal(error: SluisError) -> Reason:
    """Why a directory was not taken in."""
    if isinstance(error, BadDirectory) and error.where:
        why = _l("It is signed, but it cannot be read at “%(where)s”.", where=error.where)
        return Reason(why, DIRECTORY_REASONS["bad-directory"].next)
    return DIRECTORY_REASONS.get(error.code) or reason(error.code)


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
