"""Files that are put over a base whose folders are links."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.base import BaseImage
from nixdive.image.base_links import landed, links_of
from nixdive.image.customisation import Customisation

if TYPE_CHECKING:
    from pathlib import Path

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
            tar.addfile(member)
    return out.getvalue()


MERGED: Members = [("usr", None), ("usr/bin", None), ("./bin", "usr/bin"), ("lib", "usr/lib"), ("etc", None)]


def test_links_of_all_layers_are_found_as_they_are_in_the_end(tmp_path: Path) -> None:
    base = base_of(
        tmp_path,
        [*MERGED, ("opt/a", "x"), ("opt/b", "y"), ("srv/c", "z"), ("sbin", "usr/sbin")],
        [("lib", None), (".wh.sbin", None), ("opt/.wh..wh..opq", None), ("opt/d", "w"), ("bin", "usr/bin")],
    )
    assert links_of(base) == {b"/bin": b"usr/bin", b"/opt/d": b"w", b"/srv/c": b"z"}


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
    with pytest.raises(ImageError, match="/a/x: the links of the base image go round"):
        landed(b"/a/x", {b"/a": b"b", b"/b": b"a"})


def test_nothing_hides_what_lies_behind_a_link(tmp_path: Path, plan: Any, contents: Any) -> None:
    paths = [path for layer in plan.layers[:2] for path in layer.paths]
    made = {entry.name for entry in Customisation.links(paths, contents, base_of(tmp_path, MERGED)).entries}
    plain = {entry.name for entry in Customisation.links(paths, contents).entries}
    assert b"/bin" in plain
    assert not {b"/bin", b"/lib"} & made
    assert {b"/usr/bin/run", b"/usr/lib/a", b"/usr/lib/a/z"} <= made
    assert len(made) == len(plain) - 2


def test_a_layer_that_is_no_tar_is_told(tmp_path: Path) -> None:
    with pytest.raises(MalformedImageError, match=r"0/layer\.tar: it is no tar"):
        links_of(base_of(tmp_path, b"x" * 5000))
