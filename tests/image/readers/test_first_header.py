"""The first header of a layer: mostly out of its beginning, and in any case the one that its tar has."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import MalformedImageError
from nixdive.image.readers.stored import StoredLayer
from tests.opening.images import PACK, layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE = random.Random(1).randbytes(300_000)
TARS = {
    "usual": layer({"nix/": None, "nix/store/": None, "data": LARGE}),
    "long": layer({"d/" * 100 + LARGE[:300].hex(): LARGE, "data": LARGE}),
    "small": layer({"a": b"1"}),
    "empty": layer({}),
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The layers of whose blobs more than the beginning is read."""
    found: list[str] = []
    chunks = StoredLayer.chunks

    def counted(layer: StoredLayer, *given: Any) -> Iterator[bytes]:
        found.append(layer.member)
        return chunks(layer, *given)

    monkeypatch.setattr(StoredLayer, "chunks", counted)
    return found


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("name", TARS)
def test_it_is_that_of_the_tar(tmp_path: Path, packing: str, name: str, read: list[str]) -> None:
    place = tmp_path / "layer"
    place.write_bytes(PACK[packing](TARS[name]))
    stored = StoredLayer.in_file(place)
    first = stored.first()
    if packing == "gzip" and name != "long":
        assert read == []
    assert first == stored.reader().next()
    assert (first is None) == (name == "empty")


def test_what_is_damaged_is_said(tmp_path: Path) -> None:
    place = tmp_path / "layer"
    place.write_bytes(PACK["gzip"](TARS["usual"])[:20])
    with pytest.raises(MalformedImageError, match="its gzip data end too early"):
        StoredLayer.in_file(place).first()
    place.write_bytes(PACK["gzip"](b"no tar" * 1000))
    with pytest.raises(MalformedImageError):
        StoredLayer.in_file(place).first()
