from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.sizes import signed
from nixdive.ui.draw.figures import change, size_cells
from nixdive.ui.draw.line import plain, width


@given(st.integers(0, 1 << 60))
def test_sizes_take_five_cells(size: int) -> None:
    assert width(size_cells(size)) == 5
    assert width(size_cells(size, pays=True)) == 5


def test_sizes_are_read_at_a_glance() -> None:
    assert plain(size_cells(0)).strip() == "·"
    assert plain(size_cells(20 << 20)) == "20.0M"
    assert size_cells(1000)[0].role == "dim"
    assert size_cells(20 << 20, pays=True)[0].bold
    assert not size_cells(2 << 20, pays=True)[0].bold


def test_differences_have_a_sign() -> None:
    assert signed(0) == "±0"
    assert signed(2_705_326) == "+2.58 MiB"
    assert signed(-861_184) == "−841 KiB"


def test_a_change_stands_in_the_unit_of_its_figure() -> None:
    assert plain(change(60 << 20, of=155 << 20)) == " ▲ 60.0"
    assert plain(change(-(1 << 19), of=155 << 20)) == " ▼ 512 KiB"
    assert change(0, of=7) == ()
