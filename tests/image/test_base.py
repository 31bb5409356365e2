"""Base images as plans count them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.errors import MalformedImageError
from nixdive.image.base import BaseImage
from nixdive.image.spec import ImageSpec
from nixdive.image.write import write_image

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.contents.disk import DiskContents
    from nixdive.layering.plan import LayerPlan


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_layers_count_with_the_bytes_of_their_tars(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, compression: str
) -> None:
    spec = ImageSpec("base:1", image_format="oci-archive", compression=compression)
    written = write_image(plan, spec, contents, tmp_path / "base.tar")
    base = BaseImage.open(tmp_path / "base.tar")
    assert [layer.nar_size for layer in base.layers] == [layer.uncompressed_size for layer in written.layers]


def test_a_damaged_layer_is_told_with_its_place(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path
) -> None:
    spec = ImageSpec("base:1", image_format="oci", compression="gzip")
    written = write_image(plan, spec, contents, tmp_path / "base")
    blob = tmp_path / "base/blobs/sha256" / written.layers[2].digest.removeprefix("sha256:")
    blob.write_bytes(blob.read_bytes()[:-9])
    with pytest.raises(MalformedImageError, match=f"base: blobs/sha256/{blob.name}: its gzip data end too"):
        BaseImage.open(tmp_path / "base")
