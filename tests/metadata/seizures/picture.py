"""The result as a picture for people: static SVG, no script, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tests.metadata.seizures.score import Score

_LEFT, _BAR, _ROW, _TOP = 330, 230, 25, 92
_SECOND = _LEFT + _BAR + 90
_WIDTH = _SECOND + _BAR + 80
_DARK, _WARM, _PAPER, _EMPTY = "#2f4858", "#7a3b10", "#fbfaf7", "#e4e8ea"


def percent(score: Score) -> int:
    """What of the answers that chance leaves open was recovered, as a whole number."""
    return round(100 * score.beyond)


def _bar(left: int, top: int, share: int, colour: str) -> str:
    filled = (
        f'<rect x="{left}" y="{top}" width="{share * _BAR // 100}" height="14" fill="{colour}"/>'
        if share
        else ""
    )
    return (
        f'<rect x="{left}" y="{top}" width="{_BAR}" height="14" fill="{_EMPTY}"/>{filled}'
        f'<text x="{left + _BAR + 8}" y="{top + 12}">{share} %</text>'
    )


def picture(fixture: Sequence[Score], sluis: Sequence[Score], sources: int, days: int) -> str:
    """Two bars for each question: what the analyst recovers beyond chance from either disk."""
    lost = sum(score.significant for score in sluis)
    told = "none of them" if not lost else f"{lost} of them"
    height = _TOP + _ROW * len(fixture) + 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14">',
        '<title id="t">What a seized server tells</title>',
        f'<desc id="d">The same program looks at two seized disks after the same {days} days of {sources} '
        f"sources, and is asked {len(fixture)} questions. A disk with SecureDrop's schema answers "
        f"{sum(score.significant for score in fixture)} of them beyond chance, a Sluis disk {told}. "
        + escape(
            "; ".join(
                f"{a.question}: {percent(a)} % and {percent(b)} %"
                for a, b in zip(fixture, sluis, strict=True)
            )
        )
        + ".</desc>",
        f'<rect width="{_WIDTH}" height="{height}" fill="{_PAPER}"/>',
        '<g fill="#1d2330"><text x="20" y="32" font-size="18">What a seized server tells: '
        f"{sources} sources, {days} days, the same analyst</text>",
        '<text x="20" y="54" font-size="13">share of the answers recovered, '
        "of what chance leaves open; the first disk is a fixture made from SecureDrop’s documentation</text>",
        f'<text x="{_LEFT}" y="80" font-weight="bold">SecureDrop’s schema</text>'
        f'<text x="{_SECOND}" y="80" font-weight="bold">Sluis</text>',
    ]
    for number, (one, other) in enumerate(zip(fixture, sluis, strict=True)):
        top = _TOP + _ROW * number
        lines.append(f'<text x="20" y="{top + 12}">{escape(one.question)}</text>')
        lines.append(_bar(_LEFT, top, percent(one), _WARM))
        lines.append(_bar(_SECOND, top, percent(other), _DARK))
    lines.append(
        f'<text x="20" y="{height - 16}" font-size="13">made by “make seizure”; what a Sluis disk does tell: '
        "operators’ accounts, and when operators made exports and brought releases</text></g>"
    )
    return "\n".join([*lines, "</svg>", ""])
