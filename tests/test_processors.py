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


def test_who_does_not_ask_for_the_results_does_not_wait_for_them() -> None:
    with Spread(times, 7, range(20), 2):
        pass


def test_there_is_a_processor() -> None:
    assert processors() >= 1
