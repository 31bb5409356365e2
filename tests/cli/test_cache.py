"""`nixdive cache`, and what the commands that write do with it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import nixdive
from nixdive.contents import disk
from nixdive.errors import MalformedImageError
from nixdive.image.readers.stored import StoredLayer
from nixdive.store.path import StorePath
from tests.opening.images import PACK, digest, oci_layout, store_layer
from tests.opening.opened import APP, LIB, LIBC, LINKS, LOW, MIDDLE, ROOT, TOP
from tests.program import run
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = [f"/nix/store/{digit * 32}-path-{digit}" for digit in "012"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the cache is to be."""
    monkeypatch.setattr(disk, "_LATELY", 0)
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def closure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A closure file of three paths, whose files lie below a root."""
    monkeypatch.setenv("NIX_REMOTE", str(tmp_path / "root"))
    for path in PATHS:
        (tmp_path / "root" / path[1:]).mkdir(parents=True)
        (tmp_path / "root" / path[1:] / "file").write_bytes(path.encode() * 50)
    infos = {path: {"narSize": 1000, "narHash": "x", "references": PATHS[:i]} for i, path in enumerate(PATHS)}
    (tmp_path / "closure.json").write_text(json.dumps(infos))
    return str(tmp_path / "closure.json")


def document(*words: str | Path) -> Any:
    done = run(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_before_there_is_one_nothing_is_made(folder: Path) -> None:
    assert run("cache", "show").stdout == (
        f"cache     {folder}\nlayers    0 known by their digests, 0 blobs of 0 B, at most 1.86 GiB\n"
        "contents  of 0 layers, 0 B, at most 64.0 MiB\n"
    )
    assert run("cache").stdout == run("cache", "show").stdout
    assert run("cache", "prune").returncode == run("cache", "clear").returncode == 0
    assert not folder.exists()


def test_what_is_written_is_kept_until_it_is_cleared(folder: Path, closure: str, tmp_path: Path) -> None:
    write = ("write", closure, "-o", tmp_path / "x.tar")
    assert document(*write)["cache"] == {"hits": 0, "misses": 3, "bytes": 0}
    again = document(*write)
    size = sum(layer["size"] for layer in again["layers"])
    assert again["cache"] == {"hits": 3, "misses": 0, "bytes": size}
    shown = document("cache", "show")
    assert (shown["folder"], shown["layers"], shown["blobs"], shown["bytes"]) == (str(folder), 3, 3, size)
    assert shown["removed"] is None
    assert document(*write, "--no-cache")["cache"] is None
    pruned = document("cache", "prune", "--to", f"{size - 1}")
    assert (pruned["blobs"], pruned["removed"]["blobs"], pruned["removed"]["damaged"]) == (2, 1, 0)
    assert document(*write)["cache"]["hits"] == 2
    assert "cache     3 of 3 layers, " in run(*write).stdout
    assert document("cache", "clear")["removed"]["blobs"] == 3
    assert document(*write)["cache"]["hits"] == 0
    assert run("cache", "clear").stdout.splitlines()[-1].startswith("removed   3 blobs, ")


def test_a_damaged_blob_is_made_again_and_told(folder: Path, closure: str, tmp_path: Path) -> None:
    write = ("write", closure, "-o", tmp_path / "x.tar")
    document(*write)
    before = (tmp_path / "x.tar").read_bytes()
    for blob in (folder / "layers").glob("*.blob"):
        blob.write_bytes(b"damaged")
    done = run(*write)
    assert done.stderr.count("a layer in the cache was damaged; it is made again") == 1
    assert (tmp_path / "x.tar").read_bytes() == before
    assert document("cache", "prune")["removed"] == {"blobs": 0, "bytes": 0, "damaged": 0}


def test_fleets_and_the_library_use_it_too(folder: Path, closure: str, tmp_path: Path) -> None:
    fleet = ("fleet", closure, "--write", tmp_path / "x.tar")
    assert run(*fleet, "--no-cache").returncode == 0
    assert not folder.exists()
    assert run(*fleet).returncode == 0
    assert document("cache", "show")["blobs"] == 3
    workspace = nixdive.open(closure)
    written = nixdive.write(workspace, tmp_path / "y.tar")
    assert written.cache is not None
    assert written.cache.hits == 3
    assert nixdive.write(workspace, tmp_path / "y.tar", cache=False).cache is None


def test_where_it_cannot_be_the_image_is_written_all_the_same(
    folder: Path, closure: str, tmp_path: Path
) -> None:
    folder.write_text("a file")
    assert run("cache", "show").returncode == 0  # there is none
    done = run("write", closure, "-o", tmp_path / "x.tar")
    assert done.returncode == 0
    assert done.stderr.count(f"no cache: {folder}/layers: File exists") == 1
    assert document("write", closure, "-o", tmp_path / "x.tar")["cache"] is None


def test_one_that_others_can_write_is_an_error_of_its_commands(folder: Path) -> None:
    (folder / "layers").mkdir(parents=True)
    (folder / "layers").chmod(0o777)
    for words in (("show",), ("prune",), ("clear",)):
        done = run("cache", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"nixdive: {folder}/layers: other users may write to it")


@pytest.mark.parametrize("size", ["much", "-1", ""])
def test_a_size_that_is_none_is_refused(folder: Path, size: str) -> None:
    assert run("cache", "prune", "--to", size).returncode == 2


LAYERS = (ROOT, LOW, MIDDLE, TOP, LINKS)
CHANGED = store_layer((APP, {"bin": None, "bin/app": b"another"}))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The diff_ids of the layers whose blobs are read to their ends."""
    found: list[str] = []
    chunks = StoredLayer.chunks

    def counted(layer: StoredLayer) -> Iterator[bytes]:
        yield from chunks(layer)
        found.append(layer.diff_id)

    monkeypatch.setattr(StoredLayer, "chunks", counted)
    return found


