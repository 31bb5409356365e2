from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from nixdive import unpack
from nixdive.documents.verify import verify_document
from nixdive.errors import MalformedImageError
from nixdive.image.base import BaseImage
from nixdive.image.spec import ImageSpec
from nixdive.image.verify import verify
from nixdive.image.write import write_image

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.contents.disk import DiskContents
    from nixdive.layering.plan import LayerPlan


def _data(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


@pytest.fixture
def members(plan: LayerPlan, contents: DiskContents, tmp_path: Path) -> Any:
    def made(packing: str = "gzip", image_format: str = "hybrid") -> Any:
        target = tmp_path / "image"
        write_image(
            plan, ImageSpec("app:1", image_format=image_format, compression=packing), contents, target
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
    assert verify_document(check(bad))["ok"] is False


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


def test_a_bomb_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zstandard

    monkeypatch.setattr(unpack, "_MOST_RATIO", 100)
    (tmp_path / "bomb").write_bytes(zstandard.ZstdCompressor().compress(bytes(1 << 26)))
    with pytest.raises(MalformedImageError, match="more than 100 times"):
        verify(tmp_path / "bomb")
