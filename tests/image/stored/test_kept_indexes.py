"""What is in compressed layers, kept by their digests: read once, and only what a digest has proven."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.cache.folder import Folder
from nixdive.cache.indexes import INDEX, IndexFiles
from nixdive.contents.layer_index import Facts
from nixdive.errors import Cancelled, MalformedImageError
from nixdive.image.readers.found import read_image
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.stored.indexed import by_digest, if_packed, index_image
from nixdive.image.stored.kept_indexes import KeptIndexes
from tests.image.stored.test_indexed import Counting
from tests.opening.images import PACK, digest, oci_layout, store_layer
from tests.opening.opened import LIBC, LOW, MIDDLE, ROOT, TOP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.readers.stored import StoredImage

LAYERS = (ROOT, LOW, MIDDLE)


def image(place: Path, layers: tuple[bytes, ...] = LAYERS, packing: str = "gzip") -> StoredImage:
    return read_image(oci_layout(place, [("app:1", {}, layers)], packing))


def kept(place: Path) -> KeptIndexes:
    return KeptIndexes(IndexFiles(Folder.open(place / "cache")))


def files(place: Path) -> list[Path]:
    return sorted((place / "cache").rglob(f"*{INDEX}"))


def indexed(stored: StoredImage, place: Path, facts: Facts = Facts.REFERENCES) -> tuple[LayerIndex, ...]:
    return index_image(stored, facts=if_packed(facts), kept=kept(place))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The diff_ids of the layers that are unpacked."""
    found: list[str] = []
    tar = StoredLayer.tar

    def counted(layer: StoredLayer, *given: Any, **more: Any) -> Iterator[bytes]:
        found.append(layer.diff_id)
        return tar(layer, *given, **more)

    monkeypatch.setattr(StoredLayer, "tar", counted)
    return found


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_layer_that_was_read_is_not_read_again(tmp_path: Path, read: list[str], packing: str) -> None:
    stored = image(tmp_path / "a", packing=packing)
    first = indexed(stored, tmp_path)
    assert sorted(read) == sorted(layer.diff_id for layer in stored.layers)
    read.clear()
    counting = Counting()
    assert index_image(stored, counting, facts=if_packed(Facts.REFERENCES), kept=kept(tmp_path)) == first
    assert (read, counting.total) == ([], 0)


def test_of_another_image_the_new_layer_is_read(tmp_path: Path, read: list[str]) -> None:
    indexed(image(tmp_path / "a"), tmp_path)
    read.clear()
    after = image(tmp_path / "b", (ROOT, LOW, TOP))
    assert indexed(after, tmp_path) == index_image(after, facts=Facts.REFERENCES)
    assert read[0] == digest(TOP)
    assert len(read) == 1 + 3  # and all for the comparison


def test_what_is_in_a_blob_that_lies_is_not_kept(tmp_path: Path) -> None:
    stored = image(tmp_path / "a")
    right = index_image(stored, facts=Facts.REFERENCES)
    place = tmp_path / "a/blobs/sha256" / digest(PACK["gzip"](LOW))[7:]
    other = PACK["gzip"](store_layer((LIBC, {"l": None})))
    place.write_bytes(other + bytes(place.stat().st_size - len(other)))  # zeros may follow gzip data
    lying = read_image(tmp_path / "a")
    assert lying.layers[1].has_stated_size
    assert indexed(lying, tmp_path)[1] != right[1]
    assert len(files(tmp_path)) == 2
    place.write_bytes(PACK["gzip"](LOW))
    assert indexed(stored, tmp_path) == right
    assert len(files(tmp_path)) == 3


def test_a_tampered_file_is_made_again(tmp_path: Path, read: list[str]) -> None:
    stored = image(tmp_path / "a")
    first = indexed(stored, tmp_path)
    one, other, third = files(tmp_path)
    before = one.read_bytes()
    one.write_bytes(other.read_bytes())  # a sound one, of another layer
    third.write_bytes(third.read_bytes()[:-1])
    read.clear()
    assert indexed(stored, tmp_path) == first
    assert len(read) == 2
    assert files(tmp_path) == [one, other, third]
    assert one.read_bytes() == before


def test_each_store_has_its_own(tmp_path: Path, read: list[str]) -> None:
    stored = image(tmp_path / "a")
    first = indexed(stored, tmp_path)
    assert any(entry.references for entry in first[2].entries)
    read.clear()
    history = [{"created_by": "x", "comment": f"store paths: ['/other/store/{LIBC}']"} for _ in LAYERS]
    moved = replace(stored, config=stored.config | {"history": history})
    second = indexed(moved, tmp_path)
    assert len(read) == 3
    assert not any(entry.references for entry in second[2].entries)
    assert indexed(stored, tmp_path) == first


def test_more_is_read_where_more_is_asked(tmp_path: Path, read: list[str]) -> None:
    stored = image(tmp_path / "a")
    indexed(stored, tmp_path)
    read.clear()
    both = Facts.REFERENCES | Facts.DIGESTS
    more = indexed(stored, tmp_path, both)
    assert len(read) == 3
    assert all(entry.digest for entry in more[2].entries if entry.size)
    read.clear()
    assert indexed(stored, tmp_path, both) == more
    assert indexed(stored, tmp_path) == more
    assert read == []
    assert all(index.diff_id for index in indexed(stored, tmp_path, Facts.DIFF_ID))
    assert len(read) == 3


