"""What the inbox warns of."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from workstation.records import OfficeInfo
from workstation.ui.texts import day_text

_KEY_DAYS = 14
_EXPORT_DAYS = 7


def attention(info: OfficeInfo, queued: int, today: int) -> list[str]:
    """Sentences, the most urgent first; `queued` answers had no place in the last release."""
    found = []
    if today > info.operating_last_day:
        found.append(
            _("The operating key is past its last day: no release can be made until the custodians renew it.")
        )
    elif info.operating_last_day - today < _KEY_DAYS:
        found.append(
            _(
                "The operating key works until %(day)s. Ask the custodians to renew it.",
                day=day_text(info.operating_last_day),
            )
        )
    for server in info.servers:
        if server.missing_serials:
            found.append(
                _(
                    "Not imported yet, of the server %(server)s: export %(numbers)s. Nobody has read what "
                    "is in it.",
                    server=server.label,
                    numbers=", ".join(map(str, server.missing_serials)),
                )
            )
        elif server.closing_day is not None and today - server.closing_day >= _EXPORT_DAYS:
            found.append(
                _(
                    "The last export of the server %(server)s is of %(day)s. Ask the operators for a new "
                    "one.",
                    server=server.label,
                    day=day_text(server.closing_day),
                )
            )
    if queued:
        found.append(
            ngettext(
                "One approved answer had no place in the last release. It goes into the next one.",
                "%(num)s approved answers had no place in the last release. They go into the next one.",
                queued,
            )
        )
    return found
