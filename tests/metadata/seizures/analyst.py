"""One analyst for every seized folder: databases, names, sizes, times, entropy, and known formats.

It is told nothing of the server that it looks at. What it finds in tables is joined to the files that they
name; without tables, names of files are all it has. A store in Sluis's formats is read with those.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from tests.metadata.seizures import files, formats
from tests.metadata.seizures.files import Seen
from tests.metadata.seizures.findings import Findings, FoundAnswer, FoundReport
from tests.metadata.seizures.tables import Row, Table, moment, pick, tables

_OPENPGP_BYTES = 590  # what an OpenPGP message is longer than its content, for one recipient with RSA-4096


def analyse(folder: Path) -> Findings:
    """Everything that the folder tells."""
    found = Findings()
    seen = files.listing(folder)
    _from_tables(tables(folder), seen, found)
    if not found.reports:
        found.reports, found.answers, found.sources = files.from_names(seen)
    reports, answers = {one.piece for one in found.reports}, {one.piece for one in found.answers}
    known = reports | answers
    if known:
        found.report_marks = {file.name: (float(file.name in reports),) for file in seen}
        found.answer_marks = {file.name: (float(file.name in answers),) for file in seen}
    found.notes += files.occupied(folder, [file for file in seen if file.name not in known])
    for store in formats.stores(folder):
        formats.read_store(store, found)
    for pattern, family in files.families([file for file in seen if file.name not in known]).items():
        if len(family) > 2:
            sizes = {file.size for file in family}
            said = "one size" if len(sizes) == 1 else f"{len(sizes)} sizes"
            found.notes.append(f"{len(family)} files {pattern}, {said}")
    return found


def _from_tables(all_tables: list[Table], seen: list[Seen], found: Findings) -> None:
    names = _names(pick(all_tables, "staff"))
    if names:
        found.notes.append(f"accounts: {', '.join(names.values())}")
    sources = pick(all_tables, "sources")
    order: dict[object, int] = {}
    if sources is not None:
        order = {row[sources.key]: number for number, row in enumerate(sources.rows)}
        found.sources = len(order)
    by_name = {Path(file.name).name: file for file in seen}
    reports = pick(all_tables, "reports", linked="sources")
    if reports is not None:
        readers = _readers(all_tables, names)
        found.reports = [_report(reports, row, order, by_name, readers) for row in reports.rows]
        _mend_times(found.reports)
    answers = pick(all_tables, "answers", linked="sources")
    if answers is not None:
        found.answers = [_answer(answers, row, order, by_name, names) for row in answers.rows]


def _names(staff: Table | None) -> dict[object, str]:
    column = staff.column("user|alias|name|login") if staff else None
    return {} if staff is None or column is None else {row[staff.key]: str(row[column]) for row in staff.rows}


def _readers(all_tables: list[Table], names: dict[object, str]) -> dict[object, frozenset[str]] | None:
    """Who read which report, by the report's key; None without a table that says so."""
    saying = [table for table in all_tables if {"reports", "staff"} <= table.links.keys()]
    if not saying:
        return None
    found: defaultdict[object, set[str]] = defaultdict(set)
    for table in saying:
        for row in table.rows:
            found[row[table.links["reports"]]].add(names.get(row[table.links["staff"]], "?"))
    return {key: frozenset(who) for key, who in found.items()}


def _file_of(table: Table, row: Row, by_name: dict[str, Seen]) -> Seen | None:
    column = table.column("file|path")
    return by_name.get(Path(str(row[column])).name) if column else None


def _time_of(table: Table, row: Row, file: Seen | None) -> float | None:
    column = table.time_column()
    own = moment(row[column]) if column else None
    return own if own is not None else (file.at if file else None)


def _source_of(table: Table, row: Row, order: dict[object, int]) -> int | None:
    column = table.links.get("sources")
    if column is None:
        return None
    return order.setdefault(row[column], len(order))


def _report(
    table: Table,
    row: Row,
    order: dict[object, int],
    by_name: dict[str, Seen],
    readers: dict[object, frozenset[str]] | None,
) -> FoundReport:
    file = _file_of(table, row, by_name)
    size_column, kind_column = table.column("size|bytes|length"), table.column("kind|type")
    size = row[size_column] if size_column else (file.size if file else None)
    if isinstance(size, int) and file and file.name.endswith((".gpg", ".pgp", ".asc")):
        size = max(0, size - _OPENPGP_BYTES)
    told = str(row[kind_column]) if kind_column else (Path(file.name).name if file else "")
    return FoundReport(
        _source_of(table, row, order),
        _time_of(table, row, file),
        files.kind_of(told) if told else None,
        size if isinstance(size, int) else None,
        None if readers is None else readers.get(row[table.key], frozenset()),
        file.name if file else "",
    )


def _answer(
    table: Table, row: Row, order: dict[object, int], by_name: dict[str, Seen], names: dict[object, str]
) -> FoundAnswer:
    file, deleted, author = _file_of(table, row, by_name), table.column("delet"), table.links.get("staff")
    return FoundAnswer(
        _source_of(table, row, order),
        names.get(row[author]) if author else None,
        _time_of(table, row, file),
        bool(row[deleted]) if deleted else None,
        file.name if file else "",
    )


def _mend_times(reports: list[FoundReport]) -> None:
    """Where all reports of a source bear one time, it is that of the newest; the others lie in between.

    Reports are in the order of their arrival, so a report whose time was overwritten came after those before
    it and before those after it: its time is read off the line through the times that are right.
    """
    times: defaultdict[int | None, set[float | None]] = defaultdict(set)
    last: dict[int | None, int] = {}
    count: defaultdict[int | None, int] = defaultdict(int)
    for number, report in enumerate(reports):
        times[report.source].add(report.at)
        last[report.source] = number
        count[report.source] += 1
    several = [source for source, reports_of in count.items() if reports_of > 1]
    if not several or any(len(times[source]) > 1 for source in several):
        return
    right = sorted((number, reports[number].at) for number in last.values() if reports[number].at is not None)
    for number, report in enumerate(reports):
        if number != last[report.source] and right:
            known = [float(at) for _, at in right if at is not None]
            report.at = float(np.interp(number, [place for place, _ in right], known))
