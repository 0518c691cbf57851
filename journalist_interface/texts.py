"""What happened and what to do next, for every refusal, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sluis.days import date_of


class Reason(NamedTuple):
    """Why something was refused, and what to do about it."""

    why: LazyString
    next: LazyString


_DAMAGED = _l(
    "Choose the file again, straight from the medium. If it is refused again, the file was damaged on "
    "its way: let the workstation write it to another medium."
)
_CUSTODIAN = _l("Do not try again. Keep the medium, and tell the key custodian today.")

RELEASE_REASONS: Mapping[str, Reason] = {
    "no-file": Reason(
        _l("No file was chosen."), _l("Choose the release file on the medium, then press the button.")
    ),
    "truncated": Reason(_l("The file ends too early: part of it is missing."), _DAMAGED),
    "trailing-bytes": Reason(_l("The file is longer than it should be."), _DAMAGED),
    "wrong-size": Reason(
        _l("The file does not have the size of a release. Every release has the same size."), _DAMAGED
    ),
    "too-large": Reason(
        _l("The file is larger than a release, so it was not taken in. Is it an export?"),
        _l("Choose the file that the workstation wrote as a release."),
    ),
    "not-ours": Reason(
        _l("This file is not a release."),
        _l("Choose the file that the workstation wrote as a release."),
    ),
    "unknown-version": Reason(
        _l("The workstation wrote this release in a newer or older form than this server can read."),
        _l("Bring server and workstation to the same version of the software, then make a new release."),
    ),
    "bad-field": Reason(_l("The release holds something that cannot be right."), _CUSTODIAN),
    "format": Reason(_l("The file cannot be read as a release."), _DAMAGED),
    "unopenable": Reason(
        _l(
            "The release does not open here: the file is damaged, or it was made for an older key of "
            "this server."
        ),
        _l(
            "Choose the file again, straight from the medium. If it is refused again, make a new export, "
            "bring it to the workstation, and let it make a new release."
        ),
    ),
    "bad-signature": Reason(
        _l("The release is not signed by the operating key of this instance."), _CUSTODIAN
    ),
    "wrong-instance": Reason(
        _l("This release was made for another instance of this software, not for this one."),
        _l("Look whether you took the right medium. If you did, tell the key custodian."),
    ),
    "wrong-server": Reason(
        _l("This release was made for another server of this instance."),
        _l("Bring in the release that the workstation made for this server."),
    ),
    "replayed": Reason(
        _l("This very release was taken in before. Nothing has changed."),
        _l("There is nothing to do. If you expected a newer one, look whether you took the newest file."),
    ),
    "rolled-back": Reason(
        _l(
            "This release is older than one that was taken in before. It was refused, so that no answer "
            "is lost."
        ),
        _l("Look whether you took the newest file. If you did, tell the key custodian."),
    ),
    "forked": Reason(
        _l("Another release with the same number was taken in before. There must never be two."),
        _CUSTODIAN,
    ),
    "expired": Reason(
        _l("The keys in this release are too old: their last day has passed."),
        _l(
            "Let the workstation make a new release. If this one is new, look whether the clocks of both "
            "are right."
        ),
    ),
    "disk-full": Reason(
        _l("The server has no room left to store the release. Nothing has changed."),
        _l("Ask whoever looks after the server to make room on its disk, then choose the file again."),
    ),
    "store-full": Reason(
        _l("The server has no room left to store the release. Nothing has changed."),
        _l("Ask whoever looks after the server to make room on its disk, then choose the file again."),
    ),
    "mailroom-down": Reason(
        _l(
            "The part of the server that keeps the stores does not answer, so it is not known whether the "
            "release was taken in."
        ),
        _l(
            "Wait a minute and choose the file again; doing that twice is safe. If this lasts, ask whoever "
            "looks after the server to look at the service “mailroom”, and whether its disk is full."
        ),
    ),
}

EXPORT_REASONS: Mapping[str, Reason] = {
    "store-full": Reason(
        _l("No export can be made: no place in the store is free."),
        _l(
            "Bring the exports below to the workstation, and bring back a release. The release confirms "
            "them, and so frees their places."
        ),
    ),
    "changed": Reason(
        _l("An export was made already since you opened this page. No second one was made."),
        _l("You find it below. To make another one after all, press the button again."),
    ),
    "not-ready": Reason(
        _l("There is nothing to export: no release has been taken in yet, so no report can have arrived."),
        _l("Bring in the first release."),
    ),
    "mailroom-down": Reason(
        _l("The part of the server that keeps the stores did not answer in time."),
        _l("Wait a minute and look at this page again: the export may be there already."),
    ),
}

SIGN_IN_TEXTS: Mapping[str, LazyString] = {
    "wrong": _l("That did not work. Look at your desk name, your passphrase and the code, and try again."),
    "reused": _l(
        "This code was used already, and each one works only once. Wait for the next code in your app "
        "(at most half a minute), and sign in with that."
    ),
    "stale": _l("This page had been open for too long. Please fill it in again."),
}


def release_reason(code: str) -> Reason:
    """Why a release was refused."""
    return RELEASE_REASONS.get(code) or _unknown(code)


def export_reason(code: str) -> Reason:
    """Why no export was made."""
    return EXPORT_REASONS.get(code) or _unknown(code)


def _unknown(code: str) -> Reason:
    return Reason(
        _l(
            "It was refused, and this page does not know the reason (“%(code)s”). Nothing has changed.",
            code=code,
        ),
        _l("Tell the key custodian, and give the word between the quotation marks."),
    )


def wait_text(seconds: float) -> str:
    """What somebody reads who must wait before trying again."""
    minutes = max(1, -int(-seconds // 60))
    text = ngettext(
        "There were too many tries. Wait one minute, then try again. Nothing is locked for good.",
        "There were too many tries. Wait %(num)s minutes, then try again. Nothing is locked for good.",
        minutes,
    )
    return str(text)


def day_of(day: int) -> date:
    """The date of a day that counts from 1970-01-01."""
    return date_of(day)


def day_text(day: int) -> str:
    """A day as people write it."""
    return str(format_date(day_of(day), "long"))


def days_text(days: int) -> str:
    """A number of days."""
    return str(ngettext("one day", "%(num)s days", days))


def size_text(size: int) -> str:
    """A number of bytes in MiB or GiB."""
    if size >= 1 << 30:
        return str(_("%(size)s GiB", size=format_decimal(round(size / (1 << 30), 1))))
    return str(_("%(size)s MiB", size=format_decimal(round(size / (1 << 20), 1))))


def grouped(digest: bytes | str) -> str:
    """A hash as people compare it: hexadecimal digits in groups of four."""
    text = digest if isinstance(digest, str) else digest.hex()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
