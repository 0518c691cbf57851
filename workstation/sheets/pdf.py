"""A sheet as a PDF that says nothing of its making (docs/decisions/0022-pdf.md).

WeasyPrint lays it out. It is given text and a style of ours, and may read nothing but the fonts of this
machine. What it would write about itself, this machine and this moment is taken out, in the fonts as well.
"""

from __future__ import annotations

import io
import logging
import unicodedata
from importlib.resources import files
from typing import Any, NoReturn

from sluis.errors import SluisError
from workstation.sheets.sheet import Sheet, html_of

_TIMES = ("created", "modified")
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")


class Unprintable(SluisError):
    """No font of this machine has some of the characters; `characters` are the first of them."""

    code = "unprintable"

    def __init__(self, characters: str) -> None:
        super().__init__(f"no font for: {characters}")
        self.characters = characters


def make_pdf(sheet: Sheet) -> bytes:
    """The same bytes for the same sheet, as long as program and fonts are the same. Raises Unprintable."""
    # It takes as long to import as all the rest, and few who unlock the workstation make a sheet.
    from weasyprint import CSS, HTML

    style = files(__package__).joinpath("templates/sheet.css").read_text("utf-8")
    logging.getLogger("weasyprint").disabled = True  # it would log characters of the text
    nothing = ReadsNothing()
    document = HTML(string=html_of(sheet), url_fetcher=nothing).render(
        stylesheets=[CSS(string=style, url_fetcher=nothing)]
    )
    made: bytes = document.write_pdf(finisher=_strip)
    return made


class ReadsNothing:
    """In the place of what would fetch a picture, a font or a style: no such sheet is made."""

    _fail_on_errors = True  # WeasyPrint asks for it: the whole sheet fails, not one picture of it

    def __call__(self, url: str, *_rest: object, **_more: object) -> NoReturn:
        """Raises PermissionError, which WeasyPrint turns into an error of its own."""
        raise PermissionError("a sheet reads nothing")


def _strip(document: Any, pdf: Any) -> None:
    missing = {chr(one) for font in document.fonts.values() for one in font.missing}
    if seen := sorted(one for one in missing if unicodedata.category(one) not in _UNSEEN):
        raise Unprintable("".join(seen[:20]))
    pdf.info.clear()
    for one in pdf.objects:
        extra = getattr(one, "extra", {})
        if "Length1" in extra or extra.get("Subtype") == "/OpenType":
            one.stream = [_nameless(b"".join(one.stream))]
            if "Length1" in extra:
                extra["Length1"] = len(one.stream[0])


def _nameless(font: bytes) -> bytes:
    """A font without its names, versions and times; what draws the characters stays."""
    from fontTools.ttLib import TTFont

    opened = TTFont(io.BytesIO(font), recalcTimestamp=False, recalcBBoxes=False)
    if "name" in opened:
        del opened["name"]
    for time in _TIMES:
        setattr(opened["head"], time, 0)
    opened["head"].fontRevision = 1.0
    made = io.BytesIO()
    opened.save(made, reorderTables=False)
    return made.getvalue()
