"""Import: choose an export, watch it being taken in, read the report."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for

from sluis.errors import SluisError
from workstation.ui.forms import ImportForm
from workstation.ui.medium import find_export, find_exports
from workstation.ui.reasons import Reason, import_reason
from workstation.ui.station import office, station
from workstation.ui.views.answers import Answer

blueprint = Blueprint("imports", __name__, url_prefix="/<lang>/import")


@blueprint.get("")
def page() -> Answer:
    """The exports on the media, and the last imports."""
    return _render(None)


@blueprint.post("")
def start() -> Answer:
    """Starts the import of the chosen export."""
    form = ImportForm()
    made = station()
    if not form.validate_on_submit():
        return _render(import_reason("nothing-chosen")), 400
    try:
        export = find_export(made.settings.media, form.export.data or "")
        made.holder.start_import(export, accept_damaged=form.damaged.data == "accept")
    except SluisError as error:
        return _render(import_reason(error.code)), 409
    return redirect(url_for("imports.progress"), 303)


@blueprint.get("/progress")
def progress() -> Answer:
    """How far the import is; the page asks for itself again until it has ended."""
    job = station().holder.job
    if job is None:
        return redirect(url_for("imports.page"), 303)
    if job.ended.is_set():
        return redirect(url_for("imports.report"), 303)
    return render_template("import_progress.html", job=job)


@blueprint.get("/report")
def report() -> Answer:
    """What became of the last import."""
    job = station().holder.job
    if job is None:
        return redirect(url_for("imports.page"), 303)
    if not job.ended.is_set():
        return redirect(url_for("imports.progress"), 303)
    told = import_reason(job.code) if job.code else None
    return render_template("import_report.html", job=job, report=job.report, problem=told)


def _render(problem: Reason | None) -> str:
    try:
        exports = find_exports(station().settings.media)
    except SluisError:
        exports = ()
    return render_template(
        "import.html",
        exports=exports,
        recent=office().imports.recent(),
        problem=problem,
        media=station().settings.media,
    )
