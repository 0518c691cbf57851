"""What the pages about people have in common: their forms, and what they show."""

from __future__ import annotations

from flask import g, render_template, request
from flask_babel.speaklater import LazyString

from sluis.errors import BadField, SluisError
from sluis.languages import LANGUAGE_NAMES
from workstation.casework.people import SKILLS
from workstation.casework.roles import Permission, Role
from workstation.errors import UnknownItem
from workstation.ui import people_texts
from workstation.ui.forms import PersonForm
from workstation.ui.languages import language_name
from workstation.ui.reasons import Reason
from workstation.ui.station import actor, office, station

HANDOUT = "handout"


class Differs(SluisError):
    """The two passphrases are not the same."""

    code = "differs"


def chosen_roles() -> frozenset[Role]:
    """The roles that were ticked; raises BadField."""
    try:
        return frozenset(map(Role, request.form.getlist("roles")))
    except ValueError as error:
        raise BadField("no such role") from error


def new_passphrase(form: PersonForm) -> tuple[str, str]:
    """(the passphrase, the same if it was drawn here and has to be shown, else ""); raises Differs."""
    if form.draw.data == "yes":
        drawn = station().settings.draw(g.get("lang") or "en")
        return drawn, drawn
    if form.passphrase.data != form.again.data:
        raise Differs("the two passphrases are not the same")
    return form.passphrase.data or "", ""


def render_people(problem: Reason | None) -> str:
    """Everybody, and the rule of the second reader."""
    people = office().people
    return render_template(
        "people.html",
        people=people.all(actor()),
        second_reading=people.second_reading(),
        sets_rules=actor().may(Permission.SET_RULES),
        manages=actor().may(Permission.MANAGE_PEOPLE),
        problem=problem,
        skill_names=people_texts.SKILLS,
    )


def begun(form: PersonForm, problem: Reason | None) -> str:
    """The page for somebody new, with what was chosen so far; no passphrase is given back."""
    return render_template("people_new.html", form=form, problem=problem, chosen=_chosen(), **_lists())


def render_person(person_id: str, problem: Reason | None) -> str:
    """Somebody, and what can be changed; raises UnknownItem."""
    for one in office().people.all(actor()):
        if one.person_id == person_id and one.active:
            chosen = {"roles": one.roles, "skills": one.skills, "languages": one.languages}
            mine = actor().person_id.hex() == person_id
            return render_template(
                "people_person.html",
                one=one,
                mine=mine,
                form=PersonForm(formdata=None),
                problem=problem,
                chosen=chosen,
                **_lists(),
            )
    raise UnknownItem("no such person")


def _chosen() -> dict[str, list[str]]:
    return {name: request.form.getlist(name) for name in ("roles", "skills", "languages")}


def _lists() -> dict[str, list[tuple[str, LazyString | str, LazyString | str]]]:
    """(code, words, hint) of every box that can be ticked."""
    spoken = [(code, language_name(code), own) for code, own in LANGUAGE_NAMES.items()]
    return {
        "role_boxes": [(role.value, *words) for role, words in people_texts.ROLES.items()],
        "skill_boxes": [(code, people_texts.SKILLS[code], "") for code in SKILLS],
        "language_boxes": [(code, name, own if own != name else "") for code, name, own in spoken],
    }
