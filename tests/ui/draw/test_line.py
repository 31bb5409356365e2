from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.ui.draw.line import Span, cut, ending, fit, louder, plain, spread, width

WORDS = st.text(alphabet="abc é日…▏━ ", max_size=20)


@given(st.lists(WORDS, max_size=6), st.integers(0, 40))
def test_fit_gives_exactly_so_many_cells(words: list[str], cells: int) -> None:
    assert width(fit(tuple(map(Span, words)), cells)) == cells


@pytest.mark.parametrize(
    ("texts", "cells", "shown"),
    [
        (("each ", "release 47.9 MiB"), 12, "each releas…"),
        (("two ", "words"), 4, "two…"),
        (("blanks end", "      "), 12, "blanks end  "),
        (("Layers ├", "──────────"), 10, "Layers ├──"),
        (("short",), 8, "short   "),
    ],
)
def test_words_never_just_end_but_blanks_and_rules_do(texts: tuple[str, ...], cells: int, shown: str) -> None:
    assert plain(fit(tuple(map(Span, texts)), cells)) == shown


@pytest.mark.parametrize(
    ("name", "cells", "shown"),
    [
        ("/tmp/closures/toolbox.json", 26, "/tmp/closures/toolbox.json"),
        ("/tmp/closures/toolbox.json", 20, "…/toolbox.json"),
        ("/tmp/closures/toolbox.json", 8, "…ox.json"),
        ("/tmp/日日日日", 6, "…日日"),
    ],
)
def test_a_name_that_has_no_room_keeps_its_end(name: str, cells: int, shown: str) -> None:
    assert ending(name, cells) == shown


@given(WORDS, st.integers(0, 30))
def test_cut_never_takes_more_cells(text: str, cells: int) -> None:
    assert width((Span(cut(text, cells)),)) <= cells


def test_cut_says_that_it_cut() -> None:
    assert cut("libperl5.36", 8) == "libperl…"
    assert cut("perl", 8) == "perl"


@given(st.lists(WORDS, max_size=4), st.integers(5, 40))
def test_spread_keeps_its_end(words: list[str], cells: int) -> None:
    line = spread(tuple(map(Span, words)), (Span("end"),), cells)
    assert width(line) == cells
    assert plain(line).endswith("end")


def test_louder_raises_quiet_text_alone() -> None:
    line = louder((Span("a", "faint"), Span("b", "dim"), Span("c", "text"), Span("d", "pay")))
    assert [span.role for span in line] == ["dim", "text", "bright", "pay"]
