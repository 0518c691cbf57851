"""Every place in a package where something may be logged or printed, with what is said there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "fatal", "log"}
_PRINTING = {
    "echo",
    "secho",
    "warn",
    "warn_explicit",
    "print_exc",
    "print_exception",
    "print_stack",
    "syslog",
}
_STREAMS = re.compile(r"std(?:out|err)|log", re.I)
_REPORTING = {"print", "report"}


def log_statements(package: Path) -> set[str]:
    """`package/module.py: what is said`, one for each statement below the folder of a package."""
    found = set()
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        found |= {f"{path.relative_to(package.parent)}: {said}" for said in _said(tree)}
    return found


def _said(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _speaks(node.func):
            yield _template(node)


def _speaks(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id in _REPORTING or called.id in _PRINTING
    if not isinstance(called, ast.Attribute):
        return False
    of = ast.unparse(called.value)
    if called.attr in _PRINTING:
        return True
    if called.attr in _LEVELS:
        return not re.fullmatch(r"math|np|numpy", of)
    return called.attr in {"write", "writelines", "print"} and bool(_STREAMS.search(of))


def _template(call: ast.Call) -> str:
    """What is said: a message with {} for what is filled in; a call to `report`, as it stands."""
    if isinstance(call.func, ast.Name) and call.func.id == "report":
        return ast.unparse(call)
    parts = [_text(one) for one in call.args] or ["(an empty line)"]
    return " ".join(parts)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value).strip()
    if isinstance(node, ast.JoinedStr):
        pieces = [
            str(one.value) if isinstance(one, ast.Constant) else "{" + ast.unparse(one.value) + "}"
            for one in node.values
            if isinstance(one, ast.Constant | ast.FormattedValue)
        ]
        return "".join(pieces).strip()
    return "{" + ast.unparse(node) + "}"
