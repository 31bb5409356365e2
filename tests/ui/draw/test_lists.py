from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.ui.draw.line import Span, plain, width
from nixdive.ui.draw.lists import Window, within

WINDOWS = st.builds(
    lambda top, cursor, total, room: Window(top, within(cursor, total), total, room),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(0, 250),
    st.integers(1, 60),
)


@given(WINDOWS)
def test_the_cursor_is_seen_and_one_row_of_what_comes_next(window: Window) -> None:
    kept = window.kept()
    assert kept.kept() == kept
    assert len(kept.rows) == min(window.room, window.total)
    if window.total:
        assert window.cursor in kept.rows
    if window.room > 2 and window.cursor + 1 < window.total:
        assert window.cursor + 1 in kept.rows
    if window.room > 2 and window.cursor:
        assert window.cursor - 1 in kept.rows


@given(WINDOWS, st.integers(-9, 9))
def test_the_wheel_keeps_the_cursor_in_view(window: Window, rows: int) -> None:
    scrolled = window.kept().scrolled(rows)
    if window.total:
        assert scrolled.cursor in scrolled.rows
        assert abs(scrolled.top - window.kept().top) <= abs(rows)


@given(WINDOWS)
def test_the_scroll_bar_is_there_where_rows_have_no_room(window: Window) -> None:
    kept = window.kept()
    bar = kept.bar()
    assert len(bar) == len(kept.rows)
    if window.total > window.room:
        assert "┃" in plain(bar)
        assert set(plain(bar)) <= {"┃", "│"}
    else:
        assert not plain(bar).strip()


@given(WINDOWS, st.integers(2, 80))
def test_lines_are_those_of_the_rows_that_are_seen(window: Window, cells: int) -> None:
    kept = window.kept()
    lines = kept.lines(lambda index, _: (Span(str(index)),), cells)
    assert [width(line) for line in lines] == [cells] * len(kept.rows)
    if cells > 5:
        assert [int(plain(line[:-1])) for line in lines] == list(kept.rows)
