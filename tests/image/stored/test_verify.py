from __future__ import annotations

import gzip
import io
import json
import random
import re
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.documents.verify import verify_document
from nixdive.errors import Cancelled, MalformedImageError
from nixdive.image.base import BaseImage
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.readers.archive import files_of
from nixdive.image.readers.choice import ANY, Wanted
from nixdive.image.readers.found import read_image
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.stored.verify import ABSENT, ARTIFACT, NOT_ASKED, Verified, verify, verify_files
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from nixdive.store.path import StorePath
from tests.image.layouts import AMD64, ARM64, NAME, Layout
from tests.image.made import archive, layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _data(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


@pytest.fixture
def members(plan: LayerPlan, contents: DiskContents, tmp_path: Path) -> Any:
    def made(packing: str = "gzip", image_format: str = "hybrid") -> Any:
        target = tmp_path / "image"
        write_image(
            ImageToWrite(plan, ImageSpec("app:1", image_format=image_format, compression=packing), contents),
            target,
        )
        with tarfile.open(target) as tar:
            return {member.name: _data(tar, member) for member in tar}

    return made


@pytest.fixture
def check(tmp_path: Path) -> Any:
    def checked(members: Any) -> Any:
        with tarfile.open(tmp_path / "changed", "w") as tar:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return verify(tmp_path / "changed")

    return checked


def _layers(members: Any) -> Any:
    return json.loads(members["manifest.json"])[0]["Layers"]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("image_format", ["hybrid", "docker-archive", "oci-archive"])
def test_any_changed_byte_is_found(members: Any, check: Any, compression: str, image_format: str) -> None:
    good = members(compression, image_format)
    assert check(good) == ()
    for name, data in good.items():
        if name in {"oci-layout", "index.json", "manifest.json"}:
            continue
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        assert check(good | {name: changed}), name


def test_all_problems_are_told(members: Any, check: Any) -> None:
    good = members()
    bad = {**good, **dict.fromkeys(_layers(good)[:2], b"\x1f\x8b nothing")}
    assert len({problem.where for problem in check(bad)}) == 2
    assert verify_document(Verified(1, check(bad), ()))["ok"] is False


def test_a_missing_blob_is_told(members: Any, check: Any) -> None:
    good = members()
    gone = _layers(good)[1]
    del good[gone]
    assert any("missing" in problem.what for problem in check(good))


def test_two_manifests_that_disagree_are_told(members: Any, check: Any) -> None:
    good = members()
    manifest = json.loads(good["manifest.json"])
    manifest[0]["Layers"].reverse()
    good["manifest.json"] = json.dumps(manifest).encode()
    assert any("not the one of index.json" in problem.what for problem in check(good))


@pytest.mark.parametrize("data", [b"", b"no tar" * 300, b"\x1f\x8b broken", b"\0" * 10_240])
def test_what_is_no_image_is_an_error(tmp_path: Path, data: Any) -> None:
    (tmp_path / "file").write_bytes(data)
    for reader in (verify, BaseImage.open):
        with pytest.raises(MalformedImageError):
            reader(tmp_path / "file")


FORMS = [
    (image_format, packing)
    for image_format in ("hybrid", "docker-archive", "oci-archive")
    for packing in ("none", "gzip", "zstd")
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A small image in each format and packing, and where the headers of its archive stand."""
    folder = tmp_path_factory.mktemp("small")
    store = DiskContents(folder / "root")
    path = StorePath("/nix/store/" + "0" * 32 + "-app")
    (folder / "root" / path[1:] / "bin").mkdir(parents=True)
    (folder / "root" / path[1:] / "bin/app").write_bytes(b"program" * 100)
    plan = LayerPlan(PlanRequest(), (Layer(LayerKind.STORE, (path,), 1, "test"),))

    def made(image_format: str, packing: str) -> tuple[bytes, list[int], int]:
        target = folder / f"{image_format}-{packing}"
        if not target.exists():
            write_image(
                ImageToWrite(plan, ImageSpec("app:1", image_format=image_format, compression=packing), store),
                target,
            )
        data = target.read_bytes()
        with tarfile.open(target) as tar:
            members = list(tar)
        last = members[-1].offset_data + members[-1].size
        return data, [member.offset for member in members], last + -last % 512

    return made


def said(place: Path, data: bytes) -> bool:
    """Whether verify has something to say about an archive."""
    place.write_bytes(data)
    try:
        return bool(verify(place))
    except MalformedImageError:
        return True


@pytest.mark.parametrize(("image_format", "packing"), FORMS)
def test_every_changed_header_is_found(small: Any, tmp_path: Path, image_format: str, packing: str) -> None:
    data, headers, end = small(image_format, packing)
    assert not said(tmp_path / "x", data)
    random_ = random.Random(image_format + packing)
    for start in [*headers, end, end + 512]:
        # of the checksum a leading zero may be a space, and what stands behind it either a space or a NUL
        places = [at for at in range(start, start + 512) if not start + 148 <= at < start + 156]
        for at in random_.sample(places, 12):
            changed = bytearray(data)
            changed[at] ^= random_.randrange(1, 256)
            assert said(tmp_path / "x", bytes(changed)), at - start


@pytest.mark.parametrize(("image_format", "packing"), FORMS)
def test_every_cut_is_found(small: Any, tmp_path: Path, image_format: str, packing: str) -> None:
    """But for one at a block behind the two that mark the end: that is a whole tar, only shorter."""
    data, headers, end = small(image_format, packing)
    random_ = random.Random(image_format + packing)
    cuts = {*headers, end, end + 1, end + 512, end + 1023, end + 1025, len(data) - 1}
    for size in sorted(cuts | set(random_.sample(range(len(data)), 40))):
        whole = size >= end + 1024 and size % 512 == 0
        assert said(tmp_path / "x", data[:size]) is not whole, size


def test_what_follows_the_end_is_found(small: Any, tmp_path: Path) -> None:
    data, _, end = small("hybrid", "none")
    for more in (data[:end], data, b"x".ljust(512)):
        (tmp_path / "x").write_bytes(data + more)
        assert verify(tmp_path / "x") == (("x", "its end is followed by something else"),)
    (tmp_path / "x").write_bytes(data + bytes(20480))
    assert verify(tmp_path / "x") == ()


def test_what_is_wrong_with_an_archive_is_told_once_and_the_rest_is_checked(
    small: Any, tmp_path: Path
) -> None:
    data, headers, end = small("hybrid", "gzip")
    (tmp_path / "x").write_bytes(data[: end + 700])
    assert [problem.what for problem in verify(tmp_path / "x")] == [
        "two blocks of zeros should mark its end, and it has one",
        f"its length, {end + 700} bytes, is not a multiple of 512",
    ]
    broken = bytearray(data)
    broken[headers[-1]] ^= 1
    (tmp_path / "x").write_bytes(bytes(broken))
    first, *_ = verify(tmp_path / "x")
    assert first.where == "x"
    assert re.match(rf"at byte {headers[-1]}, behind \S+: the checksum of a header is wrong$", first.what)


@pytest.mark.parametrize("processors", [1, 4])
def test_layers_are_read_once_each_and_told_of_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr("nixdive.image.stored.verify.processors", lambda: processors)
    # the large ones are read first, and take longest
    tars = [layer(f"a{i}={'x' * (i % 5) * 400_000}") for i in range(20)]
    good = archive(tmp_path / "good.tar", tars, pack=gzip.compress)
    read: list[str] = []
    chunks = StoredLayer.chunks

    def noted(self: StoredLayer) -> Iterator[bytes]:
        read.append(self.member)
        return chunks(self)

    monkeypatch.setattr(StoredLayer, "chunks", noted)
    assert verify(good) == ()
    assert sorted(read) == sorted(f"{i}/layer.tar" for i in range(20))
    with tarfile.open(good) as tar:
        held = {member.name: _data(tar, member) for member in tar}
    held |= {f"{i}/layer.tar": gzip.compress(layer(f"b{i}=")) for i in range(20)}
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        for name, data in held.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    assert [one.where for one in verify(tmp_path / "bad.tar")] == [f"{i}/layer.tar" for i in range(20)]


def test_it_can_be_stopped(tmp_path: Path) -> None:
    class Stopping(NullProgress):
        done = 0

        def advance(self, count: int, part: int | None = None) -> None:
            self.done += count

        def cancelled(self) -> bool:
            return self.done > 0

    good = archive(tmp_path / "good.tar", [layer(f"a={'x' * 9_000_000}{i}") for i in range(9)])
    progress = Stopping()
    with pytest.raises(Cancelled):
        verify(good, progress)
    assert progress.done < good.stat().st_size // 2


def test_a_bomb_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zstandard

    monkeypatch.setenv("NIXDIVE_BOUNDS", "ratio=100")
    (tmp_path / "bomb").write_bytes(zstandard.ZstdCompressor().compress(bytes(1 << 26)))
    with pytest.raises(MalformedImageError, match="more than 100 times"):
        verify(tmp_path / "bomb")


def verified(layout: Path, wanted: Wanted = ANY) -> Verified:
    return verify_files(files_of(layout), wanted, NullProgress())


def unchecked(found: Verified) -> list[tuple[str, str, str]]:
    return [(one.name, str(one.platform), one.reason) for one in found.unchecked]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "layout")


def test_attestations_are_listed_and_not_taken_for_broken_images(layout: Layout) -> None:
    app = layout.image(layer("a=1"), platform=AMD64, stated=True)
    beside = layout.attestation(app)
    found = verified(layout.list(layout.index(app, beside, annotations={NAME: "v1"})))
    assert (found.checked, found.problems) == (1, ())
    assert unchecked(found) == [(beside["digest"], "None", ARTIFACT)]
    layout.place(beside).write_bytes(b"{" + layout.place(beside).read_bytes()[1:].replace(b"2", b"3", 1))
    assert [problem.where for problem in verified(layout.path).problems]


def test_blobs_of_artifacts_are_checked(layout: Layout) -> None:
    app = layout.image(layer("a=1"))
    signature = layout.signature(app)
    path = layout.list(app, signature)
    assert (verified(path).checked, verified(path).problems) == (1, ())
    layout.without(signature)
    assert [problem.what for problem in verified(path).problems] == ["it is missing"]


@pytest.mark.parametrize("documents", [False, True])
def test_images_for_other_platforms_may_be_absent(layout: Layout, documents: bool) -> None:  # noqa: FBT001
    here, other = (
        layout.image(layer(f"a={name}"), platform=platform, stated=True)
        for name, platform in (("here", AMD64), ("other", ARM64))
    )
    path = layout.list(layout.index(here, other, annotations={NAME: "v1"}))
    assert verified(path).checked == 2
    layout.without(other, documents=documents)
    found = verified(path)
    assert (found.checked, found.problems) == (1, ())
    assert unchecked(found) == [("v1", "linux/arm64", ABSENT)]
    asked = Wanted(None, Platform("linux", "amd64"))
    assert (verified(path, asked).checked, verified(path, asked).problems) == (1, ())
    assert unchecked(verified(path, asked)) == [("v1", "linux/arm64", NOT_ASKED)]


def test_an_image_of_another_name_may_not_be_absent(layout: Layout) -> None:
    one, two = (
        layout.image(layer(f"a={tag}"), platform=AMD64, stated=True, annotations={NAME: tag})
        for tag in ("v1", "v2")
    )
    path = layout.list(one, two)
    layout.without(two, documents=True)
    assert [problem.what for problem in verified(path).problems] == ["the manifest is missing"]
    assert verified(path, Wanted("v1")).problems == ()


def test_what_is_damaged_is_not_absent(layout: Layout) -> None:
    only = layout.image(layer("a=1"), platform=AMD64, stated=True)
    path = layout.list(only)
    layout.without(only)
    assert [problem.where for problem in verified(path).problems]


def test_what_a_pull_of_one_platform_saves_is_sound(layout: Layout) -> None:
    """Docker keeps the index as it was, and has neither the other platform nor the attestations."""
    here, other = (
        layout.image(layer(f"a={name}"), platform=platform, stated=True)
        for name, platform in (("here", AMD64), ("other", ARM64))
    )
    beside = [layout.attestation(one) for one in (here, other)]
    path = layout.list(layout.index(here, other, *beside, annotations={NAME: "v1"}))
    for one in (other, *beside):
        layout.without(one, documents=True)
    found = verified(path)
    assert (found.checked, found.problems) == (1, ())
    assert unchecked(found) == [
        ("v1", "linux/arm64", ABSENT),
        *((one["digest"], "None", ABSENT) for one in beside),
    ]
    layout.without(here)
    assert verified(path).problems


def test_a_signature_with_the_config_of_an_image_is_not_an_image(layout: Layout) -> None:
    app = layout.image(layer("a=1"), annotations={NAME: "v1"})
    signature = layout.cosign(app)
    path = layout.list(app, signature)
    found = verified(path)
    assert (found.checked, found.problems) == (1, ())
    assert [reason for *_, reason in unchecked(found)] == [ARTIFACT]
    assert read_image(path).name == "v1"
    layout.place(signature).write_bytes(b"{}")
    assert verified(path).problems


def test_where_only_artifacts_are_listed_there_is_no_image(layout: Layout) -> None:
    app = layout.image(layer("a=1"))
    path = layout.list(layout.cosign(app), layout.signature(app), layout.attestation(app))
    for look in (verified, read_image):
        with pytest.raises(MalformedImageError, match="it contains no image, only artifacts: sha256-"):
            look(path)


def test_an_image_in_a_nested_index_has_the_name_of_the_index(layout: Layout) -> None:
    app = layout.image(layer("a=1"), annotations={"org.example.made": "today"})
    inner = layout.index(app, annotations={NAME: "v1"})
    path = layout.list(layout.index(layout.index(inner)))
    assert read_image(path).name == "v1"
    assert read_image(path, Wanted("v1")).said.annotations == {"org.example.made": "today"}


def test_one_of_several_is_checked_and_the_others_are_listed(layout: Layout) -> None:
    good, bad = (layout.image(layer(f"a={tag}"), annotations={NAME: tag}) for tag in ("good", "bad"))
    path = layout.list(good, bad)
    layout.without(bad)
    assert verified(path).problems
    found = verified(path, Wanted("good"))
    assert (found.checked, found.problems, unchecked(found)) == (1, (), [("bad", "None", NOT_ASKED)])
    assert verified(path, Wanted("bad")).problems


def test_a_plain_layer_under_the_only_type_that_docker_has_is_sound(layout: Layout) -> None:
    """As skopeo copies a docker-archive into a directory."""
    tar = layer("a=1")
    app = layout.image(tar)
    manifest = json.loads(layout.place(app).read_bytes())
    manifest["layers"][0]["mediaType"] = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    entry = layout.document(manifest, "application/vnd.docker.distribution.manifest.v2+json")
    assert verified(layout.list(entry)).problems == ()
    manifest["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip"
    entry = layout.document(manifest, "application/vnd.oci.image.manifest.v1+json")
    assert [one.what for one in verified(layout.list(entry)).problems] == [
        "its media type says gzip, but it is none"
    ]


@pytest.mark.parametrize("where", ["behind", "between"])
def test_zeros_at_which_engines_end_are_found(tmp_path: Path, where: str) -> None:
    one, two = gzip.compress(layer("a=1")[:512]), gzip.compress(layer("a=1")[512:])
    packed = one + two + bytes(512) if where == "behind" else one + bytes(512) + two
    image = archive(tmp_path / "x.tar", [layer("a=1")], pack=lambda _: packed)
    (problem,) = verify(image)
    assert problem.what == "its gzip data are followed by zeros, which podman and skopeo refuse"
