"""Layers out of a cache: the same bytes whatever state it is in, and only what is new is read."""

from __future__ import annotations

import io
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.cache.folder import Folder
from nixdive.cache.layers import LayerCache
from nixdive.contents import disk
from nixdive.contents.disk import DiskContents
from nixdive.errors import Cancelled, UnreadablePathError, WriteError
from nixdive.image.compression import compression
from nixdive.image.forecast import Measured, Survey
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.spec import ImageSpec, Stamp
from nixdive.image.root.customisation import Customisation, TopLayer
from nixdive.image.root.tree import Tree
from nixdive.image.stored.verify import verify
from nixdive.image.tars.tar import TarLayer
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.image.write_images import write_images
from nixdive.image.writers import layout as layout_writer
from nixdive.image.writers import sinks, stream
from nixdive.image.writers.cached import layer_key
from nixdive.image.written import CacheUse
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from nixdive.store.path import StorePath
from tests.examples import examples
from tests.patience import until
from tests.settled import settled_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.forecast import Forecast
    from nixdive.image.written import WrittenImage

__all__ = ["settled_files"]

PATHS = tuple(StorePath(f"/nix/store/{digit * 32}-path-{digit}") for digit in "0123456789")
FORMS = [
    ("hybrid", "gzip"),
    ("docker-archive", "gzip"),
    ("oci-archive", "zstd"),
    ("oci", "gzip"),
    ("oci", "zstd:1"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with ten store paths, each with some files."""
    chance = random.Random(3)
    root = tmp_path_factory.mktemp("root")
    for number, path in enumerate(PATHS):
        folder = root / path[1:]
        (folder / "lib").mkdir(parents=True)
        (folder / "lib/link").symlink_to("a")
        for name in "abc":
            (folder / "lib" / name).write_bytes(chance.randbytes(50 + number * 30_000))
    return root


class Counting(DiskContents):
    """Contents that know which files were read."""

    def __init__(self, root: Path, **more: Any) -> None:
        super().__init__(root, **more)
        self.read: list[bytes] = []

    def open(self, entry: Any) -> Any:
        self.read.append(entry.name)
        return super().open(entry)

    def read_into(self, entry: Any, buffer: memoryview) -> int:
        self.read.append(entry.name)
        return super().read_into(entry, buffer)

    def taken(self) -> set[str]:
        """Return the store paths whose files were read, and forget it."""
        found = {"/".join(os.fsdecode(name).split("/")[:4]) for name in self.read}
        self.read = []
        return found


def plan(*layers: Sequence[int]) -> LayerPlan:
    return LayerPlan(
        PlanRequest(), tuple(Layer(LayerKind.STORE, tuple(PATHS[i] for i in one), 1, "t") for one in layers)
    )


PLAN = plan([0, 1], [2, 3, 4], [5], [6, 7], [8, 9])
MOVED = plan([0], [1, 2, 3, 4], [5], [6, 7], [8, 9])


def cache(place: Path, notes: list[str] | None = None) -> LayerCache:
    return LayerCache(Folder.open(place), 1 << 30, (notes if notes is not None else []).append)


def spec(form: tuple[str, str], **more: Any) -> ImageSpec:
    return ImageSpec(
        "app:1", platform=Platform("linux", "amd64"), image_format=form[0], compression=form[1], **more
    )


def tree(path: Path) -> Any:
    if path.is_file():
        return path.read_bytes()
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def facts(written: WrittenImage) -> WrittenImage:
    """Return what does not depend on the clock, the cache, and where the image is."""
    return replace(written, seconds=0.0, cache=None, target="")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("jobs", [1, 3])
def test_writing_again_reads_no_file_and_makes_the_same_bytes(
    root: Path, tmp_path: Path, form: tuple[str, str], jobs: int
) -> None:
    contents = Counting(root)
    plain = write_image(ImageToWrite(PLAN, spec(form), contents), tmp_path / "plain", jobs=jobs)
    assert plain.cache is None
    contents.taken()
    cold = write_image(
        ImageToWrite(PLAN, spec(form), contents), tmp_path / "cold", jobs=jobs, cache=cache(tmp_path / "c")
    )
    assert cold.cache == CacheUse(0, 5, 0)
    assert contents.taken() == set(PATHS)
    warm = write_image(
        ImageToWrite(PLAN, spec(form), contents), tmp_path / "warm", jobs=jobs, cache=cache(tmp_path / "c")
    )
    assert warm.cache == CacheUse(5, 0, sum(layer.size for layer in warm.layers))
    assert contents.taken() == set()
    assert facts(plain) == facts(cold) == facts(warm)
    assert tree(tmp_path / "plain") == tree(tmp_path / "cold") == tree(tmp_path / "warm")
    assert verify(tmp_path / "warm") == ()


@pytest.mark.parametrize("form", FORMS)
def test_after_a_path_has_moved_only_its_two_layers_are_read(
    root: Path, tmp_path: Path, form: tuple[str, str]
) -> None:
    contents = Counting(root)
    write_image(ImageToWrite(PLAN, spec(form), contents), tmp_path / "first", cache=cache(tmp_path / "c"))
    contents.taken()
    again = write_image(
        ImageToWrite(MOVED, spec(form), contents), tmp_path / "again", cache=cache(tmp_path / "c")
    )
    assert contents.taken() == {PATHS[i] for i in range(5)}
    assert again.cache is not None
    assert (again.cache.hits, again.cache.misses) == (3, 2)
    write_image(ImageToWrite(MOVED, spec(form), contents), tmp_path / "plain")
    assert tree(tmp_path / "again") == tree(tmp_path / "plain")


@pytest.mark.parametrize("method", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("kept", [0, 1 << 26])
def test_a_stream_is_the_same_too(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, kept: int
) -> None:
    monkeypatch.setattr(stream, "_KEPT", kept)
    contents = Counting(root)
    write_image(ImageToWrite(PLAN, spec(("hybrid", method)), contents), tmp_path / "file")
    contents.taken()
    made = []
    for expected in ({"none": 0, "gzip": 0, "zstd": 0}[method], 5):
        out = io.BytesIO()
        written = write_image(
            ImageToWrite(PLAN, spec(("hybrid", method)), contents), out, cache=cache(tmp_path / "c")
        )
        assert written.cache is not None
        assert (written.cache.hits, written.cache.misses) == (expected, 5 - expected)
        made.append((out.getvalue(), len(contents.read)))
        contents.taken()
    assert made[0][0] == made[1][0] == (tmp_path / "file").read_bytes()
    files = 3 * len(PATHS)
    # compressed once at most; without compression, hashed in a pass of its own while nothing is known
    assert [count for _, count in made] == ([2 * files, files] if method == "none" else [files, 0])


def test_a_file_without_compression_uses_no_cache(root: Path, tmp_path: Path) -> None:
    written = write_image(
        ImageToWrite(PLAN, spec(("hybrid", "none")), DiskContents(root)),
        tmp_path / "x",
        cache=cache(tmp_path / "c"),
    )
    assert written.cache is None
    assert [file.name for file in (tmp_path / "c/layers").iterdir()] == ["CACHEDIR.TAG"]


def test_several_images_share_it(root: Path, tmp_path: Path) -> None:
    contents = Counting(root)
    images = [
        ImageToWrite(one, replace(spec(("hybrid", "gzip")), name=f"app:{number}"), contents)
        for number, one in enumerate((PLAN, MOVED))
    ]
    write_images(images, tmp_path / "plain")
    first = write_images(images, tmp_path / "cold", cache=cache(tmp_path / "c"))
    contents.taken()
    again = write_images(images, tmp_path / "warm", cache=cache(tmp_path / "c"))
    assert contents.taken() == set()
    assert [one.cache and (one.cache.hits, one.cache.misses) for one in (*first, *again)] == [(0, 7)] * 2 + [
        (7, 0)
    ] * 2
    assert tree(tmp_path / "plain") == tree(tmp_path / "cold") == tree(tmp_path / "warm")


def blobs(layout: Path) -> dict[str, tuple[int, int]]:
    """Return the inode and the size of each blob of a layout, by its name."""
    found = {file.name: file.stat() for file in (layout / "blobs/sha256").iterdir()}
    return {name: (status.st_ino, status.st_size) for name, status in found.items()}


def test_what_a_layout_has_already_is_neither_read_nor_written(root: Path, tmp_path: Path) -> None:
    contents, form, layout = Counting(root), spec(("oci", "gzip")), tmp_path / "layout"
    write_image(ImageToWrite(PLAN, form, contents), layout, cache=cache(tmp_path / "c"))
    before = blobs(layout)
    contents.taken()
    for file in (tmp_path / "c/layers").glob("*.blob"):  # digests are enough to know what is there
        file.unlink()
    again = write_image(ImageToWrite(MOVED, form, contents), layout, cache=cache(tmp_path / "c"))
    assert contents.taken() == {PATHS[i] for i in range(5)}
    assert again.cache == CacheUse(3, 2, 0)
    assert before.items() <= blobs(layout).items()
    assert again.bytes_written < sum(layer.size for layer in again.layers)
    assert verify(layout) == ()
    write_image(ImageToWrite(MOVED, form, contents), tmp_path / "plain")
    assert tree(tmp_path / "plain").items() <= tree(layout).items()


@pytest.mark.parametrize("how", ["flip", "cut", "grow", "empty", "remove"])
def test_a_damaged_blob_of_a_layout_is_written_again(root: Path, tmp_path: Path, how: str) -> None:
    contents, form, layout = DiskContents(root), spec(("oci", "gzip")), tmp_path / "layout"
    first = write_image(ImageToWrite(PLAN, form, contents), layout, cache=cache(tmp_path / "c"))
    whole = tree(layout)
    file = layout / "blobs/sha256" / first.layers[2].digest[7:]
    data = file.read_bytes()
    after = {"flip": data[:9] + b"?" + data[10:], "cut": data[:-1], "grow": data + b"x", "empty": b""}
    file.unlink()
    if how in after:
        file.write_bytes(after[how])
    again = write_image(ImageToWrite(PLAN, form, contents), layout, cache=cache(tmp_path / "c"))
    assert again.cache == CacheUse(5, 0, first.layers[2].size)
    assert tree(layout) == whole


def test_a_blob_that_goes_away_meanwhile_is_an_error(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents, form, layout = DiskContents(root), spec(("oci", "gzip")), tmp_path / "layout"
    first = write_image(ImageToWrite(PLAN, form, contents), layout, cache=cache(tmp_path / "c"))
    file = layout / "blobs/sha256" / first.layers[2].digest[7:]
    index = (layout / "index.json").read_bytes()
    locked = layout_writer._locked

    def late(folder: Path) -> Any:
        file.unlink()
        return locked(folder)

    monkeypatch.setattr(layout_writer, "_locked", late)
    with pytest.raises(WriteError, match="has just been removed from it"):
        write_image(
            ImageToWrite(PLAN, replace(form, name="app:2"), contents), layout, cache=cache(tmp_path / "c")
        )
    assert (layout / "index.json").read_bytes() == index


@pytest.mark.parametrize("image_format", ["oci", "hybrid"])
def test_blocks_are_shared_with_a_layout_where_the_disk_can(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, image_format: str
) -> None:
    shared = []

    def clone(source: int, target: int) -> bool:
        shared.append(os.fstat(source).st_size)
        os.pwrite(target, os.pread(source, 1 << 30, 0), 0)
        return True

    monkeypatch.setattr(sinks, "clone", clone)
    contents, form = DiskContents(root), spec((image_format, "gzip"))
    first = write_image(ImageToWrite(PLAN, form, contents), tmp_path / "first", cache=cache(tmp_path / "c"))
    assert shared == []
    write_image(ImageToWrite(PLAN, form, contents), tmp_path / "again", cache=cache(tmp_path / "c"))
    assert sorted(shared) == (sorted(layer.size for layer in first.layers) if image_format == "oci" else [])
    assert tree(tmp_path / "first") == tree(tmp_path / "again")


DAMAGE = ("flip", "cut", "grow", "empty", "remove", "swap", "foreign", "link", "folder")


def damage(place: Path, how: str, which: int, chance: random.Random) -> None:
    """Do something to one of the files of the cache, as a disk, a person or another program might."""
    files = sorted(file for file in (place / "layers").iterdir() if file.name != "CACHEDIR.TAG")
    if not files:
        return
    file, other = files[which % len(files)], files[(which * 7 + 1) % len(files)]
    data = file.read_bytes() if file.is_file() else b"?"
    if how == "swap" and other != file and other.is_file() and file.is_file():
        other_data = other.read_bytes()
        file.write_bytes(other_data)
        other.write_bytes(data)
        return
    if file.is_dir() and not file.is_symlink():
        file.rmdir()
    elif how in {"remove", "link", "folder"}:
        file.unlink()
    if how == "link":
        file.symlink_to(other)
    elif how == "folder":
        file.mkdir()
    elif how == "flip" and data:
        at = chance.randrange(len(data))
        file.write_bytes(data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :])
    elif how in {"cut", "grow", "empty", "foreign"}:
        after = {"cut": data[: len(data) // 2], "grow": data + b"x", "empty": b"", "foreign": b'{"key": "x"}'}
        file.write_bytes(after[how])


@given(
    form=st.sampled_from(FORMS),
    moved=st.booleans(),
    steps=st.lists(st.tuples(st.sampled_from(DAMAGE), st.integers(0, 30)), max_size=6),
    seed=st.integers(0, 9),
)
@examples(60)
def test_the_bytes_never_depend_on_the_state_of_the_cache(
    tmp_path_factory: pytest.TempPathFactory,
    root: Path,
    form: tuple[str, str],
    moved: bool,  # noqa: FBT001  hypothesis chooses it
    steps: list[tuple[str, int]],
    seed: int,
) -> None:
    place = tmp_path_factory.mktemp("state")
    contents = DiskContents(root)
    write_image(ImageToWrite(PLAN, spec(form), contents), place / "first", cache=cache(place / "c"))
    for how, which in steps:
        damage(place / "c", how, which, random.Random(seed))
    wanted = MOVED if moved else PLAN
    write_image(ImageToWrite(wanted, spec(form), contents), place / "plain")
    notes: list[str] = []
    written = write_image(
        ImageToWrite(wanted, spec(form), contents), place / "again", cache=cache(place / "c", notes)
    )
    assert tree(place / "again") == tree(place / "plain")
    assert len(notes) <= 2
    assert written.cache is not None
    assert written.cache.hits + written.cache.misses == 5


def key(contents: Any, *paths: StorePath, stamp: Stamp = Stamp(), method: str = "gzip") -> str | None:  # noqa: B008
    return layer_key(TarLayer.of_paths(paths, contents, stamp), compression(method))


def test_everything_that_changes_the_bytes_changes_the_key(root: Path, tmp_path: Path) -> None:
    contents = DiskContents(root)
    stamp = Stamp()
    keys = [
        key(contents, PATHS[0], PATHS[1]),
        key(contents, PATHS[1], PATHS[0]),
        key(contents, PATHS[0]),
        *(
            key(contents, PATHS[0], PATHS[1], stamp=other)
            for other in (
                replace(stamp, mtime=2),
                replace(stamp, uid=1),
                replace(stamp, gid=1),
                replace(stamp, uname="u"),
                replace(stamp, gname="g"),
            )
        ),
        *(key(contents, PATHS[0], PATHS[1], method=method) for method in ("none", "zstd", "zstd:4")),
    ]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert key(DiskContents(root), PATHS[0], PATHS[1]) == keys[0]


@pytest.mark.parametrize("known", ["nix", ""])
def test_a_store_path_with_other_files_is_another_one(tmp_path: Path, known: str) -> None:
    """Two machines may have different files under the same path, and only Nix or the disk knows."""
    keys = []
    for name, data in (("one", b"built here"), ("two", b"built over")):
        folder = tmp_path / name / PATHS[0][1:]
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(data)
        os.utime(folder / "file", (1, 1))
        hashes = {PATHS[0]: f"sha256:{name}"} if known else {}
        keys.append(key(DiskContents(tmp_path / name, hashes), PATHS[0]))
    assert None not in keys
    assert keys[0] != keys[1]


def test_what_nix_says_counts_on_every_machine(tmp_path: Path) -> None:
    keys = []
    for name in ("one", "two"):
        folder = tmp_path / name / PATHS[0][1:]
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"the same")
        os.utime(folder / "file", (1, 1))
        keys.append(key(DiskContents(tmp_path / name, {PATHS[0]: "sha256:same"}), PATHS[0]))
    assert keys[0] == keys[1]
    (tmp_path / "two" / PATHS[0][1:] / "file").write_bytes(b"touched!")  # and no longer as Nix left it
    assert key(DiskContents(tmp_path / "two", {PATHS[0]: "sha256:same"}), PATHS[0]) != keys[0]


def test_a_file_that_changes_is_noticed_though_its_size_and_time_stay(tmp_path: Path) -> None:
    file = tmp_path / PATHS[0][1:]
    file.parent.mkdir(parents=True)
    file.write_bytes(b"before")
    os.utime(file, (1, 1))
    contents = DiskContents(tmp_path)
    before = key(contents, PATHS[0])
    written = file.stat().st_ctime_ns

    def written_later() -> bool:
        file.write_bytes(b"behind")
        os.utime(file, (1, 1))
        return file.stat().st_ctime_ns != written

    until(written_later)  # by the clock of the disk
    assert key(contents, PATHS[0]) != before


def test_a_file_that_has_just_changed_is_not_certain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_LATELY", 2 * 10**9)
    file = tmp_path / PATHS[0][1:]
    file.parent.mkdir(parents=True)
    file.write_bytes(b"data")
    assert key(DiskContents(tmp_path), PATHS[0]) is None
    os.utime(file, (1, 1))
    assert key(DiskContents(tmp_path, {PATHS[0]: "sha256:x"}), PATHS[0]) is not None
    written = write_image(
        ImageToWrite(plan([0]), spec(FORMS[0]), DiskContents(tmp_path)),
        tmp_path / "x",
        cache=cache(tmp_path / "c"),
    )
    assert written.cache == CacheUse(0, 1, 0)
    assert not list((tmp_path / "c/layers").glob("*.json"))


def test_links_at_the_root_are_kept_too(root: Path, tmp_path: Path) -> None:
    contents = DiskContents(root)
    made = []
    for name in ("cold", "warm"):
        links = Customisation((TopLayer(Tree.links(PATHS[:2], contents), "links"),))
        whole = LayerPlan(PlanRequest(), (*PLAN.layers, *links.layers))
        made.append(
            write_image(
                ImageToWrite(whole, spec(FORMS[0]), contents, customisation=links),
                tmp_path / name,
                cache=cache(tmp_path / "c"),
            )
        )
    assert made[1].cache is not None
    assert made[1].cache.hits == 6
    assert tree(tmp_path / "cold") == tree(tmp_path / "warm")


@pytest.mark.parametrize("form", [("hybrid", "gzip"), ("oci", "zstd")])
def test_what_is_cancelled_leaves_nothing_unfinished(
    root: Path, tmp_path: Path, form: tuple[str, str]
) -> None:
    class Stopped(NullProgress):
        done = 0

        def advance(self, amount: int, part: int | None = None) -> None:
            self.done += amount

        def cancelled(self) -> bool:
            return self.done > 1_000_000

    with pytest.raises(Cancelled):
        write_image(
            ImageToWrite(PLAN, spec(form), DiskContents(root)),
            tmp_path / "x",
            cache=cache(tmp_path / "c"),
            progress=Stopped(),
        )
    assert not list((tmp_path / "c/layers").glob("*.part"))
    assert [file.name for file in tmp_path.iterdir()] == ["c"]
    contents = DiskContents(root)
    write_image(ImageToWrite(PLAN, spec(form), contents), tmp_path / "again", cache=cache(tmp_path / "c"))
    write_image(ImageToWrite(PLAN, spec(form), contents), tmp_path / "plain")
    assert tree(tmp_path / "again") == tree(tmp_path / "plain")


def test_a_wrong_digest_of_a_plain_layer_is_noticed_while_it_is_streamed(root: Path, tmp_path: Path) -> None:
    """Files that were swapped behind the back of the disk are an error once, and then made anew."""
    contents = DiskContents(root)
    write_image(
        ImageToWrite(PLAN, spec(("hybrid", "none")), contents), io.BytesIO(), cache=cache(tmp_path / "c")
    )
    layers = tmp_path / "c/layers"
    known = [(file, cache(tmp_path / "c").known(file.stem)) for file in layers.glob("*.json")]
    for file, facts_ in known:
        assert facts_ is not None
        file.write_bytes(replace(facts_, diff_id=f"sha256:{'1' * 64}").data(file.stem))
    for _ in range(5):
        with pytest.raises(UnreadablePathError, match="not those that were hashed before"):
            write_image(
                ImageToWrite(PLAN, spec(("hybrid", "none")), contents),
                io.BytesIO(),
                cache=cache(tmp_path / "c"),
            )
    out = io.BytesIO()
    write_image(ImageToWrite(PLAN, spec(("hybrid", "none")), contents), out, cache=cache(tmp_path / "c"))
    write_image(ImageToWrite(PLAN, spec(("hybrid", "none")), contents), tmp_path / "file")
    assert out.getvalue() == (tmp_path / "file").read_bytes()


def test_a_forecast_knows_what_the_cache_has(root: Path, tmp_path: Path) -> None:
    form, measured = spec(("hybrid", "gzip")), Measured()

    def foreseen(plan: LayerPlan) -> Forecast:
        image = ImageToWrite(plan, form, DiskContents(root))
        survey = Survey(image, measured, cache=cache(tmp_path / "c"))
        return survey.forecast(form, NullProgress())

    before = foreseen(PLAN)
    assert (before.exact, before.cached) == (False, 0)
    written = write_image(
        ImageToWrite(PLAN, form, DiskContents(root)), tmp_path / "x", cache=cache(tmp_path / "c")
    )
    after = foreseen(PLAN)
    assert (after.exact, after.cached, after.size) == (True, 5, written.bytes_written)
    assert after.seconds < before.seconds
    assert after.layers == before.layers
    assert (foreseen(MOVED).exact, foreseen(MOVED).cached) == (False, 3)
    for file in (tmp_path / "c/layers").glob("*.blob"):
        file.unlink()
    assert (foreseen(PLAN).exact, foreseen(PLAN).cached) == (True, 0)


def test_what_is_copied_says_nothing_about_how_fast_layers_are_made(root: Path, tmp_path: Path) -> None:
    form, measured, contents = spec(("hybrid", "gzip")), Measured(), DiskContents(root)
    cold = write_image(ImageToWrite(PLAN, form, contents), tmp_path / "x", cache=cache(tmp_path / "c"))
    measured.note(PLAN, form, cold)
    rate = measured.rate("gzip")
    assert rate is not None
    warm = write_image(ImageToWrite(PLAN, form, contents), tmp_path / "x", cache=cache(tmp_path / "c"))
    measured.note(PLAN, form, warm)
    assert measured.rate("gzip") == rate


def test_no_more_files_are_open_afterwards(root: Path, tmp_path: Path) -> None:
    opened = Path("/proc/self/fd")
    if not opened.exists():
        pytest.skip("there is no /proc")

    def ours() -> list[str]:  # what other tests left to the collector may go at any moment
        names = (str(one.readlink()) for one in opened.iterdir() if one.is_symlink())
        return sorted(name for name in names if name.startswith((str(root), str(tmp_path))))

    kept = cache(tmp_path / "c")
    write_image(ImageToWrite(PLAN, spec(FORMS[0]), DiskContents(root)), tmp_path / "x", cache=kept)
    before = ours()
    for _ in range(3):
        write_image(ImageToWrite(PLAN, spec(FORMS[0]), DiskContents(root)), tmp_path / "x", cache=kept)
    assert ours() == before
