"""Text that was sent: shown as it is, whatever it tries to be."""

from workstation.previews.text_preview import Piece, text_preview


def plain(data: bytes) -> str:
    return "".join(f"[{one.text}]" if one.mark else one.text for one in text_preview(data, cut=False).pieces)


def test_a_formula_stays_text() -> None:
    formula = b'=HYPERLINK("http://127.0.0.1/?"&A1,"Click")\r\n=1+1\r\n'
    assert plain(formula) == formula.decode().replace("\r\n", "\n")


def test_markup_and_templates_stay_text() -> None:
    assert plain(b"<script>alert(1)</script> {{ 7*7 }}") == "<script>alert(1)</script> {{ 7*7 }}"


def test_what_cannot_be_seen_is_made_visible() -> None:
    text = "invoice\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe\N{ZERO WIDTH SPACE}\N{TAG LATIN SMALL LETTER A}"
    text += "\a\x1b[2J\N{LINE SEPARATOR}"
    assert plain(text.encode()) == "invoice[U+202E]fdp.exe[U+200B][U+E0061][U+0007][U+001B][2J[U+2028]"


def test_scripts_that_need_joiners_keep_them() -> None:
    persian = "می‌خواهم"
    assert text_preview(persian.encode(), cut=False).pieces == (Piece(persian),)


def test_encodings() -> None:
    for text, encoding, told in (
        ("Grüße", "utf-8-sig", "utf-8"),
        ("Привет", "utf-16", "utf-16-le"),
        ("café", "cp1252", "windows-1252"),
        ("中文", "utf-8", "utf-8"),
    ):
        shown = text_preview(text.encode(encoding), cut=False)
        assert (shown.pieces[0].text, shown.encoding) == (text, told)


def test_a_character_that_the_end_cuts_in_two_is_left_out() -> None:
    shown = text_preview("aé".encode()[:-1], cut=True)
    assert (shown.pieces, shown.encoding, shown.cut) == ((Piece("a"),), "utf-8", True)


def test_any_bytes_at_all_are_some_text() -> None:
    assert text_preview(bytes(range(256)) * 4, cut=False).encoding == "windows-1252"
    assert text_preview(b"\xff\xfe\x00", cut=True).pieces
