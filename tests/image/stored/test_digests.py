"""Whether layers have the digests that their image states: every way to be wrong, in every packing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import Cancelled
from nixdive.image.readers.found import read_image
from nixdive.image.stored.digests import what_is_wrong
from nixdive.progress import NullProgress
from tests.opening.images import layer, oci_layout

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.readers.stored import StoredLayer

QUIET = NullProgress()
OTHER = f"sha256:{'0' * 64}"


def stored(tmp_path: Path, packing: str) -> StoredLayer:
    made = layer({"a": b"1" * 100_000})
    place = oci_layout(tmp_path / "image", [("app", {}, (made,))], packing=packing)
    (found,) = read_image(place).layers
    return found


@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_right_and_wrong_digests(tmp_path: Path, packing: str) -> None:
    found = stored(tmp_path, packing)
    assert what_is_wrong(found, QUIET) == ""
    assert what_is_wrong(replace(found, digest=None, diff_id=""), QUIET) == ""  # nothing is stated
    assert what_is_wrong(replace(found, digest=OTHER), QUIET) == f"its digest is {found.digest}"
    assert what_is_wrong(replace(found, diff_id=OTHER), QUIET) == f"its diff_id is {found.diff_id}"


def test_a_blob_that_cannot_be_unpacked_is_wrong(tmp_path: Path) -> None:
    found = stored(tmp_path, "gzip")
    file = tmp_path / "image" / found.member
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    assert "gzip" in what_is_wrong(found, QUIET)


def test_it_can_be_stopped(tmp_path: Path) -> None:
    class Stopped(NullProgress):
        def cancelled(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        what_is_wrong(stored(tmp_path, "gzip"), Stopped())
