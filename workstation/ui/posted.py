"""What a browser sends of a form, as the rest of the program has it."""

from __future__ import annotations

from typing import TypeVar

from flask import request

T = TypeVar("T")

# int() reads no number of more than 4,300 digits.
_DIGITS_MAX = 4_000


def unified(typed: str) -> str:
    """A text with line ends as everywhere else, and not as browsers send them."""
    return typed.replace("\r\n", "\n")


def pairs() -> list[tuple[str, str]]:
    """All fields of this request in their order, but the token."""
    every = request.form.items(multi=True)
    return [(name, unified(value)) for name, value in every if name != "csrf_token"]


def number(typed: str, otherwise: T, digits: int = _DIGITS_MAX) -> int | T:
    """A whole number of at most so many digits; `otherwise` for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= digits else otherwise
