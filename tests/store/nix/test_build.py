"""Building, played by programs that say what those of Nix say in several versions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import Cancelled, NixCommandError
from nixdive.progress import NullProgress
from nixdive.store.nix.build import build
from tests.patience import gone
from tests.store.nix.programs import APP, DEPENDENT, DRV, LIB, STUBBORN, event, put, saying

if TYPE_CHECKING:
    from collections.abc import Callable

RED, OFF = "\x1b[31;1m", "\x1b[0m"
OLD = [
    f"{RED}error:{OFF} builder for '{DRV}' failed with exit code 3",
    f"{RED}error:{OFF} 1 dependencies of derivation '{DEPENDENT}' failed to build",
]
NEW = [
    f"error: Cannot build '{DRV}'.\n  Reason: {RED}builder failed with exit code 3{OFF}.\n  Output paths:",
    f"error: Cannot build '{DEPENDENT}'.\n       Reason: 1 dependency failed.\n       Output paths:\n  {APP}",
    "error: Build failed due to failed dependency",
]


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    return lambda *said, **more: put(tmp_path, monkeypatch, "nix", saying(tmp_path, *said, **more))


def failing(messages: list[str]) -> str:
    """What Nix says where a build fails that another one waits for."""
    lines = [
        event(action="start", id=1, type=104, level=0, text=""),
        event(action="result", id=1, type=105, fields=[0, 2, 1, 0]),
        event(action="start", id=7, type=105, level=3, text=f"building '{DRV}'", fields=[DRV, "", 1, 1]),
        *(event(action="result", id=7, type=101, fields=[line]) for line in ("one", f"{RED}two{OFF}", "")),
        event(action="result", id=7, type=101, fields=["10 %\r20 %\r30 %"]),
        event(action="stop", id=7),
        *(
            event(action="msg", level=0, msg=text, raw_msg=text.partition("error: ")[2] or text)
            for text in messages
        ),
        event(action="msg", level=0, msg="(use '--show-trace' to show detailed location information)"),
    ]
    return "\n".join(lines) + "\n"


def test_build_gives_the_outputs(nix: Callable[..., Path]) -> None:
    words = nix(f"{APP}\n{LIB}\n")
    built = build([".#app", ".#lib"])
    assert built.paths == (APP, LIB)
    called = words.read_text().splitlines()
    assert called[called.index("build") :] == [
        *("build", "--out-link", f"{built.roots.folder}/built", "--log-format", "internal-json"),
        *("--print-out-paths", "--", ".#app", ".#lib"),
    ]


SAID: list[tuple[list[Any], tuple[str, ...]]] = [
    ([{"drvPath": "x.drv", "outputs": {"out": APP}}, {"path": LIB}], (APP, LIB)),
    ([{"outputs": {"out": APP, "lib": LIB}}, {"outputs": {"out": None}}], (APP, LIB)),
    ([APP], (APP,)),
]


@pytest.mark.parametrize(("said", "paths"), SAID)
def test_old_nix_builds_too(
    said: list[Any], paths: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").write_text(json.dumps(said))
    refusal = event(action="msg", level=0, msg="error: x", raw_msg="unrecognised flag '--print-out-paths'")
    (tmp_path / "refusal").write_text(refusal + "\n" + event(action="msg", level=0, msg="Try 'nix --help'."))
    body = (
        f'case " $* " in *" --print-out-paths "*) cat {tmp_path}/refusal >&2; exit 1 ;;\n'
        f'*" --json "*) cat {tmp_path}/out ;; esac\n'
    )
    put(tmp_path, monkeypatch, "nix", body)
    assert build([".#app", ".#lib"]).paths == paths


def test_derivations_are_built_by_what_every_nix_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nix-store prints the links that it makes; they lead to the outputs."""
    link = tmp_path / "link"
    link.symlink_to(APP)
    words = put(tmp_path, monkeypatch, "nix-store", f"echo {link}\necho {LIB}\n")
    assert build([f"{DRV}^*", f"{DEPENDENT}^out,dev"], root="/r").paths == (APP, LIB)
    called = words.read_text().splitlines()
    assert called[:3] == ["--realise", "--store", "/r"]
    assert called[-2:] == [DRV, f"{DEPENDENT}!out,dev"]


