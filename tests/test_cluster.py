"""Work on the workers of a real dask scheduler: three processes on loopback, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.cluster import _Dask, cluster
from nixdive.errors import ClusterError
from nixdive.processors import Spread, workers
from tests.patience import PATIENCE, until
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
CLOSURES = ROOT / "tests/data/closures"
VERSIONS = [CLOSURES / f"debstore-redis-{version}.path-info.json.gz" for version in ("v1", "v2", "v3")]


@pytest.fixture(scope="module", autouse=True)
def _patient() -> Iterator[None]:
    """A scheduler that answers late, on a busy machine, is not taken for gone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nixdive.cluster._SECONDS", PATIENCE)
        yield


def power(base: int, exponent: int) -> tuple[int, int]:
    """Return a power, and the process that has worked it out."""
    time.sleep(0.2)
    return base**exponent, os.getpid()


def fail(_: int, item: int) -> int:
    raise ClusterError(f"item {item}", hint="as it should")


class Scheduler:
    """A scheduler with its workers.

    Attributes:
        address: of the scheduler.
        workers: their processes.
    """

    def __init__(self, folder: Path, count: int) -> None:
        pytest.importorskip("distributed")
        self._folder = folder
        place, told = ("--host", "127.0.0.1", "--no-dashboard"), folder / "scheduler.json"
        self._scheduler = self._start("dask_scheduler", *place, "--port", "0", "--scheduler-file", str(told))
        until(lambda: told.exists() and told.read_text().endswith("}"))
        address = json.loads(told.read_text())["address"]
        self.address = address.replace("tcp://", "dask://")
        words = ("--no-nanny", "--nthreads", "2", "--local-directory", str(folder))
        self.workers = [self._start("dask_worker", address, *place, *words) for _ in range(count)]

    def _start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        argv = [sys.executable, "-m", f"distributed.cli.{module}", *words]
        with (self._folder / f"{module}.log").open("ab") as log:
            return subprocess.Popen(argv, env=env, stdout=log, stderr=log, cwd=self._folder)

    def until_all(self) -> None:
        """Wait until all workers have come."""

        def there() -> bool:
            try:
                with cluster(self.address):
                    return workers() == len(self.workers)
            except ClusterError:
                return False

        until(there)

    def lose(self) -> None:
        """End the scheduler alone."""
        self._scheduler.kill()

    def stop(self) -> None:
        for one in (*self.workers, self._scheduler):
            one.kill()
            one.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    made = Scheduler(tmp_path_factory.mktemp("dask"), 3)
    try:
        made.until_all()
        yield made
    finally:
        made.stop()


def without_seconds(text: str) -> Any:
    found = json.loads(text)
    for row in found["rows"]:
        del row["seconds"]
    return found


