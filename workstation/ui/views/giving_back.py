"""Forms of which nothing is lost when the workstation had locked itself meanwhile, or the page was too old.

All that was filled in comes back in the same form, with why it was not saved; in between it is in an answer
to the browser only, never kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from workstation.ui import posted
from workstation.ui.views import assigned_texts, case, phone, translation

Again = Callable[[Mapping[str, str], MultiDict[str, str], str], str]
_FORMS: Mapping[str, Again] = {
    "case.assess": case.give_back,
    "phone.begin": phone.give_back,
    "phone.tell": phone.give_back_told,
    "texts.save": assigned_texts.give_back,
    "translation.write": translation.give_back,
}
"""What makes the form of an endpoint again: of the values in its address, its fields, the reason's code."""


def filled_in() -> str:
    """All fields of this request but the token."""
    return urlencode(posted.pairs())


def named() -> str:
    """The values in the address of this request."""
    return urlencode({name: str(value) for name, value in (request.view_args or {}).items()})


def give_back(endpoint: str, address: str, fields: str, code: str) -> str:
    """The form of this endpoint as it was filled in; raises KeyError for one that is not here."""
    return _FORMS[endpoint](_values(address), _values(fields), code)


def _values(encoded: str) -> MultiDict[str, str]:
    return MultiDict(
        (name, posted.unified(value)) for name, value in parse_qsl(encoded, keep_blank_values=True)
    )
