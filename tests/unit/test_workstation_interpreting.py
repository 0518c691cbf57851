"""Interpreters: one redacted text each, without its case; what they write comes back marked as theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from sluis.bank import SlotContent
from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.errors import BadField
from sluis.keytree import SourceKeys
from tests.support.export_builder import new_source
from tests.support.people import Insider, Seat
from tests.support.workroom import ROOT_PASSPHRASE
from workstation.casework import redaction
from workstation.casework.interpreting import AlreadyAsked, NoInterpreter, Outdated, Pair, SharingWithdrawn
from workstation.casework.interpreting_desk import Wanted
from workstation.casework.interpreting_models import AssignedText
from workstation.casework.models import Case
from workstation.casework.redaction_rules import Range
from workstation.casework.roles import LONE_SEAT, Actor, NotAllowed, Role
from workstation.casework.second_reading import OwnReply
from workstation.casework.translation_models import Translation
from workstation.errors import UnknownItem, WrongState
from workstation.models import Envelope
from workstation.records import Message, ReplyEntry

ME = LONE_SEAT
TEXT = "Mehmet okulun önünde bekliyor."
REDACTED = "[name] okulun önünde bekliyor."
ENGLISH = "[name] waits in front of the school."
# The page of the site on which it was written was an English one.
FROM_TURKISH, INTO_TURKISH = Pair("tr", "en"), Pair("en", "tr")
DRAFT = "We heard you. Take another way home."
TURKISH = "Sizi duyduk. Eve başka yoldan gidin."
RETENTION = 180


class Line(Seat):
    """Somebody reported in Turkish; larch and elm translate Turkish, oak Persian."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        tr, fa = frozenset({"tr"}), frozenset({"fa"})
        self.enter("birch", Role.CUSTODIAN)
        self.willow = self.acting(self.enter("willow", Role.COUNSELLOR))
        self.larch = self.acting(self.enter("larch", Role.INTERPRETER, languages=tr), Role.INTERPRETER)
        self.elm = self.acting(self.enter("elm", Role.INTERPRETER, languages=tr), Role.INTERPRETER)
        self.oak = self.acting(self.enter("oak", Role.INTERPRETER, languages=fa), Role.INTERPRETER)
        self.source = new_source()
        self.take_in(self.export(self.sent(self.source, TEXT)))
        self.case_id = self.office.cases.of_thread(ME, self.source.thread.hex())
        self.message_id = self.messages()[0].message_id
        self.office.cases.assign(ME, self.case_id, self.willow.person_id.hex())

    def acting(self, one: Insider, role: Role = Role.COUNSELLOR) -> Actor:
        return Actor(bytes.fromhex(one.person_id), one.desk, frozenset({role}))

    def sent(self, source: SourceKeys, text: str, **rest: object) -> list[SlotContent]:
        return self.server.report(source, text.encode(), self.day, **{"language": "en"} | rest)  # type: ignore[arg-type]

    def messages(self) -> list[Message]:
        entries = (one.entry for one in self.office.cases.view(ME, self.case_id).timeline)
        return [one for one in entries if isinstance(one, Message)]

    def answers(self) -> list[ReplyEntry]:
        entries = (one.entry for one in self.office.cases.view(ME, self.case_id).timeline)
        return [one for one in entries if isinstance(one, ReplyEntry)]

    def take_out(self, start: int, end: int) -> None:
        with self.office._work() as (session, _):
            case = session.scalars(select(Case)).one()
            message = session.scalars(select(Envelope).where(Envelope.kind == Kind.TEXT)).first()
            assert message is not None
            version = redaction.newest(session, case, message).version
            redaction.redact(session, self.day, ME, case, message, [Range(start, end, "name")], version)

    def ask(self, who: Actor, wanted: Wanted | None = None, pair: Pair = FROM_TURKISH) -> str:
        wanted = wanted or Wanted(message_id=self.message_id)
        return self.office.interpreting.ask(self.willow, self.case_id, wanted, who.person_id.hex(), pair)

    def rows(self) -> int:
        with self.office._work() as (session, _):
            return len(session.scalars(select(AssignedText)).all())

    def kinds(self) -> list[str]:
        return [one.kind for one in reversed(self.office.cases.view(ME, self.case_id).events)]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.office.close()


def test_the_text_is_frozen_as_it_was_redacted_then(line: Line) -> None:
    line.take_out(0, 6)
    asking = line.office.interpreting.asking(
        line.willow, line.case_id, Wanted(message_id=line.message_id), "tr"
    )
    assert asking.text == REDACTED
    assert [one.desk for one in asking.interpreters] == ["elm", "larch"]
    text_id = line.ask(line.larch)
    line.take_out(0, len(TEXT))
    desk = line.office.interpreting
    (one,) = desk.texts(line.larch)
    assert (one.text_id, one.language, one.into, one.length) == (text_id, "tr", "en", len(REDACTED))
    assert (one.day, one.desk, one.handed_day) == (line.day, "willow", None)
    assert desk.open(line.larch, text_id).text == REDACTED
    shown = repr(desk.open(line.larch, text_id))
    for hidden in (line.case_id, line.message_id, line.source.thread.hex(), "Mehmet"):
        assert hidden not in shown
    assert line.kinds()[-2:] == ["translation-asked", "redacted"]


