from __future__ import annotations

import _thread
import functools
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

from nixdive.cli import guard
from nixdive.cli.diagnostics import Exit
from nixdive.cli.guard import guarded
from nixdive.interrupts import takes, waits, whole

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


class _Taken:
    """A lock that is interrupted when it has been taken.

    What takes it is no Python function, as with real locks, and looks for no signal itself.
    """

    _interrupt = staticmethod(functools.partial(_thread.interrupt_main, signal.SIGINT))
    acquire = __enter__ = _interrupt

    def __init__(self) -> None:
        self.given_back = False

    @whole
    def release(self) -> None:
        self.given_back = True

    @whole
    def __exit__(self, *_: object) -> None:
        self.release()


def _entered(lock: _Taken) -> None:
    with lock:
        pass
    signal.pause()  # nothing else ends it


def _named(lock: _Taken) -> None:
    with lock as first, lock as second:
        assert first is second is None
    signal.pause()


def _acquired(lock: _Taken) -> None:
    lock.acquire()
    try:
        pass
    finally:
        lock.release()
    signal.pause()


def _tried(lock: _Taken) -> None:
    if not lock.acquire():
        try:
            pass
        finally:
            lock.release()
    signal.pause()


@pytest.mark.parametrize("use", [_entered, _named, _acquired, _tried])
def test_a_lock_that_is_taken_is_given_back(use: Callable[[_Taken], None]) -> None:
    lock = _Taken()
    assert guarded(lambda: use(lock)) == Exit.INTERRUPTED
    assert lock.given_back


def test_a_lock_among_many_names_is_given_back() -> None:
    lock, many = _Taken(), "".join(f"lock.a{number} = 0\n" for number in range(400))
    text = f"{many}lock.acquire()\ntry: pass\nfinally: lock.release()\nsignal.pause()"
    assert guarded(lambda: exec(text, {"lock": lock, "signal": signal})) == Exit.INTERRUPTED
    assert lock.given_back


def test_who_waits_for_a_condition_is_interrupted_once_it_is_tidied_up() -> None:
    class Lock:
        _is_owned = acquire = release = locked = staticmethod(lambda: True)
        _release_save = staticmethod(_Taken._interrupt)

        def __init__(self) -> None:
            self.taken_again = False

        def _acquire_restore(self, _: object) -> None:
            self.taken_again = True

    lock = Lock()
    assert guarded(threading.Condition(lock).wait) == Exit.INTERRUPTED  # type: ignore[arg-type]
    assert lock.taken_again


def test_a_signal_that_comes_while_another_is_answered_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answered(frame: FrameType | None) -> bool:
        if interrupts:
            signal.raise_signal(interrupts.pop())
        return takes(frame)

    interrupts, lock = [signal.SIGTERM, signal.SIGHUP], _Taken()
    monkeypatch.setattr(guard, "takes", answered)
    assert guarded(lambda: _acquired(lock)) == Exit.INTERRUPTED
    assert not interrupts
    assert lock.given_back


@pytest.mark.slow
def test_no_lock_stays_taken_whenever_a_signal_comes() -> None:
    def stopped(before: threading.Event, number: int) -> None:
        before.wait()
        time.sleep(number % 10 * 0.00005)  # anywhere in the loop
        _stopped()

    def run(lock: threading.Lock, number: int) -> None:
        begun = threading.Event()
        threading.Thread(target=stopped, args=(begun, number)).start()
        begun.set()
        while True:
            with lock:
                pass

    for number in range(500):
        lock = threading.Lock()
        assert guarded(functools.partial(run, lock, number)) == Exit.INTERRUPTED
        assert not lock.locked()


def test_who_waits_for_a_lock_for_long_is_interrupted() -> None:
    lock = threading.Lock()

    def run() -> None:
        with lock:
            threading.Timer(0.1, _stopped).start()
            with lock:
                pass

    assert guarded(run) == Exit.INTERRUPTED
    assert not lock.locked()


def test_no_other_call_puts_an_interrupt_off() -> None:
    def called(frame: FrameType, event: str, _value: object) -> None:
        if event == "c_return" and frame.f_code is run.__code__:
            found.append((takes(frame), waits(frame)))

    def run(lock: threading.Lock) -> None:
        lock.locked()
        with lock:
            len(())
        len(())

    found: list[tuple[bool, bool]] = []
    sys.setprofile(called)
    try:
        run(threading.Lock())
    finally:
        sys.setprofile(None)
    assert (False, False) in found
    assert sum(taking for taking, _ in found) <= 1, "that of the lock, where it is a call"
    assert not any(waiting for _, waiting in found)
    assert not takes(None)


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
