"""The warnings of the exports page in the reader's language: what is the matter, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from journalist_interface.notices import Notice, Warned
from journalist_interface.texts import day_text, days_text

_NOTICE_TEXTS: Mapping[Notice, Callable[[str, str], str]] = {
    Notice.NO_RELEASE: lambda days, day: _(
        "The reporters' site is closed: this server has no keys yet. Bring in the first release."
    ),
    Notice.EXPIRED: lambda days, day: _(
        "The reporters' site is closed: the keys expired on %(day)s. Make an export, bring it to the "
        "workstation, and bring back a new release.",
        day=day,
    ),
    Notice.STORE_FULL: lambda days, day: _(
        "The reporters' site is closed: the store is full. Nothing is thrown away. Bring the exports to "
        "the workstation now, and bring back the release that confirms them."
    ),
    Notice.OPEN_FULL: lambda days, day: _(
        "The reporters' site is closed: the open place in the store is full. Nothing is thrown away. Make an "
        "export now; that opens the next place, and the site."
    ),
    Notice.NOT_READY: lambda days, day: _(
        "The reporters' site is closed. Ask whoever looks after the server to look at the service “mailroom”."
    ),
    Notice.KEYS_RUN_OUT: lambda days, day: _(
        "The daily keys ran out %(days)s ago. Reports still come in under the last key, until %(day)s; "
        "then the reporters' site closes. Bring in a new release now.",
        days=days,
        day=day,
    ),
    Notice.KEYS_END_SOON: lambda days, day: _(
        "The daily keys run out in %(days)s, on %(day)s. Bring in a new release before that.",
        days=days,
        day=day,
    ),
    Notice.EXPIRES_SOON: lambda days, day: _(
        "The newest release expires in %(days)s, on %(day)s; then the reporters' site closes. Bring in a "
        "new release.",
        days=days,
        day=day,
    ),
    Notice.RELEASE_OLD: lambda days, day: _(
        "The newest release is %(days)s old. Answers that were written since then are still waiting on "
        "the workstation.",
        days=days,
    ),
    Notice.NO_EXPORT: lambda days, day: _(
        "No export has been made for %(days)s. Reports may be waiting that nobody has read. Make an "
        "export today.",
        days=days,
    ),
    Notice.UNCONFIRMED: lambda days, day: _(
        "An export has been waiting for %(days)s: no release has confirmed it. Was it brought to the "
        "workstation?",
        days=days,
    ),
    Notice.NO_FREE_BANK: lambda days, day: _(
        "No place in the store is free, so no export can be made. When the open place is full as well, "
        "the reporters' site closes. Bring the exports to the workstation, and bring back the release "
        "that confirms them."
    ),
    Notice.LAST_FREE_BANK: lambda days, day: _(
        "Only one place in the store is free: after the next export none is left. Bring back a release "
        "that confirms the exports."
    ),
    Notice.CLOCK_BEHIND: lambda days, day: _(
        "The clock of this server is behind: the store was used on a day that has not come yet. Ask "
        "whoever looks after the server to set it right."
    ),
}


def notice_text(warned: Warned) -> str:
    """The text of one warning."""
    return _NOTICE_TEXTS[warned.notice](days_text(warned.days), day_text(warned.day))
