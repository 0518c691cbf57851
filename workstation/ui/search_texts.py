"""Plain words for the places that a search finds."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from workstation.casework.search_index import Place
from workstation.ui.reason import Reason

PLACES: Mapping[Place, LazyString] = {
    Place.MESSAGE: _l("message"),
    Place.FILE_NAME: _l("name of a file"),
    Place.ANSWER: _l("our answer"),
    Place.NOTE: _l("note"),
    Place.TASK: _l("task"),
    Place.JUDGEMENT: _l("judgement"),
    Place.ALIAS: _l("alias"),
    Place.TOLD: _l("told by phone or in person"),
    Place.TRANSLATION: _l("translation"),
    Place.OPTION: _l("option that was discussed"),
}
PAGES: Mapping[Place, str] = {Place.OPTION: "options.page"}
"""Where a place is shown, when it is not on the page of its case."""
STATES: Mapping[str, LazyString] = {"open": _l("open"), "closed": _l("closed")}
NO_ROOM = Reason(
    _l("There is no room on this workstation for the index of the search."),
    _l("Ask whoever looks after the workstation to make room. Everything else works as before."),
)
