"""The codebook: stable codes for what was done to somebody, versioned, in `codebook.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sluis.errors import BadField

_FALLBACK = "en"


@dataclass(frozen=True)
class Codebook:
    """`texts`: by code, its short text by language."""

    version: int
    texts: Mapping[str, Mapping[str, str]]

    def text(self, code: str, language: str) -> str:
        """The short text of a code in a language, English where there is no other; a code unknown: itself."""
        texts = self.texts.get(code, {})
        return texts.get(language) or texts.get(_FALLBACK, code)

    def check(self, code: str) -> None:
        """Raises BadField for a code that this version does not have."""
        if code not in self.texts:
            raise BadField("no such code in the codebook")


def parse(text: str) -> Codebook:
    """Raises BadField unless it has a version and each code its English text."""
    data = tomllib.loads(text)
    version, codes = data.get("version"), data.get("codes", {})
    if not isinstance(version, int) or not codes or not all(one.get(_FALLBACK) for one in codes.values()):
        raise BadField("not a codebook")
    return Codebook(version, codes)


@cache
def current() -> Codebook:
    """The codebook that comes with this version of the program."""
    return parse(files(__package__).joinpath("codebook.toml").read_text("utf-8"))
