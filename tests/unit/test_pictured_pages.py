"""Every page that a site offers is in the list of pages that are pictured and looked at for barriers."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from demo import pages
from demo.pages import unseen
from tests.support.counsellor_key import CounsellorKey
from tests.support.journalist_site import make_desk
from tests.support.source_site import DAY, source_site
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

# No page of their own: files, styles, pictures, and addresses that lead on at once.
NO_PAGE = {
    "/",
    "/static/<name>",
    "/static/<path:filename>",
    "/idle.css",
    "/<lang>/case/<case_id>/referral/sheet/<referral_id>.pdf",
    "/<lang>/file/<file_id>",
    "/<lang>/file/<file_id>/look/<int:number>.png",
    "/<lang>/file/<file_id>/stripped",
    # These renew themselves each second, and are pictured when they are met.
    "/<lang>/import/progress",
    "/<lang>/search/progress",
    "/<lang>/people/handout/code.png",
    "/<lang>/thread/<thread_id>",
}


def offered(app: Flask) -> set[str]:
    """What can be opened by its address."""
    return {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def test_the_reporters_site() -> None:
    with CounsellorKey(DAY) as key, source_site(key) as site:
        assert offered(site.app) - NO_PAGE == set(pages.SOURCE)


def test_the_operators_site(tmp_path: Path) -> None:
    desk = make_desk(f"sqlite:///{tmp_path / 'accounts.db'}")
    files_and_the_way_in = {"/<lang>/exports/<int:serial>", "/<lang>/"}
    assert offered(desk.app) - NO_PAGE - files_and_the_way_in == set(pages.OPERATOR)


def test_the_workstation(tmp_path: Path) -> None:
    settings = UiSettings(tmp_path, tmp_path, idle_s=900.0)
    app = create_app(settings, lambda: DAY, lambda: 0.0, lambda: ())
    assert offered(app) - NO_PAGE == {*pages.DESK, *pages.PEOPLE}


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("/nl/case/00ff/consent", []),
        ("/nl/case/00ff", ["/<lang>/case/<case_id>/consent"]),
        ("/nl/case/a/b/consent", ["/<lang>/case/<case_id>/consent"]),
    ],
)
def test_what_was_not_seen_is_named(path: str, missing: list[str]) -> None:
    assert unseen(["/<lang>/case/<case_id>/consent"], [path]) == missing
