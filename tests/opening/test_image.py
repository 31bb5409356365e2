"""Images as inputs: their closure out of the files alone, layers that stay, and those that are made anew."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import tarfile
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.oci.plan_label import PLAN_LABEL
from nixdive.image.oci.platform import Platform
from nixdive.image.readers.choice import Wanted
from nixdive.image.readers.found import read_image
from nixdive.image.write import write_image
from nixdive.layering.plan import LayerKind
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo, open_subject
from tests.opening.images import config_of, digest, docker_archive, oci_layout
from tests.opening.opened import (
    APP,
    LIB,
    LIBC,
    LINKS,
    LOW,
    MIDDLE,
    ROOT,
    TOP,
    diff_ids,
    files,
    names,
    path,
    written,
)
from tests.workspaces import earlier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@pytest.fixture
def image(tmp_path: Path) -> Path:
    history = [{"created_by": text} for text in ("ADD rootfs", "", "", "", "links")]
    return docker_archive(
        tmp_path / "image.tar", {"team/app:v1": (ROOT, LOW, MIDDLE, TOP, LINKS)}, history=history
    )


def test_layers_and_closure(image: Path) -> None:
    subject = open_subject([str(image)])
    assert (subject.name, subject.strategy, subject.missing) == ("team/app:v1", "keep", 0)
    assert names(subject) == {"libc-2": set(), "lib-1": {"libc-2"}, "app-3": {"lib-1", "libc-2"}}
    assert [subject.closure.paths[i].name for i in subject.closure.roots] == ["app-3"]
    plan = solve(subject.closure, PlanRequest("keep"), subject.frame)
    assert [(one.kind, one.paths, one.reason) for one in plan.layers] == [
        (LayerKind.BASE, (), "ADD rootfs"),
        (LayerKind.STORE, (path(LIBC),), "as it was found"),
        (LayerKind.STORE, (path(LIB),), "as it was found"),
        (LayerKind.STORE, (path(APP),), "as it was found"),
        (LayerKind.CUSTOMISATION, (), "links"),
    ]
    assert [one.diff_id for one in plan.layers] == [digest(one) for one in (ROOT, LOW, MIDDLE, TOP, LINKS)]


def test_the_closure_is_the_one_that_nix_knows(tmp_path: Path) -> None:
    demo = open_demo()
    for image_format, compression in (("hybrid", "gzip"), ("docker-archive", "none"), ("oci", "zstd")):
        spec = replace(demo.spec, image_format=image_format, compression=compression)
        plan = solve(demo.closure, PlanRequest("churn", 10), demo.frame)
        target = tmp_path / image_format
        write_image(demo.to_write(plan, spec), target)
        again = open_subject([str(target)])
        assert again.closure.paths == demo.closure.paths
        assert again.closure.references == demo.closure.references
        assert again.closure.nar_sizes == demo.closure.nar_sizes
        assert again.frame.found == tuple(one.paths for one in plan.layers if one.kind is LayerKind.STORE)


@pytest.mark.parametrize("image_format", ["hybrid", "docker-archive", "oci-archive", "oci"])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_what_was_written_is_written_again(image_format: str, compression: str, tmp_path: Path) -> None:
    demo = open_demo()
    how: dict[str, Any] = {"image_format": image_format, "compression": compression}
    plan = solve(demo.closure, PlanRequest("nixpkgs", 10), demo.frame)
    spec = replace(demo.spec, **how)
    first = write_image(demo.to_write(plan, spec), tmp_path / "first")
    kept = written(open_subject([str(tmp_path / "first")]), tmp_path / "kept", "keep", **how)
    assert (kept.config_digest, kept.manifest_digest) == (first.config_digest, first.manifest_digest)
    churn = written(open_subject([str(tmp_path / "first")]), tmp_path / "churn", "churn", **how)
    found = open_subject([str(tmp_path / "churn")])
    assert found.frame.found == tuple(
        one.paths for one, layer in zip(churn.layers, churn.layers, strict=True) if layer.paths
    )
    assert files(found) == files(replace(demo, closure=found.closure))
    back = solve(found.closure, PlanRequest("nixpkgs", 10), found.frame)
    again = write_image(found.to_write(back, replace(found.spec, **how)), tmp_path / "b")
    assert (again.config_digest, again.manifest_digest) == (first.config_digest, first.manifest_digest)


def test_the_plan_label_is_that_of_the_new_plan(tmp_path: Path) -> None:
    demo = open_demo()
    plan = solve(demo.closure, PlanRequest("churn", 10), demo.frame)
    spec = replace(demo.spec, config={"Labels": {"a": "b"}, "User": "7"})
    write_image(demo.to_write(plan, spec), tmp_path / "one")
    subject = open_subject([str(tmp_path / "one")])
    assert subject.spec.config == {"Labels": {"a": "b"}, "User": "7"}
    for strategy, words in (("keep", 'strategy = "churn"'), ("size", 'strategy = "size"')):
        written(subject, tmp_path / strategy, strategy)
        config = read_image(tmp_path / strategy).config["config"]
        assert words in config["Labels"].pop(PLAN_LABEL)
        assert config == {"Labels": {"a": "b"}, "User": "7"}


def test_base_and_other_layers_stay_as_they_are(image: Path, tmp_path: Path) -> None:
    subject = open_subject([str(image)])
    made = written(subject, tmp_path / "single", "single", compression="none")
    assert len(made.layers) == 3
    assert [diff_ids(made)[i] for i in (0, 2)] == [digest(ROOT), digest(LINKS)]
    config = read_image(tmp_path / "single").config
    assert [one["created_by"] for one in config["history"]][::2] == ["ADD rootfs", "links"]
    assert config["config"]["Cmd"] == ["/bin/app"]
    assert files(open_subject([str(tmp_path / "single")])) == files(subject)


def test_layers_between_keep_their_place_only_under_keep(tmp_path: Path) -> None:
    target = docker_archive(tmp_path / "x.tar", {"x:1": (LOW, ROOT, MIDDLE, LINKS, TOP)})
    subject = open_subject([str(target)])
    given = [digest(one) for one in (LOW, ROOT, MIDDLE, LINKS, TOP)]
    assert diff_ids(written(subject, tmp_path / "kept", "keep")) == given
    each = written(subject, tmp_path / "each", "each")
    assert diff_ids(each)[3:] == [digest(ROOT), digest(LINKS)]
    assert all(one.paths for one in each.layers[:3])


def test_a_layer_that_comes_twice_is_kept_only_by_keep(tmp_path: Path) -> None:
    target = docker_archive(tmp_path / "x.tar", {"x:1": (LOW, LINKS, LOW, TOP, MIDDLE)})
    subject = open_subject([str(target)])
    assert diff_ids(written(subject, tmp_path / "kept", "keep"))[2] == digest(LOW)
    each = written(subject, tmp_path / "each", "each")
    assert len(each.layers) == 4
    assert files(open_subject([str(tmp_path / "each")])) == files(subject)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.compress])
def test_a_compressed_archive(pack: Callable[[bytes], bytes], image: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    packed.write_bytes(pack(image.read_bytes()))
    assert files(open_subject([str(packed)])) == files(open_subject([str(image)]))


def test_standard_input_can_be_an_image(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = image.with_suffix(".gz")
    packed.write_bytes(gzip.compress(image.read_bytes()))
    for place in (image, packed):
        with place.open() as stream:
            monkeypatch.setattr("sys.stdin", stream)
            assert len(open_subject(["-"]).closure) == 3


def test_one_of_several_images(tmp_path: Path) -> None:
    target = docker_archive(tmp_path / "two.tar", {"team/app:v1": (LOW,), "other:v2": (LOW, MIDDLE)})
    with pytest.raises(ImageError, match="it contains 2 images: team/app:v1 and other:v2") as caught:
        open_subject([str(target)])
    assert caught.value.hint == f"name one of them: {target}:NAME"
    with pytest.raises(ImageError, match="it contains no image 'third', only 2 images: "):
        open_subject([f"{target}:third"])
    for name, count in (("team/app:v1", 1), ("app", 1), ("v2", 2), ("docker.io/library/other:v2", 2)):
        assert len(open_subject([f"{target}:{name}"]).closure) == count
    (version,) = earlier(f"{target}:other")
    assert version.paths == (path(LIBC), path(LIB))


def test_platforms(tmp_path: Path) -> None:
    arm, amd, old = (
        {"os": "linux", "architecture": "arm64"},
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm", "variant": "v6"},
    )
    target = oci_layout(tmp_path / "x", [("v1", arm, (LOW,)), ("v1", amd, (LOW, TOP)), ("v1", old, (TOP,))])
    for platform, count in (
        ("linux/arm64", 1),
        ("linux/arm64/v8", 1),
        ("linux/amd64", 2),
        ("linux/arm/v6", 1),
    ):
        subject = open_subject([str(target)], platform=Platform.parse(platform))
        assert len(subject.closure) == count
        assert Platform.parse(platform).rank(subject.spec.platform) == 0
        written(subject, tmp_path / "out", "keep")
        assert read_image(tmp_path / "out").config.get("variant") == subject.spec.platform.variant
    with pytest.raises(
        ImageError, match="it is for linux/arm64, linux/amd64 and linux/arm/v6, not for plan9/mips"
    ):
        open_subject([str(target)], platform=Platform.parse("plan9/mips"))
    with pytest.raises(ImageError, match="not OS/ARCH"):
        open_subject([str(target)], platform=Platform.parse("linux"))
    only = oci_layout(tmp_path / "only", [(None, {}, (LOW,))])
    assert len(open_subject([str(only)]).closure) == 1
    with pytest.raises(ImageError, match="it is for linux/amd64, not for linux/arm64"):
        read_image(only, Wanted(None, Platform.parse("linux/arm64")))


def test_a_damaged_layer_is_named(tmp_path: Path) -> None:
    target = oci_layout(tmp_path / "x", [("v1", {}, (LOW,))])
    blob = max((target / "blobs/sha256").iterdir(), key=lambda file: file.read_bytes()[:2] == b"\x1f\x8b")
    for data, cause in (
        (blob.read_bytes()[:-9], "its gzip data end too early"),
        (gzip.compress(b"x" * 2000, mtime=0), "it is not a tar"),
    ):
        blob.write_bytes(data)
        with pytest.raises(MalformedImageError, match=cause):
            open_subject([str(target)])


@pytest.mark.parametrize(("form", "strategy"), list(product(("oci", "docker"), ("keep", "churn"))))
def test_a_layer_with_another_diff_id_is_not_written(tmp_path: Path, form: str, strategy: str) -> None:
    if form == "oci":
        target = oci_layout(tmp_path / "x", [("v1", {}, (LOW,))])
        blobs = (target / "blobs/sha256").iterdir()
        blob = max(blobs, key=lambda file: file.read_bytes()[:2] == b"\x1f\x8b")
        blob.write_bytes(gzip.compress(MIDDLE))
    else:
        target = docker_archive(tmp_path / "x.tar", {"x:1": (LOW,)})
        data = target.read_bytes()
        assert data.count(b"ELF") == 1, "the file of the layer"
        target.write_bytes(data.replace(b"ELF", b"EXF"))
    with pytest.raises(MalformedImageError, match=r"its (diff_id|digest) is "):
        written(open_subject([str(target)]), tmp_path / "y", strategy)
    assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("option", [{"base": "x.tar"}, {"contents": ["/nix/store/x"]}])
def test_nothing_is_added_to_an_image(option: Mapping[str, Any], image: Path) -> None:
    with pytest.raises(ImageError, match="it is a finished image"):
        open_subject([str(image)], **option)


def test_an_image_that_tells_nothing_is_read_to_be_compared_with(tmp_path: Path) -> None:
    target = docker_archive(tmp_path / "x.tar", {"x:1": (ROOT, LOW, MIDDLE, TOP)})
    (version,) = earlier(str(target), request=PlanRequest(max_layers=1))
    assert [one.paths for one in version.plan.layers] == [(), (path(LIBC),), (path(LIB),), (path(APP),)]
    assert version.closure is not None
    assert version.plan.request == PlanRequest("keep")


def test_descriptors_are_closed(image: Path) -> None:
    before = len([*Path("/proc/self/fd").iterdir()])
    for _ in range(5):
        files(open_subject([str(image)]))
    assert len([*Path("/proc/self/fd").iterdir()]) <= before + 1


def test_history_with_steps_without_layers_stays(tmp_path: Path) -> None:
    history = [
        {"created_by": "ADD"},
        {"created_by": "ENV", "empty_layer": True},
        {"created_by": "RUN"},
        {"created_by": "CMD", "empty_layer": True},
    ]
    target = docker_archive(tmp_path / "x.tar", {"x:1": (ROOT, LINKS)}, history=history)
    written(open_subject([str(target)]), tmp_path / "out", "keep")
    assert read_image(tmp_path / "out").config["history"] == history
    with tarfile.open(target) as tar:
        assert json.load(tar.extractfile(tar.getnames()[0]) or io.BytesIO())["history"] == history
    assert config_of(())["os"] == "linux"
