"""Everything that a workstation writes down, once: an entry of every kind, and words that are in none."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from sluis.bank import SlotContent
from sluis.envelope import SCOPE, Kind, WithdrawScope
from sluis.keytree import SourceKeys
from tests.support.export_builder import new_source
from tests.support.people import Insider, Seat
from tests.support.workroom import CHEAP, ROOT_PASSPHRASE
from workstation import moving
from workstation.casework import consent, passed_on
from workstation.casework.consent_terms import Answered, Terms
from workstation.casework.interpreting import Pair
from workstation.casework.interpreting_desk import Wanted
from workstation.casework.models import Case
from workstation.casework.options import Prospect
from workstation.casework.phone import Call
from workstation.casework.redaction_rules import Range
from workstation.casework.referral_terms import Wanted as Referred
from workstation.casework.roles import LONE_SEAT, Actor, Role
from workstation.casework.triage import Triage
from workstation.records import LooseFile, Message, ReplyEntry

RETENTION = 180
CODENAME = "0000 0000 0000 0000 0000 0000 0000"
# Of no language, and with no six letters in a row that a code, a number or a desk has.
MESSAGE = "Zjuvolk quorpelt wymphondrik snelqua vrostiplumm."
AGAIN = "Hupsolwijn trukkelmoq vozzepliq."
FILE_NAME = "plomquist-vrendjolk.jpg"
NOTE = "Krolvipstumq wozzelindrup."
TASK = "Vjompelquist stronkeliwup."
REMARKS = "Quimpolstrev wujjelhonk zwimprolq."
SAFE_TIME = "Plovuntjeq smirkelwoz."
ANSWER = "Tjolvumprik glossewinq druvelkomst."
TOLD = "Wjumpliqor stenkelvrup dozzhimplak."
TRANSLATED = "Klompurwiq vestrondhuj pliksomwedra."
HANDED_IN = "Snorwiqkelp jondrumvitsel hoqpalwim."
OTHER_WORDS = "Brelvonkwuj simpqorledda twunshopliv."
_SAID = (MESSAGE, AGAIN, FILE_NAME, NOTE, TASK, REMARKS, SAFE_TIME, ANSWER, TOLD)
SUMMARY = "Dvoplinquer hastrumwil jekkolpravim."
WORDS = (*_SAID, TRANSLATED, HANDED_IN, OTHER_WORDS, SUMMARY)
SERVICES = """
version = 1
[[service]]
id = "elm"
kind = "legal"
for = ["help"]
names.en = "Elm"
does.en = "Advice."
telephone = ["112"]
last_verified = 2024-09-01
expires = 2025-09-01
"""


@dataclass
class Story:
    """The random ids (in hexadecimal) of what is left at the end."""

    destroyed: str
    split_off: str
    kept_from: str
    everybody: dict[str, str] = field(default_factory=dict)


def acting(one: Insider, *roles: Role) -> Actor:
    """Somebody as if they had signed in."""
    return Actor(bytes.fromhex(one.person_id), one.desk, frozenset(roles))


def tell(room: Seat) -> Story:
    """Two imports and half a year, with five people; the supervisor rowan is kept away from one case."""
    birch = acting(room.enter("birch", Role.CUSTODIAN), Role.CUSTODIAN)
    rowan = acting(room.enter("rowan", Role.SUPERVISOR), Role.SUPERVISOR)
    willow = room.enter("willow", Role.COUNSELLOR)
    alder = room.enter("alder", Role.AUDITOR)
    larch = room.enter("larch", Role.INTERPRETER, languages=frozenset({"en"}))
    first, second, third = (new_source() for _ in range(3))
    room.take_in(
        room.export(
            _report(room, first, MESSAGE, danger="now"),
            room.server.report(first, bytes(500), room.day, kind=Kind.FILE, file_name=FILE_NAME),
            _report(room, second, MESSAGE[8:]),
            _report(room, third, MESSAGE[16:]),
        )
    )
    desk = room.office.cases
    mine, other, theirs = (desk.of_thread(LONE_SEAT, one.thread.hex()) for one in (first, second, third))
    _work_on(room, rowan, willow, mine, other)
    _in_other_languages(room, rowan, larch, mine)
    _answer(room, rowan)
    _refer(room, rowan, mine)
    _agree(room, rowan, acting(willow, Role.COUNSELLOR), mine)
    room.office.phone.begin(rowan, Call("phone", "en", TOLD), CODENAME, Triage(), CHEAP)
    desk.merge(rowan, mine, other)
    split_off = desk.split(rowan, mine, second.thread.hex())
    desk.unlink(rowan, mine, split_off)
    desk.add_note(rowan, theirs, NOTE)
    desk.close(rowan, mine, "no-contact")
    withdrawn = room.server.report(
        third, b"", room.day, kind=Kind.WITHDRAW, intake={SCOPE: WithdrawScope.ALL.value}
    )
    room.take_in(room.export(_report(room, first, AGAIN), withdrawn))
    desk.close(rowan, mine, "done", "nothing-asked")
    desk.reopen(rowan, mine)
    desk.close(rowan, mine, "referred", "nothing-asked")
    room.office.assignment.keep_away(rowan, theirs, rowan.person_id.hex(), "same-community")
    _look_after_people(room, birch, rowan, willow, larch)
    room.clock.day += RETENTION
    room.office.renew_operating_key(ROOT_PASSPHRASE)
    with room.office._work() as (session, _):
        moving.write_down(session, room.day, birch, several=False)
    room.office.releases.make(rowan)
    desk.destroy(rowan, mine)
    return Story(mine, split_off, theirs, {"alder": alder.person_id, "willow": willow.person_id})


def _report(room: Seat, source: SourceKeys, text: str, **intake: str) -> list[SlotContent]:
    return room.server.report(source, text.encode(), room.day, intake=intake)


def _work_on(room: Seat, rowan: Actor, willow: Insider, mine: str, other: str) -> None:
    desk = room.office.cases
    desk.assess(
        rowan,
        mine,
        Triage(danger="now", remarks=REMARKS, safe_time=SAFE_TIME),
        codes=frozenset({"PHY", "INT"}),
    )
    desk.add_note(rowan, mine, NOTE)
    (note,) = desk.view(rowan, mine).notes
    desk.remove_note(rowan, mine, note.note_id)
    desk.add_task(rowan, mine, TASK, 7)
    (task,) = desk.view(rowan, mine).tasks
    desk.finish_task(rowan, mine, task.task_id)
    desk.link(rowan, mine, other, "same-event")
    desk.assign(rowan, mine, willow.person_id)
    room.office.assignment.keep_away(rowan, mine, willow.person_id, "knows-the-reporter")
    room.office.assignment.allow_again(rowan, mine, willow.person_id)
    thread = desk.view(rowan, mine).conversations[0].summary.thread_id
    room.answer(ANSWER, thread)


def _answer(room: Seat, rowan: Actor) -> None:
    """Answers in each of their states, a muted case, and a copy of a file."""
    office, source, report = room.office, new_source(), room.server.report
    office.rules.set_receipts(rowan, True)
    office.rules.set_release_days(rowan, {"mon"})
    file = report(source, bytes(500), room.day, kind=Kind.FILE, file_name=FILE_NAME)
    room.take_in(room.export(_report(room, source, MESSAGE), file))
    thread = source.thread.hex()
    read, deleted, _late, back = (room.answer(ANSWER, thread) for _ in range(4))
    office.answers.withdraw(rowan, back)
    office.releases.make(rowan, outside=True)
    office.releases.write(rowan, room.media)
    again = report(source, AGAIN.encode(), room.day, read=(bytes.fromhex(read),))
    gone = report(source, b"", room.day, kind=Kind.DELETE, deleted=(bytes.fromhex(deleted),))
    room.take_in(room.export(again, gone))
    case_id = office.cases.of_thread(rowan, thread)
    office.cases.mute(rowan, case_id, "flood")
    office.cases.unmute(rowan, case_id)
    entries = (one.entry for one in office.cases.view(rowan, case_id).timeline)
    loose = next(one for one in entries if isinstance(one, LooseFile))
    office.stripping.keep(rowan, loose.file.file_id, [b"a copy"])
    office.rules.set_release_days(rowan, ())


def _in_other_languages(room: Seat, rowan: Actor, larch: Insider, mine: str) -> None:
    desk, interpreter = room.office.interpreting, acting(larch, Role.INTERPRETER)
    placed = room.office.cases.view(rowan, mine).timeline
    message, thread = next((one.entry, one.thread_id) for one in placed if isinstance(one.entry, Message))
    room.office.translations.write(rowan, mine, message.message_id, "nl", TRANSLATED)
    wanted = Wanted(message_id=message.message_id)
    desk.take_back(rowan, mine, desk.ask(rowan, mine, wanted, larch.person_id, Pair("en", "nl")))
    desk.hand_in(interpreter, desk.ask(rowan, mine, wanted, larch.person_id, Pair("en", "nl")), HANDED_IN)
    reply_id = room.office.answers.draft(rowan, thread, ANSWER, "nl")
    text_id = desk.ask(rowan, mine, Wanted(reply_id=reply_id), larch.person_id, Pair("nl", "en"))
    desk.hand_in(interpreter, text_id, OTHER_WORDS)
    entries = (one.entry for one in room.office.cases.view(rowan, mine).timeline)
    answer = next(one for one in entries if isinstance(one, ReplyEntry) and one.reply_id == reply_id)
    desk.take_over(rowan, mine, reply_id, answer.translations[0].translation_id)


def _refer(room: Seat, rowan: Actor, mine: str) -> None:
    directory, referral = room.office.directory, room.office.referral
    directory.take_in(rowan, directory.sign(rowan, SERVICES)[1])
    (message,) = room.office.redaction.messages(rowan, mine)
    room.office.redaction.redact(rowan, mine, message.message_id, (Range(0, 8, "name"),), 0)
    with room.office._work() as (session, _):
        case = session.scalars(select(Case).where(Case.case_id == bytes.fromhex(mine))).one()
        terms = Terms.of("help", "svc:elm", frozenset({"summary"}), "anonymous")
        sources = frozenset(one.thread.hex() for one in case.threads)
        said = Answered(terms, "yes", 30, "en", SUMMARY, "phone", "", sources)
        consent.record(session, room.day, rowan, case, said)
    wanted = Referred("help", "en", ("summary",), summary=SUMMARY)
    seen = referral.prepare(rowan, mine, "elm", wanted).digest
    referral.make(rowan, mine, "elm", wanted, seen, "print")


def _agree(room: Seat, rowan: Actor, willow: Actor, mine: str) -> None:
    """An option, an exception, a hold that is lifted, a proposal that is dropped, an agreement that ends."""
    office = room.office
    office.options.write(rowan, mine, Prospect(SUMMARY, SUMMARY, SUMMARY, SUMMARY), "us", "thinks")
    terms = Terms.of("help", SUMMARY, frozenset({"summary"}), "anonymous")
    made = office.consent.propose_exception(rowan, mine, terms, 7, SUMMARY)
    office.consent.confirm_exception(willow, mine, made)
    with office._work() as (session, _):
        case = session.scalars(select(Case).where(Case.case_id == bytes.fromhex(mine))).one()
        grant = consent.require(session, case, terms.purpose, SUMMARY, terms.fields, room.day)
        passed_on.note(session, room.day, rowan, case, grant, terms.fields, bytes(16))
    office.consent.end(rowan, mine, made)
    office.holds.drop(rowan, mine, office.holds.propose_hold(willow, mine, 30, SUMMARY))
    office.holds.confirm(willow, mine, office.holds.propose_hold(rowan, mine, 30, SUMMARY))
    (hold,) = office.holds.view(rowan, mine).holds
    office.holds.confirm(rowan, mine, office.holds.propose_lift(willow, mine, hold.hold_id))


def _look_after_people(room: Seat, birch: Actor, rowan: Actor, willow: Insider, larch: Insider) -> None:
    people = room.office.people
    people.set_second_reading(rowan, True)
    people.set_roles(birch, willow.person_id, frozenset({Role.COUNSELLOR, Role.INTERPRETER}))
    people.set_abilities(birch, willow.person_id, {"children"}, {"tr"})
    people.renew_access(birch, larch.person_id, larch.passphrase)
    people.change_passphrase(
        acting(willow, Role.COUNSELLOR), willow.passphrase, willow.passphrase + " and more"
    )
    people.deactivate(birch, larch.person_id)