def test_nothing_is_kept_of_what_is_not_compressed(tmp_path: Path) -> None:
    indexed(image(tmp_path / "a", packing="none"), tmp_path)
    assert files(tmp_path) == []


def test_nothing_is_kept_of_what_cannot_be_read(tmp_path: Path) -> None:
    stored = image(tmp_path / "a", (ROOT, b"no tar" * 200))
    assert indexed(stored, tmp_path)[1].fault
    assert len(files(tmp_path)) == 1


def test_what_is_known_by_another_diff_id_is_read(tmp_path: Path) -> None:
    stored = image(tmp_path / "a")
    known = by_digest(stored, index_image(stored, facts=Facts.DIFF_ID))
    odd = replace(stored.layers[0], diff_id=digest(b""))
    found = index_image(replace(stored, layers=(odd, *stored.layers[1:])), facts=Facts.DIFF_ID, known=known)
    assert found[0].fault.startswith("its diff_id is")
    assert not any(index.fault for index in found[1:])


def test_what_is_kept_counts_for_the_bound_on_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = image(tmp_path / "a")
    indexed(stored, tmp_path)
    monkeypatch.setenv("NIXDIVE_BOUNDS", "image-entries=3")
    with pytest.raises(MalformedImageError, match="its layers have more than 3 files"):
        indexed(stored, tmp_path)


def test_a_layer_that_is_over_a_bound_by_now_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = image(tmp_path / "a")
    indexed(stored, tmp_path)
    monkeypatch.setenv("NIXDIVE_BOUNDS", "tar-entries=2")
    with pytest.raises(MalformedImageError, match="more than 2 "):
        indexed(replace(stored, layers=stored.layers[1:]), tmp_path)


def test_looking_there_can_be_stopped(tmp_path: Path) -> None:
    stored = image(tmp_path / "a")
    indexed(stored, tmp_path)

    class Stopped(Counting):
        def cancelled(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        index_image(stored, Stopped(), facts=if_packed(Facts.REFERENCES), kept=kept(tmp_path))


def test_there_is_none_without_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path / "cache"))
    assert KeptIndexes.of_user(image(tmp_path / "plain", packing="none").layers) is None
    assert not (tmp_path / "cache").exists()
    layers = image(tmp_path / "a").layers
    assert KeptIndexes.of_user(layers) is not None
    (tmp_path / "cache/layers").chmod(0o777)
    assert KeptIndexes.of_user(layers) is None


def proven(stored: StoredImage, place: Path, counting: Counting | None = None) -> tuple[LayerIndex, ...]:
    return index_image(stored, counting or Counting(), kept=kept(place), believed=False)


def test_what_is_not_believed_is_hashed_and_not_unpacked(tmp_path: Path, read: list[str]) -> None:
    stored = image(tmp_path / "a")
    first, counting = proven(stored, tmp_path), Counting()
    assert len(read) == 3
    read.clear()
    assert proven(stored, tmp_path, counting) == first == index_image(stored)
    assert len(read) == 3  # by the last one
    assert counting.done == counting.total == sum(layer.size for layer in stored.layers)


def test_what_says_more_than_is_asked_is_used_and_stays(tmp_path: Path, read: list[str]) -> None:
    stored = image(tmp_path / "a")
    more = indexed(stored, tmp_path)
    before = [file.read_bytes() for file in files(tmp_path)]
    read.clear()
    found = proven(stored, tmp_path)
    assert read == []
    assert [file.read_bytes() for file in files(tmp_path)] == before
    assert [index.size for index in found] == [index.size for index in more]
    assert indexed(stored, tmp_path) == more


@pytest.mark.parametrize("damaged", [False, True])
def test_a_blob_that_is_not_believed_is_read_where_it_lies(
    tmp_path: Path, read: list[str], *, damaged: bool
) -> None:
    stored = image(tmp_path / "a")
    first = proven(stored, tmp_path)
    place = tmp_path / "a/blobs/sha256" / digest(PACK["gzip"](LOW))[7:]
    right = place.read_bytes()
    other = right[:40] if damaged else PACK["gzip"](store_layer((LIBC, {"l": None})))
    place.write_bytes(other + bytes(len(right) - len(other)))
    lying, counting = read_image(tmp_path / "a"), Counting()
    assert lying.layers[1].has_stated_size
    read.clear()
    found = proven(lying, tmp_path, counting)
    assert read == [lying.layers[1].diff_id]
    assert counting.done == counting.total
    assert found == index_image(lying)
    assert bool(found[1].fault) is damaged
    assert (found[1] == first[1], found[0], found[2]) == (False, first[0], first[2])
    place.write_bytes(right)
    assert proven(read_image(tmp_path / "a"), tmp_path) == first


def test_hashing_can_be_stopped(tmp_path: Path) -> None:
    stored = image(tmp_path / "a")
    proven(stored, tmp_path)
    with pytest.raises(Cancelled):
        proven(stored, tmp_path, Counting(stop_at=1))
