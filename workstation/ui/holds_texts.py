"""Plain words for keeping a case longer, and for destroying it before its day."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.errors import SluisError
from workstation.casework.holds import BadHold
from workstation.casework.records import CaseLine
from workstation.casework.two_people import Matter
from workstation.ui import texts
from workstation.ui.agreement_texts import again_reason
from workstation.ui.reason import Reason

HOLD_REASONS: Mapping[str, LazyString] = {
    "court": _l("a court asked for it"),
    "police": _l("police or a prosecutor asked for it"),
    "complaint": _l("a complaint about us is being looked at"),
    "source-asked": _l("the reporter asked for it"),
    "other": _l("another reason"),
}

DONE: Mapping[Matter, LazyString] = {
    Matter.HOLD: _l("Two people have decided it. The case is on hold from now on."),
    Matter.LIFT: _l("Two people have decided it. The hold is lifted."),
    Matter.EARLY: _l("Two people have decided it. The case is destroyed: its key, its words and its files."),
}

_LOOK = _l("What you filled in is still below. Change it, and send it again.")
_HOLD: Mapping[str, LazyString] = {
    "code": _l("It is not chosen why the case is kept."),
    "days": _l("The last day is missing, is no day, or is not one of the 365 days after today."),
    "reason": _l("It is not written what exactly is the matter, or it has more than 2,000 characters."),
}
_NOT_OPEN = Reason(
    _l("That hold is over already, or something else has changed since."),
    _l("Look at the case as it is now."),
)
NOT_SURE = Reason(
    _l("You did not tick that it cannot be brought back."),
    _l("Read what happens. If it is right, tick the box and confirm; otherwise drop it."),
)


def hold_reason(error: SluisError) -> Reason:
    """Why nothing was proposed, confirmed or dropped."""
    if isinstance(error, BadHold):
        return Reason(_HOLD[error.what], _LOOK)
    if error.code == "bad-field":
        return Reason(_l("It is not chosen why the case is destroyed before its day."), _LOOK)
    return _NOT_OPEN if error.code == "wrong-state" else again_reason(error.code)


def kept_text(line: CaseLine, kept_until: int | None) -> str:
    """The clock of a case and its hold in one line."""
    said = [_("its clock does not run while it is open")]
    if line.closed_day is not None and line.destroy_day is not None:
        said = [
            _("closed on %(day)s", day=texts.day_text(line.closed_day)),
            _("to be destroyed from %(day)s on", day=texts.day_text(line.destroy_day)),
        ]
    if kept_until is not None:
        said.append(_("on hold up to and including %(day)s", day=texts.day_text(kept_until)))
    return "; ".join(said)
