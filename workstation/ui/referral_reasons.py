"""Why nothing was passed on, a message was not redacted, or a directory of services was not taken in."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from workstation.ui.reason import Reason

_CHOOSE = _l("Look at what would leave, change it, then try again. Nothing has left.")
_FILES = _l("Choose other files, or let that file go as it is. Nothing has left.")
REFERRAL_REASONS: Mapping[str, Reason] = {
    "no-consent": Reason(
        _l("The reporter did not agree to all of this, or not any more."),
        _l("Untick what was not agreed to, or ask the reporter and write the answer down. Nothing has left."),
    ),
    "not-usable": Reason(
        _l("This service cannot be used now: nobody has verified its entry, or its last day has passed."),
        _l("Look at the list of services, and choose another one. Nothing has left."),
    ),
    "nothing-chosen-to-pass-on": Reason(_l("There is nothing to pass on yet."), _CHOOSE),
    "bad-field": Reason(
        _l("A text is too long (at most 20,000 characters), or the purpose is not chosen."), _CHOOSE
    ),
    "referral-changed": Reason(
        _l("What would leave is not what you looked at: the case, or this form, has changed since."),
        _l("Look at it once more as it is now, then press the button again. Nothing has left."),
    ),
    "no-service-key": Reason(
        _l("The directory has no key of this service, so nothing can be encrypted for it."),
        _l("Use paper or a PDF. Nothing has left."),
    ),
    "gpg-failed": Reason(
        _l("Nothing can be encrypted to the key of this service: it has expired, or it is no such key."),
        _l("Use paper or a PDF, and tell the supervisor. Nothing has left."),
    ),
    "too-large": Reason(
        _l("These files are too large for one packet: at most 128 MiB together."),
        _l("Choose fewer files. Nothing has left."),
    ),
    "preview-refused": Reason(
        _l("A file cannot be cleaned of what it says of its making: it is of a kind that is not known."),
        _FILES,
    ),
}

NO_HEADING = Reason(
    _l("A heading is one short line of words."),
    _l("Write it with letters, in at most 60 characters, or leave it empty."),
)
HEADING_REASONS: Mapping[str, Reason] = {
    "text": NO_HEADING,
    "line": Reason(
        _l("The name of this line stands in the heading."),
        _l("Leave it out: whoever finds the paper must not see where it comes from."),
    ),
}

REDACTION_REASONS: Mapping[str, Reason] = {
    "unseen-places": Reason(
        _l("More places were found just now. They are ticked and marked as new."),
        _l("Look through them, untick what may stay, then save."),
    ),
    "wrong-state": Reason(
        _l("Somebody else took words out of this message in the meantime, or the case was closed."),
        _l("Open the message again, and look at what is taken out now."),
    ),
    "bad-field": Reason(
        _l("That is more than can be looked for at once: 200 words, of at most 200 characters each."),
        _l("Look for some of them first, save, and then for the others."),
    ),
}

_NEXT = _l("Nothing has changed. Ask whoever gave you the medium for the newest directory.")
_WRITER = _l("Nothing has changed. Ask whoever wrote the directory to mend it, and to sign it again.")
DIRECTORY_REASONS: Mapping[str, Reason] = {
    "rolled-back": Reason(
        _l("This directory is older than the one that is held here. A number in it may be wrong by now."),
        _NEXT,
    ),
    "forked": Reason(
        _l("Another directory with this version was taken in before. One of the two is not what it says."),
        _l("Nothing has changed. Tell the supervisor, and keep the medium."),
    ),
    "bad-signature": Reason(
        _l("Its signature does not fit: it was changed after it was signed, or another line signed it."),
        _l("Nothing has changed. Do not use a number from it. Tell the supervisor, and keep the medium."),
    ),
    "wrong-instance": Reason(_l("It was signed for another line."), _NEXT),
    "expired": Reason(_l("It was signed with a key that did not count on that day."), _NEXT),
    "not-ours": Reason(_l("This file is no signed directory."), _NEXT),
    "unknown-version": Reason(
        _l("It was written by a newer version of this program."),
        _l("Ask whoever looks after the workstation to renew the program."),
    ),
    "truncated": Reason(_l("The file ends too early: it was not copied whole."), _NEXT),
    "trailing-bytes": Reason(_l("Something follows after the end of the directory."), _NEXT),
    "too-large": Reason(_l("The file is larger than any directory may be."), _NEXT),
    "bad-field": Reason(_l("A part of the file holds what cannot be there."), _NEXT),
    "bad-directory": Reason(_l("It is signed, but an entry in it cannot be read."), _WRITER),
    "medium-gone": Reason(
        _l("The file is no longer there."), _l("Put the medium in again, then look at this page again.")
    ),
}

_UNPRINTABLE = Reason(
    _l("This machine has no font for some characters."),
    _l("Ask whoever looks after the workstation for its fonts. Nothing has left."),
)
# Those that nothing else here is called by, for a page that does not know of referrals.
ANYWHERE: Mapping[str, Reason] = {
    "bad-heading": NO_HEADING,
    "bad-directory": DIRECTORY_REASONS["bad-directory"],
    "unprintable": _UNPRINTABLE,
    **{
        code: REFERRAL_REASONS[code]
        for code in (
            "no-consent",
            "no-service-key",
            "not-usable",
            "nothing-chosen-to-pass-on",
            "referral-changed",
        )
    },
}
