"""Layers that name a path twice, wherever they come from."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.errors import ImageError
from nixdive.image.base import BaseImage
from nixdive.image.checks.layers import repeated
from nixdive.image.job import ImageJob
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.root.customisation import Customisation, TopLayer
from nixdive.image.to_write import ImageToWrite
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.opening.open import open_subject
from tests.image.made import archive, layer
from tests.opening.images import store_layer, store_name
from tests.opening.opened import written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TWICE = layer("a/", "a/b=1", "./a/b=2")
SPEC = ImageSpec("shop:1")
NOTHING = DiskContents("/nowhere")


@pytest.mark.parametrize(
    ("names", "twice"),
    [
        (["a", "b"], None),
        (["a", "./a"], b"a"),
        (["a/", "a"], b"a"),
        (["./", "."], b"."),
        (["a", "/a"], None),  # docker and podman take these
        ([".wh.a", "a"], None),
        (["a/b", "a//b"], b"a/b"),
    ],
)
def test_names(names: list[str], twice: bytes | None) -> None:
    assert repeated(name.encode() for name in names) == twice


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_base_image_is_refused(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    base = BaseImage.open(archive(tmp_path / "base.tar", [layer("x=1"), TWICE], pack=pack))
    assert base.repeated == (None, b"a/b")
    assert base.tar_sizes == (10240, 10240)
    job = ImageJob(ImageToWrite(LayerPlan(PlanRequest(), base.layers), SPEC, NOTHING, base))
    with pytest.raises(ImageError, match=r"base.tar: 1/layer.tar has a/b twice: docker and podman refuse it"):
        job.layers()


def test_an_image_that_was_opened_is_refused_only_where_the_layer_stays(tmp_path: Path) -> None:
    name = store_name("a", "app-1")
    doubled = store_layer((name, {"x": b"1"}))[: -2 * 512].rstrip(b"\0")
    doubled += bytes(-len(doubled) % 512) + store_layer((name, {"x": b"1"}))
    other = store_layer((store_name("b", "lib-1"), {"y": b"2"}))
    subject = open_subject([str(archive(tmp_path / "one.tar", [doubled, other]))])
    with pytest.raises(ImageError, match=r"has nix twice: docker and podman refuse it"):
        written(subject, tmp_path / "out", "keep")
    written(subject, tmp_path / "out", "single")
    files = open_subject([str(archive(tmp_path / "two.tar", [TWICE]))])
    with pytest.raises(ImageError, match=r"has a/b twice"):
        written(files, tmp_path / "out", "keep")


def test_the_same_name_with_and_without_its_root_is_taken(tmp_path: Path) -> None:
    subject = open_subject([str(archive(tmp_path / "x.tar", [layer("a=1", "/a=2")]))])
    written(subject, tmp_path / "out", "keep")


def test_a_whiteout_and_what_comes_after_it_are_two(tmp_path: Path) -> None:
    subject = open_subject([str(archive(tmp_path / "x.tar", [layer("a=1"), layer(".wh.a=", "a=2")]))])
    written(subject, tmp_path / "out", "keep")


def test_a_ready_customisation_layer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "layer.tar").write_bytes(TWICE)
    ready = Customisation((TopLayer.ready(tmp_path),))
    plan = LayerPlan(PlanRequest(), (Layer(LayerKind.CUSTOMISATION, (), 1, "test"),))
    with pytest.raises(ImageError, match=r"layer\.tar has a/b twice: docker and podman refuse it"):
        ImageJob(ImageToWrite(plan, SPEC, NOTHING, customisation=ready)).layers()
