from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nixdive.ui.draw.glyphs import ascii_line, ascii_text, speaks_utf8
from nixdive.ui.draw.line import Span, plain


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp"))))
def test_ascii_has_as_many_cells(text: str) -> None:
    drawn = ascii_text(text)
    assert drawn.isascii()
    assert len(drawn) == cell_len(text) or text.isascii()


def test_the_marks_stay_apart() -> None:
    assert ascii_text("◆ ■ ▲ ▼ ↑117 ✓ × ● …") == "@ # ^ v <117 + x * ~"
    assert ascii_text("▁▃▄▆█") == ".-=+#"
    assert ascii_text("┃ ● Layers ┣━━ │ Plan ├──") == "| * Layers +== | Plan +--"
    assert ascii_text("ü漢") == "???"
    assert ascii_text("NAR  Added▼  ▼ app") == "NAR  Added*  v app"


def test_what_colour_says_is_said_by_signs() -> None:
    piece = (Span("▏", "ink", ground="s1"), Span("   7    ", "on-s1", ground="s1"))
    assert plain(ascii_line(piece, coloured=True)) == "|-- 7 ---"
    grey = ascii_line(piece, coloured=False)
    assert plain(grey) == "|-- 7 ---"
    assert {span.ground for span in grey} == {None}
    assert ascii_line((Span("▌", "s3"),), coloured=True) == (Span(" ", "s3", ground="s3"),)
    assert ascii_line((Span("▌", "s3"),), coloured=False) == (Span(" ", "s3"),)


@pytest.mark.parametrize(
    ("environment", "mode", "speaks"),
    [
        ({}, False, True),
        ({"LC_CTYPE": "C.UTF-8"}, True, True),  # nothing was named
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False, True),  # the user named it
        ({"LANG": "de_DE.UTF-8"}, False, True),
        ({"LANG": "de_DE.utf8@euro"}, False, True),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}, True, False),
        ({"LANG": "en_US.ISO-8859-1"}, True, False),
        ({"LC_ALL": "", "LANG": "C"}, True, False),
    ],
)
def test_the_locale_tells_whether_utf8_is_read(
    environment: dict[str, str], *, mode: bool, speaks: bool
) -> None:
    assert speaks_utf8(environment, utf8_mode=mode) is speaks
