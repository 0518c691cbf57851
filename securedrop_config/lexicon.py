"""The word lists that ship with Sluis, apart from the loader: only what draws codenames reads them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from sluis.codename import Lexicon, WordList


def load_lexicon(languages: Sequence[str]) -> Lexicon:
    """The lexicon of the word lists that ship for these languages; the others draw digits."""
    folder = resources.files("securedrop_config") / "wordlists"
    lists = []
    for language in languages:
        file = folder / f"{language}.txt"
        if file.is_file():
            lists.append(WordList(language, file.read_text("utf-8").split()))
    return Lexicon(lists)
