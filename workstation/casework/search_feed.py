"""What the search knows of the case database: which texts there are, what has changed, what stands there now.

Triggers of this connection only, never part of the file, write down the number of every case of which
anything that the search depends on was inserted, changed or deleted, by whatever statement; so no operation
has to remember to say so, and a transaction that is undone takes that back too. Where several seats write,
search_marks.py does the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session, selectinload

from sluis.envelope import NO_PARENT, Kind
from workstation.casework import inbox, options, search_marks, translating, words, written
from workstation.casework.beside import TOLD
from workstation.casework.models import Assessment, Case, Note, Task
from workstation.casework.options_models import Option
from workstation.casework.phone_models import Told
from workstation.casework.roles import Actor
from workstation.casework.search_index import Item, Match, Place
from workstation.casework.translation_models import Translation
from workstation.casework.triage import Triage
from workstation.models import Envelope, Reply, Thread
from workstation.threads import harmless_name, is_destroyed, withdrawn_day
from workstation.turns import several_seats

CHUNK = 100
"""How many cases are read at once; whoever waits for the office waits for so many."""
_OfThread = Envelope | Reply | Told | Translation
_OfCase = Note | Task | Assessment | Option
_Row = _OfThread | _OfCase | Case
_TABLES: Mapping[Place, type[_Row]] = {
    Place.MESSAGE: Envelope,
    Place.FILE_NAME: Envelope,
    Place.ANSWER: Reply,
    Place.NOTE: Note,
    Place.TASK: Task,
    Place.JUDGEMENT: Assessment,
    Place.ALIAS: Case,
    Place.TOLD: Told,
    Place.TRANSLATION: Translation,
    Place.OPTION: Option,
}
_OF_THREAD = "SELECT case_pk FROM thread WHERE id = {row}.thread_pk"
_OF_CASE = "SELECT {row}.case_pk"
# Table: where its case is found, and the columns that count.
_WATCHED = {
    "envelope": (_OF_THREAD, "thread_pk, kind, day, erased, sealed_text, sealed_file_name"),
    "reply": (_OF_THREAD, "thread_pk, day, erased, sealed_text"),
    "withdrawal": (_OF_THREAD, "thread_pk, scope, day"),
    "told": (_OF_THREAD, "thread_pk, day, sealed_text"),
    "translation": (_OF_THREAD, "thread_pk, day, sealed_text"),
    "note": (_OF_CASE, "case_pk, sealed_text"),
    "task": (_OF_CASE, "case_pk, sealed_text"),
    "assessment": (_OF_CASE, "case_pk, sealed_triage"),
    "option": (_OF_CASE, "case_pk, sealed_words"),
    "thread": (_OF_CASE, "case_pk, alias"),
    '"case"': ("SELECT {row}.id", '"key", owner, alias'),
    "never_assign": ('SELECT id FROM "case" WHERE case_id = {row}.case_id', "person_pk, case_id"),
}


@dataclass(frozen=True)
class Standing:
    """What there is in a place: its case, the day, the text, the part of the page that shows it."""

    case: Case
    place: Place
    day: int
    text: str
    anchor: str = ""


def watch(session: Session) -> None:
    """From now on `changed` tells; what was noted before is forgotten."""
    if several_seats(session.get_bind()):
        search_marks.watch(session, _WATCHED)
        return
    statements = ["CREATE TEMP TABLE IF NOT EXISTS changed_case (case_pk INTEGER PRIMARY KEY)"]
    for number, (table, (case, columns)) in enumerate(_WATCHED.items()):
        events = (("INSERT", "NEW"), ("DELETE", "OLD"), (f"UPDATE OF {columns}", "OLD", "NEW"))
        for event, *rows in events:
            noted = " ".join(f"INSERT OR IGNORE INTO changed_case {case.format(row=row)};" for row in rows)
            name = f"watch_{number}_{event[:6].lower()}"
            statements.append(
                f"CREATE TEMP TRIGGER IF NOT EXISTS {name} AFTER {event} ON main.{table} BEGIN {noted} END"
            )
    statements.append("DELETE FROM temp.changed_case")
    for statement in statements:
        session.execute(text(statement))


def changed(session: Session) -> list[int]:
    """The cases that changed since the last time; raises sqlalchemy's OperationalError without `watch`."""
    if several_seats(session.get_bind()):
        return search_marks.changed(session, _WATCHED)
    found = list(session.scalars(text("SELECT case_pk FROM temp.changed_case")))
    if found:
        session.execute(text("DELETE FROM temp.changed_case"))
    return found


def readable(session: Session, actor: Actor, numbers: Sequence[int] | None = None) -> list[int]:
    """The cases that this person may read, all or of these; raises NotAllowed."""
    there = select(Case.id).where(Case.key.is_not(None), *inbox.readable_by(actor))
    if numbers is not None:
        there = there.where(Case.id.in_(numbers))
    return list(session.scalars(there.order_by(Case.id)))


def items(session: Session, numbers: Sequence[int]) -> Iterator[Item]:
    """All texts of these cases, at most CHUNK of them, whose keys are there."""
    cases = session.scalars(_with_threads(numbers)).all()
    threads = [thread.id for case in cases for thread in case.threads]
    rows: list[_Row] = [*cases]
    rows += session.scalars(select(Envelope).where(Envelope.thread_pk.in_(threads))).all()
    rows += session.scalars(select(Reply).where(Reply.thread_pk.in_(threads))).all()
    rows += session.scalars(select(Told).where(Told.thread_pk.in_(threads))).all()
    rows += session.scalars(select(Translation).where(Translation.thread_pk.in_(threads))).all()
    rows += session.scalars(select(Note).where(Note.case_pk.in_(numbers))).all()
    rows += session.scalars(select(Task).where(Task.case_pk.in_(numbers))).all()
    rows += session.scalars(select(Assessment).where(Assessment.case_pk.in_(numbers))).all()
    rows += session.scalars(select(Option).where(Option.case_pk.in_(numbers), options.newest())).all()
    kept = _around(session, rows)
    for row in rows:
        found = _read(session, row)
        if found is not None:
            yield Item(found.case.id, found.place, row.id, found.day, found.text)
    del kept


