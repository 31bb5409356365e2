from __future__ import annotations

import errno
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.documents.image import image_document
from nixdive.errors import Cancelled, ImageError, UnknownNameError, UnreadablePathError, WriteError
from nixdive.image.base import BaseImage
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.root.customisation import Customisation, TopLayer
from nixdive.image.root.tree import Tree
from nixdive.image.stored.verify import verify
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.image.writers import archive, stream
from nixdive.layering.plan import LayerPlan
from nixdive.layering.planwriter import plan_toml
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from nixdive.contents.disk import DiskContents

FORMATS = ("hybrid", "docker-archive", "oci-archive", "oci")
AMD64 = Platform("linux", "amd64")
COMPRESSIONS = ("none", "gzip", "zstd", "zstd:1")


class Counting(NullProgress):
    def __init__(self, stop_after: int | None = None) -> None:
        self.total: int | None = None
        self.done = 0
        self._stop_after = stop_after

    def start(self, what: str, total: int | None) -> None:
        assert self.done == (self.total or 0), "the phase before is complete"
        self.phases = [*getattr(self, "phases", []), what]
        self.total = total
        self.done = 0

    def advance(self, amount: int, part: int | None = None) -> None:
        self.done += amount

    def cancelled(self) -> bool:
        return self._stop_after is not None and self.done > self._stop_after


def _spec(image_format: str = "hybrid", compression: str = "none", **more: Any) -> Any:
    return ImageSpec("app:1", platform=AMD64, image_format=image_format, compression=compression, **more)


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