def test_what_is_handed_in_stands_beside_the_message_and_is_gone_from_the_interpreter(line: Line) -> None:
    line.take_out(0, 6)
    desk, text_id = line.office.interpreting, line.ask(line.larch)
    desk.save(line.larch, text_id, "[name] waits")
    assert desk.open(line.larch, text_id).draft == "[name] waits"
    assert line.messages()[0].translations == ()
    line.clock.day += 1
    desk.hand_in(line.larch, text_id, ENGLISH)
    (shown,) = line.messages()[0].translations
    assert (shown.origin, shown.author, shown.text) == ("interpreter", line.larch.person_id.hex(), ENGLISH)
    assert (shown.language, shown.day, line.messages()[0].text) == ("en", line.day, TEXT)
    opened = desk.open(line.larch, text_id)
    assert (opened.text, opened.draft, opened.line.handed_day) == ("", "", line.day)
    for again in (desk.save, desk.hand_in):
        with pytest.raises(WrongState):
            again(line.larch, text_id, "Once more.")
    assert line.kinds()[-1] == "translation-handed-in"


def test_nobody_else_opens_a_text_and_an_interpreter_opens_no_case(line: Line) -> None:
    desk, text_id = line.office.interpreting, line.ask(line.larch)
    for other in (line.elm, line.oak):
        assert desk.texts(other) == ()
        for act in (lambda who: desk.open(who, text_id), lambda who: desk.hand_in(who, text_id, "Mine.")):
            with pytest.raises(UnknownItem):
                act(other)
    with pytest.raises(NotAllowed):
        desk.open(line.willow, text_id)
    with pytest.raises(NotAllowed):
        line.office.cases.view(line.larch, line.case_id)
    with pytest.raises(NotAllowed):
        line.office.conversations.all(line.larch)
    with pytest.raises(NotAllowed):
        desk.take_back(line.larch, line.case_id, text_id)
    with pytest.raises(BadField):
        desk.hand_in(line.larch, text_id, " ")


def test_only_who_translates_it_and_is_not_kept_away_can_be_asked(line: Line) -> None:
    line.office.assignment.keep_away(ME, line.case_id, line.elm.person_id.hex(), "same-community")
    for who in (line.oak, line.elm, line.willow):
        with pytest.raises(NoInterpreter):
            line.ask(who)
    for pair in (Pair("fa", "en"), Pair("en", "tr")):
        with pytest.raises(NoInterpreter):
            line.ask(line.larch, pair=pair)
    with pytest.raises(BadField):
        line.ask(line.larch, pair=Pair("tr", "xx"))
    text_id = line.ask(line.larch)
    with pytest.raises(AlreadyAsked):
        line.ask(line.larch)
    line.office.assignment.keep_away(ME, line.case_id, line.larch.person_id.hex(), "knows-the-reporter")
    assert line.office.interpreting.texts(line.larch) == ()
    with pytest.raises(NotAllowed):
        line.office.interpreting.open(line.larch, text_id)


def test_a_draft_is_translated_and_taken_over_by_the_counsellor(line: Line) -> None:
    thread, desk = line.source.thread.hex(), line.office.interpreting
    reply_id = line.office.answers.draft(line.willow, thread, DRAFT, "en")
    text_id = line.ask(line.larch, Wanted(reply_id=reply_id), INTO_TURKISH)
    assert desk.open(line.larch, text_id).text == DRAFT
    desk.hand_in(line.larch, text_id, TURKISH)
    (answer,) = line.answers()
    assert (answer.text, answer.state) == (DRAFT, "draft")
    (shown,) = answer.translations
    assert (shown.text, shown.origin, shown.outdated) == (TURKISH, "interpreter", False)
    desk.take_over(line.willow, line.case_id, reply_id, shown.translation_id)
    (answer,) = line.answers()
    assert (answer.text, answer.language, answer.state) == (TURKISH, "tr", "draft")
    (before,) = answer.translations
    assert (before.text, before.language, before.origin) == (DRAFT, "en", "before")
    assert before.author == line.larch.person_id.hex()
    with pytest.raises(UnknownItem):
        desk.take_over(line.willow, line.case_id, reply_id, shown.translation_id)
    line.office.answers.approve(line.willow, reply_id)
    line.release()
    assert [one.text for one in line.server.mailbox(line.source)] == [TURKISH]
    assert "translation-taken-over" in line.kinds()