def standings(session: Session, matches: Sequence[Match]) -> list[Standing]:
    """What stands in these places now, in their order, without those in which nothing does."""
    wanted: dict[type[_Row], list[int]] = {}
    for match in matches:
        wanted.setdefault(_TABLES[match.place], []).append(match.row_pk)
    rows: dict[tuple[type[_Row], int], _Row] = {}
    for table, numbers in wanted.items():
        there: Select[_Row] = select(table).where(table.id.in_(numbers))  # type: ignore[assignment]  # by _TABLES
        rows |= {(table, row.id): row for row in session.scalars(there)}
    newest = select(Option.id).where(Option.id.in_(wanted.get(Option, ())), options.newest())
    for number in set(wanted.get(Option, ())) - set(session.scalars(newest)):
        rows.pop((Option, number), None)
    kept = _around(session, list(rows.values()))
    ordered = (rows.get((_TABLES[match.place], match.row_pk)) for match in matches)
    found = [_read(session, row) for row in ordered if row is not None]
    del kept
    return [one for one in found if one is not None]


def _around(session: Session, rows: Sequence[_Row]) -> tuple[Sequence[Case], Sequence[Thread]]:
    """Cases and threads of these rows: each is found in memory for as long as the caller keeps them all."""
    threads = {row.thread_pk for row in rows if isinstance(row, _OfThread)}
    of_threads = select(Thread).where(Thread.id.in_(threads))
    with_days = of_threads.options(selectinload(Thread.withdrawals), selectinload(Thread.of_case))
    cases = {row.id for row in rows if isinstance(row, Case)}
    cases |= {row.case_pk for row in rows if isinstance(row, _OfCase)}
    return session.scalars(_with_threads(cases)).all(), session.scalars(with_days).all()


def _with_threads(numbers: Collection[int]) -> Select[Case]:
    return select(Case).where(Case.id.in_(numbers)).options(selectinload(Case.threads))


def _read(session: Session, row: _Row) -> Standing | None:
    case = _case_of(session, row)
    if case.key is None:
        return None
    if isinstance(row, Case):
        aliases = dict.fromkeys((row.alias, *(one.alias for one in row.threads)))
        found = Standing(row, Place.ALIAS, row.opened_day, " ".join(aliases))
    elif isinstance(row, Envelope | Reply):
        found = _sent(case, row)
    elif isinstance(row, Told | Translation):
        found = _beside(session, case, row)
    else:
        found = _written(case, row)
    return found if found.text else None


def _case_of(session: Session, row: _Row) -> Case:
    if isinstance(row, Case):
        return row
    if isinstance(row, _OfThread):
        return session.get_one(Thread, row.thread_pk).of_case
    return session.get_one(Case, row.case_pk)


def _sent(case: Case, row: Envelope | Reply) -> Standing:
    if isinstance(row, Reply):
        said = "" if row.erased else words.reply_text(row)
        return Standing(case, Place.ANSWER, row.day, said, f"reply-{row.reply_id.hex()}")
    gone = row.erased or is_destroyed(row, withdrawn_day(row.of_thread))
    if row.kind == Kind.FILE:
        name = "" if gone else harmless_name(words.file_name(row))
        anchor = f"message-{row.parent.hex()}" if row.parent != NO_PARENT else ""
        return Standing(case, Place.FILE_NAME, row.day, name, anchor)
    said = "" if gone or row.kind != Kind.TEXT else words.envelope_text(row)
    return Standing(case, Place.MESSAGE, row.day, said, f"message-{row.message_id.hex()}")


def _beside(session: Session, case: Case, row: Told | Translation) -> Standing:
    if isinstance(row, Told):
        told = written.unseal(case, TOLD, row.told_id, row.sealed_text) if row.sealed_text else b""
        return Standing(case, Place.TOLD, row.day, told.decode("utf-8"), f"told-{row.told_id.hex()}")
    said = translating.text_of(case, row)
    anchor = f"translation-{row.translation_id.hex()}"
    return Standing(case, Place.TRANSLATION, row.day, said, anchor)


def _written(case: Case, row: _OfCase) -> Standing:
    if isinstance(row, Option):
        said = "\n".join(astuple(options.prospect(case, row)))
        return Standing(case, Place.OPTION, row.day, said, f"option-{row.option_id.hex()}")
    if isinstance(row, Assessment):
        opened = written.unseal(case, written.TRIAGE, row.assessment_id, row.sealed_triage)
        judged = Triage.decode(opened)
        said = "\n".join(one for one in (judged.remarks, judged.safe_time) if one)
        return Standing(case, Place.JUDGEMENT, row.day, said, "judgement")
    if isinstance(row, Note):
        place, kind, row_id, anchor = Place.NOTE, written.NOTE, row.note_id, "note"
    else:
        place, kind, row_id, anchor = Place.TASK, written.TASK, row.task_id, "task"
    said = written.unseal(case, kind, row_id, row.sealed_text).decode("utf-8")
    return Standing(case, place, row.day, said, f"{anchor}-{row_id.hex()}")
