from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nixdive.ui.draw.bar import bytes_line, pushed_line, widths
from nixdive.ui.draw.line import plain, width

ACTIONS = [f"screen.layer({i})" for i in range(125)]
SIZES = st.lists(st.integers(0, 1 << 40), min_size=1, max_size=125)


@given(SIZES, st.integers(1, 200))
def test_the_bar_is_filled_to_the_cell(sizes: list[int], cells: int) -> None:
    shares = widths(sizes, cells)
    assert sum(shares) == cells
    assert len(shares) == len(sizes)
    if len(sizes) <= cells:
        assert min(shares) >= 1


@given(SIZES, st.integers(130, 300))
def test_larger_layers_are_never_narrower(sizes: list[int], cells: int) -> None:
    shares = widths(sizes, cells)
    ranked = sorted(zip(sizes, shares, strict=True))
    assert all(wide >= narrow - 1 for (_, narrow), (_, wide) in pairwise(ranked))


@given(SIZES, st.integers(1, 200), st.data())
def test_lines_are_as_wide_as_the_bar(sizes: list[int], cells: int, data: st.DataObject) -> None:
    shares = widths(sizes, cells)
    chosen = data.draw(st.integers(0, len(sizes) - 1))
    assert width(bytes_line(shares, ["s1"] * len(sizes), chosen, ACTIONS)) == cells
    assert width(pushed_line(shares, [True] * len(sizes), chosen, ACTIONS)) == cells


def test_a_cell_belongs_to_its_layer() -> None:
    shares = widths([10, 30, 60], 20)
    line = bytes_line(shares, ["s1"] * 3, None, ACTIONS)
    reached = [span.action for span in line for _ in span.text]
    assert reached == [ACTIONS[i] for i, share in enumerate(shares) for _ in range(share)]
    assert [number in plain(line) for number in "123"] == [False, True, True], "a number needs room"