@pytest.mark.parametrize("out", ["", "\n", "nothing\n", f"{APP}/bin\n"])
def test_build_that_gives_no_path(nix: Callable[..., Path], out: str) -> None:
    nix(out)
    with pytest.raises(NixCommandError, match=r"\.#app: nix build gave no store path"):
        build([".#app"])


@pytest.mark.parametrize(
    "messages", [OLD, NEW, OLD[::-1], NEW[::-1]], ids=["2.8", "2.34", "2.8 back", "2.34 back"]
)
def test_the_derivation_that_failed_is_told_and_not_the_one_that_waited(
    messages: list[str], nix: Callable[..., Path]
) -> None:
    nix(told=failing(messages), status=1)
    with pytest.raises(NixCommandError) as caught:
        build([".#app"])
    assert str(caught.value) == f".#app: {DRV} does not build: builder failed with exit code 3"
    assert caught.value.hint == f"nix-store --read-log {DRV} shows the whole log"
    assert caught.value.lines == ("one", "two", "30 %")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            f"hash mismatch in fixed-output derivation '{DRV}':\n  specified: a\n     got:    b",
            f"{DRV} does not build: hash mismatch in fixed-output derivation: specified: a got: b",
        ),
        (
            f"Cannot build '{DRV}'.\nReason: platform mismatch\nRequired system: 'x'\nCurrent system: 'y'",
            f"{DRV} does not build: platform mismatch Required system: 'x' Current system: 'y'",
        ),
        ("attribute 'app' missing", "nix failed: attribute 'app' missing"),
    ],
)
def test_other_reasons(said: str, told: str, nix: Callable[..., Path]) -> None:
    nix(told=event(action="msg", level=0, msg=f"error: {said}", raw_msg=said) + "\n", status=1)
    with pytest.raises(NixCommandError) as caught:
        build([".#app"])
    assert str(caught.value) == f".#app: {told}"
    features = "--extra-experimental-features 'nix-command flakes'"  # the shell takes the line as it is
    assert caught.value.hint == f"this says more: nix {features} build --no-link -- '.#app'"


def test_what_is_not_in_the_format_is_told_too(nix: Callable[..., Path]) -> None:
    nix(told="warning: x\nerror: while evaluating\n  at y\n\nerror: no space left on device\n", status=1)
    with pytest.raises(NixCommandError, match="nix failed: no space left on device"):
        build([".#app"])
    nix(told="", status=1)
    with pytest.raises(NixCommandError, match="nix failed: it said nothing"):
        build([".#app"])


