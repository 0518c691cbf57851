"""The ledger: its entries in plain words, the head to note on paper, and verifying."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from sluis.errors import BadField
from workstation.ui import ledger_texts
from workstation.ui.ledger_texts import Result
from workstation.ui.posted import number
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("ledger", __name__, url_prefix="/<lang>/ledger")


@blueprint.get("")
def page() -> Answer:
    """A page of entries, of one kind or about one id when that is asked."""
    kind, subject = request.args.get("kind", ""), request.args.get("subject", "")
    try:
        return _render(kind, subject)
    except BadField:
        return _render(kind, "", typed_id=subject, problem=ledger_texts.NO_ID), 400


@blueprint.post("/verify")
def verify() -> Answer:
    """Reads the whole chain."""
    noted = request.form.get("head", "")
    try:
        found = office().ledger.verify(actor(), noted)
    except BadField:
        return _render("", "", noted=noted, problem=ledger_texts.NO_HEAD), 400
    return _render("", "", noted=noted, result=ledger_texts.result_text(found))


def _render(
    kind: str,
    subject: str,
    *,
    typed_id: str = "",
    noted: str = "",
    problem: Reason | None = None,
    result: Result | None = None,
) -> str:
    wanted = number(request.args.get("page", ""), 1, digits=6)
    return render_template(
        "ledger.html",
        ledger=office().ledger.page(actor(), wanted, kind, subject),
        kind=kind,
        subject=subject or typed_id,
        noted=noted,
        problem=problem,
        result=result,
        kinds=ledger_texts.kind_choices(),
        what=ledger_texts.kind_text,
        who=ledger_texts.party_text,
        facts=ledger_texts.facts_text,
    )
