"""What is read changes meanwhile, programs work on the same things at once, the clock jumps."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nixdive.image.stored.verify import verify
from nixdive.layering.planfile import read_plan
from tests.faults.attack import LONGEST, PROGRAM, ROUNDS, Ended, Field, left, made_image, one_line, state
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Callable

_LETTERS = "0123abcd"


def _closure(folder: Path, seed: int) -> Path:
    """Write a closure file whose store is in the folder; return it."""
    infos = []
    for number, letter in enumerate(_LETTERS):
        path = folder / f"store/{letter * 32}-lib-{number}"
        path.mkdir(parents=True, exist_ok=True)
        (path / "data").write_bytes(random.Random(f"{seed}{number}").randbytes(400_000))
        infos.append({"path": str(path), "narSize": 400_200, "references": []})
    file = folder / "closure.json"
    file.write_text(json.dumps(infos))
    return file


def _sources(folder: Path, seed: int) -> dict[str, Path]:
    """Make an input of each kind; the program reads each for a while."""
    folder.mkdir()
    image = made_image(folder / "image.tar", seed)
    packed = folder / "image.tar.gz"
    packed.write_bytes(gzip.compress(image.read_bytes(), 1, mtime=0))
    done = run("write", image, "-o", folder / "layout", "--format", "oci", "-q")
    assert done.returncode == 0, done.stderr
    return {"image": image, "packed": packed, "layout": folder / "layout", "closure": _closure(folder, seed)}


def _victim(source: Path) -> Path:
    """Return the file that changes: the largest one of those that are read."""
    if source.is_dir():
        return max((one for one in source.rglob("*") if one.is_file()), key=lambda one: one.stat().st_size)
    return source.parent / f"store/{'3' * 32}-lib-3/data" if source.name == "closure.json" else source


def _cut(file: Path, _: Path) -> None:
    os.truncate(file, file.stat().st_size // 3)


def _grown(file: Path, _: Path) -> None:
    with file.open("ab") as end:
        end.write(bytes(100_000))


def _replaced(file: Path, other: Path) -> None:
    new = file.with_name("new")
    shutil.copyfile(other, new)
    new.replace(file)


def _written_over(file: Path, other: Path) -> None:
    data = other.read_bytes()[: file.stat().st_size]
    with file.open("r+b") as over:
        over.write(data)


def _pipe(file: Path, _: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _folder(file: Path, _: Path) -> None:
    file.unlink()
    file.mkdir()


def _gone(file: Path, _: Path) -> None:
    file.unlink()


_CHANGES: dict[str, Callable[[Path, Path], None]] = {
    "is truncated": _cut,
    "grows": _grown,
    "is replaced": _replaced,
    "is written over": _written_over,
    "turns into a pipe": _pipe,
    "turns into a folder": _folder,
    "is removed": _gone,
}
_COMMANDS = {
    "write": ("write", "SOURCE", "-o", "new.tar", "--max-layers", "6"),
    "layout": ("write", "SOURCE", "-o", "new", "--format", "oci", "--strategy", "each"),
    "plan": ("plan", "SOURCE", "--strategy", "churn", "-o", "plan.toml"),
    "inspect": ("inspect", "SOURCE", "--json"),
    "extract": ("extract", "SOURCE", "-o", "files"),
    "verify": ("verify", "SOURCE"),
}  # fmt: skip
_OF_IMAGES = {"inspect", "extract", "verify"}


def _until_read(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a program has opened something in a folder, or has ended."""
    descriptors = Path(f"/proc/{process.pid}/fd")
    while process.poll() is None:
        with suppress(OSError):
            if any(str(folder) in os.readlink(one) for one in descriptors.iterdir()):  # noqa: PTH115
                return


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="/proc says what a program reads")
@pytest.mark.parametrize("change", _CHANGES)
@pytest.mark.parametrize("kind", ["image", "packed", "layout", "closure"])
def test_a_source_changes_while_it_is_read(
    field: Field, tmp_path: Path, kind: str, change: str, trial: Callable[[], int]
) -> None:
    chance = random.Random(f"{kind} {change}")
    names = [name for name in _COMMANDS if kind != "closure" or name not in _OF_IMAGES]
    for number in range(ROUNDS):
        trial()
        sources, others = (
            _sources(tmp_path / f"{name}{number}", seed) for seed, name in ((1, "a"), (2, "b"))
        )
        name = chance.choice(names)
        work = tmp_path / f"work{number}"
        work.mkdir()
        words = [str(sources[kind]) if word == "SOURCE" else word for word in _COMMANDS[name]]
        with subprocess.Popen(
            [*PROGRAM, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=field.environment,
            cwd=work,
        ) as process:
            _until_read(process, sources[kind].parent)
            time.sleep(chance.uniform(0, 0.3))
            process.send_signal(signal.SIGSTOP)
            victim = _victim(sources[kind])
            _CHANGES[change](victim, _victim(others[kind]))
            process.send_signal(signal.SIGCONT)
            try:
                out, err = process.communicate(timeout=LONGEST)
            finally:
                process.kill()
        ended = Ended(process.returncode, out.decode(), err.decode())
        case = f"{name}: {ended}"
        assert ended.status in {0, 1, 3}, case
        one_line(ended)
        assert left(work) == [], case
        if ended.status:
            assert ended.err.strip() or name == "verify", case
            assert list(work.iterdir()) == [] or ended.status == 3, case
        elif name in {"write", "layout"}:
            (target,) = work.iterdir()
            assert verify(target) == (), case
        elif name == "plan":
            read_plan(work / "plan.toml")


_TOGETHER = {
    "one file": ("write", "IMAGE", "-o", "new.tar", "--max-layers", "6"),
    "one layout": ("write", "IMAGE", "-o", "new", "--format", "oci"),
    "one layout that is there": ("write", "IMAGE", "-o", "old", "--format", "oci"),
    "one plan file": ("plan", "IMAGE", "-o", "plan.toml"),
    "one folder": ("extract", "IMAGE", "-o", "files", "--force"),
    "one cache": ("write", "IMAGE", "-o", "NUMBER.tar", "--strategy", "each", "--compression", "zstd"),
}


@pytest.mark.parametrize("what", _TOGETHER)
def test_programs_at_work_on_the_same(
    field: Field, tmp_path: Path, what: str, trial: Callable[[], int]
) -> None:
    images = [made_image(tmp_path / f"{seed}.tar", seed) for seed in (1, 2)]
    for number in range(ROUNDS):
        trial()
        work = tmp_path / f"work{number}"
        work.mkdir()
        base = made_image(tmp_path / "base.tar", 3)
        assert field.run("write", base, "-o", work / "old", "--format", "oci").status == 0
        environment = {**field.environment, "XDG_CACHE_HOME": str(work / "cache")}

        def begun(
            place: Path, index: int, environment: dict[str, str] = environment
        ) -> subprocess.Popen[bytes]:
            meant = {"IMAGE": str(images[index % 2]), "NUMBER.tar": f"{index}.tar"}
            words = [meant.get(word, word) for word in _TOGETHER[what]]
            return subprocess.Popen(
                [*PROGRAM, *words], cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )

        alone = []
        for index in range(2):
            place = tmp_path / f"alone{number}-{index}"
            place.mkdir()
            if what == "one layout that is there":
                shutil.copytree(work / "old", place / "old")
            with begun(place, index, field.environment) as process:
                assert process.communicate(timeout=LONGEST)
                assert process.returncode == 0
            alone.append(place)
        together = [begun(work, index) for index in range(4)]
        for process in together:
            out, err = process.communicate(timeout=LONGEST)
            ended = Ended(process.returncode, out.decode(), err.decode())
            one_line(ended)
            assert ended.status == 0 or what == "one layout", ended
        assert left(work) == []
        _check_together(what, work, alone)


def _check_together(what: str, work: Path, alone: list[Path]) -> None:
    """Check what programs have left that did not wait for each other, by what each does alone."""
    if what in {"one file", "one plan file"}:
        name = _TOGETHER[what][3]
        assert (work / name).read_bytes() in [(place / name).read_bytes() for place in alone]
    elif what == "one folder":
        assert (
            state(work / "files").keys()
            == state(alone[0] / "files").keys() | state(alone[1] / "files").keys()
        )
    elif what == "one cache":
        for index in range(4):
            assert (work / f"{index}.tar").read_bytes() == (
                alone[index % 2] / f"{index % 2}.tar"
            ).read_bytes()
    else:
        name = _TOGETHER[what][3]
        index = json.loads((work / name / "index.json").read_text())
        wanted = 2 if what == "one layout" else 3
        assert len(index["manifests"]) in {1, wanted}
        for place in alone:
            own = json.loads((place / name / "index.json").read_text())["manifests"]
            assert what == "one layout" or own[-1] in index["manifests"], "no image is lost"
        assert verify(work / name) == ()


_SESSIONS = """
import sys
from pathlib import Path
from nixdive.ui.config.session import Session, View, keep_session, read_session
file, own = Path(sys.argv[1]), sys.argv[2]
for number in range(100):
    keep_session(file, Session(views={own: View(tab=f"{own}-{number}")}))
    read_session(file)
"""


def test_screens_that_keep_one_session(tmp_path: Path, field: Field) -> None:
    file = tmp_path / "session.json"
    words = [sys.executable, "-c", _SESSIONS, str(file)]
    running = [
        subprocess.Popen([*words, str(own)], env=field.environment, stderr=subprocess.PIPE)
        for own in range(4)
    ]
    while any(one.poll() is None for one in running):
        if file.exists():
            json.loads(file.read_text())
    for one in running:
        assert one.communicate()[1] == b""
        assert one.returncode == 0
    assert left(tmp_path) == []


@pytest.mark.parametrize("jump", [-3e9, -86400.0, 86400.0, 3e9])
def test_a_clock_that_jumps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: Field, jump: float
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path / "cache"))
    words = ("write", field.image, "--strategy", "each", "--compression", "zstd", "-q")
    assert run(*words, "-o", "before.tar").returncode == 0
    real, calls = time.time, iter(range(1 << 30))
    monkeypatch.setattr(time, "time", lambda: real() + jump * (next(calls) % 2))
    monkeypatch.setattr(time, "time_ns", lambda: int((real() + jump * (next(calls) % 2)) * 1e9))
    for number, file in enumerate((tmp_path / "cache").rglob("*")):
        os.utime(file, (max(real() + jump * (number % 2), 0),) * 2)
    for more in (("-o", "after.tar"), ("-o", "after.tar", "--created", "now")):
        done = run(*words, *more)
        assert (done.returncode, done.stderr) == (0, "")
        assert verify(tmp_path / "after.tar") == ()
    assert run(*words, "-o", "after.tar").returncode == 0
    assert (tmp_path / "after.tar").read_bytes() == (tmp_path / "before.tar").read_bytes()
    for word in ("show", "prune", "clear"):
        done = run("cache", word)
        assert done.returncode == 0, done.stderr
