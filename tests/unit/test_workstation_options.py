"""Options discussed: versions stay, and a case does not close without one or a reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sluis.errors import BadField
from tests.support.export_builder import new_source
from tests.support.workroom import Workroom, workroom
from workstation.casework.options import IMPLIED, NONE_REASONS, OptionsNeeded, Prospect
from workstation.casework.roles import LONE_SEAT

ME = LONE_SEAT
WORDS = Prospect("Report it.", "Perhaps an arrest.", "They may notice.", "It goes on.")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        made.take_in(made.export(made.server.report(new_source(), b"Hello.", made.day)))
        yield made


def case_of(room: Workroom) -> str:
    (line,) = room.office.cases.inbox(ME).lines
    return line.case_id


def test_a_later_version_leaves_the_earlier_as_it_was(room: Workroom) -> None:
    case, desk = case_of(room), room.office.options
    made = desk.write(ME, case, WORDS, "us", "thinks")
    assert desk.write(ME, case, WORDS, "us", "chosen", made) == made
    desk.write(ME, case, WORDS, "source", "declined")
    first, second = sorted(desk.discussed(ME, case), key=lambda one: one.now.choice)
    assert (first.now.choice, [one.choice for one in first.earlier]) == ("chosen", ["thinks"])
    assert (second.now.offered_by, second.earlier) == ("source", ())
    with pytest.raises(BadField):
        desk.write(ME, case, Prospect("Report it.", "", "Risk.", "Nothing."), "us", "thinks")
    with pytest.raises(BadField):
        desk.write(ME, case, WORDS, "somebody", "thinks")


@pytest.mark.parametrize("reason", ["done", "referred"])
def test_no_case_closes_without_an_option_or_why_there_is_none(room: Workroom, reason: str) -> None:
    case, desk = case_of(room), room.office.cases
    for none in ("", "just so"):
        with pytest.raises(OptionsNeeded):
            desk.close(ME, case, reason, none)
    for none in NONE_REASONS:
        desk.close(ME, case, reason, none)
        desk.reopen(ME, case)
    for implied in IMPLIED:
        desk.close(ME, case, implied)
        desk.reopen(ME, case)
    room.office.options.write(ME, case, WORDS, "us", "chosen")
    desk.close(ME, case, reason)
