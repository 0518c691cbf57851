"""Translations: beside what was sent and under the name of a desk, in versions, as long as the case lives."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.errors import BadField
from sluis.keytree import SourceKeys
from tests.support.export_builder import new_source
from tests.support.people import seat
from tests.support.workroom import ROOT_PASSPHRASE, Workroom, workroom
from workstation.casework.roles import LONE_SEAT, Actor, NotAllowed, Role
from workstation.casework.search_index import Place
from workstation.casework.translation_models import Translation
from workstation.errors import UnknownItem, WrongState
from workstation.records import Message, Translated

ME = LONE_SEAT
TEXT = "Okulun önünde bekliyorlar."
ENGLISH = "They wait in front of the school."
RETENTION = 180


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path) as made:
        yield made


def report(room: Workroom, source: SourceKeys, text: str = TEXT) -> str:
    """The id of its case."""
    room.take_in(room.export(room.server.report(source, text.encode(), room.day, language="tr")))
    return room.office.cases.of_thread(ME, source.thread.hex())


def messages(room: Workroom, case_id: str) -> list[Message]:
    entries = (one.entry for one in room.office.cases.view(ME, case_id).timeline)
    return [one for one in entries if isinstance(one, Message)]


def translate(room: Workroom, case_id: str, text: str = ENGLISH, language: str = "en") -> str:
    return room.office.translations.write(ME, case_id, messages(room, case_id)[0].message_id, language, text)


def translations(room: Workroom, case_id: str) -> tuple[Translated, ...]:
    return messages(room, case_id)[0].translations


def left(room: Workroom) -> int:
    with room.office._work() as (session, _):
        return session.scalar(select(func.count()).select_from(Translation)) or 0


def test_versions_stay_beside_what_was_signed(room: Workroom) -> None:
    case_id = report(room, new_source())
    first = translate(room, case_id)
    room.clock.day += 1
    translate(room, case_id, "They are waiting at the school.")
    translate(room, case_id, "Ze wachten bij de school.", "nl")
    (message,) = messages(room, case_id)
    assert (message.text, message.integrity) == (TEXT, "verified")
    assert [(one.language, one.version, one.origin) for one in message.translations] == [
        ("nl", 1, "team"),
        ("en", 2, "team"),
        ("en", 1, "team"),
    ]
    oldest = message.translations[-1]
    assert (oldest.translation_id, oldest.text, oldest.day) == (first, ENGLISH, room.day - 1)
    assert bytes.fromhex(oldest.author) == ME.person_id
    view = room.office.cases.view(ME, case_id)
    assert [one.kind for one in view.events].count("translated") == 3
    assert not any("en" in one.facts.values() for one in view.events)  # a language could tell who it is


def test_what_says_nothing_or_belongs_elsewhere_is_refused(room: Workroom) -> None:
    case_id, other = report(room, new_source()), report(room, new_source())
    for language, text in (("en", " \n"), ("xx", ENGLISH), ("en", "a" * 100_001)):
        with pytest.raises(BadField):
            translate(room, case_id, text, language)
    theirs = messages(room, other)[0].message_id
    for message_id in (theirs, "00", "no id"):
        with pytest.raises(UnknownItem):
            room.office.translations.write(ME, case_id, message_id, "en", ENGLISH)
    assert left(room) == 0


def test_they_are_found_and_go_where_the_conversation_goes(room: Workroom) -> None:
    source = new_source()
    case_id, other = report(room, source), report(room, new_source(), "Başka.")
    translate(room, case_id)
    (place,) = room.office.search.find(ME, "front school").places
    assert (place.place, place.case_id) == (Place.TRANSLATION, case_id)
    assert place.anchor == f"translation-{translations(room, case_id)[0].translation_id}"
    room.office.cases.merge(ME, other, case_id)
    assert room.office.search.find(ME, "front school").places[0].case_id == other
    back = room.office.cases.split(ME, other, source.thread.hex())
    assert [one.text for one in messages(room, back)[0].translations] == [ENGLISH]
    room.office.cases.close(ME, back, "test")
    with pytest.raises(WrongState):
        translate(room, back)
    room.clock.day += RETENTION
    room.office.renew_operating_key(ROOT_PASSPHRASE)
    room.office.cases.destroy(ME, back)
    assert room.office.search.find(ME, "front school").places == ()
    assert left(room) == 0


def test_a_withdrawal_takes_the_translations_of_what_it_takes(room: Workroom) -> None:
    source = new_source()
    case_id = report(room, source)
    translate(room, case_id)
    scope = {SCOPE: WithdrawScope.ALL.value}
    room.take_in(room.export(room.server.report(source, b"", room.day, kind=Kind.WITHDRAW, intake=scope)))
    assert left(room) == 0
    assert room.office.search.find(ME, "front school").places == ()
    room.clock.day += 1
    report(room, source, "Yeni.")
    translate(room, case_id, "New.")
    assert [one.text for one in translations(room, case_id)] == ["New."]


def test_only_who_works_on_the_case_translates_there(tmp_path: Path) -> None:
    with seat(tmp_path) as room:
        room.enter("birch", Role.CUSTODIAN)
        willow, rowan = room.enter("willow", Role.COUNSELLOR), room.enter("rowan", Role.COUNSELLOR)
        case_id = report(room, new_source())
        message_id = messages(room, case_id)[0].message_id
        room.office.cases.assign(ME, case_id, willow.person_id)
        write = room.office.translations.write
        mine = Actor(bytes.fromhex(willow.person_id), "willow", frozenset({Role.COUNSELLOR}))
        write(mine, case_id, message_id, "en", ENGLISH)
        for role, person in ((Role.COUNSELLOR, rowan), (Role.INTERPRETER, rowan), (Role.AUDITOR, willow)):
            actor = Actor(bytes.fromhex(person.person_id), person.desk, frozenset({role}))
            with pytest.raises(NotAllowed):
                write(actor, case_id, message_id, "en", ENGLISH)
        assert translations(room, case_id)[0].author == willow.person_id
