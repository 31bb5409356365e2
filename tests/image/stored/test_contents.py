"""The store paths of an image beside the same files on a disk."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.contents.entry import Kind
from nixdive.contents.layer_index import index_layer
from nixdive.errors import UnreadablePathError
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.stored.contents import ImageContents
from nixdive.store.path import StorePath
from tests.gnu_tar import gnu_tar, with_holes

if TYPE_CHECKING:
    from pathlib import Path

TOP = StorePath("/nix/store/" + "0" * 32 + "-top")
OTHER = StorePath("/nix/store/" + "0" * 32 + "-top2")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    top = tmp_path / "root" / TOP[1:]
    for name in (b"a/z", b"a-b", b"a.c", b"Z", "é".encode(), b"\xff", b"x" * 150):
        path = top / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name * 3000)
    (top / "link").symlink_to("a/z")
    (top / "hard").hardlink_to(top / "Z")
    with_holes(top / "holes")
    (tmp_path / "root" / OTHER[1:]).symlink_to("nowhere")
    return tmp_path / "root"


def image(blob: bytes, folder: Path) -> ImageContents:
    (folder / "layer").write_bytes(blob)
    layer = StoredLayer.in_file(folder / "layer")
    return ImageContents([layer], [index_layer(layer.tar(), layer.where)])


def packed(root: Path, form: str) -> bytes:
    if form.startswith("--"):
        return gnu_tar(root, *form.split(), names=["nix"])
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=getattr(tarfile, form)) as tar:
        tar.add(root / "nix", "./nix")
    return out.getvalue()


@pytest.mark.parametrize(
    "form",
    [
        "PAX_FORMAT",
        "GNU_FORMAT",
        "--format=gnu --sparse",
        "--format=posix --sparse --sparse-version=0.0",
        "--format=posix --sparse --sparse-version=1.0",
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_an_image_holds_what_the_disk_holds(root: Path, tmp_path: Path, form: str, pack: type[bytes]) -> None:
    blob = pack(packed(root, form))
    contents, disk = image(blob, tmp_path), DiskContents(root)
    assert contents.paths == (TOP, OTHER)
    for path in contents.paths:
        ours, theirs = contents.entries(path), disk.entries(path)
        assert [one._replace(source=b"") for one in ours] == [one._replace(source=b"") for one in theirs]
        for mine, other in zip(ours, theirs, strict=True):
            if mine.kind is not Kind.FILE:
                continue
            with contents.open(mine) as one, disk.open(other) as two:
                body = two.read()
                assert one.read() == body
            buffer = memoryview(bytearray(mine.size + 1))
            assert contents.read_into(mine, buffer) == mine.size
            assert bytes(buffer[: mine.size]) == body
    with pytest.raises(UnreadablePathError, match="it is not in the image"):
        contents.entries(StorePath("/nix/store/" + "1" * 32 + "-no"))
