"""docs/data_inventory.md as data: what may be at rest on a server, and what to say of anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "data_inventory.md"
COLUMNS = "Columns of SQL tables"
STORE, FIELDS, RUN, OTHER = "Files of the store", "Fields inside these files", "Run folders", "Other files"
LINES, STATEMENTS, COOKIES = "Log lines", "Statements that speak", "Cookies"

_PLACEHOLDERS = {
    "NN": r"\d\d",
    "N": r"\d+",
    "RANDOM": r"[\w-]+",
    "CODE": r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
    "CLASS": r"[A-Z]\w*",
    "MODULE": r"[a-z_]\w*(?:\.\w+)*",
    "VERSION": r"\d+(?:\.\d+)+",
    "PATH": r"/\S+",
    "SOCKET": r"[\w.]+",
    "DATABASE": r"DATABASE",
}
_WORD = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_PLACEHOLDERS)})(?![A-Za-z])")
_GLUED = re.compile(r"(?<=/g)RANDOM(?=/)")
_CODE = re.compile(r"`([^`]+)`")
_FORBIDDEN = {
    "a path": re.compile(r"(?<![\w.])/[\w.-]+/[\w./-]+|\bunix:/\S+"),
    "a clock time": re.compile(r"\b\d\d:\d\d(?::\d\d)?\b"),
    "a network address": re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\bfc00:[0-9a-f:]+|\b[a-z2-7]{56}\.onion\b"),
}


@dataclass(frozen=True)
class Row:
    """A row of one table: the names in its first cell, and all its cells."""

    name: str
    cells: tuple[str, ...]


class Inventory:
    """The tables of the document, by the heading that they stand under."""

    def __init__(self, text: str) -> None:
        self.tables: dict[str, list[Row]] = {}
        self.heads: dict[str, tuple[str, ...]] = {}
        for section in re.split(r"^## ", text, flags=re.M)[1:]:
            heading, _, body = section.partition("\n")
            lines = [line for line in body.splitlines() if line.startswith("|")]
            self.heads[heading] = _cells(lines[0]) if lines else ()
            self.tables[heading] = [_row(line) for line in lines[2:]]

    def names(self, *headings: str) -> set[str]:
        """What stands in the first column of these tables."""
        return {row.name for heading in headings for row in self.tables[heading]}

    def knows(self, what: str, *headings: str) -> bool:
        """Whether an entry of these tables is this, with its placeholders filled in."""
        return any(matches(name, what) for name in self.names(*headings))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|"))


def _row(line: str) -> Row:
    cells = _cells(line)
    named = _CODE.match(cells[0])
    assert named is not None, f"a row of the inventory without a name: {line}"
    return Row(named[1], cells)


def matches(entry: str, what: str) -> bool:
    """Whether `what` is the entry with its placeholders filled in."""
    pattern, at = "", 0
    for found in sorted([*_WORD.finditer(entry), *_GLUED.finditer(entry)], key=lambda one: one.start()):
        pattern += re.escape(entry[at : found.start()]) + _PLACEHOLDERS[found[0]]
        at = found.end()
    return re.fullmatch(pattern + re.escape(entry[at:]), what) is not None


def load() -> Inventory:
    """The inventory as it is committed."""
    return Inventory(DOCUMENT.read_text("utf-8"))


def _complain(kind: str, what: str, where: str, why: str = "") -> str:
    return (
        f"{kind} {what!r} is at rest on a server and not in docs/data_inventory.md, {where!r}."
        f"{' ' + why if why else ''} Can you do without it? If not, write down there what it is for, how "
        "precise it is, how long it stays and who can read it."
    )


def unknown_columns(inventory: Inventory, columns: Iterable[str]) -> list[str]:
    """Complaints about columns that are not in the inventory."""
    known = inventory.names(COLUMNS)
    why = "A table on a server tells whoever seizes it what it tells us, for as long as it is kept."
    return [_complain("the column", one, COLUMNS, why) for one in sorted(set(columns) - known)]


def unknown_files(inventory: Inventory, files: Iterable[str]) -> list[str]:
    """Complaints about files: names as `store/...`, `run/...`, DATABASE..., or an absolute path."""
    why = "Its name, size and times are data too."
    # a file that is about to replace another is known when that one is
    names = {one: one.removesuffix(".new") if one.startswith("store/") else one for one in files}
    strange = [one for one, name in sorted(names.items()) if not inventory.knows(name, STORE, RUN, OTHER)]
    return [_complain("the file", one, STORE, why) for one in strange]


def unknown_lines(inventory: Inventory, lines: Iterable[str]) -> list[str]:
    """Complaints about lines of a log that no entry allows; says so when one holds what none may."""
    found = []
    for line in sorted({one.strip() for one in lines if one.strip()}):
        if not inventory.knows(line, LINES):
            held = [what for what, pattern in _FORBIDDEN.items() if pattern.search(line)]
            why = f"It holds {' and '.join(held)}, which no log may hold." if held else ""
            found.append(_complain("the log line", line, LINES, why))
    return found


def unknown_statements(inventory: Inventory, statements: Iterable[str]) -> list[str]:
    """Complaints about statements that print or log."""
    known = inventory.names(STATEMENTS)
    strange = sorted({" ".join(one.split()) for one in statements} - known)
    why = "Whatever fills it in may come from a source."
    return [_complain("what is logged by", one, STATEMENTS, why) for one in strange]


def unknown_cookies(inventory: Inventory, cookies: Iterable[str]) -> list[str]:
    """Complaints about cookies, by name."""
    strange = sorted(set(cookies) - inventory.names(COOKIES))
    return [_complain("the cookie", one, COOKIES, "It stays in a source's browser.") for one in strange]
