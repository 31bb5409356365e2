"""How many times faster an image is written again, after one path has moved: with a cache against without.

usage: python tests/bench/bench_cache.py [FOLDER] [ROUNDS]

Needs the Debian store; the image holds all of its applications. FOLDER (a new temporary one unless named)
takes cache and images, on the disk that is to be measured. The sides take turns, ROUNDS times (three unless
named), and the fastest of each counts, in seconds and in seconds of the processors. "first" writes with an
empty cache, which it fills; "read" is the bytes of files that were opened below the store. It ends after ten
minutes, whatever it has done.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nixdive
from nixdive.cache.folder import Folder
from nixdive.cache.layers import LayerCache
from nixdive.contents.disk import DiskContents
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image

if TYPE_CHECKING:
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.workspace import Workspace

LIMIT = 600  # seconds
FORMS = (
    ("hybrid", "gzip"),
    ("docker-archive", "gzip"),
    ("oci", "gzip"),
    ("oci, same layout", "gzip"),
    ("hybrid", "zstd"),
)
ROUNDS = 3


class Counting(DiskContents):
    """Contents that count the bytes of the files that are read."""

    read = 0

    def __init__(self, contents: DiskContents) -> None:
        vars(self).update(vars(contents))

    def open(self, entry: Any) -> Any:
        self.read += entry.size
        return super().open(entry)

    def read_into(self, entry: Any, buffer: memoryview) -> int:
        self.read += entry.size
        return super().read_into(entry, buffer)


def moved(plan: LayerPlan) -> LayerPlan:
    """Return the plan with the first path of one layer in the next layer of several."""
    layers = list(plan.layers)
    several = [number for number, layer in enumerate(layers) if len(layer.paths) > 3]
    one, other = several[len(several) // 2 : len(several) // 2 + 2]
    path, *rest = layers[one].paths
    layers[one] = replace(layers[one], paths=tuple(rest))
    layers[other] = replace(layers[other], paths=tuple(sorted((*layers[other].paths, path))))
    return replace(plan, layers=tuple(layers))


class Case:
    """One way to write, by turns with and without a cache."""

    def __init__(self, workspace: Workspace, folder: Path, form: tuple[str, str]) -> None:
        image_format, self.compression = form
        self.again = image_format.endswith("layout")
        self.spec: ImageSpec = replace(
            workspace.subject.spec, image_format=image_format.partition(",")[0], compression=self.compression
        )
        self.workspace = workspace
        self.folder = folder
        self.best: dict[str, tuple[float, float]] = {}
        self.facts: dict[str, str] = {}

    def run(self) -> None:
        """Take one turn of each."""
        plan = self.workspace.priced.plan
        shutil.rmtree(self.folder / "cache", ignore_errors=True)
        self.write("first", plan, "one", cached=True)
        self.write("the same", plan, "one" if self.again else "two", cached=True)
        self.write("one path moved", moved(plan), "one" if self.again else "two", cached=True)
        self.write("without", moved(plan), "two", cached=False)
        for name in ("one", "two"):
            target = self.folder / name
            shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)

    def write(self, name: str, plan: LayerPlan, target: str, *, cached: bool) -> None:
        if not self.again and (self.folder / target).is_dir():
            shutil.rmtree(self.folder / target)
        cache = LayerCache(Folder.open(self.folder / "cache"), 1 << 40, print) if cached else None
        assert isinstance(self.workspace.subject.contents, DiskContents)
        contents = Counting(self.workspace.subject.contents)
        started, worked = time.monotonic(), time.process_time()
        written = write_image(ImageToWrite(plan, self.spec, contents), self.folder / target, cache=cache)
        took = time.monotonic() - started, time.process_time() - worked
        best = self.best.get(name, (inf, inf))
        self.best[name] = min(best[0], took[0]), min(best[1], took[1])
        use = f", {written.cache.hits} layers from the cache" if written.cache else ""
        self.facts[name] = f"read {contents.read / 1e6:.0f} MB{use}"


def main() -> None:
    """Print the times of each case, and the ratios."""
    signal.alarm(LIMIT)
    apps = json.loads(Path(os.environ["NIXDIVE_DEBSTORE"]).read_text())["apps"]
    tops = [
        path for app in apps.values() for path in app.values() if isinstance(path, str) and path[:1] == "/"
    ]
    workspace = nixdive.open(*tops)
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    layers, cores = len(workspace.priced.plan.layers), len(os.sched_getaffinity(0))
    print(f"{layers} layers, {cores} processors, best of {rounds}")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else made)
        for form in FORMS:
            case = Case(workspace, folder, form)
            for _ in range(rounds):
                case.run()
            print(", ".join(form))
            first = case.best["first"]
            for name, took in case.best.items():
                figures = "".join(f"{a:8.2f} s {b / a:5.1f} x" for a, b in zip(took, first, strict=True))
                print(f"  {name:15}{figures}  {case.facts[name]}", flush=True)


if __name__ == "__main__":
    main()
