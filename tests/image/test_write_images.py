"""Several images in one target: shared layers once, the same layers as alone."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import Cancelled, WriteError
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.image.write_images import write_images
from nixdive.layering.plan import LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.contents.disk import DiskContents

FORMATS = ("hybrid", "docker-archive", "oci-archive", "oci")


@pytest.fixture
def pair(plan: LayerPlan, contents: DiskContents) -> list[ImageToWrite]:
    """Two images that have all layers but one in common."""
    small = LayerPlan(PlanRequest(), plan.layers[:2])
    return [
        ImageToWrite(one, ImageSpec(f"team/{name}:1", platform=Platform("linux", "amd64")), contents)
        for name, one in (("whole", plan), ("small", small))
    ]


def made(pair: list[ImageToWrite], image_format: str, packed: str) -> list[ImageToWrite]:
    return [
        replace(one, spec=replace(one.spec, image_format=image_format, compression=packed)) for one in pair
    ]


def members(target: Path) -> dict[str, bytes]:
    if target.is_dir():
        return {str(one.relative_to(target)): one.read_bytes() for one in target.rglob("*") if one.is_file()}
    found: dict[str, bytes] = {}
    with tarfile.open(target) as tar:
        for member in tar:
            assert member.name not in found, "each member once"
            file = tar.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
    return found


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("packed", ["none", "gzip", "zstd"])
def test_each_image_is_as_it_is_alone_and_shared_layers_are_stored_once(
    pair: list[ImageToWrite], tmp_path: Path, image_format: str, packed: str
) -> None:
    images = made(pair, image_format, packed)
    target = tmp_path / "fleet"
    both = write_images(images, target)
    alone = [
        write_image(ImageToWrite(one.plan, one.spec, one.contents), tmp_path / f"alone{number}")
        for number, one in enumerate(images)
    ]
    assert [one.layers for one in both] == [one.layers for one in alone]
    assert [one.config_digest for one in both] == [one.config_digest for one in alone]
    if image_format != "docker-archive":
        assert [one.manifest_digest for one in both] == [one.manifest_digest for one in alone]
    found = members(target)
    expected = {**members(tmp_path / "alone0"), **members(tmp_path / "alone1")}
    assert found.keys() == expected.keys()
    assert {name for name in found if found[name] != expected[name]} <= {"index.json", "manifest.json"}
    size = sum(map(len, found.values())) if target.is_dir() else target.stat().st_size
    assert both[0].bytes_written == both[1].bytes_written == size


def test_documents_name_every_image(pair: list[ImageToWrite], tmp_path: Path) -> None:
    write_images(pair, tmp_path / "fleet.tar")
    found = members(tmp_path / "fleet.tar")
    index = json.loads(found["index.json"])
    names = [one["annotations"]["org.opencontainers.image.ref.name"] for one in index["manifests"]]
    assert names == ["team/whole:1", "team/small:1"]
    saved = json.loads(found["manifest.json"])
    assert [one["RepoTags"] for one in saved] == [["team/whole:1"], ["team/small:1"]]
    assert saved[1]["Layers"] == saved[0]["Layers"][:2]
    assert all(name in found for one in saved for name in (one["Config"], *one["Layers"]))


def test_same_bytes_with_any_number_of_threads(pair: list[ImageToWrite], tmp_path: Path) -> None:
    for jobs in (1, 3):
        write_images(pair, tmp_path / f"fleet{jobs}", jobs=jobs)
    assert (tmp_path / "fleet1").read_bytes() == (tmp_path / "fleet3").read_bytes()


def test_two_images_of_one_name_are_refused(pair: list[ImageToWrite], tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="two images have the name team/whole:1"):
        write_images([pair[0], pair[0]], tmp_path / "fleet")
    assert not (tmp_path / "fleet").exists()


def test_a_stopped_write_leaves_what_was_there(pair: list[ImageToWrite], tmp_path: Path) -> None:
    class Stopped(NullProgress):
        def cancelled(self) -> bool:
            return True

    target = tmp_path / "fleet"
    target.write_text("before")
    progress: Any = Stopped()
    with pytest.raises(Cancelled):
        write_images(pair, target, progress=progress)
    assert target.read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["fleet", "root"]
