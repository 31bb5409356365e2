"""What the cache gives back is what was put into it, or nothing."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.cache import layers, recording
from nixdive.cache.care import clear
from nixdive.cache.facts import LayerFacts, blob_name
from nixdive.errors import Cancelled
from nixdive.progress import NullProgress
from tests.cache.made import cache, facts, got, names, put
from tests.examples import examples


def aged(place: Path, name: str, seconds: float) -> None:
    """Make a file one that was used so long ago."""
    moment = time.time() - seconds
    os.utime(place / "layers" / name, (moment, moment))


def test_what_is_put_in_comes_out(tmp_path: Path) -> None:
    first = cache(tmp_path / "c")
    assert first.known("k") is None
    assert got(first, "k") is None
    found = put(first, "k", b"a blob")
    again = cache(tmp_path / "c")
    assert again.known("k") == found
    assert got(again, "k") == b"a blob"
    assert again.known("other") is None


def test_only_its_user_can_read_it(tmp_path: Path) -> None:
    put(cache(tmp_path / "c"), "k", b"a blob")
    modes = {file.stat().st_mode & 0o077 for file in [tmp_path / "c", *(tmp_path / "c").rglob("*")]}
    assert modes == {0}


def test_digests_are_known_where_the_blob_is_gone(tmp_path: Path) -> None:
    found = put(cache(tmp_path), "k", b"a blob")
    (tmp_path / "layers" / blob_name(found.digest)).unlink()
    assert cache(tmp_path).known("k") == found
    assert got(cache(tmp_path), "k") is None


def _flip(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@given(
    at=st.integers(0, 400),
    ending=st.sampled_from([".blob", ".json"]),
    how=st.sampled_from(["flip", "cut", "add"]),
)
@examples(60)
def test_a_damaged_file_is_noticed_and_removed(
    tmp_path_factory: pytest.TempPathFactory, at: int, ending: str, how: str
) -> None:
    place = tmp_path_factory.mktemp("cache")
    data = b"the bytes of a blob" * 9
    put(cache(place), "k", data)
    (file,) = (place / "layers").glob(f"*{ending}")
    before = file.read_bytes()
    after = {"flip": _flip(before, at), "cut": before[: at % len(before)], "add": before + b" x"}[how]
    file.write_bytes(after)
    notes: list[str] = []
    assert got(cache(place, notes=notes), "k") is None
    assert not file.exists()
    assert notes == (["a layer in the cache was damaged; it is made again"] if ending == ".blob" else [])
    put(cache(place), "k", data)
    assert got(cache(place), "k") == data


def test_the_file_of_another_layer_is_not_taken_for_this_one(tmp_path: Path) -> None:
    put(cache(tmp_path), "a", b"one")
    put(cache(tmp_path), "b", b"two")
    one, two = tmp_path / "layers/a.json", tmp_path / "layers/b.json"
    one.write_bytes(two.read_bytes())
    assert cache(tmp_path).known("a") is None
    assert got(cache(tmp_path), "b") == b"two"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 5000,
        b'{"sum": 1}',
        facts(b"x").data("k").replace(b"gzip", b"zstd"),
    ],
)
def test_what_says_nothing_is_nothing(data: bytes) -> None:
    assert LayerFacts.of(data, "k") is None


def test_values_of_other_kinds_are_nothing() -> None:
    sound = facts(b"x")
    assert LayerFacts.of(sound.data("k"), "k") == sound
    for wrong in ({"size": -1}, {"size": True}, {"digest": "sha256:zz"}, {"diff_id": 1}, {"compression": 5}):
        values: dict[str, Any] = {
            "diff_id": sound.diff_id,
            "digest": sound.digest,
            "size": 1,
            "uncompressed_size": 2,
            "compression": "gzip",
        }
        assert LayerFacts.of(LayerFacts(**(values | wrong)).data("k"), "k") is None


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    found = put(cache(tmp_path), "k", b"a blob")
    file = tmp_path / "layers" / blob_name(found.digest)
    file.rename(tmp_path / "elsewhere")
    if kind == "link":
        file.symlink_to(tmp_path / "elsewhere")
    elif kind == "folder":
        file.mkdir()
    else:
        os.mkfifo(file)
    assert got(cache(tmp_path), "k") is None


def test_what_was_used_least_recently_goes_first(tmp_path: Path) -> None:
    blobs = {key: put(cache(tmp_path, 300), key, key.encode() * 100) for key in "abc"}
    for key, age in zip("abc", (300, 200, 100), strict=True):
        aged(tmp_path, blob_name(blobs[key].digest), age)
    assert got(cache(tmp_path, 300), "a")  # which is a use
    put(cache(tmp_path, 300), "d", b"d" * 150)
    kept = {key for key in "abcd" if got(cache(tmp_path, 300), key)}
    assert kept == {"a", "d"}
    assert all(cache(tmp_path).known(key) for key in "abcd")


def test_what_this_run_has_used_stays(tmp_path: Path) -> None:
    run = cache(tmp_path, 250)
    for key in "abcd":
        put(run, key, key.encode() * 100)
    # an image bigger than the cache finds its first layers next time
    assert [key for key in "abcd" if got(cache(tmp_path, 250), key)] == ["a", "b"]


def test_a_blob_bigger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    run = cache(tmp_path, 10)
    found = put(run, "k", b"x" * 11)
    assert run.known("k") == found
    assert names(tmp_path) == ["k.json"]


def test_a_reader_keeps_what_it_reads(tmp_path: Path) -> None:
    found = put(cache(tmp_path), "k", b"a blob")
    opened = cache(tmp_path).opened("k")
    assert opened is not None
    (tmp_path / "layers" / blob_name(found.digest)).unlink()
    with opened:
        assert os.pread(opened.descriptor, 99, 0) == b"a blob"


def test_only_so_many_layers_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_MOST_FACTS", 3)
    for number in range(6):
        cache(tmp_path).learn(f"k{number}", facts(b"x"))
        aged(tmp_path, f"k{number}.json", 100 - number)
    assert cache(tmp_path).known("k2")  # which is a use
    cache(tmp_path).learn("k6", facts(b"x"))
    assert names(tmp_path) == ["k2.json", "k4.json", "k5.json", "k6.json"]


def test_what_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    run = cache(tmp_path)
    one = run.recording()
    one.write(b"half a bl")
    one.drop()
    assert names(tmp_path) == []
    other = run.recording()
    other.write(b"half")
    other.keep("k", facts(b"a blob"))  # it is shorter than it should be
    assert names(tmp_path) == ["k.json"]


def test_a_killed_process_leaves_nothing_for_long(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\nfrom tests.cache.made import cache\n"
        "one = cache(pathlib.Path(sys.argv[1])).recording(); one.write(b'half'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], cwd=Path(__file__).parents[2], check=False)
    (part,) = names(tmp_path)
    assert part.endswith(".part")
    put(cache(tmp_path), "k", b"a blob")
    assert part in names(tmp_path)  # it might be at work
    aged(tmp_path, part, 25 * 60 * 60)
    put(cache(tmp_path), "l", b"another")
    assert part not in names(tmp_path)


@pytest.mark.parametrize("call", ["open", "pwrite", "rename"])
def test_a_full_disk_is_told_once_and_the_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    notes: list[str] = []
    run = cache(tmp_path, notes=notes)

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    real = getattr(os, call)
    monkeypatch.setattr(os, call, full)
    put(run, "k", b"a blob")
    put(run, "l", b"a blob")
    monkeypatch.setattr(os, call, real)
    assert notes == [f"the cache is not written: {tmp_path}/layers: No space left on device"]
    assert names(tmp_path) == []


def test_the_last_of_the_disk_is_left_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "SPARED", 1 << 60)
    put(cache(tmp_path), "k", b"a blob")
    assert names(tmp_path) == ["k.json"]


def test_many_at_once_share_it(tmp_path: Path) -> None:
    blobs = {f"k{number}": bytes([number]) * 5_000 for number in range(40)}

    def work(seed: int) -> None:
        run = cache(tmp_path, 60_000)  # twelve of them have room
        for step in range(60):
            key = f"k{(seed * 7 + step * 11) % 40}"
            data = got(run, key)
            assert data in {None, blobs[key]}
            if data is None:
                put(run, key, blobs[key])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    size = sum(file.stat().st_size for file in (tmp_path / "layers").glob("*.blob"))
    assert size <= 6 * 60_000  # each knows of its own only until it looks again
    assert not list((tmp_path / "layers").glob("*.part"))


def test_checking_can_be_stopped(tmp_path: Path) -> None:
    class Stopped(NullProgress):
        def cancelled(self) -> bool:
            return True

    put(cache(tmp_path), "k", b"a blob")
    with pytest.raises(Cancelled):
        cache(tmp_path).opened("k", Stopped())
    assert got(cache(tmp_path), "k") == b"a blob"


def test_emptied_while_a_layer_is_made_it_is_no_fault(tmp_path: Path) -> None:
    notes: list[str] = []
    held = cache(tmp_path, notes=notes)
    taking = held.recording()
    taking.write(b"one")
    clear(held.folder)
    taking.keep("a", facts(b"one"))
    assert not notes
    assert got(held, "a") is None
    put(held, "a", b"one")
    assert got(held, "a") == b"one"
