from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from nixdive.ui.draw.harmless import HarmlessFilter
from nixdive.visible import hidden

BLACK = Color(0, 0, 0)


def drawn(*segments: Segment) -> list[Segment]:
    return HarmlessFilter().apply(list(segments), BLACK)


@given(st.text())
def test_nothing_hidden_is_left_and_no_cell_moves(text: str) -> None:
    (found,) = drawn(Segment(text))
    assert not any(map(hidden, found.text))
    assert found.cell_length == cell_len(text)


def test_what_can_be_seen_stays_as_it_is() -> None:
    style = Style(bold=True)
    segments = [Segment("app ┃ ü漢", style), Segment("\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}")]
    assert drawn(*segments) == segments
    assert drawn(Segment("a\x1b[31mb\u202e", style)) == [Segment("a[31mb", style)]
