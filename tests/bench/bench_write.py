"""How many times faster an image is written than by a writer that tars every layer twice.

usage: python tests/bench/bench_write.py [FOLDER]

The reference is $NIXDIVE_SHARED/tools/two_pass_writer.py. FOLDER (a new temporary one unless named) takes the
trees and the images. The two sides take turns, three times; the fastest of each counts. "no sync" leaves
out the fsync.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from math import inf
from pathlib import Path
from unittest import mock

from nixdive.contents.disk import DiskContents
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath

_ROUNDS = 3
_MANIFEST = Path(os.environ.get("NIXDIVE_DEBSTORE", "/nowhere"))
Layers = list[list[StorePath]]


def _tree(root: Path, layers: int, folders: int, files: int, median: float, sigma: float) -> Layers:
    random_ = random.Random(1)
    data = random_.randbytes(32 << 20)
    store = root / "nix/store"
    paths = []
    for number in range(layers):
        base = f"{number:032d}-made-{number}"
        paths.append([StorePath(f"/nix/store/{base}")])
        for folder in range(folders):
            place = store / base / "lib" / f"package{folder}"
            place.mkdir(parents=True, exist_ok=True)
            for file in range(files):
                size = min(int(median * random_.lognormvariate(0, sigma)), len(data) // 2)
                start = random_.randrange(len(data) // 2)
                (place / f"module_{file}.py").write_bytes(data[start : start + size])
    return paths


def _media() -> Layers | None:
    if not _MANIFEST.exists():
        return None
    top = json.loads(_MANIFEST.read_bytes())["apps"]["media"]["v1"]
    paths = subprocess.run(
        ["nix-store", "-qR", top], check=True, capture_output=True, text=True
    ).stdout.split()
    return [[StorePath(path) for path in paths[number::10]] for number in range(10)]


def _reference(root: str, layers: Layers, folder: Path) -> float:
    listed = folder / "layers.json"
    listed.write_text(json.dumps([[root + path for path in layer] for layer in layers]))
    tool = Path(os.environ["NIXDIVE_SHARED"]) / "tools/two_pass_writer.py"
    started = time.monotonic()
    with (folder / "reference.tar").open("wb") as out:
        subprocess.run([sys.executable, tool, listed], check=True, stdout=out, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def _ours(root: str, layers: Layers, folder: Path, compression: str) -> float:
    plan = LayerPlan(
        PlanRequest(), tuple(Layer(LayerKind.STORE, tuple(layer), 1, "bench") for layer in layers)
    )
    spec = ImageSpec("bench:1", compression=compression)
    started = time.monotonic()
    write_image(ImageToWrite(plan, spec, DiskContents(root or "/")), folder / "image.tar")
    return time.monotonic() - started


def main() -> None:
    """Print the times of each case."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else made)
        cases: dict[str, tuple[str, Layers | None]] = {"media": ("", _media())}
        for name, shape in {
            "47 000 files": (10, 47, 100, 3600.0, 1.5),
            "70 big files": (10, 1, 7, 14e6, 0.1),
        }.items():
            place = folder / name.replace(" ", "-")
            cases[name] = (str(place), _tree(place, *shape))
        for name, (root, layers) in cases.items():
            if layers is None:
                print(f"{name}: no debstore here")
                continue
            reference = inf
            ours: dict[tuple[str, str], float] = {}
            for _ in range(_ROUNDS):
                reference = min(reference, _reference(root, layers, folder))
                for compression in ("none", "gzip", "zstd"):
                    for how, patch in (("synced", nullcontext()), ("no sync", mock.patch("os.fsync"))):
                        with patch:
                            seconds = _ours(root, layers, folder, compression)
                        ours[compression, how] = min(ours.get((compression, how), inf), seconds)
            print(f"{name}: two-pass {reference:.2f} s")
            for (compression, how), seconds in ours.items():
                print(f"  {compression}, {how}: {seconds:.2f} s, {reference / seconds:.1f} x", flush=True)


if __name__ == "__main__":
    main()
