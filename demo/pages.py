"""Every page that a person can see, by the address that the three sites have for it.

Whoever walks through a site (demo/desk_walk.py, demo/people_walk.py, demo/screenshots.py) asks at the end
what was not seen. A unit test compares this list with what the sites offer, so that a new page is pictured,
and looked at for barriers, or the test says that it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SOURCE = (
    "/<language>/",
    "/<language>/about",
    "/<language>/left",
    "/<language>/mailbox",
    "/<language>/new",
    "/<language>/received",
    "/<language>/return",
    "/<language>/withdraw",
    "/<language>/write",
)
OPERATOR = ("/<lang>/exports", "/<lang>/release", "/<lang>/sign-in")
DESK = (
    "/<lang>/",
    "/<lang>/about",
    "/<lang>/case/<case_id>",
    "/<lang>/case/<case_id>/consent",
    "/<lang>/case/<case_id>/end",
    "/<lang>/case/<case_id>/muting",
    "/<lang>/case/<case_id>/options",
    "/<lang>/case/<case_id>/phone",
    "/<lang>/case/<case_id>/redaction",
    "/<lang>/case/<case_id>/redaction/<message_id>",
    "/<lang>/case/<case_id>/referral",
    "/<lang>/case/<case_id>/referral/sheet/<referral_id>",
    "/<lang>/case/<case_id>/referral/to/<service_id>",
    "/<lang>/case/<case_id>/together",
    "/<lang>/case/<case_id>/translation/answer/<reply_id>",
    "/<lang>/case/<case_id>/translation/message/<message_id>",
    "/<lang>/case/<case_id>/triage",
    "/<lang>/closed",
    "/<lang>/file/<file_id>/look",
    "/<lang>/import",
    "/<lang>/import/report",
    "/<lang>/intake",
    "/<lang>/intake/codename",
    "/<lang>/ledger",
    "/<lang>/people",
    "/<lang>/release",
    "/<lang>/release/report",
    "/<lang>/rules",
    "/<lang>/search",
    "/<lang>/services",
    "/<lang>/unlock",
)
PEOPLE = (
    "/<lang>/case/<case_id>/holds",
    "/<lang>/case/<case_id>/holds/<proposal_id>",
    "/<lang>/case/<case_id>/people",
    "/<lang>/me/passphrase",
    "/<lang>/people/handout",
    "/<lang>/people/new",
    "/<lang>/people/person/<person_id>",
    "/<lang>/texts",
    "/<lang>/texts/<text_id>",
    "/<lang>/to-confirm",
)


def unseen(pages: Iterable[str], paths: Iterable[str]) -> list[str]:
    """The pages to which none of these paths leads."""
    seen = list(paths)
    return [page for page in pages if not any(map(re.compile(_pattern(page)).fullmatch, seen))]


def _pattern(page: str) -> str:
    return "[^/]+".join(re.escape(part) for part in re.split("<[^>]+>", page))
