"""What a reporter agreed to: each answer to one question, what ended, and exceptions by two people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from sluis.errors import SluisError
from workstation.casework.consent_terms import EXCEPTION_PURPOSES, FIELDS, Answered, Purpose, Terms
from workstation.casework.roles import NotAllowed
from workstation.errors import UnknownItem
from workstation.ui import agreement_texts, keeping, posted, referral_texts
from workstation.ui.case_pages import case_values
from workstation.ui.case_short import recipient_names
from workstation.ui.languages import reply_languages
from workstation.ui.reason import Reason
from workstation.ui.station import actor, office
from workstation.ui.views.answers import Answer

blueprint = Blueprint("consent", __name__, url_prefix="/<lang>/case/<case_id>/consent")
Pairs = Sequence[tuple[str, str]]


@blueprint.get("")
def page(case_id: str) -> Answer:
    """What was asked and answered, and the forms for one more answer and for an exception."""
    return _render(case_id)


@blueprint.post("")
def record(case_id: str) -> Answer:
    """An answer of a reporter; what cannot be saved is given back."""
    pairs = posted.pairs()
    values = dict(pairs)
    try:
        said = Answered(
            terms=_terms(pairs),
            answer=values.get("answer", ""),
            days=posted.number(values.get("days", ""), 0, digits=4),
            language=values.get("language", ""),
            text=values.get("text", ""),
            how=values.get("how", ""),
            message=values.get("message", ""),
            sources=frozenset(value for name, value in pairs if name == "source"),
        )
        office().consent.record(actor(), case_id, said)
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _render(case_id, agreement_texts.terms_reason(error), said=pairs), 400
    keeping.forget(case_id, keeping.AGREEMENT)
    flash(_("The answer is written down."))
    return redirect(url_for("consent.page", case_id=case_id), 303)


@blueprint.post("/end")
def end(case_id: str) -> Answer:
    """The reporter took one back."""
    try:
        office().consent.end(actor(), case_id, request.form.get("grant", ""))
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _render(case_id, agreement_texts.terms_reason(error)), 409
    flash(_("It does not count any more. Ask whoever got something under it to destroy it."))
    return redirect(url_for("consent.page", case_id=case_id), 303)


@blueprint.post("/exception")
def exception(case_id: str) -> Answer:
    """Proposes an exception in acute danger, confirms one as the second person, or drops it."""
    pairs = posted.pairs()
    values, desk = dict(pairs), office().consent
    what, proposal = values.get("do", ""), values.get("proposal", "")
    try:
        if what == "confirm":
            desk.confirm_exception(actor(), case_id, proposal)
            flash(_("Two people have decided it. It counts from now on."))
        elif what == "drop":
            desk.drop_exception(actor(), case_id, proposal)
            flash(_("Nothing comes of it."))
        else:
            days = posted.number(values.get("days", ""), 0, digits=4)
            desk.propose_exception(actor(), case_id, _terms(pairs), days, values.get("reason", ""))
            keeping.forget(case_id, keeping.EXCEPTION)
            flash(_("It is proposed. A second person has to sign in and confirm it, today or tomorrow."))
    except (NotAllowed, UnknownItem):
        raise
    except SluisError as error:
        return _render(case_id, agreement_texts.terms_reason(error), proposed=_proposal(pairs)), 409
    return redirect(url_for("consent.page", case_id=case_id, _anchor="exceptions"), 303)


def give_back(named: Mapping[str, str], fields: MultiDict[str, str], code: str) -> str:
    """The form of an answer as it was filled in, and why it was not saved."""
    pairs = list(fields.items(multi=True))
    return _render(named["case_id"], agreement_texts.again_reason(code), said=pairs)


def give_back_exception(named: Mapping[str, str], fields: MultiDict[str, str], code: str) -> str:
    """The form of an exception as it was filled in, and why it was not proposed, confirmed or dropped."""
    pairs = list(fields.items(multi=True))
    return _render(named["case_id"], agreement_texts.again_reason(code), proposed=_proposal(pairs))


def _proposal(pairs: Pairs) -> Pairs | None:
    """What was filled in of a new one; None when one that waits was confirmed or dropped."""
    return pairs if dict(pairs).get("do") == "propose" else None


def _terms(pairs: Pairs) -> Terms:
    values = dict(pairs)
    fields = frozenset(value for name, value in pairs if name == "field")
    recipient = values.get("service", "") or values.get("recipient", "")
    return Terms.of(values.get("purpose", ""), recipient, fields, values.get("shown", ""))


def _render(
    case_id: str,
    problem: Reason | None = None,
    said: Pairs | None = None,
    proposed: Pairs | None = None,
) -> str:
    """With what was filled in just now, or else with what was kept of each form."""
    view = office().cases.view(actor(), case_id)
    begun = keeping.kept(case_id, keeping.AGREEMENT) if said is None and view.workable else None
    urgent = keeping.kept(case_id, keeping.EXCEPTION) if proposed is None and view.workable else None
    pairs = said or (begun.fields if begun is not None else ())
    proposed = proposed or (urgent.fields if urgent is not None else ())
    names = recipient_names()
    return render_template(
        "consent.html",
        **case_values(view),
        consent=office().consent.view(actor(), case_id),
        values=dict(pairs),
        chosen=[value for name, value in pairs if name == "field"],
        asked=[value for name, value in pairs if name == "source"],
        proposed=dict(proposed),
        proposed_fields=[value for name, value in proposed if name == "field"],
        problem=problem,
        services=list(names.items()),
        recipient_name=lambda recipient: names.get(recipient, recipient),
        languages=reply_languages(dict(pairs).get("language", "") or view.line.language),
        purposes=[(one.value, agreement_texts.PURPOSES[one.value]) for one in Purpose],
        urgent_purposes=[(one.value, agreement_texts.PURPOSES[one.value]) for one in EXCEPTION_PURPOSES],
        fields=[(code, referral_texts.FIELDS[code]) for code in FIELDS],
        WORDS=agreement_texts,
        FIELDS=referral_texts.FIELDS,
        two_people=bool(actor().desk),
        begun=begun,
        urgent=urgent,
        keep_as=keeping.AGREEMENT,
        keep_exception_as=keeping.EXCEPTION,
    )
