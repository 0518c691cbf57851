"""Why something was not done, and what to do now, by the stable code of the error."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from workstation.ui.answer_texts import ANSWER_REASONS, OUTSIDE
from workstation.ui.case_texts import CASE_REASONS
from workstation.ui.lan_reasons import LAN_REASONS
from workstation.ui.people_texts import PEOPLE_REASONS, PERSON_REASONS
from workstation.ui.reason import Reason
from workstation.ui.referral_reasons import ANYWHERE
from workstation.ui.translation_texts import INTERPRETER_REASONS

__all__ = [
    "Reason",
    "import_reason",
    "person_reason",
    "reason",
    "refusal_text",
    "release_reason",
    "reply_reason",
]

_FETCH = _l(
    "Ask for a fresh copy: the server gives the same export again, byte for byte. Then bring it here."
)
_TELL = _l(
    "Keep the medium apart, and tell the supervisor and the key custodian before you do anything else."
)
_WRONG_FILE = _l("Choose a file that the operators downloaded as an export.")
_AGAIN = _l("Go back and look at the page again.")

IMPORT_REASONS: Mapping[str, Reason] = {
    "not-ours": Reason(_l("This file is not an export of Sluis."), _WRONG_FILE),
    "unknown-version": Reason(
        _l("The export is of a newer version than this workstation can read."),
        _l("Update the workstation first, then import the export again."),
    ),
    "truncated": Reason(_l("The file is too short: it was cut off while it was copied."), _FETCH),
    "wrong-size": Reason(_l("The file does not have the size of an export."), _FETCH),
    "trailing-bytes": Reason(_l("Something was added to the end of the file."), _FETCH),
    "bad-field": Reason(
        _l("The export holds a value that cannot be right: the file was damaged or changed."), _FETCH
    ),
    "format": Reason(_l("The file cannot be read as an export: it was damaged."), _FETCH),
    "bad-signature": Reason(
        _l(
            "The signature of the server does not fit: the head of this file was damaged or changed, or "
            "another machine made it."
        ),
        _l("Ask for a fresh copy. If that is refused as well, keep both copies and tell the key custodian."),
    ),
    "verification": Reason(_l("The export did not pass the checks."), _FETCH),
    "damaged-export": Reason(
        _l("This copy is not what the server signed: it was damaged on the way."), _FETCH
    ),
    "unopenable": Reason(
        _l("The export does not open: it was damaged, or its keys were never here."),
        _l("Ask for a fresh copy. If that is refused as well, keep both copies and tell the key custodian."),
    ),
    "key-erased": Reason(
        _l(
            "The export is sealed with a key that was erased here: everything up to that day had been "
            "imported already."
        ),
        _TELL,
    ),
    "wrong-instance": Reason(
        _l(
            "The export belongs to another line, or to a training line where this one is real (or the "
            "other way round)."
        ),
        _l("Bring it to the workstation of that line. It cannot be opened here."),
    ),
    "wrong-server": Reason(
        _l("The two halves of this export come from two servers: somebody put them together."), _TELL
    ),
    "not-enrolled": Reason(
        _l("The export comes from a server that this workstation does not know."),
        _l("Ask the key custodian whether that server was ever enrolled here, or was retired."),
    ),
    "replayed": Reason(_l("This export was taken in before."), _l("There is nothing to do.")),
    "rolled-back": Reason(_l("The export is older than what was taken in."), _TELL),
    "forked": Reason(
        _l(
            "There are two different exports with the same number, or this one follows another history "
            "than the one taken in here. A server that was restored from a backup does that, and so does "
            "somebody who copied it."
        ),
        _TELL,
    ),
    "expired": Reason(_l("The export is past its last day."), _TELL),
    "gpg-failed": Reason(_l("GnuPG could not open a message of this export."), _FETCH),
    "medium-gone": Reason(
        _l("The medium could not be read to the end: it was pulled out, or it is broken."),
        _l(
            "Put the medium in again and start once more. If it fails again, ask for a copy on another "
            "medium."
        ),
    ),
    "nothing-chosen": Reason(_l("No export was chosen."), _l("Choose one of the list, then start.")),
    "busy": Reason(
        _l("An import is running. Nothing else can be done until it has ended."),
        _l("Wait for the report of this import, then go on."),
    ),
    "disk-full": Reason(
        _l("There is not enough room on this workstation for what is in the export."),
        _l("Ask whoever looks after the workstation to make room, then import again."),
    ),
}

RELEASE_REASONS: Mapping[str, Reason] = {
    "not-enrolled": Reason(
        _l("No server is enrolled here, so there is nobody to make a release for."),
        _l("Ask the key custodian to enrol the server first."),
    ),
    "expired": Reason(
        _l("The operating key of this workstation is past its last day, so it signs no release."),
        _l("Ask the key custodians to renew it with the root key."),
    ),
    "already-exists": Reason(
        _l("The medium holds a file of this name already, with another content. It was not overwritten."),
        _l("Use an empty medium."),
    ),
    "medium-mismatch": Reason(
        _l("What the medium gives back is not what was written to it. The file was removed again."),
        _l("Destroy this medium, and write the release to another one."),
    ),
    "medium-gone": Reason(
        _l("The medium was pulled out, or it is broken, before the release was safely on it."),
        _l("Put a medium in, and write the release once more."),
    ),
    "medium-read-only": Reason(
        _l("The medium cannot be written to."),
        _l("Look whether it has a small switch against writing, or use another medium."),
    ),
    "disk-full": Reason(
        _l("There is not enough room, on the medium or on this workstation."),
        _l("Use an empty medium. If it happens again, ask whoever looks after the workstation."),
    ),
    "outside-rhythm": OUTSIDE,
    "changed": Reason(
        _l("A release was made already since you opened this page. No second one was made."),
        _l("Look at this page as it is now. To make another one after all, press the button again."),
    ),
}

REPLY_REASONS: Mapping[str, Reason] = {
    "bad-field": Reason(_l("There is no text yet."), _l("Write your answer, and choose its language.")),
    "wrong-state": Reason(
        _l("The answer has moved on in the meantime, so it can no longer be changed."),
        _l("Look at its state on this page. Your text is below; you can save it as a new answer."),
    ),
    "changed-meanwhile": Reason(
        _l("Somebody else has changed this draft since you opened it, so yours was not saved."),
        _l("Theirs is on this page, and yours is below. Put them together, and save again."),
    ),
    "changed-unread": Reason(
        _l("Somebody has changed this draft since you read it."), _l("Read it once more, then approve it.")
    ),
    "stale": Reason(
        _l("This page had been open for too long, so the text was not saved."),
        _l("Your text is below. Save it again."),
    ),
    "unlocked": Reason(
        _l("The workstation had locked itself before your text was saved."),
        _l("Your text is below. Save it now."),
    ),
    "busy": Reason(
        _l("An import is running, so your text was not saved yet."),
        _l("Your text is below. Wait until the import has ended, then save it here."),
    ),
}

REASONS: Mapping[str, Reason] = {
    "wrong-passphrase": Reason(
        _l("This passphrase does not open the workstation."),
        _l("Look whether capital letters are switched on, and type it again. Nothing is locked for good."),
    ),
    "in-use": Reason(
        _l("Another program on this machine has the workstation open."),
        _l("Close that program first, for instance a terminal in which somebody works with the workstation."),
    ),
    "newer-database": Reason(
        _l("The cases here were last opened by a newer version of this program than this one."),
        _l("Nothing has changed. Ask whoever looks after the workstation to install the newer version here."),
    ),
    "unknown-database": Reason(
        _l("The case database is not one that this program has made, or it is not whole."),
        _l("Nothing has changed. Ask whoever looks after the workstation, before anything else is tried."),
    ),
    "seat-busy": Reason(
        _l(
            "Another seat is taking in an export or making a release. Until it has ended you can read here, "
            "but nothing can be saved."
        ),
        _l("Go back: what you typed should still be there. Save it again in a few minutes."),
    ),
    "not-the-same": Reason(
        _l("What arrived in the other database is not what was sent."),
        _l("Nothing was moved; work on as before. Ask whoever looks after the workstation."),
    ),
    "server-away": Reason(
        _l("The server on which the cases lie does not answer."),
        _l("Look whether its cable is in and it is switched on, and try again. Nothing was saved meanwhile."),
    ),
    "gpg-missing": Reason(
        _l("GnuPG is missing on this machine. Without it no report can be opened."),
        _l("Ask whoever looks after the workstation to install GnuPG."),
    ),
    "gpg-broken": Reason(
        _l("GnuPG does not work on this machine. This says nothing about any report."),
        _l(
            "Lock the workstation, start it again, and try once more. If that does not help, ask whoever "
            "looks after it."
        ),
    ),
    "gpg-failed": Reason(_l("GnuPG refused what it was given."), _AGAIN),
    "airgap-broken": Reason(
        _l("A network interface of this machine is up. The workstation has locked itself."),
        _l(
            "Pull out the cable or the network card, or switch the radio off, and tell the supervisor. "
            "Then unlock it."
        ),
    ),
    **LAN_REASONS,
    "changed-meanwhile": Reason(
        _l("Somebody else has judged this case since you opened the form, so yours was not saved."),
        _l(
            "Look on the page of the case what they found. What you filled in is still below: change it, and "
            "save again."
        ),
    ),
    "locked": Reason(
        _l("The workstation was locked in the meantime."), _l("Unlock it, and go on where you were.")
    ),
    "unknown-item": Reason(_l("There is no such conversation, message, answer or file."), _AGAIN),
    "wrong-state": Reason(
        _l("The answer has moved on in the meantime, so that is no longer possible."),
        _l("Look at its state in the conversation."),
    ),
    "preview-refused": Reason(
        _l("The file cannot be looked at here."), _l("Keep it as it is, and ask the supervisor.")
    ),
    "too-large": Reason(_l("The text is too long."), _l("Shorten it, or divide it into two answers.")),
    "store-full": Reason(_l("There is no room."), _l("Ask whoever looks after the workstation.")),
    "capacity": Reason(_l("There is no room."), _l("Ask whoever looks after the workstation.")),
    "not-training": Reason(
        _l("Invented cases belong in a training line only, and this one is real."), _l("Nothing has changed.")
    ),
    "sequence": Reason(_l("This came at the wrong moment, and was not taken in."), _TELL),
    "wrong-thread": Reason(_l("A message names a conversation that its own keys do not give."), _TELL),
    "codename": Reason(_l("This is not a codename."), _AGAIN),
    "unknown-word": Reason(_l("A word of the codename is in no list."), _AGAIN),
    "wrong-length": Reason(_l("The codename has too many or too few words."), _AGAIN),
    "bad-check": Reason(_l("The words do not make a codename together."), _AGAIN),
}

REFUSALS: Mapping[str, LazyString] = {
    "incomplete-set": _l("It never became whole: parts of it did not arrive in two further exports."),
    "bad-signature": _l("Its signature does not fit: it was changed after it was written."),
    "gpg-failed": _l("Its encryption does not open, or not to the end."),
    "unopenable": _l("It is sealed for another key, or was damaged."),
    "key-erased": _l("It is sealed with a key that has been erased."),
    "wrong-instance": _l("It was written for another line."),
    "wrong-thread": _l("It names a conversation that its own keys do not give."),
    "truncated": _l("It ends too early."),
    "too-large": _l("It is larger than any report may be."),
    "forked": _l("Another message came earlier under the same number."),
}


def import_reason(code: str) -> Reason:
    """Why an export was not taken in."""
    return IMPORT_REASONS.get(code) or reason(code)


def release_reason(code: str) -> Reason:
    """Why a release was not made, or is not on the medium."""
    return RELEASE_REASONS.get(code) or reason(code)


def reply_reason(code: str) -> Reason:
    """Why an answer was not saved."""
    return REPLY_REASONS.get(code) or reason(code)


def person_reason(code: str) -> Reason:
    """Why something about a person was not done."""
    return PERSON_REASONS.get(code) or reason(code)


def refusal_text(code: str) -> LazyString:
    """Why one message or file of an export was not taken in."""
    return REFUSALS.get(code) or _l("It did not pass the checks (“%(code)s”).", code=code)


def reason(code: str) -> Reason:
    """The reason outside any wizard."""
    for texts in (
        REASONS,
        PEOPLE_REASONS,
        CASE_REASONS,
        ANSWER_REASONS,
        IMPORT_REASONS,
        RELEASE_REASONS,
        INTERPRETER_REASONS,
        ANYWHERE,
    ):
        if code in texts:
            return texts[code]
    return Reason(
        _l("It did not work, and this page does not know why (“%(code)s”).", code=code),
        _l(
            "Try again. If it happens again, ask whoever looks after the workstation, and name the word "
            "above."
        ),
    )
