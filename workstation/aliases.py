"""Names that handlers can say aloud: two harmless words, drawn at random, telling nothing of the source."""

from __future__ import annotations

import secrets
from collections.abc import Container

COLOURS = (
    *("amber", "azure", "beige", "blue", "bronze", "brown", "copper", "coral", "cream", "crimson", "cyan"),
    *("emerald", "golden", "green", "grey", "hazel", "indigo", "ivory", "jade", "lavender", "lemon", "lilac"),
    *("linen", "magenta", "maroon", "mint", "mustard", "navy", "ochre", "olive", "orange", "pearl", "pink"),
    *("purple", "ruby", "russet", "saffron", "sand", "scarlet", "sepia", "silver", "teal", "violet", "white"),
)
THINGS = (
    *("acorn", "alder", "anchor", "apple", "arch", "aspen", "barge", "beach", "beech", "bell", "birch"),
    *("bridge", "brook", "cedar", "chalk", "chestnut", "cliff", "clover", "compass", "cove", "dune", "elm"),
    *("fern", "field", "garden", "granite", "harbour", "hazel", "heath", "hill", "island", "ivy", "lake"),
    *("lantern", "larch", "lichen", "linden", "maple", "marble", "meadow", "mill", "moss", "oak", "orchard"),
    *("pebble", "pine", "poplar", "quarry", "reed", "ridge", "river", "rowan", "sail", "shell", "shore"),
    *("slate", "spruce", "thistle", "tower", "valley", "wharf", "willow", "window"),
)
_TRIES = 64


def draw_alias(taken: Container[str]) -> str:
    """An alias that is not taken; with a number once the pairs run short."""
    while True:
        for tries in range(_TRIES):
            alias = f"{secrets.choice(COLOURS)} {secrets.choice(THINGS)}"
            if tries > _TRIES // 2:
                alias = f"{alias} {secrets.randbelow(9_000) + 1_000}"
            if alias not in taken:
                return alias
