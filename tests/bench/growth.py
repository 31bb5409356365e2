"""How cost grows: the seconds of whole processes for 100 to 50 000 paths, 1 to 47 000 files, and so on."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from tests.bench import made
from tests.bench.timing import LateError, Run, once
from tests.conformance import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_START = (sys.executable, "-m", "nixdive")
_LIMIT = 120.0  # seconds for each


def paths(folder: Path, count: int) -> Run:
    return once([*_START, "plan", made.closure(folder, count), "-q", "--json"], limit=_LIMIT)


def files(folder: Path, count: int) -> Run:
    root = made.tree(folder, count)
    name = f"/nix/store/{'0' * 32}-made-{count}"
    code = (
        "import sys; from pathlib import Path; from nixdive.contents.disk import DiskContents;"
        "from nixdive.image.oci.spec import ImageSpec; from nixdive.image.write import write_image;"
        "from nixdive.image.to_write import ImageToWrite;"
        "from nixdive.layering.plan import Layer, LayerKind, LayerPlan;"
        "from nixdive.layering.request import PlanRequest; from nixdive.store.path import StorePath;"
        "layer = Layer(LayerKind.STORE, (StorePath(sys.argv[2]),), 1, 'bench');"
        "plan = LayerPlan(PlanRequest(), (layer,));"
        "image = ImageToWrite(plan, ImageSpec('bench:1'), DiskContents(sys.argv[1]));"
        "write_image(image, Path(sys.argv[3]))"
    )
    return once([sys.executable, "-c", code, root, name, folder / "files.tar"], limit=_LIMIT)


def layers(folder: Path, count: int) -> Run:
    file = folder / f"layers{count}.tar"
    samples.deep(file, "layers:1", count)
    return once([*_START, "inspect", file, "-q", "--json", "--no-cache"], limit=_LIMIT)


def images(folder: Path, count: int) -> Run:
    inside = folder / f"images{count}"
    inside.mkdir()
    named = made.fleet(inside, count, 400, 4000)
    return once([*_START, "fleet", *named, "--max-layers", "60", "-q", "--json"], limit=_LIMIT)


SERIES: Sequence[tuple[str, Callable[[Path, int], Run], Sequence[int]]] = (
    ("`plan`: paths", paths, (100, 1_000, 10_000, 50_000)),
    ("writing with gzip: files of a path", files, (1, 100, 10_000, 47_000)),
    ("`inspect`: layers", layers, (1, 25, 125)),
    ("`fleet`, 400 paths out of 4 000: images", images, (1, 5, 50, 500)),
)


def grown(folder: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Give a row for each step: the work, how many, seconds, MB, and the exponent since the step before."""
    for what, work, counts in SERIES:
        last: tuple[int, float] | None = None
        for count in counts:
            try:
                run = work(folder, count)
            except (LateError, RuntimeError) as error:
                yield what, f"{count:,}", str(error), "", ""
                break
            power = ""
            if last is not None:
                power = f"n^{math.log(run.seconds / last[1]) / math.log(count / last[0]):.2f}"
            last = count, run.seconds
            yield what, f"{count:,}", f"{run.seconds:.2f}", f"{run.memory / 1e6:.0f}", power
