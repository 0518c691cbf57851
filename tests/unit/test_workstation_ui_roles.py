"""The role matrix: every page and button for every role, allowed exactly where docs/roles.md says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.support.people import MOMENT, Seat, code_of, seat
from tests.support.workroom import PASSPHRASE
from tests.support.workstation_browser import Counsellor
from workstation.casework.roles import ALLOWED, LONE_SEAT, Actor, Permission, Role
from workstation.ui import access
from workstation.ui.app import create_app
from workstation.ui.settings import UiSettings

DOCUMENT = (Path(__file__).parents[2] / "docs" / "roles.md").read_text("utf-8")
REFUSED = 'id="error-summary">This is not part of your roles.'
ROLES = tuple(Role)


def table(heading: str) -> dict[str, frozenset[str]]:
    """Row by row, the roles that have a yes, of the table below a heading of docs/roles.md."""
    lines = DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    names = rows[0][1:]
    found = {}
    for first, *cells in rows[2:]:
        assert set(cells) <= {"yes", "-"}, first
        assert len(cells) == len(names)
        name = first.strip("`")
        assert name not in found, f"{name} is there twice"
        found[name] = frozenset(role for role, cell in zip(names, cells, strict=True) if cell == "yes")
    return found


PAGES = table("Pages and buttons")


def endpoints(app: Flask) -> dict[str, list[Rule]]:
    """Every route that asks who it is."""
    found: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in access.PUBLIC:
            found.setdefault(rule.endpoint, []).append(rule)
    return found


def address(app: Flask, rule: Rule) -> str:
    """An address of this route, with ids that name nothing."""
    values: dict[str, object] = {}
    for name, converter in rule._converters.items():
        values[name] = 1 if type(converter).__name__ == "IntegerConverter" else "00"
    if "lang" in values:
        values["lang"] = "en"
    return str(rule.build(values)[1])


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    with seat(tmp_path_factory.mktemp("roles")) as made:
        for role in (Role.CUSTODIAN, *(one for one in ROLES if one is not Role.CUSTODIAN)):
            made.enter(f"desk-{role.value}", role)
        yield made


@pytest.fixture(scope="module", params=ROLES, ids=str)
def member(room: Seat, request: pytest.FixtureRequest) -> Iterator[tuple[Role, Counsellor]]:
    role: Role = request.param
    person = Counsellor(room, now=lambda: float(MOMENT))
    one = room.insiders[f"desk-{role.value}"]
    person.sign_in(one.desk, one.passphrase, code_of(one.secret, MOMENT))
    assert person.holder.actor.roles == {role}
    yield role, person
    person.holder.lock()


def test_every_route_has_a_row_in_the_document_and_in_the_program(tmp_path: Path) -> None:
    app = create_app(UiSettings(tmp_path, tmp_path), lambda: 0, lambda: 0.0, lambda: ())
    routes = set(endpoints(app))
    assert routes == set(access.NEEDS), "workstation/ui/access.py"
    assert routes == set(PAGES), "docs/roles.md"


def test_each_role_is_let_in_exactly_where_the_document_says(member: tuple[Role, Counsellor]) -> None:
    role, person = member
    wrong = []
    for endpoint, rules in sorted(endpoints(person.app).items()):
        wanted = role.value in PAGES[endpoint]
        for rule in rules:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = person.browser.open(address(person.app, rule), method=method)
                refused = answer.status_code == 403 and REFUSED in answer.text
                if refused == wanted or (answer.status_code == 403) != refused:
                    wrong.append(f"{method} {endpoint}: {answer.status_code}")
    assert not wrong
    assert person.holder.actor.roles == {role}


def test_each_role_begins_at_a_page_of_its_own_and_sees_only_its_tabs(
    member: tuple[Role, Counsellor],
) -> None:
    role, person = member
    assert person.get("/").status_code == 200
    tabs = person.markup.partition('<nav class="wrap tabs"')[2].partition("</nav>")[0]
    for target in re.findall(r'href="([^"]+)"', tabs):
        assert person.get(target).status_code == 200, target
    for blueprint in ("inbox", "imports", "releases", "people", "ledger"):
        path = {"inbox": "/en/", "imports": "/en/import", "releases": "/en/release"}.get(
            blueprint, f"/en/{blueprint}"
        )
        assert (f'href="{path}"' in tabs) == (role.value in PAGES[f"{blueprint}.page"])
    assert f"desk-{role.value}" in person.text


def test_who_is_refused_is_told_so_in_their_language(member: tuple[Role, Counsellor]) -> None:
    role, person = member
    if role.value not in PAGES["people.new"]:
        assert person.get("/nl/people/new").status_code == 403
        assert "Dit hoort niet bij uw rollen." in person.text


def test_a_lone_seat_may_do_everything(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        person = Counsellor(room)
        person.unlock(PASSPHRASE)
        try:
            for rules in endpoints(person.app).values():
                for rule in rules:
                    for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                        assert visit(person.browser, address(person.app, rule), method) != 403
        finally:
            person.holder.lock()


def visit(browser: FlaskClient, path: str, method: str) -> int:
    return browser.open(path, method=method).status_code


def test_a_page_without_a_row_is_open_to_nobody_but_a_lone_seat() -> None:
    everything = Actor(bytes(16), "elm", frozenset(Role))
    assert not access.allowed(everything, "new.page")
    assert access.allowed(LONE_SEAT, "new.page")


def test_the_documents_table_of_permissions_is_that_of_the_program() -> None:
    told = table("Permissions")
    assert told == {
        permission.value: frozenset(role.value for role in Role if permission in ALLOWED[role])
        for permission in Permission
    }


def test_the_program_and_the_document_agree_without_a_browser() -> None:
    for role in Role:
        actor = Actor(bytes(15) + b"1", "elm", frozenset({role}))
        for endpoint, roles in PAGES.items():
            assert access.allowed(actor, endpoint) == (role.value in roles), (role, endpoint)
