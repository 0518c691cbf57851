"""The two ways in."""

from __future__ import annotations

from flask import Blueprint, g, redirect, url_for

from journalist_interface.views.answers import Answer

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def start() -> Answer:
    """To the visitor's language."""
    return redirect(url_for("pages.home"), 303)


@blueprint.get("/<lang>/")
def home() -> Answer:
    """To the exports, or to the sign-in form."""
    return redirect(url_for("exports.page" if g.operator else "sign_in.page"), 303)
