"""Pages of the workstation as chromium prints them."""

from __future__ import annotations

from playwright.sync_api import PdfMargins

from tests.support.browser_page import browser
from tests.support.served_app import served_app
from tests.support.workstation_browser import Counsellor

_ROOM = "20mm"


def printed(person: Counsellor, *paths: str) -> list[bytes]:
    """Each of these pages on paper, as PDF, for whoever has signed in at `person`.

    Date, title, address and number of the page are asked for, with room for them, as browsers do by default.
    """
    cookie = person.browser.get_cookie("workstation")
    assert cookie is not None
    margin: PdfMargins = {"top": _ROOM, "bottom": _ROOM, "left": _ROOM, "right": _ROOM}
    made = []
    with served_app(person.app) as address, browser(1280, 800) as page:
        page.context.add_cookies([{"name": "workstation", "value": cookie.value, "url": address}])
        for path in paths:
            page.goto(address + path)
            made.append(page.pdf(prefer_css_page_size=True, display_header_footer=True, margin=margin))
    return made