def test_the_workers_find_what_local_processes_find(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []
    begin = _Dask.begin

    def counted(self: _Dask, *arguments: Any) -> Any:
        begun.append(arguments)
        return begin(self, *arguments)

    monkeypatch.setattr(_Dask, "begin", counted)
    words = ("--max-layers", "9,25", "--json", "-q")
    here = run("replay", *VERSIONS, *words)
    there = run("replay", *VERSIONS, *words, "--executor", scheduler.address)
    assert (there.returncode, there.stderr) == (0, "")
    assert without_seconds(there.stdout) == without_seconds(here.stdout)
    # the later versions alone, and for each budget churn carried on twice, nixpkgs and popularity once
    assert len(begun) == 2 + 2 * 4
    fleet = ("fleet", *map(str, VERSIONS[::2]), "--json", "-q")
    assert run(*fleet, "--executor", scheduler.address).stdout == run(*fleet).stdout
    assert len(begun) > 2 + 2 * 4


def test_an_error_of_the_work_is_raised(scheduler: Scheduler) -> None:
    with cluster(scheduler.address), Spread(fail, 3, [1, 2], 2) as spread:
        with pytest.raises(ClusterError, match="item 1") as error:
            spread.results()
        assert error.value.hint == "as it should"


def test_a_worker_that_is_killed_changes_nothing(scheduler: Scheduler) -> None:
    with cluster(scheduler.address):
        assert workers() == 3
        with Spread(power, 3, range(20), 2) as spread:
            spread.add([20])
            time.sleep(0.5)
            scheduler.workers[0].send_signal(signal.SIGKILL)
            found = spread.results()
    assert [power for power, _ in found] == [3**exponent for exponent in range(21)]
    assert {pid for _, pid in found} >= {one.pid for one in scheduler.workers[1:]}


def test_a_scheduler_that_is_lost_on_the_way_is_said_in_a_line(tmp_path: Path) -> None:
    made = Scheduler(tmp_path, 1)
    try:
        made.until_all()
        with cluster(made.address), Spread(power, 3, range(200), 2) as spread:
            time.sleep(0.5)
            made.lose()
            with pytest.raises(ClusterError) as error:
                spread.results()
    finally:
        made.stop()
    assert str(error.value) == f"{made.address}: the scheduler was lost before the work was done"
    assert error.value.hint


@pytest.mark.parametrize("address", ["tcp://x:1", "dask://", "dask://x", "dask://x y:1", "dask://h:123456"])
def test_an_address_that_is_none_is_a_wrong_call(address: str) -> None:
    assert run("replay", *VERSIONS, "--executor", address).returncode == 2


def test_no_scheduler_and_no_workers_are_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as deaf, monkeypatch.context() as patch:
        patch.setattr("nixdive.cluster._SECONDS", 1)
        deaf.bind(("127.0.0.1", 0))  # nobody else listens there
        place = f"dask://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(ClusterError, match="there is no scheduler"), cluster(place):
            pass
    empty = Scheduler(tmp_path, 0)
    try:
        with pytest.raises(ClusterError, match="it has no workers"), cluster(empty.address):
            pass
    finally:
        empty.stop()


_TALKERS = {
    "silent": b"",
    "of the web": b"HTTP/1.1 400 Bad Request\r\n\r\n\x1b[31m",
    "noise": bytes(range(256)) * 16,
    "a frame of an exabyte": (1).to_bytes(8, "little") + (1 << 60).to_bytes(8, "little"),
    "a frame of nothing": (1).to_bytes(8, "little") + bytes(8),
    "too many frames": (1 << 62).to_bytes(8, "little"),
}


def test_nothing_is_said_after_the_line_that_says_it() -> None:
    pytest.importorskip("distributed")
    words = [sys.executable, "-m", "nixdive", "replay", *map(str, VERSIONS[:2]), "--quiet", "--executor"]
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            with suppress(OSError):
                while True:
                    with listening.accept()[0] as taken:
                        taken.recv(100)
                        taken.sendall(_TALKERS["of the web"])

        Thread(target=talk, daemon=True).start()
        address = f"dask://127.0.0.1:{listening.getsockname()[1]}"
        done = subprocess.run([*words, address], capture_output=True, text=True, check=False)
        listening.shutdown(socket.SHUT_RDWR)
    assert done.returncode == 1
    assert done.stderr == f"nixdive: {address}: there is no scheduler\nhint: dask scheduler starts one\n"


@pytest.mark.parametrize("said", _TALKERS.values(), ids=_TALKERS)
def test_a_port_of_somebody_else_is_no_scheduler(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("nixdive.cluster._WHOLE", 3)
    taken = []

    def talk(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                taken.append(listening.accept()[0])
                taken[-1].sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=talk, args=(listening,), daemon=True).start()
        port = listening.getsockname()[1]
        done = run("replay", *VERSIONS[:2], "--executor", f"dask://127.0.0.1:{port}", "--quiet")
        for one in taken:
            one.close()
        listening.shutdown(socket.SHUT_RDWR)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == f"nixdive: dask://127.0.0.1:{port}: there is no scheduler"
