"""Work in the background, without a screen: a host whose thread is the test's own."""

from __future__ import annotations

import time
from queue import Empty, Queue
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import Cancelled, NixdiveError
from nixdive.progress import check
from nixdive.ui.jobs import Jobs, Meter, Unforeseen, told
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """A timer that ticks when the test says so."""

    def __init__(self, callback: Callable[[], Any]) -> None:
        self.tick = callback
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


class Here:
    """A host: what it is to do on the thread of the screen waits until `work` does it."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.clocks: list[Clock] = []
        self._queue: Queue[tuple[Callable[..., Any], tuple[Any, ...]]] = Queue()

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        self._queue.put((callback, args))
        return True

    def set_interval(self, interval: float, callback: Callable[[], Any]) -> Clock:
        self.clocks.append(Clock(callback))
        return self.clocks[-1]

    def notify(self, message: str, **_: Any) -> None:
        self.notices.append(message)

    def work(self, until: Callable[[], object]) -> None:
        """Do what waits until something holds."""
        end = time.monotonic() + PATIENCE
        while not until():
            try:
                callback, values = self._queue.get(timeout=0.05)
            except Empty:
                assert time.monotonic() < end, "it never came to hold"
            else:
                callback(*values)

    def settle(self, jobs: Jobs) -> None:
        """Do all that waits until nothing runs any more."""
        self.work(lambda: not jobs.busy and self._queue.empty())


@pytest.fixture
def here() -> Here:
    return Here()


def patient(progress: Meter) -> str:
    """Work until nobody wants it."""
    while True:
        check(progress)
        time.sleep(0.001)


def test_what_is_computed_is_delivered_on_the_thread_of_the_screen(here: Here) -> None:
    jobs, found = Jobs(here), list[int]()
    jobs.ask("sum", lambda _: 1 + 1, found.append)
    assert found == []
    here.settle(jobs)
    assert found == [2]


def test_a_newer_one_stops_what_runs_and_takes_the_place_of_what_waits(here: Here) -> None:
    jobs, found, begun = Jobs(here), list[object](), list[int]()

    def compute(number: int) -> Callable[[Meter], int]:
        def run(_: Meter) -> int:
            begun.append(number)
            return number

        return run

    first = jobs.ask("plan", patient, found.append)
    for number in range(1, 6):
        jobs.ask("plan", compute(number), found.append)
    assert first.cancelled()
    here.settle(jobs)
    assert (begun, found) == ([5], [5])


def test_kinds_do_not_meet(here: Here) -> None:
    jobs, found = Jobs(here), list[object]()
    gone_on = Event()
    jobs.ask("slow", lambda _: gone_on.wait(PATIENCE), found.append)
    jobs.ask("quick", lambda _: "quick", found.append)
    here.work(lambda: found)
    assert found == ["quick"]
    gone_on.set()
    here.settle(jobs)
    assert found == ["quick", True]


def test_what_was_cancelled_delivers_nothing(here: Here) -> None:
    jobs, found = Jobs(here), list[object]()
    gone_on = Event()
    jobs.ask("files", lambda _: gone_on.wait(PATIENCE), found.append, failed=found.append)
    assert jobs.reading("files") is not None
    assert jobs.cancel("files")
    assert not jobs.cancel("files"), "there is nothing left to cancel"
    assert jobs.reading("files") is None
    gone_on.set()
    here.settle(jobs)
    assert found == []


def test_who_stops_the_meter_still_receives_what_it_came_to(here: Here) -> None:
    jobs, found = Jobs(here), list[object]()

    def compute(progress: Meter) -> str:
        try:
            return patient(progress)
        except Cancelled:
            return "stopped"

    jobs.ask("write", compute, found.append).stop()
    here.settle(jobs)
    assert found == ["stopped"]
    jobs.ask("write", patient, found.append).stop()
    here.settle(jobs)
    assert found == ["stopped"], "an end by Cancelled is nobody's result"


def test_nothing_is_delivered_after_the_host_has_gone(here: Here) -> None:
    jobs, found = Jobs(here), list[object]()
    gone_on = Event()
    running = jobs.ask("load", lambda _: gone_on.wait(PATIENCE), found.append)
    jobs.ask("load", lambda _: 1, found.append)
    jobs.close()
    assert running.cancelled()
    assert jobs.ask("load", lambda _: 2, found.append).cancelled()
    gone_on.set()
    here.settle(jobs)
    assert found == []


def test_failures_are_shown_in_one_way(here: Here) -> None:
    jobs, found = Jobs(here), list[NixdiveError]()

    def fail(_: Meter) -> None:
        raise NixdiveError("no\x1bspace", hint="choose another place")

    def break_down(_: Meter) -> None:
        raise ValueError("no curve")

    jobs.ask("write", fail, lambda _: None)
    here.settle(jobs)
    assert here.notices == ["no\\x1bspace\nchoose another place"]
    jobs.ask("curve", break_down, lambda _: None)
    here.settle(jobs)
    assert here.notices[-1].startswith("ValueError: no curve\nThis is a bug in nixdive, at test_jobs.py:")
    jobs.ask("curve", break_down, lambda _: None, failed=found.append)
    here.settle(jobs)
    assert len(here.notices) == 2
    assert isinstance(found[0], Unforeseen)
    assert "ValueError: no curve" in told(found[0])


def test_a_failure_leaves_the_kind_usable(here: Here) -> None:
    jobs, found = Jobs(here), list[object]()
    jobs.ask("plan", lambda _: int("x"), found.append, failed=lambda error: found.append(str(error)))
    here.settle(jobs)
    jobs.ask("plan", lambda _: 7, found.append)
    here.settle(jobs)
    assert found == ["ValueError: invalid literal for int() with base 10: 'x'", 7]


def test_parts_arrive_before_the_whole_and_not_after_a_cancel(here: Here) -> None:
    jobs, parts, found = Jobs(here), list[int](), list[str]()

    def compute(progress: Meter) -> str:
        for number in range(3):
            progress.partly(number)
        return "all"

    jobs.ask("files", compute, found.append, partly=parts.append)
    here.settle(jobs)
    assert (parts, found) == ([0, 1, 2], ["all"])
    jobs.ask("files", compute, found.append, partly=parts.append)
    jobs.cancel("files")
    here.settle(jobs)
    assert (parts, found) == ([0, 1, 2], ["all"])


def test_progress_is_shown_until_the_end(here: Here) -> None:
    jobs, shown = Jobs(here), list[int]()
    gone_on = Event()

    def compute(progress: Meter) -> None:
        progress.start("reading", 10)
        progress.advance(4)
        gone_on.wait(PATIENCE)

    jobs.ask("load", compute, lambda _: None, shown=lambda reading: shown.append(reading.done))
    here.work(lambda: (jobs.reading("load") or Meter().read()).done == 4)
    here.clocks[0].tick()
    assert shown == [4]
    gone_on.set()
    here.settle(jobs)
    assert here.clocks[0].stopped


@given(st.lists(st.sampled_from(["ask", "cancel", "work"]), max_size=12))
def test_only_the_last_one_asked_for_arrives(steps: list[str]) -> None:
    here, found, wanted = Here(), list[int](), list[int]()
    jobs = Jobs(here)
    for number, step in enumerate(steps):
        if step == "ask":
            jobs.ask("kind", lambda _, number=number: number, found.append)  # type: ignore[misc]
            wanted = [number]
        elif step == "cancel":
            jobs.cancel("kind")
            wanted = []
        else:
            here.settle(jobs)
            assert found == wanted or not wanted
            found, wanted = [], []
            jobs = Jobs(here)
    here.settle(jobs)
    assert found == wanted


def test_no_password_is_shown() -> None:
    meter, address = Meter(), "https://me:hidden@host/"
    meter.start(f"fetching from {address}", None)
    meter.log(address)
    meter.note(address)
    assert meter.notes == ["https://me:***@host/"]
    assert "***" in str(meter.read())
    assert "hidden" not in str(meter.read())
