"""Forms of which nothing is lost when the workstation had locked itself meanwhile, or the page was too old.

All that was filled in comes back in the same form, with why it was not saved; in between it is in an answer
to the browser only, never kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from workstation.ui import posted
from workstation.ui.views import (
    assigned_texts,
    case,
    consent,
    holds,
    options,
    phone,
    redaction,
    referral,
    translation,
)

Again = Callable[[Mapping[str, str], MultiDict[str, str], str], str]
_FORMS: Mapping[str, Again] = {
    "case.assess": case.give_back,
    "consent.exception": consent.give_back_exception,
    "consent.record": consent.give_back,
    "holds.propose": holds.give_back,
    "options.write": options.give_back,
    "phone.begin": phone.give_back,
    "phone.tell": phone.give_back_told,
    "redaction.take_out": redaction.give_back,
    "referral.send": referral.give_back,
    "texts.save": assigned_texts.give_back,
    "translation.write": translation.give_back,
}
"""What makes the form of an endpoint again: of the values in its address, its fields, the reason's code."""
GIVEN_BACK = frozenset(_FORMS)
"""The endpoints of these forms."""


def filled_in() -> str:
    """All fields of this request but the token."""
    return urlencode(posted.pairs())


def named() -> str:
    """The values in the address of this request."""
    return urlencode({name: str(value) for name, value in (request.view_args or {}).items()})


def give_back(endpoint: str, address: str, fields: str, code: str) -> str:
    """The form of this endpoint as it was filled in; raises KeyError for one that is not here."""
    return _FORMS[endpoint](_values(address), _values(fields), code)


def while_importing() -> str:
    """All that was filled in, to be sent again when the import has ended: no case can be read until then."""
    return render_template("import_first.html", pairs=posted.pairs())


def _values(encoded: str) -> MultiDict[str, str]:
    return MultiDict(
        (name, posted.unified(value)) for name, value in parse_qsl(encoded, keep_blank_values=True)
    )
