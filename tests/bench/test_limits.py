"""What benches wait for has a limit, and what is late is ended with all that it started."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from tests.bench.bench_screen import worst
from tests.bench.link import link
from tests.bench.timing import LateError, Took, by_turns, once


def send(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


@pytest.mark.slow
def test_what_is_late_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    told = tmp_path / "told"
    with pytest.raises(LateError):
        once(["sh", "-c", f"(sleep 5; echo late > {told}) & sleep 60"], limit=0.5)
    with pytest.raises(RuntimeError, match="ended with 3: no"):
        once(["sh", "-c", "sleep 5; echo no; exit 3"])
    assert not told.exists()


def test_a_side_that_fails_is_left_out_of_later_turns() -> None:
    turns: list[str] = []

    def fails() -> Took:
        turns.append("fails")
        raise RuntimeError("no")

    def works() -> Took:
        turns.append("works")
        return Took(4.0 - len(turns), float(len(turns)))

    found = by_turns({"fails": fails, "works": works}, 3)
    assert turns == ["fails", "works", "works", "works"]
    assert found["works"] == (0.0, 2.0)
    assert str(found["fails"]) == "no"


def test_a_link_passes_everything_in_its_order() -> None:
    data = bytes(range(256)) * 4096
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo() -> None:
            connection, _ = server.accept()
            with connection:
                while piece := connection.recv(1 << 16):
                    connection.sendall(piece)

        thread = threading.Thread(target=echo)
        thread.start()
        with link(f"127.0.0.1:{server.getsockname()[1]}", 0.02) as place:
            port = int(place.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                sender = threading.Thread(target=send, args=(connection, data))
                sender.start()
                back = b"".join(iter(lambda: connection.recv(1 << 16), b""))
                sender.join()
        thread.join()
    assert back == data


def test_no_percentile_is_above_what_was_measured() -> None:
    assert worst([1.0] * 9 + [50.0]) == 50
    assert worst([float(i) for i in range(101)]) == 95


def test_without_an_environment_it_says_what_to_do() -> None:
    run = Path(__file__).with_name("run")
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        [run, "--help"],
        env={**env, "VIRTUAL_ENV": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no /nowhere/bin/python" in done.stderr
    assert len(done.stderr.splitlines()) == 1
