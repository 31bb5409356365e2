"""The digest of an image says whether its bytes are others."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.conformance.samples import Sample

if TYPE_CHECKING:
    from pathlib import Path


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(b"image")
    sample = Sample("", "", tmp_path / "image.tar", "")
    assert sample.digest() == f"sha256:{hashlib.sha256(b'image').hexdigest()}"


def _layout(folder: Path) -> Path:
    (folder / "blobs/sha256").mkdir(parents=True)
    (folder / "index.json").write_text("{}")
    (folder / "blobs/sha256/1").write_bytes(b"layer")
    return folder


@pytest.mark.parametrize("name", ["index.json", "blobs/sha256/1"])
def test_the_digest_of_a_layout_is_that_of_all_its_files(tmp_path: Path, name: str) -> None:
    one, same, changed, renamed = (_layout(tmp_path / word) for word in ("one", "same", "changed", "renamed"))
    (changed / name).write_bytes(b"other")
    (renamed / name).rename(renamed / "other")
    digests = [Sample("", "", folder, "").digest() for folder in (one, same, changed, renamed)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
