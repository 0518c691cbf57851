"""Plain words for intake by phone or in person."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from workstation.ui.reason import AGAIN, Reason

HOW: Mapping[str, LazyString] = {"phone": _l("by phone"), "in-person": _l("in person")}

PHONE_REASONS: Mapping[str, Reason] = {
    **AGAIN,
    "bad-field": Reason(
        _l("Something is missing: what was told, its language, or how. Or the text is too long."),
        _l("Fill it in below. A text may have 20,000 characters."),
    ),
    "not-confirmed": Reason(
        _l("No codename was drawn: the box was not ticked."),
        _l("Tick it when they are there to hear it: it takes the place of the one they have."),
    ),
}
