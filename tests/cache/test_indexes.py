"""Files that say what is in layers: damage is noticed, and there are not too many."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import zstandard

from nixdive.cache import indexes
from nixdive.cache.care import clear, prune
from nixdive.cache.folder import Folder
from nixdive.cache.indexes import INDEX, IndexFiles
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from pathlib import Path


def opened(place: Path, limit: int = 1 << 20) -> IndexFiles:
    return IndexFiles(Folder.open(place), limit)


def kept(place: Path) -> list[str]:
    return sorted(file.name.removesuffix(INDEX) for file in (place / "layers").glob(f"*{INDEX}"))


def test_what_is_kept_is_found_by_another_run(tmp_path: Path) -> None:
    opened(tmp_path).save("a", b"what is in it" * 100)
    assert opened(tmp_path).read("a") == b"what is in it" * 100
    assert opened(tmp_path).read("b") is None
    opened(tmp_path).save("a", b"something else")
    assert opened(tmp_path).read("a") == b"something else"


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    files = opened(tmp_path)
    files.save("a", b"what is in it")
    place = tmp_path / "layers" / f"a{INDEX}"
    right = place.read_bytes()
    for at in range(len(right)):
        place.write_bytes(right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :])
        assert files.read("a") is None
        assert kept(tmp_path) == []  # so that it is made again
    for wrong in (b"", right[:-1], right + b"\0"):
        place.write_bytes(wrong)
        assert files.read("a") is None


def test_the_file_of_another_key_is_noticed(tmp_path: Path) -> None:
    files = opened(tmp_path)
    files.save("a", b"what is in it")
    (tmp_path / "layers" / f"a{INDEX}").rename(tmp_path / "layers" / f"b{INDEX}")
    assert files.read("b") is None


@pytest.mark.parametrize(
    "body", [b"no zstd", zstandard.compress(bytes(1 << 27)), zstandard.compress(b"x")[:-1]]
)
def test_what_has_the_right_sum_may_be_nothing_all_the_same(tmp_path: Path, body: bytes) -> None:
    files = opened(tmp_path)
    (tmp_path / "layers" / f"a{INDEX}").write_bytes(indexes._sum("a", body) + body)
    assert files.read("a") is None


def test_those_go_that_were_used_least_recently(tmp_path: Path) -> None:
    for number, key in enumerate("abcd"):
        opened(tmp_path).save(key, os.urandom(1000))
        os.utime(tmp_path / "layers" / f"{key}{INDEX}", (number + 1, number + 1))
    assert opened(tmp_path).read("a") is not None
    opened(tmp_path, 3500).save("e", os.urandom(1000))
    assert kept(tmp_path) == ["a", "d", "e"]


def test_what_a_run_has_used_stays(tmp_path: Path) -> None:
    files = opened(tmp_path, 2500)
    for key in "abcd":
        files.save(key, os.urandom(1000))
    assert kept(tmp_path) == ["a", "b"]
    opened(tmp_path, 2500).save("c", os.urandom(1000))
    assert len(kept(tmp_path)) == 2
    assert "c" in kept(tmp_path)


def test_what_is_too_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "_MOST_UNPACKED", 100)
    opened(tmp_path).save("a", bytes(101))
    monkeypatch.setattr(indexes, "_LONGEST", 100)
    opened(tmp_path).save("b", os.urandom(100))
    assert kept(tmp_path) == []


def test_a_full_disk_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "SPARED", 1 << 60)
    opened(tmp_path).save("a", b"x")
    monkeypatch.undo()
    files = opened(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files._folder, "save", full)
    files.save("a", b"x")
    assert kept(tmp_path) == []


def test_threads_share_it(tmp_path: Path) -> None:
    files = opened(tmp_path, 1 << 24)
    bodies = {f"k{number}": f"{number}".encode() * 1000 for number in range(40)}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: files.save(key, bodies[key]), [*bodies, *bodies]))
        assert list(pool.map(files.read, bodies)) == [*bodies.values()]


def test_runs_share_it_while_others_empty_it(tmp_path: Path) -> None:
    bodies = {f"k{number}": f"{number}".encode() * 1000 for number in range(10)}

    def run(number: int) -> list[bytes | None]:
        files, found = opened(tmp_path), []
        for key, body in bodies.items():
            files.save(key, body)
            if number % 3 == 0:
                clear(Folder.open(tmp_path))
            elif number % 3 == 1:
                prune(Folder.open(tmp_path), 1 << 20, NullProgress())
            found.append(files.read(key))
        return found

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(run, range(12)):
            assert all(one in {None, body} for one, body in zip(found, bodies.values(), strict=True))
    assert run(2) == [*bodies.values()]
    assert not [*(tmp_path / "layers").glob("*.part")]


def test_damaged_ones_are_found_without_being_used(tmp_path: Path) -> None:
    files = opened(tmp_path)
    for key in "abc":
        files.save(key, b"what is in it")
    (tmp_path / "layers" / f"b{INDEX}").write_bytes(b"damaged")
    os.utime(tmp_path / "layers" / f"a{INDEX}", (1, 1))
    found = [*files._folder.files()]
    (tmp_path / "layers" / f"c{INDEX}").unlink()  # another process did that
    assert [one.name for one in files.damaged(found)] == [f"b{INDEX}"]
    assert (tmp_path / "layers" / f"a{INDEX}").stat().st_mtime == 1
