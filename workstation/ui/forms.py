"""The forms; Flask-WTF adds the token against forged requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

_PASSPHRASE_MAX = 1_024
_DESK_TYPED_MAX = 64


class UnlockForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """Who it is; the `kept_` fields carry a text that was sent while the workstation was locked.

    Desk and one-time code are asked for once there are people.
    """

    desk = StringField(_l("Desk"), [Length(max=_DESK_TYPED_MAX, message=_l("This is too long."))])
    passphrase = PasswordField(
        _l("Passphrase"),
        [
            DataRequired(_l("Type the passphrase.")),
            Length(max=_PASSPHRASE_MAX, message=_l("This is too long.")),
        ],
    )
    one_time = StringField(
        _l("One-time code"), [Length(max=_DESK_TYPED_MAX, message=_l("This is too long."))]
    )
    kept_thread = HiddenField()
    kept_reply = HiddenField()
    kept_language = HiddenField()
    kept_text = HiddenField()
    kept_note = HiddenField()
    kept_task = HiddenField()
    kept_address = HiddenField()
    kept_page = HiddenField()


class ReplyForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """An answer, a note and a task. Lengths are checked by the office, so that all is always given back."""

    text = TextAreaField(_l("Your answer"))
    language = SelectField(_l("Language of the answer"), validate_choice=False)
    note = TextAreaField(_l("A note for the team"))
    task = StringField(_l("Something to do"))
    due = SelectField(_l("By when"), validate_choice=False)
    seen = HiddenField()  # the mark of the draft as it was put into the form


class ImportForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """The name of one of the listed exports."""

    export = StringField(validators=[DataRequired()])
    damaged = HiddenField()


class ReleaseForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """`newest` is the newest release on the page, so that pressing twice makes one release.

    `outside`: "yes" when it leaves although none is due.
    """

    newest = HiddenField()
    folder = StringField()
    outside = StringField()


class PersonForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """Somebody new, or a new passphrase for somebody; the office checks what was typed."""

    desk = StringField(_l("Desk"))
    draw = HiddenField()
    passphrase = PasswordField(_l("New passphrase"))
    again = PasswordField(_l("The same once more"))


class PassphraseForm(FlaskForm):  # type: ignore[misc]  # flask_wtf ships no types
    """One's own passphrase, before and from now on."""

    before = PasswordField(_l("Your passphrase until now"))
    passphrase = PasswordField(_l("New passphrase"))
    again = PasswordField(_l("The same once more"))
