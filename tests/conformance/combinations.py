"""Images that nixdive writes in all its ways: every two of format, compression, budget, strategy, base."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance import samples
from tests.conformance.programs import run
from tests.conformance.samples import SAYS, TAG, Sample
from tests.opening.images import layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMATS = ("hybrid", "docker-archive", "oci-archive", "oci")
COMPRESSIONS = ("gzip", "zstd", "none")
BUDGETS = (1, 2, 25, 100, 125)
"""Layers; the last one is the most that docker's overlay2 store takes."""

STRATEGIES = ("churn", "nixpkgs", "popularity", "size", "each", "single", "pipeline")
BASES = ("no base", "a base", "a base of 3 layers")
PATHS = 130
DEEP = (126, 128, 129, 250, 400, 480, 500)
"""Layers of images that ask how many a client takes."""

_DIGITS = "0123456789abcdfghijklmnpqrsvwxyz"  # of store hashes
_LOWER = dict(zip(BASES, (0, 1, 3), strict=True))  # layers of the base
_IN_STORE = 'mount --bind "$0" /nix && exec "$@"'
_BUSYBOX = f"/nix/store/{'0' * 32}-busybox-1"


@dataclass(frozen=True, slots=True)
class Combination:
    """One way to write an image.

    Attributes:
        image_format: of FORMATS.
        compression: of COMPRESSIONS.
        budget: of BUDGETS.
        strategy: of STRATEGIES.
        base: of BASES.
    """

    image_format: str
    compression: str
    budget: int
    strategy: str
    base: str

    def __str__(self) -> str:
        number = f"{self.budget} layer{'s' if self.budget > 1 else ''}"
        return f"{self.image_format}, {self.compression}, {number}, {self.strategy}, {self.base}"

    def pairs(self) -> set[tuple[object, object]]:
        """Return every two of its choices."""
        return set(itertools.combinations([getattr(self, one.name) for one in fields(self)], 2))


def combinations(*, every: bool = False) -> Iterator[Combination]:
    """Give ways to write an image: every combination, or so many that every two choices meet."""
    if every:
        for words in itertools.product(FORMATS, COMPRESSIONS, BUDGETS, STRATEGIES, BASES):
            if _fits(words[4], words[2]):
                yield Combination(*words)
        return
    for (f, image_format), (c, compression), (b, budget) in itertools.product(
        enumerate(FORMATS), enumerate(COMPRESSIONS), enumerate(BUDGETS)
    ):
        strategy = STRATEGIES[(f + 2 * c + b) % len(STRATEGIES)]
        base = BASES[(c + b) % len(BASES)]
        yield Combination(
            image_format, compression, budget, strategy, base if _fits(base, budget) else BASES[b]
        )


def _fits(base: str, budget: int) -> bool:
    """Whether there is a layer left above a base."""
    return budget > _LOWER[base]


def written(folder: Path, ways: Sequence[Combination]) -> list[Sample]:
    """Write an image in each way; what runs in it looks whether all store paths are there."""
    closure = _store(folder / "few", PATHS)
    bases = {
        BASES[1]: _base(folder / "base.tar", _LOWER[BASES[1]]),
        BASES[2]: _base(folder / "base-3.tar", _LOWER[BASES[2]]),
    }
    pipeline = folder / "pipeline.json"
    made = []
    for number, way in enumerate(ways):
        file, name = folder / f"written-{number}", f"written{number}:{TAG}"
        own = way.budget - _LOWER[way.base]
        pipeline.write_text(f'[["popularity_contest"], ["limit_layers", {own}]]')
        words: list[str | Path] = ["--format", way.image_format, "--compression", way.compression]
        words += ["--max-layers", str(way.budget), "--name", name]
        words += ["--strategy", way.strategy] if way.strategy != "pipeline" else ["--pipeline", pipeline]
        words += ["--from", bases[way.base]] if way.base in bases else []
        _write(closure, file, words)
        oci, docker = way.image_format != "docker-archive", way.image_format in {"hybrid", "docker-archive"}
        command = _command(PATHS, of_the_base=way.base in bases)
        made.append(Sample("what nixdive writes", str(way), file, name, oci, docker, command))
    return made


def deep(folder: Path) -> list[Sample]:
    """Write images of so many layers as DEEP says, each a hybrid with gzip and a store path a layer."""
    made = []
    for count in DEEP:
        file, name = folder / f"deep-{count}", f"deep{count}:{TAG}"
        closure = _store(folder / f"deep-store-{count}", count)
        words = ["--strategy", "each", "--client", "podman", "--name", name]  # which takes the most layers
        _write(closure, file, ["--max-layers", str(count), *words])
        made.append(Sample("how many layers", str(count), file, name, command=_command(count)))
    return made


def _write(closure: Path, target: Path, words: Sequence[str | Path]) -> None:
    nixdive: list[str | Path] = [
        sys.executable,
        "-m",
        "nixdive",
        "write",
        closure,
        "-o",
        target,
        "-q",
        "--no-cache",
    ]
    run("unshare", "--mount", "sh", "-c", _IN_STORE, closure.parent / "nix", *nixdive, *words)


def _command(paths: int, *, of_the_base: bool = False) -> tuple[str, ...]:
    script = f"test $({_BUSYBOX}/bin/busybox ls /nix/store | {_BUSYBOX}/bin/busybox wc -l) = {paths}"
    script += " && test -f /of-the-base" if of_the_base else ""
    return (f"{_BUSYBOX}/bin/busybox", "sh", "-c", f"{script} && echo {SAYS}")


def _store(folder: Path, count: int) -> Path:
    """Make a store of so many paths, one of which is busybox; return its closure."""
    program = Path(shutil.which("busybox") or "/bin/busybox").read_bytes()
    paths = [_BUSYBOX]
    for number in range(1, count):
        start = _DIGITS[number // len(_DIGITS)] + _DIGITS[number % len(_DIGITS)]
        paths.append(f"/nix/store/{start:z<32}-library{number}-1")
    infos = {}
    for number, path in enumerate(paths):
        place, refers = folder / path[1:], [paths[number // 2]]
        (place / "bin").mkdir(parents=True, exist_ok=True)
        (place / "references").write_text("\n".join(refers))
        infos[path] = {"narSize": 1000 * (number + 1), "references": refers, "narHash": f"sha256:{number}"}
    infos[paths[-1]]["references"] = paths[:-1]  # the application
    (folder / _BUSYBOX[1:] / "bin/busybox").write_bytes(program)
    (folder / _BUSYBOX[1:] / "bin/busybox").chmod(0o555)
    (folder / "closure.json").write_text(json.dumps(infos))
    return folder / "closure.json"


def _base(target: Path, count: int) -> Path:
    files: list[dict[str, bytes | None]]
    files = [{"of-the-base": b"here"}, {"etc": None, "etc/base": b"1"}, {"etc/base": b"2"}]
    samples.write(target, f"base:{TAG}", [samples.stored(layer(one)) for one in files[:count]])
    return target