def layout(place: Path, *layers: bytes) -> Path:
    return oci_layout(place, [("app:1", {}, layers)])


@pytest.mark.usefixtures("folder")
def test_of_an_image_that_is_pushed_again_only_what_is_new_is_read(tmp_path: Path, read: list[str]) -> None:
    first, second = layout(tmp_path / "a", *LAYERS), layout(tmp_path / "b", *LAYERS[:3], CHANGED, LINKS)
    with RegistryHere() as here:
        assert document("write", first, "-o", here.url("app:1"))["pushed"]["sent"] == 5
        assert {*read} == {*map(digest, LAYERS)}
        read.clear()
        assert document("write", second, "-o", here.url("app:2"))["pushed"]["sent"] == 1
        assert {*read} == {digest(CHANGED)}
        shown = document("cache", "show")
        assert shown["indexes"]["layers"] == 6
        assert 0 < shown["indexes"]["bytes"] < 1 << 16
        read.clear()
        assert document("write", second, "-o", here.url("app:3"), "--no-cache")["pushed"]["sent"] == 0
        assert {*read} >= {*map(digest, LAYERS[:3])}


def test_no_cache_leaves_nothing_of_an_image_that_is_opened(folder: Path, tmp_path: Path) -> None:
    image = layout(tmp_path / "a", *LAYERS)
    for words in (
        ("write", image, "-o", tmp_path / "x.tar"),
        ("fleet", image, "--write", tmp_path / "y.tar"),
    ):
        assert run(*words, "--no-cache", "-q").returncode == 0
        assert not [*folder.rglob("*.index")]


