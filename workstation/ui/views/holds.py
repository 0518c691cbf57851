"""Keeping a case beyond its clock, or destroying it before: one person proposes, another one decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from sluis.days import date_of, day_of
from sluis.errors import SluisError
from workstation.casework.destruction import EARLY_REASONS
from workstation.casework.holds import DAYS_MAX, HOLD_REASONS
from workstation.casework.roles import NotAllowed
from workstation.casework.two_people import Matter, Waiting
from workstation.errors import UnknownItem
from workstation.ui import agreement_texts, holds_texts, posted
from workstation.ui.case_pages import case_values
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office, station
from workstation.ui.views.answers import Answer

blueprint = Blueprint("holds", __name__)
_CASE = "/<lang>/case/<case_id>/holds"


@blueprint.get("/<lang>/to-confirm")
def to_confirm() -> Answer:
    """All that waits for a second person, of whatever case."""
    waiting = office().holds.to_confirm(actor())
    desks = office().cases.desks()
    return render_template("to_confirm.html", waiting=waiting, desks=desks, MATTERS=agreement_texts.MATTERS)


@blueprint.get(_CASE)
def page(case_id: str) -> Answer:
    """The clock, the holds, what waits, and the forms for one more proposal."""
    return _render(case_id)


@blueprint.post(_CASE)
def propose(case_id: str) -> Answer:
    """A hold, its end, or the end of the case; what cannot be proposed is given back."""
    values, desk = dict(posted.pairs()), office().holds
    try:
        if values.get("what") == "lift":
            desk.propose_lift(actor(), case_id, values.get("hold", ""))
        elif values.get("what") == "early":
            desk.propose_early_end(actor(), case_id, values.get("early", ""))
        else:
            reason, code = values.get("reason", ""), values.get("code", "")
            desk.propose_hold(actor(), case_id, _days(values.get("until", "")), reason, code)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _render(case_id, holds_texts.hold_reason(error), values), 409
    flash(_("It is proposed. A second person has to sign in and confirm it within seven days."))
    return redirect(url_for("holds.page", case_id=case_id, _anchor="waiting"), 303)


@blueprint.get(f"{_CASE}/<proposal_id>")
def look(case_id: str, proposal_id: str) -> Answer:
    """What an early destruction does, before somebody confirms it."""
    proposal = _early(case_id, proposal_id)
    if proposal is None:
        raise UnknownItem("no such proposal")
    return _render_early(case_id, proposal)


@blueprint.post(f"{_CASE}/<proposal_id>")
def decide(case_id: str, proposal_id: str) -> Answer:
    """Confirms a proposal as the second person, or drops it."""
    desk, told = office().holds, request.form.get("do", "")
    try:
        if told != "confirm":
            desk.drop(actor(), case_id, proposal_id)
            flash(_("Nothing comes of it."))
            return redirect(url_for("holds.page", case_id=case_id), 303)
        early = _early(case_id, proposal_id)
        if early is not None and request.form.get("sure") != "yes":
            return _render_early(case_id, early, holds_texts.NOT_SURE), 409
        matter = desk.confirm(actor(), case_id, proposal_id)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _render(case_id, holds_texts.hold_reason(error)), 409
    flash(str(holds_texts.DONE[matter]))
    if matter is Matter.EARLY:
        return redirect(url_for("inbox.page"), 303)
    return redirect(url_for("holds.page", case_id=case_id), 303)


def give_back(named: Mapping[str, str], fields: MultiDict[str, str], code: str) -> str:
    """The form of a proposal as it was filled in, and why nothing was proposed."""
    return _render(named["case_id"], agreement_texts.again_reason(code), fields.to_dict())


def _days(until: str) -> int:
    """How many days from today the end of a hold is; 0, which no hold has, when it is no day."""
    try:
        return day_of(date.fromisoformat(until.strip())) - station().today()
    except ValueError:
        return 0


def _early(case_id: str, proposal_id: str) -> Waiting | None:
    """This proposal, when it waits and is one to destroy the case."""
    for one in office().holds.view(actor(), case_id).waiting:
        if one.proposal_id == proposal_id and one.matter is Matter.EARLY:
            return one
    return None


def _render_early(case_id: str, proposal: Waiting, problem: Reason | None = None) -> str:
    view = office().cases.view(actor(), case_id)
    return render_template(
        "holds_early.html",
        **case_values(view),
        proposal=proposal,
        own=proposal.proposer == actor().person_id.hex(),
        EARLY=agreement_texts.EARLY,
        problem=problem,
    )


def _render(case_id: str, problem: Reason | None = None, values: Mapping[str, str] | None = None) -> str:
    view, held = office().cases.view(actor(), case_id), office().holds.view(actor(), case_id)
    today = station().today()
    return render_template(
        "holds.html",
        **case_values(view),
        held=held,
        kept_line=holds_texts.kept_text(view.line, held.kept_until),
        me=actor().person_id.hex(),
        values=values or {},
        codes=[(one, holds_texts.HOLD_REASONS[one]) for one in HOLD_REASONS],
        early=[(one, agreement_texts.EARLY[one]) for one in EARLY_REASONS],
        first_day=date_of(today + 1).isoformat(),
        last_day=date_of(today + DAYS_MAX).isoformat(),
        CODES=holds_texts.HOLD_REASONS,
        EARLY=agreement_texts.EARLY,
        MATTERS=agreement_texts.MATTERS,
        two_people=bool(actor().desk),
        problem=problem,
    )
