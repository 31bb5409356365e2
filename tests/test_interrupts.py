from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from nixdive.cli.diagnostics import Exit
from nixdive.cli.guard import guarded
from nixdive.interrupts import waits, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType


_MODULE = """
import os, signal

class Named:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGINT)

class Owner:
    named = Named()

DONE = True
"""


def _stopped() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_what_is_whole_is_done_to_its_end() -> None:
    done: list[str] = []

    @whole
    def tidied() -> None:
        _stopped()
        done.append("tidied")

    def run() -> None:
        tidied()
        signal.pause()  # nothing else ends it
        done.append("went on")

    assert guarded(run) == Exit.INTERRUPTED
    assert done == ["tidied"]


def test_between_a_context_and_what_leaves_it_nothing_is_raised() -> None:
    found: list[bool] = []

    @contextmanager
    def made() -> Iterator[FrameType]:
        yield sys._getframe(1)

    def finalized() -> None:
        found.append(waits(sys._getframe(1)))

    class Value:
        pass

    value = Value()
    weakref.finalize(value, finalized)
    with made() as left:
        found += [waits(left), waits(sys._getframe())]
    del value
    assert found == [True, False, True]
    assert not waits(None)


def test_a_module_is_loaded_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "interrupted_module.py").write_text(_MODULE)
    monkeypatch.syspath_prepend(tmp_path)

    def run() -> None:
        importlib.import_module("interrupted_module")
        signal.pause()

    assert guarded(run) == Exit.INTERRUPTED
    assert sys.modules.pop("interrupted_module").DONE


def test_nothing_is_raised_where_threads_share_a_lock() -> None:
    found: set[tuple[str, bool]] = set()

    def look(frame: FrameType, _event: str, _value: object) -> None:
        found.add((frame.f_code.co_name, waits(frame)))

    condition, semaphore = threading.Condition(), threading.Semaphore()
    sys.setprofile(look)
    try:
        with condition:
            condition.wait(0)
        semaphore.acquire()
        semaphore.release()
    finally:
        sys.setprofile(None)
    assert found >= {
        ("__enter__", True),
        ("__exit__", True),
        ("acquire", True),
        ("release", True),
        ("wait", False),
    }


def test_what_waits_for_another_thread_is_interrupted() -> None:
    def run() -> None:
        threading.Timer(0.2, _stopped).start()
        threading.Event().wait()

    assert guarded(run) == Exit.INTERRUPTED


@pytest.mark.parametrize("wait", [threading.Event().wait, lambda: os.read(os.pipe()[0], 1)])
def test_a_signal_that_comes_just_before_a_wait_ends_it(wait: Callable[[], object]) -> None:
    def stopped() -> None:
        # what another thread gets wakes nobody, as what comes between the last look at signals and the wait
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    def run() -> None:
        threading.Timer(0.2, stopped).start()
        wait()

    assert guarded(run) == Exit.INTERRUPTED


def test_a_signal_that_somebody_else_answers_interrupts_nothing() -> None:
    def answered() -> int:
        before = signal.signal(signal.SIGTERM, lambda *_: None)
        try:
            signal.raise_signal(signal.SIGTERM)
            time.sleep(0.2)
        finally:
            signal.signal(signal.SIGTERM, before)
        return 5

    assert guarded(answered) == 5


def test_where_no_file_and_no_thread_can_be_opened_it_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise OSError(24, "Too many open files")

    def full(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    for place, name, error in ((os, "pipe", refused), (threading.Thread, "start", full)):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, error)
            assert guarded(lambda: 5) == 5
            assert guarded(_stopped) == Exit.INTERRUPTED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_waits_until_the_end_disturbs_nothing(number: signal.Signals) -> None:
    @whole
    def run() -> int:
        os.kill(os.getpid(), number)
        return Exit.DONE

    assert guarded(run) == Exit.DONE
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
