"""The program as a user runs it, without a terminal."""

from __future__ import annotations

import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from nixdive.layering.planfile import read_plan
from tests.patience import PATIENCE
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path


def path(letter: str, name: str) -> str:
    return f"/nix/store/{letter * 32}-{name}"


@pytest.fixture
def closure(tmp_path: Path) -> Path:
    """A small closure file: app needs lib and libc, lib needs libc."""
    app, lib, libc = path("a", "app-v1"), path("b", "lib-2.0"), path("c", "libc-3.0")
    file = tmp_path / "closure.json"
    file.write_text(
        json.dumps(
            [
                {"path": app, "narSize": 1000, "references": [app, lib, libc]},
                {"path": lib, "narSize": 20000, "references": [libc]},
                {"path": libc, "narSize": 300000, "references": [libc]},
            ]
        )
    )
    return file


def test_alone_says_how_to_name_an_input() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "name an input" in done.stderr


def test_a_file_that_is_called_almost_like_a_command_is_an_input(
    closure: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = closure.rename(closure.with_name("plans"))
    monkeypatch.chdir(named.parent)
    assert run(named.name).returncode == 0


def test_input_without_a_terminal_is_a_table(closure: Path) -> None:
    done = run(str(closure))
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("app:v1  3 paths  313 KiB  3 of 100 layers  churn")
    assert "terminal to open the screen" in done.stderr


def test_screen_needs_a_terminal_that_can_paint(closure: Path) -> None:
    assert run("screen", str(closure), TERM="dumb").returncode == 0


def test_plan_as_json(closure: Path) -> None:
    done = run("plan", str(closure), "--json", "--max-layers", "2", "--strategy", "popularity", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["format"] == "nixdive.plan/1"
    assert document["totals"] == {"paths": 3, "nar_size": 321000, "layers": 2}
    assert document["against"] == []


def test_plan_against_an_earlier_version(closure: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    earlier.write_text(closure.read_text().replace("a" * 32, "d" * 32))
    done = run(
        "plan",
        str(closure),
        "--json",
        "--against",
        str(earlier),
        "--pin",
        "app=own",
        "--exclude",
        path("b", "lib-2.0"),
    )
    assert json.loads(done.stdout)["against"] == [
        {"input": str(earlier), "push_bytes": 1000, "layers_reused": 1, "layers_new": 1}
    ]


def test_closure_from_standard_input(closure: Path) -> None:
    done = run("plan", "-", "--json", stdin=closure.read_bytes())
    assert json.loads(done.stdout)["totals"]["paths"] == 3


def test_plan_is_kept_and_read_again(closure: Path, tmp_path: Path) -> None:
    kept = tmp_path / "plan.toml"
    first = run("plan", str(closure), "--json", "--max-layers", "7", "--pin", "lib*=own", "-o", str(kept))
    assert first.returncode == 0, first.stderr
    again = run("plan", str(closure), "--json", "--plan", str(kept))
    assert json.loads(again.stdout) == json.loads(first.stdout)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("plan",), 2, "Missing argument"),
        (("plan", "x", "--nonsense"), 2, "No such option"),
        (("plan", "/nowhere/at/all"), 1, "/nowhere/at/all: no such file"),
        (("plan", path("z", "none-1")), 1, path("z", "none-1")),
        (("write", "x"), 2, "Missing option '-o'"),
        (("write", "x", "-o", "-", "--json"), 2, "--json and -o - both want standard output"),
        (("write", "x", "-o", "-", "--format", "oci"), 2, "cannot be streamed"),
        (("write", "x", "-o", "dir:out"), 2, "skopeo copy"),
        (("verify", "/nowhere.tar"), 1, "/nowhere.tar"),
        (("plam",), 2, "did you mean plan?"),
        (("plna", "x.json", "--max-layers", "8"), 2, "did you mean plan?"),
        (("veriffy", "x.tar"), 2, "did you mean verify?"),
        (("comapre", "a.tar", "b.tar", "--fail-over", "5M"), 2, "did you mean compare?"),
    ],
)
def test_errors_are_short_lines(words: tuple[str, ...], status: int, told: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr
    lines = [line for line in done.stderr.splitlines() if line != "reading the closure"]
    assert len(lines) <= 2
    assert lines[0].startswith("nixdive: ")


def test_a_plan_on_standard_output_is_a_plan_file(closure: Path, tmp_path: Path) -> None:
    done = run("plan", str(closure), "--max-layers", "3", "-o", "-")
    file = tmp_path / "plan.toml"
    file.write_text(done.stdout, "utf-8")
    assert read_plan(file).max_layers == 3
    assert read_plan(file).carried
    assert run("plan", str(closure), "--json", "-o", "-").returncode == 2


def test_what_of_a_plan_file_has_no_effect_is_said(closure: Path, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    assert run("plan", str(closure), "-o", str(file), "-q").returncode == 0
    file.write_text(file.read_text().replace("max_layers = 100", "max_layers = 1\nrates.libcc = 0.1"))
    done = run("plan", str(closure), "--plan", str(file))
    assert done.returncode == 0
    assert "rates: libcc matches no store path; did you mean libc?\n" in done.stderr
    assert "layers are carried on into a budget of 1: " in done.stderr
    assert run("plan", str(closure), "--plan", str(file), "-q").stderr == ""


def test_budget_over_125_is_refused(closure: Path) -> None:
    done = run("plan", str(closure), "--max-layers", "126")
    assert done.returncode == 2
    assert "125" in done.stderr


def test_what_has_no_files_cannot_be_written(closure: Path, tmp_path: Path) -> None:
    target = tmp_path / "image.tar"
    done = run("write", str(closure), "-o", str(target))
    assert done.returncode == 1
    assert path("a", "app-v1") in done.stderr or path("c", "libc-3.0") in done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["closure.json"]


def test_reader_that_leaves_is_no_error(closure: Path) -> None:
    program = [sys.executable, "-m", "nixdive", "plan", str(closure), "-q"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_130(number: signal.Signals) -> None:
    program = [sys.executable, "-m", "nixdive", "plan", "-"]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"reading the closure\n"  # and waits for its standard input
        process.send_signal(number)
        assert process.wait(PATIENCE) == 130
        assert process.stderr.read().strip() == b"nixdive: stopped"


_INTERRUPTED = """
import os, signal, sys

class Finder:
    left = int(sys.argv.pop(1))

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in {"__future__", "nixdive", "nixdive.cli"}:
            if not cls.left:
                os.kill(os.getpid(), signal.SIGINT)
            cls.left -= 1

sys.meta_path.insert(0, Finder)
from nixdive.cli import main
main()
"""


@pytest.mark.parametrize("at", [0, 1, 2, 10, 50, 100])
def test_ctrl_c_while_it_is_loaded_is_quiet(at: int) -> None:
    # -S: what the site loads is not there yet, as for a program that is installed
    ended = subprocess.run(
        [sys.executable, "-S", "-c", _INTERRUPTED, str(at), "plan", "demo", "-q"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ended.returncode == 130
    assert ended.stderr in {"", "nixdive: stopped\n"}
    assert ended.stdout == ""


def test_demo_without_a_terminal_is_a_table() -> None:
    done = run("demo")
    assert done.returncode == 0
    assert "layers" in done.stdout.splitlines()[0]


def test_names_are_shown_without_their_escapes(tmp_path: Path) -> None:
    file = tmp_path / "clo\x1bsure.json"
    file.write_text("[")
    done = run("plan", str(file))
    assert done.returncode == 1
    assert "\x1b" not in done.stderr
    assert "clo\\x1bsure.json" in done.stderr


@pytest.mark.usefixtures("_pseudo_terminals")
def test_no_image_goes_to_a_terminal() -> None:
    terminal, end = pty.openpty()
    try:
        words = [sys.executable, "-m", "nixdive", "write", "x", "-o", "-"]
        done = subprocess.run(words, stdout=end, stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
    finally:
        os.close(terminal)
        os.close(end)
    assert done.returncode == 2
    assert b"cannot be printed on a terminal" in done.stderr


@pytest.mark.usefixtures("_pseudo_terminals")
def test_bar_is_painted_on_a_terminal_and_gone_at_the_end(closure: Path) -> None:
    terminal, end = pty.openpty()
    words = [sys.executable, "-m", "nixdive", "plan", str(closure), "--json"]
    able, painted = {**os.environ, "TERM": "xterm"}, b""
    with (
        tempfile.TemporaryFile() as out,
        subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=end, env=able),
    ):
        os.close(end)
        with suppress(OSError):  # how a terminal ends
            while data := os.read(terminal, 65536):
                painted += data
        os.close(terminal)
        out.seek(0)
        assert json.load(out)["format"] == "nixdive.plan/1"
    assert b"reading the closure" in painted
    assert painted.endswith(b"\r\x1b[K")


@pytest.mark.parametrize(
    ("words", "closed", "status", "said"),
    [
        ("plan FILE -q", ">&-", 1, "nixdive: standard output: it is closed\n"),
        ("schema plan", ">&-", 1, "nixdive: standard output: it is closed\n"),
        ("write FILE -o - -q", ">&-", 1, "nixdive: standard output: it is closed\n"),
        ("plan - -q", "<&-", 1, "nixdive: -: standard input is closed\n"),
        ("plan FILE -o kept.toml", ">/dev/null 2>&-", 0, ""),
    ],
)
def test_a_stream_that_is_closed_is_said_or_passed_over(
    words: str, closed: str, status: int, said: str, closure: Path, tmp_path: Path
) -> None:
    line = f"{sys.executable} -m nixdive {words.replace('FILE', str(closure))} {closed}"
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[2])}
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, cwd=tmp_path, env=environment, check=False
    )
    assert done.returncode == status
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    if "kept.toml" in words:
        assert read_plan(tmp_path / "kept.toml").carried, "the work is done"
