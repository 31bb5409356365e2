"""What the attacks have in common: images, commands that read and write, and what must hold after each."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.image.made import archive, layer

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = (sys.executable, "-P", "-m", "nixdive")  # -P: the folder of the targets is not for modules
ROUNDS = int(os.environ.get("NIXDIVE_FAULTS", "1"))
"""How often each attack that involves chance is repeated: once as a sample, many times for the whole."""

LONGEST = 900
"""Seconds after which a run of the program counts as one that hangs, however busy the machine is."""

_TRACE = re.compile(r"Traceback|this is a bug|Exception ignored|Fatal Python")


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended: its status, negative for a signal, and what it wrote."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """A command that is attacked.

    Attributes:
        words: its words; TARGET stands for where it writes, IMAGE and OTHER for two images.
        target: the name of what it writes, or "" if it only reads.
        old: what may be there before: "file", "layout", or "" for nothing.
    """

    words: tuple[str, ...]
    target: str = ""
    old: str = ""


COMMANDS = {
    "write": Command(("write", "IMAGE", "-o", "TARGET", "--max-layers", "6"), "new.tar", "file"),
    "write-zstd": Command(
        ("write", "IMAGE", "-o", "TARGET", "--compression", "zstd", "--format", "oci-archive"), "new.tar", ""
    ),
    "write-layout": Command(("write", "IMAGE", "-o", "TARGET", "--format", "oci"), "layout", "layout"),
    "write-new-layout": Command(("write", "IMAGE", "-o", "TARGET", "--format", "oci"), "layout", ""),
    "plan": Command(("plan", "IMAGE", "-o", "TARGET"), "plan.toml", "file"),
    "extract": Command(("extract", "IMAGE", "/nix", "-o", "TARGET", "--force"), "files", "folder"),
    "emit": Command(
        ("emit", "IMAGE", "--strategy", "nixpkgs", "--as", "nix", "-o", "TARGET"), "plan.nix", "file"
    ),
    "graph": Command(("graph", "IMAGE", "-o", "TARGET"), "graph.dot", "file"),
    "inspect": Command(("inspect", "IMAGE", "--json")),
    "verify": Command(("verify", "IMAGE")),
    "compare": Command(("compare", "OTHER", "IMAGE")),
    "why": Command(("why", "IMAGE", "lib-1")),
    "replay": Command(("replay", "OTHER", "IMAGE")),
}
READ = tuple(name for name, command in COMMANDS.items() if not command.target)
WRITE = tuple(name for name, command in COMMANDS.items() if command.target)


@dataclass
class Field:
    """A folder with two images, and a home that is empty.

    Attributes:
        folder: where targets go.
        image: an archive of some megabytes.
        other: an earlier version of it.
        old: where there is an earlier result of each command.
        environment: the variables of the program.
        seconds: of the processor that each command that writes takes here, if nothing disturbs it.
    """

    folder: Path
    image: Path
    other: Path
    old: Path
    environment: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def words(self, name: str) -> list[str]:
        """Return the words of a command, those of the program left out."""
        command = COMMANDS[name]
        meant = {
            "IMAGE": str(self.image),
            "OTHER": str(self.other),
            "TARGET": str(self.folder / command.target),
        }
        return [meant.get(word, word) for word in command.words]

    def run(self, *words: str | Path, before: tuple[str, ...] = (), **options: Any) -> Ended:
        """Run the program to its end; a run that hangs is a failure.

        Args:
            words: its words.
            before: words of a program that runs it.
            options: for `subprocess.run`.
        """
        streams: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        done = subprocess.run(
            [*before, *PROGRAM, *map(str, words)],
            check=False,
            timeout=LONGEST,
            env=self.environment,
            cwd=self.folder,
            **(streams | options),
        )
        out, err = (bytes(text or b"").decode(errors="replace") for text in (done.stdout, done.stderr))
        return Ended(done.returncode, out, err)

    def prepared(self, name: str) -> Path:
        """Empty the folder, put there what the command may replace, and return its target."""
        command = COMMANDS[name]
        target = self.folder / command.target
        subprocess.run(["rm", "-rf", "--", *self.folder.iterdir()], check=True)
        if command.old == "file":
            target.write_bytes((self.old / name).read_bytes())
        elif command.old == "layout":
            subprocess.run(["cp", "-r", self.old / name, target], check=True)
        elif command.old == "folder":
            (target / "nix/store").mkdir(parents=True)
            (target / "keep").write_text("kept")
        return target


def wait_in_the_middle(run: subprocess.Popen[bytes], share: float, seconds: float) -> None:
    """Wait until a program has done a share of its work, or has ended, however busy the machine is.

    Args:
        run: the program.
        share: from 0, when it answers signals as a command, to 1, its end.
        seconds: of the processor that it takes in all.
    """
    while not _answers(run.pid, signal.SIGTERM):
        if run.poll() is not None:
            return
        time.sleep(0.002)
    begun = _processor_seconds(run.pid)
    while _processor_seconds(run.pid) < begun + share * (seconds - begun):
        if run.poll() is not None:
            return
        time.sleep(0.002)


def _answers(process: int, number: signal.Signals) -> bool:
    said = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    assert said
    return bool(int(said[1], 16) >> number - 1 & 1)


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def one_line(ended: Ended) -> None:
    """Check that a failure was said as one to be read by people."""
    assert not _TRACE.search(ended.err), ended.err
    if ended.status not in {0, 3}:
        said = [line for line in ended.err.splitlines() if line.startswith("nixdive: ")]
        assert len(said) == 1, ended.err
        assert len(said[0]) < 600


def left(folder: Path) -> list[str]:
    """Return what has the name of something unfinished."""
    names = (str(one.relative_to(folder)) for one in folder.rglob("*"))
    return sorted(name for name in names if ".part" in name or "/." in f"/{name}")


def state(path: Path) -> Mapping[str, str]:
    """Return the names and digests of all files of a target."""
    if not os.path.lexists(path):
        return {}
    files = [path] if not path.is_dir() else [one for one in sorted(path.rglob("*")) if one.is_file()]
    return {
        str(one.relative_to(path.parent)): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in files
        if ".part" not in str(one)
    }


def made_image(target: Path, seed: int) -> Path:
    """Write an archive with eight store paths in four layers, of which half differ from seed to seed."""
    layers = []
    for number in range(4):
        names = []
        for part in range(2):
            change = seed if number > 1 else 0
            data = random.Random(f"{number}{part}{change}").randbytes(250_000).hex()
            path = f"nix/store/{'0123abcd'[number * 2 + part] * 32}-lib-{number * 2 + part}"
            names += [f"{path}/", f"{path}/data={data}", f"{path}/link->data"]
        layers.append(layer(*names))
    return archive(target, layers, tag=f"made:{seed}", os="linux", architecture="amd64")
