"""The languages that reports and answers can be in, by code, as both sides of the gap know them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Each by the name that its speakers give it; so these are never translated.
LANGUAGE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "nl": "Nederlands",
        "en": "English",
        "tr": "Türkçe",
        "ar": "العربية",
        "fa": "فارسی",
        "zh": "中文",
        "ru": "Русский",
        "ti": "ትግርኛ",
        "ug": "ئۇيغۇرچە",
        "kmr": "Kurmancî",
        "ckb": "سۆرانی",
        "prs": "دری",
        "uk": "Українська",
        "bo": "བོད་སྐད་",
        "fr": "Français",
    }
)