@pytest.mark.parametrize("words", [(), ("--json",), ("--dive-json", "-")])
def test_inspect_says_the_same_whatever_the_cache_knows(
    folder: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    image = layout(tmp_path / "a", *LAYERS)

    def said(*more: str) -> tuple[int, str, str]:
        done = run("inspect", image, "-q", *words, *more)
        return done.returncode, done.stdout, done.stderr

    first = said("--no-cache")
    assert not folder.exists()
    assert first == said() == said()
    kept = sorted(folder.rglob("*.index"))
    assert len(kept) == 5
    assert run("plan", image, "-q").returncode == 0  # which asks for more, and keeps that
    assert first == said()
    kept[0].write_bytes(b"damaged")
    kept[1].write_bytes(kept[2].read_bytes())
    assert first == said()
    place = image / "blobs/sha256" / digest(PACK["gzip"](LOW))[7:]
    other = PACK["gzip"](store_layer((LIBC, {"l": None})))
    place.write_bytes(other + bytes(place.stat().st_size - len(other)))  # zeros may follow gzip data
    assert first != said() == said("--no-cache")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The diff_ids of the layers that are unpacked."""
    found: list[str] = []
    tar = StoredLayer.tar

    def counted(layer: StoredLayer, *given: Any, **more: Any) -> Iterator[bytes]:
        found.append(layer.diff_id)
        return tar(layer, *given, **more)

    monkeypatch.setattr(StoredLayer, "tar", counted)
    return found


@pytest.mark.usefixtures("folder")
def test_inspect_unpacks_what_it_has_not_seen(tmp_path: Path, opened: list[str]) -> None:
    first, second = layout(tmp_path / "a", *LAYERS), layout(tmp_path / "b", *LAYERS, CHANGED)
    for image, unpacked in ((first, 5), (first, 0), (second, 1)):
        opened.clear()
        nixdive.inspect(image)
        assert len(opened) == unpacked
    nixdive.inspect(second, cache=False)
    assert len(opened) == 1 + 6


def test_a_base_image_that_is_known_is_unpacked_only_as_it_is_copied(
    folder: Path, closure: str, tmp_path: Path, opened: list[str]
) -> None:
    base = layout(tmp_path / "base", *LAYERS)
    words = ("write", closure, "--from", base, "--contents", PATHS[0], "-q", "-o")
    written = set()
    for unpacked, more in ((10, ("--no-cache",)), (10, ()), (5, ())):
        opened.clear()
        target = tmp_path / "x.tar"
        assert run(*words, target, *more).returncode == 0
        assert len(opened) == unpacked
        assert folder.exists() is not bool(more)
        written.add(target.read_bytes())
    assert len(written) == 1
    for place in base.glob("blobs/sha256/*"):
        if place.name == digest(PACK["gzip"](LOW))[7:]:
            place.write_bytes(place.read_bytes()[:-1] + b"x")
    done = run(*words, tmp_path / "y.tar")
    assert (done.returncode, (tmp_path / "y.tar").exists()) == (1, False)
    assert f"{digest(PACK['gzip'](LOW))[7:]}: its gzip data are damaged" in done.stderr


def test_what_is_in_layers_is_tidied_up_and_cleared(folder: Path, tmp_path: Path) -> None:
    image = layout(tmp_path / "a", *LAYERS)
    first = document("plan", image)
    assert document("plan", image) == first
    kept = sorted(folder.rglob("*.index"))
    assert len(kept) == 5
    kept[0].write_bytes(b"damaged")
    assert document("cache", "prune")["removed"] == {"blobs": 0, "bytes": 7, "damaged": 1}
    assert "contents  of 4 layers, " in run("cache").stdout
    assert document("plan", image) == first
    size = sum(file.stat().st_size for file in kept)
    cleared = document("cache", "clear")
    assert cleared["removed"] == {"blobs": 0, "bytes": size, "damaged": 0}
    assert cleared["indexes"] == {"layers": 0, "bytes": 0}


@pytest.mark.usefixtures("folder")
def test_a_blob_that_was_changed_is_noticed_when_its_bytes_are_used(tmp_path: Path) -> None:
    """Its digest says what is in it; whether it is what its digest says is checked as its bytes are used."""
    image = layout(tmp_path / "a", *LAYERS)
    assert run("plan", image).returncode == 0
    place = image / "blobs/sha256" / digest(PACK["gzip"](LOW))[7:]
    data = place.read_bytes()
    other = PACK["gzip"](store_layer((LIBC, {"l": None})))
    place.write_bytes(other + bytes(len(data) - len(other)))
    for words in (
        ("-o", tmp_path / "x.tar"),
        ("-o", tmp_path / "x", "--format", "oci"),
        ("-o", tmp_path / "y.tar", "--strategy", "single"),
    ):
        done = run("write", image, *words)
        assert done.returncode == 1
        assert f"{place.name}: its di" in done.stderr  # its digest, or its diff_id where it is laid out anew
        assert not Path(words[1]).exists()
    with RegistryHere() as here:
        done = run("write", image, "-o", here.url("app:1"))
        assert (done.returncode, here.store.manifests["app"]) == (1, {})
        assert f"{place.name}: its digest is sha256:" in done.stderr
    assert run("verify", image).returncode == 3
    subject = nixdive.open(image).subject
    (file,) = (one for one in subject.contents.entries(StorePath(f"/nix/store/{LIBC}")) if one.size)
    with pytest.raises(MalformedImageError, match=f"{place.name}: its digest is"):
        subject.contents.open(file).read()


@pytest.mark.usefixtures("folder")
def test_of_an_image_in_a_registry_only_what_is_new_is_fetched(tmp_path: Path) -> None:
    large = random.Random(3).randbytes(100_000)  # what is smaller is fetched to see how it begins
    layers = [store_layer((name, {"data": large})) for name in (LIBC, LIB, APP)]
    blobs = [digest(PACK["gzip"](one)) for one in layers]
    with RegistryHere() as here:

        def fetched(tag: str, *given: bytes) -> list[int]:
            image = layout(tmp_path / tag, *given)
            assert run("write", image, "-o", here.url(f"app:{tag}"), "--no-cache", "-q").returncode == 0
            here.log.clear()
            assert document("plan", here.url(f"app:{tag}"))["layers"]
            whole = [one.path for one in here.asked("GET", "/blobs/") if "range" not in one.headers]
            return [sum(path.endswith(blob) for path in whole) for blob in blobs]

        assert fetched("1", *layers[:2]) == [1, 1, 0]
        assert fetched("2", *layers) == [0, 0, 1]
        assert fetched("3", *layers[1:]) == [0, 0, 0]
