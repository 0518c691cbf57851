"""Who gets a case, and who is kept away from it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.assignment import REASONS
from workstation.casework.people import SKILLS
from workstation.casework.roles import NotAllowed, Permission
from workstation.errors import UnknownItem
from workstation.ui import people_texts
from workstation.ui.reasons import Reason, person_reason
from workstation.ui.station import actor, office
from workstation.ui.views import gate
from workstation.ui.views.answers import Answer

blueprint = Blueprint("assignment", __name__, url_prefix="/<lang>/case/<case_id>/people")


@blueprint.get("")
def page(case_id: str) -> Answer:
    """Who may get the case, the best first (`?skills=` says what it needs), and who is kept away."""
    return _render(case_id, None)


@blueprint.post("/assign")
def assign(case_id: str) -> Answer:
    """Gives the case to somebody, or to nobody."""
    try:
        office().cases.assign(actor(), case_id, request.form.get("person", ""))
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _render(case_id, person_reason(error.code)), 409
    flash(
        _("The case is given to that desk.") if request.form.get("person") else _("The case is nobody’s now.")
    )
    return redirect(url_for("case.page", case_id=case_id), 303)


@blueprint.post("/away")
def away(case_id: str) -> Answer:
    """Keeps somebody away: oneself, or, for a supervisor, anybody."""
    person_id = request.form.get("person") or actor().person_id.hex()
    try:
        office().assignment.keep_away(actor(), case_id, person_id, request.form.get("reason", ""))
    except (NotAllowed, UnknownItem):
        raise
    except SluisError:
        return _render(case_id, person_reason("no-reason")), 400
    flash(_("Kept away. The case is not shown to that desk any more."))
    if person_id == actor().person_id.hex():
        return redirect(gate.home_url(), 303)
    return redirect(url_for("assignment.page", case_id=case_id), 303)


@blueprint.post("/again")
def again(case_id: str) -> Answer:
    """Takes it back."""
    office().assignment.allow_again(actor(), case_id, request.form.get("person", ""))
    flash(_("That desk may read this case again."))
    return redirect(url_for("assignment.page", case_id=case_id), 303)


def _render(case_id: str, problem: Reason | None) -> str:
    desk = office().assignment
    gives = actor().may(Permission.ASSIGN_CASES)
    needed = frozenset(request.args.getlist("skills")) & frozenset(SKILLS)
    return render_template(
        "assignment.html",
        line=office().cases.view(actor(), case_id).line,
        found=desk.suggest(actor(), case_id, needed) if gives else (),
        away=desk.kept_away(actor(), case_id),
        gives=gives,
        me=actor().person_id.hex(),
        needed=needed,
        skill_names=people_texts.SKILLS,
        reasons=[(code, people_texts.AWAY[code]) for code in REASONS],
        AWAY=people_texts.AWAY,
        problem=problem,
    )
