"""Work spread over processes: the same results in the same order, and errors come through."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from nixdive.errors import NixdiveError, PlanError
from nixdive.processors import Spread, processors


def times(common: int, item: int) -> int:
    if item < 0:
        raise PlanError(f"{item} is less than nothing")
    return common * item


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_are_in_the_order_of_the_items(jobs: int) -> None:
    with Spread(times, 7, range(20), jobs) as spread:
        assert spread.results() == [7 * i for i in range(20)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_items_can_be_added(jobs: int) -> None:
    with Spread(times, 7, range(3), jobs) as spread:
        spread.add([10, 11])
        assert spread.results() == [0, 7, 14, 70, 77]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_process_raises_is_raised_here(jobs: int) -> None:
    with Spread(times, 7, [1, -2, -3], jobs) as spread, pytest.raises(PlanError, match="-2 is less"):
        spread.results()


def one_after_the_other(common: str, item: int) -> int:
    """The first item is done once the second one is; the last one begins once the first one has begun."""
    folder = Path(common)
    (folder / str(item)).touch()
    awaited = {0: "1", 5: "0"}.get(item)
    end = time.monotonic() + 60
    while awaited and not (folder / awaited).exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    return os.getpid()


def test_who_asks_for_the_results_works_on_all_that_is_not_begun(tmp_path: Path) -> None:
    with Spread(one_after_the_other, str(tmp_path), range(6), 2) as spread:
        first, *others = spread.results()
    assert first != os.getpid()
    assert set(others) == {os.getpid()}


def sleeps_after_the_first(common: str, item: int) -> None:
    Path(common, str(item)).touch()
    if item:
        time.sleep(600)


def test_who_does_not_ask_for_the_results_does_not_wait_for_them(tmp_path: Path) -> None:
    with Spread(sleeps_after_the_first, str(tmp_path), range(20), 2):
        end = time.monotonic() + 60
        while not (tmp_path / "1").exists():
            assert time.monotonic() < end
            time.sleep(0.01)
    assert {one.name for one in tmp_path.iterdir()} == {"0", "1"}


class Grows:
    """What is in common changes while it is worked on."""

    def __init__(self) -> None:
        self.known = {number: str(number) for number in range(20_000)}


def learns(common: Grows, item: int) -> int:
    for number in range(1000):
        common.known[-1000 * item - number - 1] = ""
    return item


def test_what_is_in_common_may_change_while_others_start() -> None:
    with Spread(learns, Grows(), range(200), 4) as spread:
        assert spread.results() == list(range(200))


@pytest.mark.parametrize("item", [3, -3])
def test_where_no_process_can_be_started_this_one_does_it(monkeypatch: pytest.MonkeyPatch, item: int) -> None:
    def start(_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", start)
    with Spread(times, 7, [1, item, 2], 3) as spread:
        if item > 0:
            assert spread.results() == [7, 21, 14]
        else:
            with pytest.raises(PlanError):
                spread.results()


class OddError(Exception):
    """Cannot be pickled."""

    def __reduce__(self) -> str:
        raise TypeError


def is_odd(common: str, item: int) -> int:
    """Wait for the other item, so that each process has one of them."""
    folder = Path(common)
    (folder / str(item)).touch()
    while not (folder / str(1 - item)).exists():
        time.sleep(0.01)
    if item == 0:
        raise OddError("odd")
    return item


def test_an_error_that_cannot_be_pickled_is_told(tmp_path: Path) -> None:
    with (
        Spread(is_odd, str(tmp_path), [0, 1], 2) as spread,
        pytest.raises(RuntimeError, match="odd") as error,
    ):
        spread.results()
    assert "is_odd" in "".join(error.value.__notes__)


def ends(common: int, item: int) -> int:
    if os.getpid() != common:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return item


def test_a_process_that_is_ended_from_outside_is_told() -> None:
    with Spread(ends, os.getpid(), range(1000), 2) as spread, pytest.raises(NixdiveError, match="ended from"):
        spread.results()


def test_there_is_a_processor() -> None:
    assert processors() >= 1
