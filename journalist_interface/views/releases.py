"""Taking in a release from the workstation."""

from __future__ import annotations

import hashlib

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from journalist_interface.events import Event, report
from journalist_interface.forms import ReleaseForm
from journalist_interface.texts import release_reason
from journalist_interface.views.answers import Answer
from journalist_interface.views.gate import site
from sluis.errors import SluisError

blueprint = Blueprint("releases", __name__, url_prefix="/<lang>/release")


@blueprint.route("", methods=["GET", "POST"])
def page() -> Answer:
    """The form; and what came of the file that was sent with it."""
    if request.method != "POST":
        return render_template(
            "release.html", form=ReleaseForm(), taken_in=session.pop("taken_in", None), problem=None
        )
    sent = request.files.get("release")
    data = sent.read() if sent else b""
    if not data:
        return _refused("no-file")
    try:
        done = site().client.import_release(data)
    except SluisError as error:
        return _refused(error.code, hashlib.sha256(data).hexdigest())
    report(Event.RELEASE_TAKEN_IN)
    session["taken_in"] = (done.sequence, tuple(done.freed_serials), hashlib.sha256(data).hexdigest())
    return redirect(url_for("releases.page"), 303)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Answer:
    """Larger than any release."""
    return _refused("too-large")


def _refused(code: str, digest: str = "") -> tuple[str, int]:
    report(Event.RELEASE_REFUSED, code)
    status = {"mailroom-down": 503, "disk-full": 507, "too-large": 413}.get(code, 422)
    return (
        render_template(
            "release.html",
            form=ReleaseForm(formdata=None),
            taken_in=None,
            problem=release_reason(code),
            digest=digest,
        ),
        status,
    )
