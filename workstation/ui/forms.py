"""The forms; Flask-WTF adds the token against forged requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

_PASSPHRASE_MAX = 1_024


class UnlockForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """The passphrase; the `kept_` fields carry a text that was sent while the workstation was locked."""

    passphrase = PasswordField(
        _l("Passphrase"),
        [
            DataRequired(_l("Type the passphrase.")),
            Length(max=_PASSPHRASE_MAX, message=_l("This is too long.")),
        ],
    )
    kept_thread = HiddenField()
    kept_reply = HiddenField()
    kept_language = HiddenField()
    kept_text = HiddenField()


class ReplyForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """One answer. Its length is checked by the office, so that the text is always given back."""

    text = TextAreaField(_l("Your answer"))
    language = SelectField(_l("Language of the answer"), validate_choice=False)


class ImportForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """The name of one of the listed exports."""

    export = StringField(validators=[DataRequired()])
    damaged = HiddenField()


class ReleaseForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """`newest` is the newest release on the page, so that pressing twice makes one release."""

    newest = HiddenField()
    folder = StringField()
