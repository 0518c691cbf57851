"""The inbox: one line for each case, the most urgent first, and what needs attention."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from workstation.casework.records import CaseList
from workstation.ui.attention import attention
from workstation.ui.posted import number
from workstation.ui.station import actor, office, station
from workstation.ui.views.answers import Answer

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/<lang>/")
def page() -> Answer:
    """Open cases, a page of them."""
    opened = office()
    warnings = attention(opened.info, opened.releases.queued(), station().today())
    found, waiting = opened.cases.inbox(actor(), _number()), opened.holds.to_confirm(actor())
    others = [one for one in waiting if not one.mine]
    return _render("inbox.html", found, warnings=warnings, to_confirm=len(others))


@blueprint.get("/<lang>/closed")
def closed() -> Answer:
    """Closed cases, by the day on which their time is over."""
    return _render("closed.html", office().cases.closed(actor(), _number()))


def _number() -> int:
    return number(request.args.get("page", ""), 1, digits=6)


def _render(template: str, found: CaseList, **rest: object) -> str:
    return render_template(
        template,
        cases=found,
        today=station().today(),
        me=actor().person_id.hex(),
        desks=office().cases.desks(),
        **rest,
    )
