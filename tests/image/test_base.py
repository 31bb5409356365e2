"""Base images as plans count them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.base import BaseImage, folders_of, landed
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.root.tree import Tree
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.layering.plan import LayerPlan


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_layers_count_with_the_bytes_of_their_tars(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, compression: str
) -> None:
    spec = ImageSpec("base:1", image_format="oci-archive", compression=compression)
    written = write_image(ImageToWrite(plan, spec, contents), tmp_path / "base.tar")
    base = BaseImage.open(tmp_path / "base.tar")
    assert [layer.nar_size for layer in base.layers] == [layer.uncompressed_size for layer in written.layers]


def test_a_damaged_layer_is_told_with_its_place(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path
) -> None:
    spec = ImageSpec("base:1", image_format="oci", compression="gzip")
    written = write_image(ImageToWrite(plan, spec, contents), tmp_path / "base")
    blob = tmp_path / "base/blobs/sha256" / written.layers[2].digest.removeprefix("sha256:")
    blob.write_bytes(blob.read_bytes()[:-9])
    with pytest.raises(MalformedImageError, match=f"base: blobs/sha256/{blob.name}: its gzip data end too"):
        BaseImage.open(tmp_path / "base")


PATH = StorePath("/nix/store/00000000000000000000000000000000-app")
Members = list[tuple[str, str | None]]  # names with the targets of links, None for directories


def base_of(folder: Path, *layers: Members | bytes) -> BaseImage:
    """Make a docker-archive of some layers."""
    blobs = [layer if isinstance(layer, bytes) else _tar(layer) for layer in layers]
    ids = [f"sha256:{hashlib.sha256(blob).hexdigest()}" for blob in blobs]
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": ids}}).encode()
    names = [f"{number}/layer.tar" for number in range(len(blobs))]
    manifest = [{"Config": "config.json", "RepoTags": ["base:1"], "Layers": names}]
    files = [*zip(names, blobs, strict=True), ("config.json", config)]
    with tarfile.open(folder / "base.tar", "w") as tar:
        for name, data in [*files, ("manifest.json", json.dumps(manifest).encode())]:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return BaseImage.open(folder / "base.tar")


def _tar(members: Members) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, target in members:
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE if target is None else tarfile.SYMTYPE
            member.linkname = target or ""
            member.mode = 0o1777 if name == "tmp" else 0o755
            tar.addfile(member)
    return out.getvalue()


MERGED: Members = [("usr", None), ("usr/bin", None), ("./bin", "usr/bin"), ("lib", "usr/lib"), ("etc", None)]


def test_links_of_all_layers_are_found_as_they_are_in_the_end(tmp_path: Path) -> None:
    base = base_of(
        tmp_path,
        [*MERGED, ("opt/a", "x"), ("opt/b", "y"), ("srv/c", "z"), ("sbin", "usr/sbin")],
        [("lib", None), (".wh.sbin", None), ("opt/.wh..wh..opq", None), ("opt/d", "w"), ("bin", "usr/bin")],
    )
    folders = folders_of(base)
    assert folders.links == {b"/bin": b"usr/bin", b"/opt/d": b"w", b"/srv/c": b"z"}
    assert set(folders.modes) == {b"/usr", b"/usr/bin", b"/etc", b"/lib", b"/opt", b"/srv"}


def test_what_takes_the_place_of_a_directory_takes_all_below(tmp_path: Path) -> None:
    base = base_of(tmp_path, [("a", None), ("a/b", None), ("a/c", "x"), ("ab", None)], [("a", "ab")])
    assert folders_of(base) == ({b"/a": b"ab"}, {b"/ab": 0o755})


def test_an_emptied_root_has_nothing(tmp_path: Path) -> None:
    base = base_of(tmp_path, MERGED, [(".wh..wh..opq", None), ("new", None)])
    assert folders_of(base) == ({}, {b"/new": 0o755})


@pytest.mark.parametrize(
    ("name", "place"),
    [
        (b"/bin/run", b"/usr/bin/run"),
        (b"/bin", b"/bin"),
        (b"/etc/x", b"/etc/x"),
        (b"/abs/y", b"/usr/bin/y"),
        (b"/up/z", b"/z"),
        (b"/twice/deep/v", b"/usr/bin/deep/v"),
    ],
)
def test_files_land_where_the_links_lead(name: bytes, place: bytes) -> None:
    links = {b"/bin": b"usr/bin", b"/abs": b"/bin", b"/up": b"../../..", b"/twice": b"./abs"}
    assert landed(name, links) == place


def test_links_in_a_circle_are_told() -> None:
    with pytest.raises(ImageError, match="/a/x: the links of the base image form a loop"):
        landed(b"/a/x", {b"/a": b"b", b"/b": b"a"})


def test_nothing_hides_what_lies_behind_a_link(
    tmp_path: Path, plan: LayerPlan, contents: DiskContents
) -> None:
    paths = [path for layer in plan.layers[:2] for path in layer.paths]
    made = {entry.name for entry in Tree.links(paths, contents, base_of(tmp_path, MERGED)).entries}
    plain = {entry.name for entry in Tree.links(paths, contents).entries}
    assert b"/bin" in plain
    assert not {b"/bin", b"/lib"} & made
    assert {b"/usr/bin/run", b"/usr/lib/a", b"/usr/lib/a/z"} <= made
    # engines give directories that no entry names permissions of their own
    assert {b"/usr", b"/usr/bin", b"/usr/lib"} <= made
    assert len(made) == len(plain) - 2 + 3


def test_directories_of_the_base_keep_their_permissions(tmp_path: Path) -> None:
    tree = tmp_path / PATH[1:]
    for folder in ("tmp/own", "scratch/deep"):
        (tree / folder).mkdir(parents=True)
    base = base_of(tmp_path, [("tmp", None), ("scratch", "tmp")])
    made = Tree.links([PATH], DiskContents(tmp_path), base).entries
    assert [(entry.name, entry.mode) for entry in made] == [
        (b"/tmp", 0o1777),
        (b"/tmp/deep", 0o755),
        (b"/tmp/own", 0o755),
    ]


def test_a_file_where_a_directory_lands_is_told(tmp_path: Path) -> None:
    tree = tmp_path / PATH[1:]
    (tree / "bin").mkdir(parents=True)
    (tree / "bin/x").touch()
    (tree / "usr/bin/x").mkdir(parents=True)
    (tree / "usr/bin/x/y").touch()
    with pytest.raises(ImageError, match="/usr/bin/x: it would be both a directory and a file"):
        Tree.links([PATH], DiskContents(tmp_path), base_of(tmp_path, MERGED))


def test_the_size_of_a_compressed_layer_is_that_of_its_tar(tmp_path: Path) -> None:
    tar = _tar(MERGED)
    (layer,) = base_of(tmp_path, gzip.compress(tar[:2000]) + gzip.compress(tar[2000:])).layers
    assert layer.nar_size == len(tar)


def test_a_layer_that_is_no_tar_is_told(tmp_path: Path) -> None:
    with pytest.raises(MalformedImageError, match=r"0/layer\.tar: it is not a tar"):
        folders_of(base_of(tmp_path, b"x" * 5000))
