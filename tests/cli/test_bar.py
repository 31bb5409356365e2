from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.cli.bar import bar, blocks, clock, facts


def test_tells_rate_and_time_left() -> None:
    assert facts(10 << 20, 30 << 20, 1.0) == "33%  10.0 MiB of 30.0 MiB  10.0 MiB/s  2 s left"


def test_tells_no_rate_before_it_can_be_known() -> None:
    assert facts(10, 30, 0.1) == "33%  10 B of 30 B"


def test_unknown_total_has_no_percentage() -> None:
    assert bar("reading", 1 << 20, None, 1.0, 80) == "reading  1.00 MiB  1.00 MiB/s"


def test_nothing_to_do_is_done() -> None:
    assert facts(0, 0, 0.0) == "100%  0 B of 0 B"


def test_clock() -> None:
    assert [clock(s) for s in (0.2, 59.4, 125, 3720)] == ["0 s", "59 s", "2:05 min", "1:02 h"]


def test_blocks_fill_by_eighths() -> None:
    assert blocks(5, 8, 2) == "█▎"
    assert blocks(1, 8, 2) == "▎ "


@given(st.integers(0, 1 << 50), st.none() | st.integers(0, 1 << 50), st.floats(0, 1e6), st.integers(1, 300))
def test_is_always_narrower_than_the_terminal(
    done: int, total: int | None, seconds: float, columns: int
) -> None:
    assert len(bar("writing", done, total, seconds, columns)) <= max(columns - 1, 1)
