"""What samples have said is kept, and nothing but that is believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nixdive.cache.care import Removed, clear, prune
from nixdive.cache.folder import Folder
from nixdive.cache.samples import Sampled, keep_samples, known_samples
from nixdive.progress import NullProgress
from tests.cache.made import names

if TYPE_CHECKING:
    from pathlib import Path

ONE, OTHER = Sampled(100, 7), Sampled(9, None)


def test_what_was_found_is_known_by_how_it_was_found(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    assert known_samples(folder, "gzip") == {}
    keep_samples(folder, "gzip", {"a": ONE})
    keep_samples(folder, "gzip", {"b": OTHER})
    assert known_samples(folder, "gzip") == {"a": ONE, "b": OTHER}
    assert known_samples(folder, "zstd") == {}
    assert prune(folder, 100, NullProgress()) == Removed(0, 0, 0)
    assert known_samples(folder, "gzip") == {"a": ONE, "b": OTHER}
    assert clear(folder) == Removed(0, 0, 0)
    assert names(tmp_path) == []


def test_what_was_kept_longest_ago_goes_first(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    many = {f"path {number}": Sampled(number, None) for number in range(1 << 13)}
    keep_samples(folder, "gzip", many)
    keep_samples(folder, "gzip", {"path 0": ONE, "new": OTHER})
    known = known_samples(folder, "gzip")
    assert len(known) == 1 << 13
    assert (known["path 0"], known["new"]) == (ONE, OTHER)
    assert "path 1" not in known


def test_a_file_that_is_damaged_says_nothing(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    keep_samples(folder, "gzip", {"a": ONE})
    (file,) = (tmp_path / "layers").glob("*.samples")
    good = file.read_bytes()
    changed = json.loads(good) | {"samples": {"a": [1, 2]}}
    for data in (good[:-3], b"", b"[]", b"{}", b"[" * 100_000, b"\xff", json.dumps(changed).encode()):
        file.write_bytes(data)
        assert known_samples(folder, "gzip") == {}
    keep_samples(folder, "gzip", {"b": OTHER})
    assert known_samples(folder, "gzip") == {"b": OTHER}
