"""Options that were discussed with a reporter: what, likely outcome, risk, and what doing nothing means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.kept import KeptFields
from workstation.casework.options import CHOICES, OFFERED_BY, Discussed, Prospect
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem
from workstation.ui import agreement_texts, keeping, posted
from workstation.ui.case_pages import case_values
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("options", __name__, url_prefix="/<lang>/case/<case_id>/options")


@blueprint.get("")
def page(case_id: str) -> Answer:
    """All options, and the form as far as it was filled in; `?change=` puts one of the options into it."""
    wanted = request.args.get("change", "")
    values = _words_of(case_id, wanted) if wanted else {}
    begun = keeping.kept(case_id, keeping.option_form(wanted))
    if begun is not None:
        values |= dict(begun.fields)
    return _render(case_id, values, begun=begun)


def _words_of(case_id: str, wanted: str) -> dict[str, str]:
    now = next((one.now for one in _discussed(case_id) if one.now.option_id == wanted), None)
    if now is None:
        raise UnknownItem("no such option in this case")
    return {**asdict(now.words), "offered": now.offered_by, "choice": now.choice, "option": now.option_id}


@blueprint.post("")
def write(case_id: str) -> Answer:
    """A new option, or a new version of one; what cannot be saved is given back."""
    typed = dict(posted.pairs())
    words = Prospect(*(typed.get(name, "") for name in ("what", "outcome", "risk", "nothing")))
    offered, choice = typed.get("offered", ""), typed.get("choice", "")
    try:
        office().options.write(actor(), case_id, words, offered, choice, typed.get("option", ""))
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return give_back({"case_id": case_id}, typed, error.code), 400
    keeping.forget(case_id, keeping.option_form(typed.get("option", "")))
    flash(_("The option is written down."))
    return redirect(url_for("options.page", case_id=case_id), 303)


def give_back(named: Mapping[str, str], fields: Mapping[str, str], code: str) -> str:
    """The form of an option as it was filled in, and why it was not saved."""
    return _render(named["case_id"], dict(fields), agreement_texts.option_reason(code))


def _discussed(case_id: str) -> tuple[Discussed, ...]:
    return office().options.discussed(actor(), case_id)


def _render(
    case_id: str,
    values: Mapping[str, str],
    problem: Reason | None = None,
    begun: KeptFields | None = None,
) -> str:
    return render_template(
        "options.html",
        **case_values(office().cases.view(actor(), case_id)),
        discussed=_discussed(case_id),
        values=values,
        problem=problem,
        offered_by=[(code, agreement_texts.OFFERED[code]) for code in OFFERED_BY],
        choices=[(code, agreement_texts.CHOICES[code]) for code in CHOICES],
        OFFERED=agreement_texts.OFFERED,
        CHOICES=agreement_texts.CHOICES,
        begun=begun,
        keep_as=keeping.option_form(values.get("option", "")),
    )
