from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from nixdive.cli import diagnostics
from nixdive.cli.diagnostics import BarProgress, LineProgress, bar, blocks, facts

if TYPE_CHECKING:
    import pytest


def test_lines_tell_the_phase_and_its_size() -> None:
    stream = io.StringIO()
    told = LineProgress(stream)
    told.start("writing", 1 << 20)
    told.advance(1 << 19, 0)
    told.close()
    assert stream.getvalue() == "writing 1.00 MiB\n"


def test_lines_come_again_after_a_while() -> None:
    stream = io.StringIO()
    told = LineProgress(stream)
    told.interval = 0.0
    told.start("reading", None)
    told.advance(512)
    assert stream.getvalue().splitlines()[1].startswith("reading  512 B")


def test_bar_leaves_an_empty_line_behind() -> None:
    stream = io.StringIO()
    told = BarProgress(stream)
    told.interval = 0.0
    told.start("writing", 100)
    told.advance(50)
    told.close()
    assert "50%" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_the_log_of_another_program_is_told_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("nixdive.cli.diagnostics.time.monotonic", lambda: now[0])
    for kind, began, then in (
        (LineProgress, "building app\n", "building app  2 minutes  cc \\x1b[1m\n"),
        (BarProgress, "", "\rbuilding app  2 minutes  cc \\x1b[1m\x1b[K"),
    ):
        told = kind(stream := io.StringIO())
        told.start("building app", None)
        first = stream.getvalue()
        told.log("")
        assert stream.getvalue() == first  # no time has passed
        now[0] += 121
        told.log("cc \x1b[1m")
        assert stream.getvalue() == first + then
        assert first.endswith(began)


def test_an_error_is_told_with_what_another_program_said(capsys: pytest.CaptureFixture[str]) -> None:
    diagnostics.error("it failed", hint="look", lines=["one", "two\x1b"])
    assert capsys.readouterr().err == "nixdive: it failed\n  | one\n  | two\\x1b\nhint: look\n"


def test_no_password_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    address, masked = "https://me:hidden@host/", "https://me:***@host/"
    diagnostics.bug(f"Traceback:\n  x\nValueError: {address}")
    assert f"ValueError: {masked}\n" in capsys.readouterr().err
    for told in (BarProgress(stream := io.StringIO()), LineProgress(stream)):
        told.interval = 0.0
        told.start(f"fetching from {address}", None)
        told.log(address)
        told.note(address)
        told.close()
        assert masked in stream.getvalue()
        assert "hidden" not in stream.getvalue()


def test_a_note_has_a_line_of_its_own() -> None:
    for told in (BarProgress(stream := io.StringIO()), LineProgress(stream)):
        told.start("reading", None)
        told.note("a circle:\n\x1b")
        told.close()
    assert "\r\x1b[Ka circle: \\x1b\n" in stream.getvalue()
    assert stream.getvalue().endswith("reading\na circle: \\x1b\n")


def test_counts_from_many_threads() -> None:
    stream = io.StringIO()
    told = LineProgress(stream)
    told.start("writing", 8000)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: told.advance(1), range(8000)))
    told.interval = 0.0
    told.advance(0)
    assert "100%  7.81 KiB of 7.81 KiB" in stream.getvalue()


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with diagnostics.progress(quiet=True) as told:
        told.start("writing", 5)
        told.advance(5)
    assert capsys.readouterr().err == ""


def test_no_terminal_gives_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with diagnostics.progress(quiet=False) as told:
        told.start("wri\x1bting", 5)
    assert capsys.readouterr().err == "wri\\x1bting 5 B\n"


def test_tells_rate_and_time_left() -> None:
    assert facts(10 << 20, 30 << 20, 1.0) == "33%  10.0 MiB of 30.0 MiB  10.0 MiB/s  2 seconds left"


def test_tells_no_rate_before_it_can_be_known() -> None:
    assert facts(10, 30, 0.1) == "33%  10 B of 30 B"


def test_unknown_total_has_no_percentage() -> None:
    assert bar("reading", 1 << 20, None, 1.0, 80) == "reading  1.00 MiB  1.00 MiB/s"


def test_nothing_to_do_is_done() -> None:
    assert facts(0, 0, 0.0) == "100%  0 B of 0 B"


def test_blocks_fill_by_eighths() -> None:
    assert blocks(5, 8, 2) == "█▎"
    assert blocks(1, 8, 2) == "▎ "


@given(st.integers(0, 1 << 50), st.none() | st.integers(0, 1 << 50), st.floats(0, 1e6), st.integers(1, 300))
def test_is_always_narrower_than_the_terminal(
    done: int, total: int | None, seconds: float, columns: int
) -> None:
    assert len(bar("writing", done, total, seconds, columns)) <= max(columns - 1, 1)
