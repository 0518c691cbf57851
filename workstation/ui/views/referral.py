"""Referring somebody: choose a service, choose what goes, look at exactly that, then print it or pack it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from sluis.errors import SluisError
from workstation.casework.referral_terms import Wanted
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem
from workstation.sheets.pdf import make_pdf
from workstation.ui import keeping, posted, referral_pages, referral_texts
from workstation.ui.medium import chosen_folder, error_of
from workstation.ui.station import actor, office, station
from workstation.ui.texts import grouped
from workstation.ui.views.answers import Answer

blueprint = Blueprint("referral", __name__, url_prefix="/<lang>/case/<case_id>/referral")


@blueprint.get("")
def page(case_id: str) -> Answer:
    """The services, why one cannot be used, and what was passed on."""
    view = office().cases.view(actor(), case_id)
    desk = office().referral
    locale = get_locale()
    return render_template(
        "referrals.html",
        line=view.line,
        workable=view.workable,
        choices=desk.choices(actor(), case_id) if view.workable else (),
        made=desk.made(actor(), case_id),
        desks=office().cases.desks(),
        language=locale.language if locale else "en",
        why=referral_texts.why_text,
        TEXTS=referral_texts,
    )


@blueprint.get("/to/<service_id>")
def write(case_id: str, service_id: str) -> Answer:
    """The form, as far as it was filled in."""
    begun = keeping.kept(case_id, keeping.referral_form(service_id))
    wanted = referral_pages.read_wanted(begun.fields) if begun is not None else None
    return referral_pages.render(case_id, service_id, wanted, begun=begun)


@blueprint.post("/to/<service_id>")
def send(case_id: str, service_id: str) -> Answer:
    """Keeps the draft, encrypted; then shows what would leave, or lets it leave."""
    pairs = posted.pairs()
    wanted, what = referral_pages.read_wanted(pairs), request.form.get("what", "")
    kept = [pair for pair in pairs if pair[0] not in ("what", "seen", "folder")]
    keeping.keep(case_id, keeping.referral_form(service_id), kept)
    if what == "save":
        flash(_("The draft is saved, encrypted. Only you see it."))
        return redirect(url_for("referral.write", case_id=case_id, service_id=service_id), 303)
    try:
        if what in ("print", "pdf", "packet"):
            return _leave(case_id, service_id, wanted, what)
        prepared = office().referral.prepare(actor(), case_id, service_id, wanted)
    except (NotAllowed, UnknownItem):
        raise
    except OSError as error:
        return referral_pages.render(
            case_id, service_id, wanted, referral_texts.refusal(error_of(error))
        ), 409
    except SluisError as error:
        return referral_pages.render(case_id, service_id, wanted, referral_texts.refusal(error)), 409
    return referral_pages.render(case_id, service_id, wanted, prepared=prepared)


def give_back(named: Mapping[str, str], fields: MultiDict[str, str], code: str) -> str:
    """The form as it was filled in, and why nothing was passed on."""
    wanted = referral_pages.read_wanted(fields.items(multi=True))
    told = referral_texts.again_reason(code)
    return referral_pages.render(named["case_id"], named["service_id"], wanted, told)


@blueprint.get("/sheet/<referral_id>")
def sheet(case_id: str, referral_id: str) -> Answer:
    """A sheet that was made, to be printed."""
    made = office().referral.sheet(actor(), case_id, referral_id)
    return render_template("referral_print.html", sheet=made, case_id=case_id)


@blueprint.get("/sheet/<referral_id>.pdf")
def pdf(case_id: str, referral_id: str) -> Answer:
    """The same as a PDF."""
    answer = Response(make_pdf(office().referral.sheet(actor(), case_id, referral_id)))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = 'attachment; filename="notes.pdf"'
    return answer


def _leave(case_id: str, service_id: str, wanted: Wanted, how: str) -> Answer:
    desk, seen = office().referral, request.form.get("seen", "")
    if how == "packet":
        folder = chosen_folder(station().settings.media, request.form.get("folder", ""))
        packet = desk.packet(actor(), case_id, service_id, wanted, seen, folder)
        flash(
            _(
                "Written to the medium as %(name)s, and read back. SHA-256: %(sha)s",
                name=packet.path.name,
                sha=grouped(packet.sha256),
            )
        )
    else:
        row_id = desk.make(actor(), case_id, service_id, wanted, seen, how)
    keeping.forget(case_id, keeping.referral_form(service_id))
    if how == "print":
        return redirect(url_for("referral.sheet", case_id=case_id, referral_id=row_id), 303)
    if how == "pdf":
        flash(_("The PDF is made. You find it below."))
    return redirect(url_for("referral.page", case_id=case_id, _anchor="made"), 303)
