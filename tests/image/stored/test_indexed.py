from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.contents.layer_index import Facts
from nixdive.errors import Cancelled, MalformedImageError
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.readers import docker_archive, oci
from nixdive.image.readers.archive import files_of
from nixdive.image.stored.indexed import index_image
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.contents.disk import DiskContents
    from nixdive.layering.plan import LayerPlan


@pytest.fixture
def written(plan: LayerPlan, contents: DiskContents, tmp_path: Path) -> Any:
    def made(packing: str) -> Path:
        target = tmp_path / "image"
        write_image(
            ImageToWrite(plan, ImageSpec("app:1", image_format="hybrid", compression=packing), contents),
            target,
        )
        return target

    return made


@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_what_is_written_is_indexed(
    written: Any, packing: str, plan: LayerPlan, contents: DiskContents
) -> None:
    image = oci.read(files_of(written(packing)))
    indexes = index_image(image, facts=Facts.ALL)
    assert [index.diff_id for index in indexes] == [layer.diff_id for layer in image.layers]
    for index, planned in zip(indexes, plan.layers, strict=False):
        names = {entry.name for entry in index.entries}
        for path in planned.paths:
            assert {entry.name for entry in contents.entries(path)} <= names


class Counting(NullProgress):
    def __init__(self, stop_at: int = 1 << 60) -> None:
        self.total: int | None = None
        self.done = 0
        self._stop_at = stop_at
        self._lock = threading.Lock()

    def start(self, what: str, total: int | None) -> None:
        assert what == "reading"
        self.total = total

    def advance(self, amount: int, part: int | None = None) -> None:
        assert part is not None
        with self._lock:
            self.done += amount

    def cancelled(self) -> bool:
        return self.done >= self._stop_at


@pytest.mark.parametrize("jobs", [1, 3])
def test_progress_reaches_its_total(written: Any, jobs: int) -> None:
    image = docker_archive.read(files_of(written("gzip")))[0]
    counting = Counting()
    index_image(image, counting, jobs=jobs)
    assert counting.total == counting.done == sum(layer.size for layer in image.layers)


def test_it_can_be_stopped(written: Any) -> None:
    image = docker_archive.read(files_of(written("none")))[0]
    with pytest.raises(Cancelled):
        index_image(image, Counting(stop_at=1))


def test_a_layer_that_comes_twice_is_read_once(written: Any) -> None:
    image = docker_archive.read(files_of(written("none")))[0]
    counting = Counting()
    first, second = index_image(replace(image, layers=image.layers[:1] * 2), counting)
    assert first is second
    assert counting.done == image.layers[0].size


def test_a_layer_that_is_not_its_diff_id_is_named(written: Any) -> None:
    image = docker_archive.read(files_of(written("none")))[0]
    bad = replace(image.layers[1], diff_id="sha256:" + "0" * 64)
    indexes = index_image(replace(image, layers=(image.layers[0], bad)), facts=Facts.DIFF_ID)
    assert indexes[0].entries
    assert indexes[1].fault.startswith("its diff_id is")
    assert not indexes[1].entries


def test_an_image_of_which_no_layer_can_be_read_is_refused(written: Any) -> None:
    image = oci.read(files_of(written("none")))
    odd = replace(image.layers[0], fault="it is odd")
    with pytest.raises(MalformedImageError, match="it is odd"):
        index_image(replace(image, layers=(odd,)))
    assert index_image(replace(image, layers=(odd, image.layers[1])))[0].fault == "it is odd"


def test_one_image_in_three_packings_has_one_index(shared: Path) -> None:
    folder = shared / "data/archives"
    first = docker_archive.read(files_of(folder / "trivy-alpine-310.tar.gz"))[0]
    others = [
        oci.read(files_of(folder / f"made-alpine-310-oci-{packing}.tar")) for packing in ("gzip", "zstd")
    ]
    indexes = index_image(first)
    assert sum(index.files for index in indexes) == 394
    assert all(index_image(image) == indexes for image in others)
