"""What samples say of store paths and plain layers, beside what they really become."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nixdive.cache.folder import Folder
from nixdive.cache.samples import Sampled, keep_samples, known_samples
from nixdive.contents.disk import DiskContents
from nixdive.errors import Cancelled
from nixdive.image.compression import Compression, compression
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.readers.archive import files_of
from nixdive.image.readers.choice import ANY
from nixdive.image.readers.found import image_in
from nixdive.image.sampled import Sampler
from nixdive.image.tars.tar import TarLayer
from nixdive.progress import NullProgress
from nixdive.store.path import StorePath
from tests.image.made import archive, layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.contents.entry import FileEntry

QUIET = NullProgress()
TEXT, MIXED, SMALL, GONE = (
    StorePath(f"/nix/store/{digit * 32}-{name}-1")
    for digit, name in zip("0123", ("text", "mixed", "small", "gone"), strict=True)
)
SIZES = {TEXT: 6_000_000, MIXED: 3_000_000, SMALL: 50_000, GONE: 9_000_000}


def words(dice: random.Random, size: int) -> bytes:
    """Return bytes that compress, at every place about as well."""
    known = [dice.randbytes(dice.randrange(3, 9)).hex().encode() for _ in range(200)]
    return b" ".join(dice.choices(known, k=size // 10))[:size]


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> DiskContents:
    root = tmp_path_factory.mktemp("root")
    dice = random.Random(1)
    for path, files in ((TEXT, 3), (MIXED, 40), (SMALL, 5)):
        for number in range(files):
            size = SIZES[path] // files
            data = words(dice, size)
            file = root / path[1:] / f"lib{number % 7}" / f"file{number}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    return DiskContents(root)


def blob(paths: Iterable[StorePath], contents: DiskContents, method: Compression | None) -> int:
    assert method is not None
    buffer = memoryview(bytearray(method.piece))
    tar = TarLayer.of_paths(tuple(paths), contents, ImageSpec("x:1").stamp)
    return sum(len(method.compress(block)) for block in tar.blocks(lambda: buffer))


@pytest.mark.parametrize("name", ["gzip", "zstd", "zstd:9"])
def test_an_estimate_is_near_what_the_blob_is(contents: DiskContents, name: str) -> None:
    found = Sampler(ImageSpec("x:1", compression=name)).paths(SIZES, contents, QUIET)
    assert set(found) == {TEXT, MIXED}, "what is not here is left out, and the last few bytes"
    for path, one in found.items():
        assert one.wire == pytest.approx(blob([path], contents, compression(name)), rel=0.06)
        assert one.entries == len(contents.entries(path))
    assert found == Sampler(ImageSpec("x:1", compression=name)).paths(SIZES, contents, QUIET)
    plain = Sampler(ImageSpec("x:1", compression="none")).paths(SIZES, contents, QUIET)
    assert plain == Sampler(ImageSpec("x:1")).paths(SIZES, contents, QUIET), "a push compresses it"


@pytest.mark.parametrize("name", ["zstd:2", "zstd"])
def test_a_larger_image_is_near_its_frames_whatever_the_distance_at_which_it_repeats_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("nixdive.image.sampled._SMALL", 1 << 20)
    monkeypatch.setattr("nixdive.image.sampled._FEW", 1)
    text = b"".join(file.read_bytes() for file in sorted(Path(random.__file__).parent.glob("[a-t]*.py")))
    # what comes again after half a megabyte is in no small piece, but in each frame
    parts = [text[at : at + 500_000] for at in range(0, 4_000_000, 500_000)]
    file = tmp_path / TEXT[1:] / "file"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"".join(part + part for part in parts))
    contents = DiskContents(tmp_path)
    found = Sampler(ImageSpec("x:1", compression=name)).paths({TEXT: file.stat().st_size}, contents, QUIET)
    assert found[TEXT].wire == pytest.approx(blob([TEXT], contents, compression(name)), rel=0.06)


def test_levels_of_zstd_share_their_samples_where_an_image_is_large_or_a_level_slow(
    contents: DiskContents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder.open(tmp_path)
    Sampler(ImageSpec("x:1", compression="zstd:19"), folder).paths(SIZES, contents, QUIET)
    monkeypatch.setattr("nixdive.image.sampled._SMALL", 1 << 20)
    found = {
        level: Sampler(ImageSpec("x:1", compression=f"zstd:{level}"), folder).paths(SIZES, contents, QUIET)
        for level in (1, 3, 9, 19)
    }
    assert len(list((tmp_path / "layers").glob("*.samples"))) == 1
    sizes = [one[TEXT].wire for one in found.values()]
    assert sizes == sorted(sizes, reverse=True)


def test_what_was_sampled_is_not_sampled_again(contents: DiskContents, tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    sampler = Sampler(ImageSpec("x:1"), folder)
    found = sampler.paths(SIZES, contents, QUIET)
    (file,) = (tmp_path / "layers").glob("*.samples")
    before = file.stat().st_mtime_ns
    assert sampler.paths(SIZES, contents, QUIET) == found
    assert file.stat().st_mtime_ns == before
    made_by = json.loads(file.read_text())["made_by"]
    assert known_samples(folder, made_by).keys() == set(map(str, found))
    keep_samples(folder, made_by, {str(TEXT): Sampled(77, 1), str(SMALL): Sampled(5, 1)})
    again = sampler.paths(SIZES, contents, QUIET)
    assert again == found | {TEXT: Sampled(77, 1)}, "the same paths count, whatever else is known"
    other = Sampler(ImageSpec("x:1", compression="zstd"), folder)
    assert other.paths(SIZES, contents, QUIET)[TEXT].wire > 77


def test_a_path_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / TEXT[1:]).mkdir(parents=True)
    (tmp_path / TEXT[1:] / "file").write_bytes(bytes(500_000))
    (tmp_path / MIXED[1:]).mkdir(parents=True)
    contents = DiskContents(tmp_path)
    listed = contents.entries

    class Changing(DiskContents):
        def entries(self, path: StorePath) -> list[FileEntry]:
            found = listed(path)
            (tmp_path / TEXT[1:] / "file").unlink(missing_ok=True)
            return found

    sampler = Sampler(ImageSpec("x:1"))
    assert sampler.paths({TEXT: 500_000, MIXED: 400_000}, Changing(tmp_path), QUIET) == {
        MIXED: Sampled(sampler.paths({MIXED: 1}, contents, QUIET)[MIXED].wire, 1)
    }


def test_plain_layers_are_sampled_in_their_archive(tmp_path: Path) -> None:
    dice = random.Random(2)
    large = layer(f"file={words(dice, 3_200_000).decode()}")
    image = archive(tmp_path / "image.tar", [large, layer("a=b")])
    (stored,) = [image_in(files_of(image), ANY)]
    folder = Folder.open(tmp_path / "cache")
    found = Sampler(ImageSpec("x:1"), folder).layers(stored.layers, QUIET)
    assert list(found) == [stored.layers[0].diff_id]
    method = compression("gzip")
    assert method is not None
    truth = sum(
        len(method.compress(memoryview(large)[at : at + method.piece]))
        for at in range(0, len(large), method.piece)
    )
    assert found[stored.layers[0].diff_id].wire == pytest.approx(truth, rel=0.06)
    assert not list((tmp_path / "cache/layers").glob("*.samples")), "an image may state any diff_id"


def test_it_stops_when_nobody_wants_it(contents: DiskContents) -> None:
    class Stopped(NullProgress):
        def cancelled(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        Sampler(ImageSpec("x:1")).paths(SIZES, contents, Stopped())


def test_of_a_small_image_all_is_taken(tmp_path: Path) -> None:
    dice = random.Random(3)
    tars = [
        layer(*(f"{at}{one}={dice.randbytes(dice.randrange(9000)).hex()}" for one in "abcdef")) for at in "xy"
    ]
    stored = image_in(files_of(archive(tmp_path / "image.tar", tars)), ANY)
    method = compression("gzip")
    assert method is not None
    found = Sampler(ImageSpec("x:1")).layers(stored.layers, QUIET)
    assert [found[one.diff_id].wire for one in stored.layers] == [
        len(method.compress(memoryview(tar))) for tar in tars
    ]
