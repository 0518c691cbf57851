"""Plain words for kinds of files, and for why one is not shown."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from workstation.previews.kinds import Kind
from workstation.previews.limits import Refusal
from workstation.ui.reasons import Reason

KINDS: Mapping[Kind, LazyString] = {
    Kind.TEXT: _l("Text"),
    Kind.PDF: _l("PDF"),
    Kind.IMAGE: _l("Image"),
    Kind.OFFICE: _l("Document of an office program"),
    Kind.AUDIO: _l("Sound"),
    Kind.VIDEO: _l("Film"),
}

_KEEP = _l("Keep the file as it is. Whoever is trained for that can look at it on a machine made for it.")
_PASS_PICTURES = _l("Do not pass the file on. Pass on in words what it shows, or ask the reporter.")
_HOSTILE = _l(
    "Do not open it anywhere. Somebody may have made it to attack whoever opens it: tell the supervisor."
)
_ASK = _l("Ask the reporter to send it in another form, if that is safe for them.")
_LOOK_AFTER = _l("Ask whoever looks after the workstation, and name what is said above.")
_AGAIN = _l("Try again. If it happens again, ask whoever looks after the workstation.")

_NO_COPY: Mapping[Refusal, Reason] = {
    Refusal.UNKNOWN_KIND: Reason(
        _l("Nobody knows how to take out of a file of this kind what it says of its making."), _PASS_PICTURES
    ),
    Refusal.UNREADABLE: Reason(
        _l("The program that takes it out could not read the file to its end, so there is no copy."),
        _PASS_PICTURES,
    ),
    Refusal.NO_PROGRAM: Reason(_l("This machine lacks mat2, the program that takes it out."), _LOOK_AFTER),
}

REFUSALS: Mapping[Refusal, Reason] = {
    Refusal.EMPTY: Reason(_l("The file is empty."), _ASK),
    Refusal.TOO_LARGE: Reason(
        _l("The file, or what it unfolds to, is too large to be looked at here."), _KEEP
    ),
    Refusal.ARCHIVE: Reason(
        _l(
            "These are several files packed into one. It is never unpacked here, because a small one can "
            "fill the disk."
        ),
        _ASK,
    ),
    Refusal.PROGRAM: Reason(_l("This is a program, not a document."), _HOSTILE),
    Refusal.NOT_ITS_NAME: Reason(_l("The file is not what its name says."), _HOSTILE),
    Refusal.UNKNOWN_KIND: Reason(_l("Files of this kind cannot be looked at here."), _KEEP),
    Refusal.PASSWORD: Reason(_l("The document asks for a password."), _ASK),
    Refusal.UNREADABLE: Reason(
        _l("The file cannot be read: it is broken, was cut off, or was made to break whatever opens it."),
        _KEEP,
    ),
    Refusal.TOO_LONG: Reason(_l("It took too long, so it was stopped."), _KEEP),
    Refusal.TOO_MUCH_MEMORY: Reason(_l("It took too much memory, so it was stopped."), _KEEP),
    Refusal.DAMAGED: Reason(
        _l("The sealed file on this workstation is damaged, and does not open to its end."), _LOOK_AFTER
    ),
    Refusal.NO_PROGRAM: Reason(
        _l("This machine lacks the program that turns files of this kind into pictures."), _LOOK_AFTER
    ),
    Refusal.NO_SANDBOX: Reason(
        _l(
            "The closed room in which files are looked at cannot be made on this machine, so nothing was "
            "opened."
        ),
        _LOOK_AFTER,
    ),
    Refusal.BUSY: Reason(
        _l("Too many files are waiting to be looked at."), _l("Wait a little, and try again.")
    ),
    Refusal.STOPPED: Reason(_l("The workstation was locked in the meantime."), _AGAIN),
}


def strip_reason(refusal: Refusal) -> Reason:
    """Why there is no copy without what the file says of its making."""
    return _NO_COPY.get(refusal) or REFUSALS[refusal]
