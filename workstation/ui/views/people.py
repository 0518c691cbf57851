"""People: who signs in here, what they may, and what they take along."""

from __future__ import annotations

import io

import segno
from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.people import NewPerson
from workstation.casework.people_desk import Handout
from workstation.errors import UnknownItem
from workstation.signing_in import desk_name
from workstation.ui.forms import PersonForm
from workstation.ui.people_pages import (
    HANDOUT,
    begun,
    chosen_roles,
    new_passphrase,
    render_people,
    render_person,
)
from workstation.ui.reasons import person_reason
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("people", __name__, url_prefix="/<lang>/people")


@blueprint.get("")
def page() -> Answer:
    """Everybody, and the rule of the second reader."""
    return render_people(None)


@blueprint.post("/second-reading")
def second_reading() -> Answer:
    """Switches the rule on or off."""
    on = request.form.get("on") == "yes"
    try:
        office().people.set_second_reading(actor(), on)
    except SluisError as error:
        return render_people(person_reason(error.code)), 409
    flash(_("From now on somebody else approves.") if on else _("From now on an author may approve."))
    return redirect(url_for("people.page"), 303)


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Answer:
    """Somebody new; what they take along is shown next."""
    form = PersonForm()
    if request.method == "GET":
        return begun(form, None)
    entered = NewPerson(
        desk_name(form.desk.data or ""),
        chosen_roles(),
        frozenset(request.form.getlist("skills")),
        frozenset(request.form.getlist("languages")),
    )
    try:
        passphrase, drawn = new_passphrase(form)
        made = office().people.add(actor(), entered, passphrase)
    except SluisError as error:
        return begun(form, person_reason(error.code)), 400
    return _hand_out(made, drawn)


@blueprint.get("/person/<person_id>")
def person(person_id: str) -> Answer:
    """Somebody, and what can be changed."""
    return render_person(person_id, None)


@blueprint.post("/person/<person_id>/roles")
def roles(person_id: str) -> Answer:
    """What somebody may from their next sign-in on."""
    try:
        office().people.set_roles(actor(), person_id, chosen_roles())
    except UnknownItem:
        raise
    except SluisError as error:
        return render_person(person_id, person_reason(error.code)), 409
    flash(_("The roles are changed."))
    return redirect(url_for("people.person", person_id=person_id), 303)


@blueprint.post("/person/<person_id>/abilities")
def abilities(person_id: str) -> Answer:
    """What somebody has learnt and speaks."""
    skills, languages = request.form.getlist("skills"), request.form.getlist("languages")
    office().people.set_abilities(actor(), person_id, skills, languages)
    flash(_("Skills and languages are changed."))
    return redirect(url_for("people.person", person_id=person_id), 303)


@blueprint.post("/person/<person_id>/access")
def access(person_id: str) -> Answer:
    """A new passphrase and a new secret, for who forgot the one or lost the other."""
    try:
        passphrase, drawn = new_passphrase(PersonForm())
        made = office().people.renew_access(actor(), person_id, passphrase)
    except UnknownItem:
        raise
    except SluisError as error:
        return render_person(person_id, person_reason(error.code)), 409
    return _hand_out(made, drawn)


@blueprint.post("/person/<person_id>/leave")
def leave(person_id: str) -> Answer:
    """Ends somebody's access."""
    if request.form.get("sure") != "yes":
        return render_person(person_id, person_reason("not-confirmed")), 400
    try:
        office().people.deactivate(actor(), person_id)
    except UnknownItem:
        raise
    except SluisError as error:
        return render_person(person_id, person_reason(error.code)), 409
    flash(_("That desk opens nothing here any more."))
    return redirect(url_for("people.page"), 303)


@blueprint.get("/handout")
def handout() -> Answer:
    """What somebody takes along, until it is confirmed; it is in the memory of this session only."""
    kept = session.get(HANDOUT)
    if kept is None:
        return redirect(url_for("people.page"), 303)
    return render_template("people_handout.html", kept=kept)


@blueprint.get("/handout/code.png")
def picture() -> Answer:
    """The secret as a QR code."""
    kept = session.get(HANDOUT)
    if kept is None:
        raise UnknownItem("nothing to hand out")
    drawn = io.BytesIO()
    segno.make(kept["uri"], error="m").save(drawn, kind="png", scale=6, border=4)
    return Response(drawn.getvalue(), mimetype="image/png")


@blueprint.post("/handout")
def handed_over() -> Answer:
    """Forgets it."""
    session.pop(HANDOUT, None)
    return redirect(url_for("people.page"), 303)


def _hand_out(made: Handout, drawn: str) -> Answer:
    session[HANDOUT] = {
        "desk": made.desk,
        "uri": made.uri(office().info.instance_name),
        "secret": made.secret,
        "passphrase": drawn,
    }
    return redirect(url_for("people.handout"), 303)
