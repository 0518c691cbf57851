"""The directory of services: who there is, whether each can be used, and taking a newer one in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from sluis.errors import SluisError
from workstation.casework.directory import KINDS, said
from workstation.casework.roles import NotAllowed
from workstation.ui import services_texts
from workstation.ui.medium import DIRECTORY, MediumGone, error_of, find_export, find_exports
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office, station
from workstation.ui.views.answers import Answer

blueprint = Blueprint("services", __name__, url_prefix="/<lang>/services")


@blueprint.get("")
def page() -> Answer:
    """All entries by what they are for, with the state of each."""
    return _render(None)


@blueprint.post("")
def take_in() -> Answer:
    """Takes a signed directory in from a medium."""
    try:
        file = find_export(station().settings.media, request.form.get("file", ""), DIRECTORY)
        made = office().directory.take_in(actor(), file.path.read_bytes())
    except NotAllowed:
        raise
    except OSError as error:
        return _render(services_texts.refusal(error_of(error))), 409
    except SluisError as error:
        return _render(services_texts.refusal(error)), 409
    flash(_("Taken in: version %(version)s of the directory.", version=made.version))
    return redirect(url_for("services.page"), 303)


def _render(problem: Reason | None) -> str:
    held = office().directory.held()
    today = station().today()
    locale = get_locale()
    services = held.directory.services if held is not None else ()
    groups = [
        (services_texts.KINDS[kind], [one for one in services if one.kind == kind])
        for kind in KINDS
        if any(one.kind == kind for one in services)
    ]
    try:
        files = find_exports(station().settings.media, DIRECTORY)
    except MediumGone:
        files = ()
    return render_template(
        "services.html",
        held=held,
        groups=groups,
        states={one.id: services_texts.state_text(held.directory, one, today) for one in services}
        if held is not None
        else {},
        usable={one.id for one in services if held is not None and held.directory.usable(one, today)},
        said=said,
        language=locale.language if locale else "en",
        purposes=services_texts.PURPOSES,
        files=files,
        problem=problem,
    )