@pytest.mark.parametrize(
    "line",
    [
        b"@nix ",
        b"@nix [",
        b"@nix 7",
        b"@nix " + b"[" * 100_000,
        b'@nix {"action":"start","id":"x","type":105}',
        b'@nix {"action":"start","id":1,"type":105,"fields":[null]}',
        b'@nix {"action":"result","id":[],"type":101,"fields":["x"]}',
        b'@nix {"action":"result","id":1,"type":105,"fields":[true,"x"]}',
        b'@nix {"action":"stop","id":{}}',
        b'@nix {"action":"msg","level":0,"msg":7}',
        b"\xff" * 3_000_000,
    ],
)
def test_what_is_not_understood_is_passed_over(
    line: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd").write_bytes(line + b"\n")
    put(tmp_path, monkeypatch, "nix", f"cat {tmp_path}/odd >&2\necho {APP}\n")
    assert build([".#app"]).paths == (APP,)


class Heard(NullProgress):
    """Notes what it is told, and stops after a line of a log."""

    def __init__(self, last: str = "") -> None:
        self.phases: list[str] = []
        self.lines: list[str] = []
        self.last = last

    def start(self, what: str, total: int | None) -> None:
        self.phases.append(what)

    def log(self, line: str) -> None:
        if line not in self.lines:
            self.lines.append(line)

    def cancelled(self) -> bool:
        return bool(self.last) and self.last in self.lines


def test_a_build_says_what_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First it fetches, then it builds; it goes on once what it said last is shown."""
    fetching, compiling = tmp_path / "fetching", tmp_path / "compiling"
    lines = [
        event(action="start", id=3, type=103, level=0, text=""),
        event(action="result", id=3, type=105, fields=[0, 12, 0, 0]),
        fetching,
        event(action="result", id=3, type=105, fields=[12, 12, 0, 0]),
        *failing([]).splitlines()[:3],
        event(action="result", id=7, type=101, fields=["compiling"]),
        compiling,
    ]
    body = "".join(
        f"cat >&2 <<'X'\n{line}\nX\n"
        if isinstance(line, str)
        else f"until [ -e {line} ]; do sleep 0.01; done\n"
        for line in lines
    )
    put(tmp_path, monkeypatch, "nix", f"{body}echo {APP}\n")

    class Seen(Heard):
        """Lets the program go on."""

        def start(self, what: str, total: int | None) -> None:
            super().start(what, total)
            if what.startswith("fetching"):
                fetching.touch()

        def log(self, line: str) -> None:
            super().log(line)
            if line == "compiling":
                compiling.touch()

    heard = Seen()
    build([".#app"], heard)
    assert heard.phases == ["evaluating", "fetching 12 store paths", "building lib-2, 1 of 2"]
    assert heard.lines == ["", "compiling"]


@pytest.mark.parametrize(("mode", "signals"), [("kind", ["SIGINT"]), ("stubborn", ["SIGINT", "SIGTERM"])])
def test_a_build_that_is_stopped_leaves_nothing_running(
    mode: str, signals: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked as by ctrl+c, then harder; at last what it has started is killed with it."""
    noted, sent, kill = tmp_path / "signals", list[int](), os.killpg

    def sends(group: int, number: int) -> None:
        sent.append(number)
        kill(group, number)

    class Clock:
        """Goes on while a stubborn program has noted all that it was sent: a busy machine gives it time."""

        now = 0.0

        def monotonic(self) -> float:
            if mode == "stubborn" and noted.is_file() and len(noted.read_text().splitlines()) == len(sent):
                self.now += 1
            return self.now

    monkeypatch.setattr("os.killpg", sends)
    monkeypatch.setattr("nixdive.store.nix.program.time", Clock())
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    put(tmp_path, monkeypatch, "nix", f"exec {sys.executable} {tmp_path}/stubborn.py {mode} {tmp_path}\n")
    with pytest.raises(Cancelled):
        build([".#app"], Heard("ready"))
    assert noted.read_text().splitlines() == signals
    gone(*map(int, (tmp_path / "pids").read_text().split()))


def test_what_is_built_is_a_root_while_it_is_open(nix: Callable[..., Path], tmp_path: Path) -> None:
    nix(f"{APP}\n")
    top = tmp_path / "state/nixdive/roots"
    one, other = build([".#app"]), build([".#app"])
    assert {one.roots.folder, other.roots.folder} == set(top.iterdir())
    del one
    assert set(top.iterdir()) == {other.roots.folder}
    del other
    assert list(top.iterdir()) == []


def test_roots_of_a_user_without_a_home_are_temporary(
    nix: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that is not there does not come to be, as in a builder of Nix."""
    nix(f"{APP}\n")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "missing"))
    assert build([".#app"]).roots.folder.is_dir()
    assert not (tmp_path / "missing").exists()


def test_what_a_killed_run_has_left_is_removed_by_the_next(nix: Callable[..., Path], tmp_path: Path) -> None:
    nix(f"{APP}\n")
    code = (
        "import os\nfrom nixdive.store.nix.build import build\nkept = build(['.#app'])\n"
        "print(kept.roots.folder, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    left = Path(done.stdout.strip())
    assert done.returncode == -signal.SIGKILL
    assert left.is_dir()
    kept = build([".#app"])
    assert list((tmp_path / "state/nixdive/roots").iterdir()) == [kept.roots.folder]


def test_a_home_that_cannot_be_written_does_not_matter(
    nix: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    nix(f"{APP}\n")
    built = build([".#app"])
    folder = built.roots.folder
    assert os.path.isdir(folder)  # noqa: PTH112
    del built
    assert not os.path.lexists(folder)