def _tree(path: Any) -> Any:
    if path.is_file():
        return path.read_bytes()
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_form_is_sound_and_the_same_for_any_number_of_threads(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, image_format: str, compression: str
) -> None:
    made: list[Any] = []
    for jobs in (1, 3):
        progress = Counting()
        target = tmp_path / f"image{jobs}"
        written = write_image(
            ImageToWrite(plan, _spec(image_format, compression), contents),
            target,
            jobs=jobs,
            progress=progress,
        )
        assert verify(target) == ()
        assert progress.total == progress.done == sum(layer.uncompressed_size for layer in written.layers)
        files = _tree(target)
        assert written.bytes_written == (
            len(files) if isinstance(files, bytes) else sum(map(len, files.values()))
        )
        assert json.dumps(image_document(written))
        made.append((written.layers, written.config_digest, files))
    assert made[0] == made[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image1", "image3", "root"]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("kept", [0, 1 << 26])
def test_a_stream_holds_what_a_file_holds(
    plan: LayerPlan,
    contents: DiskContents,
    tmp_path: Path,
    compression: str,
    kept: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "_KEPT", kept)
    write_image(ImageToWrite(plan, _spec("hybrid", compression), contents), tmp_path / "file")
    out = io.BytesIO()
    progress = Counting()
    written = write_image(ImageToWrite(plan, _spec("hybrid", compression), contents), out, progress=progress)
    assert out.getvalue() == (tmp_path / "file").read_bytes()
    assert (progress.phases, progress.done) == (["hashing", "writing"], progress.total)
    assert written.target == "-"
    assert written.bytes_written == len(out.getvalue())


def test_a_layout_cannot_be_streamed(plan: LayerPlan, contents: DiskContents) -> None:
    with pytest.raises(WriteError, match="directory"):
        write_image(ImageToWrite(plan, _spec("oci"), contents), io.BytesIO())


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_device_that_is_full_is_told(plan: LayerPlan, contents: DiskContents, compression: str) -> None:
    with pytest.raises(WriteError, match="/dev/full: No space left on device") as told:
        write_image(ImageToWrite(plan, _spec("hybrid", compression), contents), Path("/dev/full"))
    assert told.value.hint == "free some space on the disk"


def test_a_device_is_written_to_and_not_replaced(plan: LayerPlan, contents: DiskContents) -> None:
    write_image(ImageToWrite(plan, _spec(), contents), Path("/dev/null"))
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("image_format", ["hybrid", "oci"])
def test_cancelling_leaves_the_target_as_it_was(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, compression: str, image_format: str
) -> None:
    target = tmp_path / "image"
    write_image(ImageToWrite(plan, _spec(image_format), contents), target)
    before = _tree(target)
    with pytest.raises(Cancelled):
        write_image(
            ImageToWrite(plan, _spec(image_format, compression), contents),
            target,
            progress=Counting(stop_after=2_000_000),
        )
    assert _tree(target) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image", "root"]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_full_disk_is_told_and_leaves_nothing(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: Any, offset: int) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(WriteError, match="the disk is full") as told:
        write_image(ImageToWrite(plan, _spec("hybrid", compression), contents), tmp_path / "image")
    assert told.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


def test_too_little_room_is_told_before_a_file_is_read(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.statvfs(tmp_path)
    few = os.statvfs_result([*real[:4], 1, *real[5:10]])
    monkeypatch.setattr(os, "statvfs", lambda path: few)
    with pytest.raises(WriteError, match="MiB are needed and"):
        write_image(ImageToWrite(plan, _spec(), contents), tmp_path / "image")


def test_a_missing_directory_a_directory_and_a_foreign_directory_are_refused(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path
) -> None:
    with pytest.raises(WriteError, match="does not exist"):
        write_image(ImageToWrite(plan, _spec(), contents), tmp_path / "no/image")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/mine").touch()
    with pytest.raises(WriteError, match="it is a directory"):
        write_image(ImageToWrite(plan, _spec(), contents), tmp_path / "folder")
    with pytest.raises(WriteError, match="not an OCI layout"):
        write_image(ImageToWrite(plan, _spec("oci"), contents), tmp_path / "folder")
    assert (tmp_path / "folder/mine").exists()
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="it is a file"):
        write_image(ImageToWrite(plan, _spec("oci"), contents), tmp_path / "file")


def test_a_missing_store_path_is_told(
    plan: LayerPlan, contents: DiskContents, store: Path, tmp_path: Path
) -> None:
    gone = store / plan.layers[1].paths[0][1:]
    gone.rename(store / "elsewhere")
    with pytest.raises(UnreadablePathError, match="1-app"):
        write_image(ImageToWrite(plan, _spec(), contents), tmp_path / "image")


@pytest.mark.parametrize(
    ("compression", "image_format"), [("none", "tar"), ("lzma", "oci"), ("zstd:99", "oci")]
)
def test_unknown_names_are_told(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, compression: str, image_format: str
) -> None:
    with pytest.raises(UnknownNameError):
        write_image(ImageToWrite(plan, _spec(image_format, compression), contents), tmp_path / "image")


def test_a_name_that_no_engine_takes_is_refused(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path
) -> None:
    with pytest.raises(ImageError, match="not a repository"):
        write_image(ImageToWrite(plan, ImageSpec("a b"), contents), tmp_path / "image")


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_layers_equal_to_those_of_the_base_are_stored_once(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, image_format: str, compression: str
) -> None:
    first = tmp_path / "base"
    write_image(
        ImageToWrite(
            plan, _spec(image_format, compression, config={"Env": ["A=1", "B=2"], "Cmd": ["x"]}), contents
        ),
        first,
    )
    base = BaseImage.open(first)
    child = LayerPlan(PlanRequest(), (*base.layers, *plan.layers))
    spec = _spec(image_format, compression, config={"Env": ["C=3", "A=9"]})
    written = write_image(ImageToWrite(child, spec, contents, base=base), tmp_path / "child")
    assert verify(tmp_path / "child") == ()
    assert written.layers[:3] != written.layers[3:]  # paths differ, blobs do not
    assert [layer.digest for layer in written.layers[:3]] == [layer.digest for layer in written.layers[3:]]
    assert written.bytes_written < 1.1 * sum(layer.size for layer in written.layers[:3]) + 40_000
    config = BaseImage.open(tmp_path / "child").stored.config
    assert config["config"] == {"Env": ["A=9", "B=2", "C=3"], "Labels": {"nixdive.plan": plan_toml(child)}}
    assert len(config["history"]) == 6
    assert all(path in config["history"][3]["created_by"] for path in plan.layers[0].paths)


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_layers_that_are_stored_once_are_progress_too(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, compression: str
) -> None:
    write_image(ImageToWrite(plan, _spec("hybrid", compression), contents), tmp_path / "base")
    base = BaseImage.open(tmp_path / "base")
    child = LayerPlan(PlanRequest(), (*base.layers, *plan.layers))
    progress = Counting()
    write_image(
        ImageToWrite(child, _spec("hybrid", compression), contents, base=base),
        io.BytesIO(),
        progress=progress,
    )
    assert progress.done == progress.total


@pytest.mark.parametrize("outer", ["gz", "xz"])
def test_a_base_may_be_compressed_as_a_whole(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path, outer: str
) -> None:
    import gzip
    import lzma

    write_image(ImageToWrite(plan, _spec("docker-archive"), contents), tmp_path / "base")
    pack: Any = {"gz": gzip.compress, "xz": lambda data: lzma.compress(data, preset=0)}[outer]
    (tmp_path / "packed").write_bytes(pack((tmp_path / "base").read_bytes()))
    base = BaseImage.open(tmp_path / "packed")
    customisation = Customisation((TopLayer(Tree.links(plan.layers[1].paths, contents), "links"),))
    child = LayerPlan(PlanRequest(), (*base.layers, *plan.layers[:1], *customisation.layers))
    written = write_image(
        ImageToWrite(child, _spec("hybrid", "zstd"), contents, base=base, customisation=customisation),
        tmp_path / "child",
    )
    assert verify(tmp_path / "child") == ()
    assert [layer.media_type.rpartition(".")[2] for layer in written.layers] == ["tar"] * 3 + ["tar+zstd"] * 2


def test_permissions_follow_the_umask_and_bytes_do_not(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path
) -> None:
    made: list[Any] = []
    for mask in (0o022, 0o077):
        old = os.umask(mask)
        try:
            write_image(ImageToWrite(plan, _spec(), contents), tmp_path / str(mask))
        finally:
            os.umask(old)
        assert stat.S_IMODE((tmp_path / str(mask)).stat().st_mode) == 0o666 & ~mask
        made.append((tmp_path / str(mask)).read_bytes())
    assert made[0] == made[1]


def test_a_link_is_followed_and_stays(plan: LayerPlan, contents: DiskContents, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("image")
    write_image(ImageToWrite(plan, _spec(), contents), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert verify(tmp_path / "image") == ()


def test_names_suit_docker_podman_and_containerd(
    plan: LayerPlan, contents: DiskContents, tmp_path: Path
) -> None:
    write_image(ImageToWrite(plan, _spec(), contents), tmp_path / "image")
    with tarfile.open(tmp_path / "image") as tar:
        manifest = json.loads(_member(tar, "manifest.json"))
        index = json.loads(_member(tar, "index.json"))
    assert manifest[0]["RepoTags"] == ["app:1"]
    assert index["manifests"][0]["annotations"]["io.containerd.image.name"] == "docker.io/library/app:1"


def test_hash_seed_time_zone_and_locale_do_not_matter(
    plan: LayerPlan, contents: DiskContents, store: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[3])\n"
        "from pathlib import Path\nfrom nixdive.contents.disk import DiskContents\n"
        "from nixdive.image.oci.platform import Platform\n"
        "from nixdive.image.oci.spec import ImageSpec\nfrom nixdive.image.to_write import ImageToWrite\n"
        "from nixdive.image.write import write_image\n"
        "from nixdive.layering.plan import *\nfrom nixdive.layering.request import PlanRequest\n"
        "from nixdive.store.path import StorePath\n"
        "layers = tuple(Layer(LayerKind.STORE, (StorePath(p),), 1, 't') for p in sys.argv[4:])\n"
        "plan = LayerPlan(PlanRequest(), layers)\n"
        "spec = ImageSpec('app:1', platform=Platform('linux', 'amd64'), config={'Labels': {'n': 'é'}})\n"
        "write_image(ImageToWrite(plan, spec, DiskContents(sys.argv[1])), Path(sys.argv[2]))\n"
    )
    root = str(archive.__file__).split("/nixdive/image/")[0]
    made: list[Any] = []
    for number, (seed, zone, locale) in enumerate((("1", "UTC", "C.UTF-8"), ("2", "Asia/Tokyo", "C"))):
        target = tmp_path / f"image{number}"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        words = [str(store), str(target), root, *(path for layer in plan.layers for path in layer.paths)]
        subprocess.run([sys.executable, "-c", code, *words], check=True, env=environment)
        made.append(target.read_bytes())
    assert made[0] == made[1]
