"""Work spread over processes: the same results in the same order, and errors come through."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from nixdive.errors import PlanError
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


def after_the_last(common: str, item: int) -> int:
    place = Path(common)
    while item == 0 and not place.exists():
        time.sleep(0.01)
    if item == 5:
        place.touch()
    return os.getpid()


def test_who_asks_for_the_results_works_along(tmp_path: Path) -> None:
    """The other process does not get beyond the first item before the last one is done."""
    with Spread(after_the_last, str(tmp_path / "done"), range(6), 2) as spread:
        first, *_, last = spread.results()
    assert last == os.getpid() != first


def test_who_does_not_ask_for_the_results_does_not_wait_for_them() -> None:
    with Spread(times, 7, range(20), 2):
        pass


def test_there_is_a_processor() -> None:
    assert processors() >= 1
