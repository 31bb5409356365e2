"""What is tidied up, and what stays."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from nixdive.cache.care import CacheState, Removed, clear, prune
from nixdive.cache.facts import blob_name
from nixdive.cache.folder import Folder
from nixdive.progress import NullProgress
from tests.cache.made import cache, got, names, put

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_state_counts_blobs_and_layers(tmp_path: Path) -> None:
    assert CacheState.of(Folder.open(tmp_path)) == CacheState(0, 0, 0, None)
    put(cache(tmp_path), "a", b"one")
    put(cache(tmp_path), "b", b"one")  # two layers, one blob
    put(cache(tmp_path), "c", b"three")
    state = CacheState.of(Folder.open(tmp_path))
    assert (state.layers, state.blobs, state.size) == (3, 2, 8)
    assert state.oldest is not None
    assert abs(state.oldest - time.time()) < 3600


def test_pruning_checks_every_blob(tmp_path: Path) -> None:
    found = {key: put(cache(tmp_path), key, key.encode() * 9) for key in "abc"}
    layers = tmp_path / "layers"
    (layers / blob_name(found["a"].digest)).write_bytes(b"damaged")
    (layers / "b.json").write_bytes(b"{}")  # so that nobody knows what its blob is
    (layers / "0.part").write_bytes(b"half")
    os.utime(layers / "0.part", (0, 0))
    (layers / "of the user").touch()
    removed = prune(Folder.open(tmp_path), 100, NullProgress())
    assert removed == Removed(blobs=2, size=7 + 9 + 4, damaged=2)
    assert names(tmp_path) == sorted(["a.json", "c.json", blob_name(found["c"].digest), "of the user"])
    assert prune(Folder.open(tmp_path), 100, NullProgress()) == Removed(0, 0, 0)


def test_pruning_keeps_what_was_used_last(tmp_path: Path) -> None:
    found = {key: put(cache(tmp_path), key, key.encode() * 10) for key in "abc"}
    for age, key in enumerate("bca"):
        os.utime(tmp_path / "layers" / blob_name(found[key].digest), (age + 1, age + 1))
    assert prune(Folder.open(tmp_path), 20, NullProgress()) == Removed(1, 10, 0)
    assert [key for key in "abc" if got(cache(tmp_path), key)] == ["a", "c"]
    assert prune(Folder.open(tmp_path), 0, NullProgress()) == Removed(2, 20, 0)
    assert CacheState.of(Folder.open(tmp_path)).layers == 3


def test_clearing_leaves_what_is_not_of_the_cache(tmp_path: Path) -> None:
    put(cache(tmp_path), "a", b"one")
    (tmp_path / "layers/mine.txt").touch()
    assert clear(Folder.open(tmp_path)) == Removed(1, 3, 0)
    assert names(tmp_path) == ["mine.txt"]


def test_what_another_process_removes_meanwhile_is_not_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = cache(tmp_path)
    for number in range(4):
        put(held, f"k{number}", bytes([number]) * 100)
    found = list(held.folder.files())
    gone = [one.name for one in found if one.name.endswith((".blob", ".json"))][:5]
    for name in gone:
        held.folder.remove(name)
    monkeypatch.setattr(held.folder, "files", lambda: iter(found))
    assert prune(held.folder, 1 << 20, NullProgress()).damaged == 0
