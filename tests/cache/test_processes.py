"""Processes that share a cache: they write the same image while others tidy up, empty it, and are killed."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from nixdive.cache.care import CacheState, clear, prune
from nixdive.cache.folder import Folder
from nixdive.contents import disk
from nixdive.contents.disk import DiskContents
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

_PATHS = tuple(StorePath(f"/nix/store/{digit * 32}-path-{digit}") for digit in "01234567")
_SIZE = 200_000  # bytes of each, which no compressor makes less of
_LIMIT = 900_000  # of the cache: about half of the image
_TIMES = 6
_WRITES = """
import sys
from pathlib import Path
from tests.cache.test_processes import written

for number in range(int(sys.argv[3])):
    print(written(Path(sys.argv[1]), Path(sys.argv[2]), number), flush=True)
"""


def written(folder: Path, target: Path, number: int) -> str:
    """Write the image in one of two plans, with the cache in a folder; return the digest of its manifest."""
    from nixdive.cache.layers import LayerCache

    disk._LATELY = 0  # the files were made just now, and will stay as they are
    at = 2 + number % 2
    groups = (_PATHS[:at], _PATHS[at:4], *((path,) for path in _PATHS[4:]))
    layers = tuple(Layer(LayerKind.STORE, group, 1, "test") for group in groups)
    notes: list[str] = []
    image = write_image(
        ImageToWrite(
            LayerPlan(PlanRequest(), layers),
            ImageSpec("app:1", image_format="oci"),
            DiskContents(folder / "root"),
        ),
        target / str(number),
        cache=LayerCache(Folder.open(folder / "cache"), _LIMIT, notes.append),
    )
    assert not notes, notes
    return image.manifest_digest


@pytest.mark.slow
def test_processes_share_it_while_others_tidy_up_and_are_killed(tmp_path: Path) -> None:
    chance = random.Random(1)
    for path in _PATHS:
        file = tmp_path / "root" / path[1:] / "file"
        file.parent.mkdir(parents=True)
        file.write_bytes(chance.randbytes(_SIZE))

    def start(name: str, times: int) -> subprocess.Popen[str]:
        target = tmp_path / name
        target.mkdir()
        words = [sys.executable, "-c", _WRITES, tmp_path, target, str(times)]
        process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
        processes.enter_context(process)
        processes.callback(process.kill)
        return process

    for name in ("alone", "after"):
        (tmp_path / name).mkdir()
    expected = [written(tmp_path, tmp_path / "alone", number) for number in range(2)]
    folder = Folder.open(tmp_path / "cache")
    with ExitStack() as processes:
        writers = [start(f"writer{number}", _TIMES) for number in range(3)]
        victim = start("victim", 1000)
        assert victim.stdout is not None
        for number in range(_TIMES):
            assert victim.stdout.readline().strip() in expected  # it is under way
            removed = clear(folder) if number % 3 == 2 else prune(folder, _LIMIT // 2, NullProgress())
            assert not removed.damaged
        victim.kill()
        for writer in writers:
            out, _ = writer.communicate(timeout=300)
            assert writer.returncode == 0
            assert out.split() == expected * (_TIMES // 2)
    assert not prune(folder, _LIMIT, NullProgress()).damaged
    assert CacheState.of(folder).size <= _LIMIT
    assert written(tmp_path, tmp_path / "after", 0) == expected[0]
