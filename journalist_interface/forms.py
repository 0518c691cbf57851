"""The forms of the site; Flask-WTF adds the token against forged requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FileField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

_FIELD_MAX = 512  # keeps what is hashed small


class SignInForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """Desk name, passphrase, one-time code."""

    alias = StringField(
        _l("Desk name"),
        [DataRequired(_l("Type your desk name.")), Length(max=_FIELD_MAX, message=_l("This is too long."))],
    )
    passphrase = PasswordField(
        _l("Passphrase"),
        [DataRequired(_l("Type your passphrase.")), Length(max=_FIELD_MAX, message=_l("This is too long."))],
    )
    code = StringField(
        _l("Code from your app"),
        [
            DataRequired(_l("Type the six digits that your app shows.")),
            Length(max=_FIELD_MAX, message=_l("This is too long.")),
        ],
    )


class ExportForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """One button; `newest` is the newest export on the page, so that pressing twice makes one export."""

    newest = HiddenField()


class ReleaseForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """One file."""

    release = FileField(_l("Release file"))