def test_a_draft_that_was_changed_since_is_not_replaced(line: Line) -> None:
    thread, desk = line.source.thread.hex(), line.office.interpreting
    reply_id = line.office.answers.draft(line.willow, thread, DRAFT, "en")
    desk.hand_in(line.larch, line.ask(line.larch, Wanted(reply_id=reply_id), INTO_TURKISH), TURKISH)
    line.office.answers.edit(line.willow, reply_id, "Stay where you are.", "en")
    (shown,) = line.answers()[0].translations
    assert shown.outdated
    with pytest.raises(Outdated):
        desk.take_over(line.willow, line.case_id, reply_id, shown.translation_id)
    line.office.answers.withdraw(line.willow, reply_id)
    with pytest.raises(WrongState):
        line.ask(line.elm, Wanted(reply_id=reply_id), INTO_TURKISH)


def test_an_interpreter_counts_as_an_author(line: Line) -> None:
    thread, desk = line.source.thread.hex(), line.office.interpreting
    rowan = line.acting(line.enter("rowan", Role.SUPERVISOR), Role.SUPERVISOR)
    line.office.people.set_second_reading(rowan, True)
    reply_id = line.office.answers.draft(line.willow, thread, DRAFT, "en")
    desk.hand_in(line.larch, line.ask(line.larch, Wanted(reply_id=reply_id), INTO_TURKISH), TURKISH)
    desk.take_over(rowan, line.case_id, reply_id, line.answers()[0].translations[0].translation_id)
    both = Actor(line.larch.person_id, "larch", frozenset({Role.INTERPRETER, Role.SUPERVISOR}))
    for author in (rowan, line.willow, both):
        with pytest.raises(OwnReply):
            line.office.answers.approve(author, reply_id)


def test_a_text_that_is_taken_back_is_gone(line: Line) -> None:
    desk, text_id = line.office.interpreting, line.ask(line.larch)
    desk.save(line.larch, text_id, "Begun.")
    desk.take_back(line.willow, line.case_id, text_id)
    assert line.rows() == 0
    with pytest.raises(UnknownItem):
        desk.hand_in(line.larch, text_id, ENGLISH)
    assert line.kinds()[-1] == "translation-taken-back"


def test_closing_a_case_and_leaving_end_what_is_open(line: Line) -> None:
    done = line.ask(line.larch)
    line.office.interpreting.hand_in(line.larch, done, ENGLISH)
    line.ask(line.elm)
    line.ask(line.larch)
    line.office.people.deactivate(ME, line.elm.person_id.hex())
    assert line.rows() == 2
    line.office.cases.close(line.willow, line.case_id, "test")
    (left,) = line.office.interpreting.texts(line.larch)
    assert left.text_id == done
    with pytest.raises(WrongState):
        line.ask(line.larch)
    line.clock.day += RETENTION
    line.office.renew_operating_key(ROOT_PASSPHRASE)
    line.office.cases.destroy(ME, line.case_id)
    assert line.rows() == 0
    assert line.office.interpreting.texts(line.larch) == ()


@pytest.mark.parametrize("scope", list(WithdrawScope))
def test_a_withdrawal_takes_the_text_from_the_interpreter(line: Line, scope: WithdrawScope) -> None:
    handed = line.ask(line.elm)
    line.office.interpreting.hand_in(line.elm, handed, ENGLISH)
    text_id = line.ask(line.larch)
    withdrawal = line.sent(line.source, "", kind=Kind.WITHDRAW, intake={SCOPE: scope.value})
    line.take_in(line.export(withdrawal))
    with pytest.raises(UnknownItem):
        line.office.interpreting.open(line.larch, text_id)
    gone = scope is WithdrawScope.ALL
    assert line.rows() == (0 if gone else 1)
    with line.office._work() as (session, _):
        assert len(session.scalars(select(Translation)).all()) == (0 if gone else 1)
    with pytest.raises(UnknownItem if gone else SharingWithdrawn):
        line.ask(line.larch)
    assert "translation-taken-back" in line.kinds()


def test_a_text_goes_along_when_cases_are_merged_and_parted(line: Line) -> None:
    other = new_source()
    line.take_in(line.export(line.sent(other, "Ben de.")))
    target = line.office.cases.of_thread(ME, other.thread.hex())
    text_id = line.ask(line.larch)
    line.office.interpreting.save(line.larch, text_id, "Begun.")
    line.office.cases.merge(ME, target, line.case_id)
    opened = line.office.interpreting.open(line.larch, text_id)
    assert (opened.text, opened.draft) == (TEXT, "Begun.")
    line.case_id = line.office.cases.split(ME, target, line.source.thread.hex())
    line.office.interpreting.hand_in(line.larch, text_id, ENGLISH)
    assert [one.text for one in line.messages()[0].translations] == [ENGLISH]
