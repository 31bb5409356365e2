"""The document of every archive at hand, against figures that are worked out here in another way."""

from __future__ import annotations

import gzip
import io
import json
import posixpath
import tarfile
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from nixdive.documents.inspect import dive_document, inspect_document
from nixdive.errors import MalformedImageError
from nixdive.image.readers.choice import Wanted
from tests.image.made import archive, inspected, layer

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = (
    "containers-image-almostempty.tar",
    "dive-test-docker-image.tar",
    "dive-test-oci-gzip-image.tar",
    "dive-test-oci-zstd-image.tar",
    "dive-test-oci-estargz-image.tar",
    "ggcr-hello-world-v25.tar",
    "ggcr-overwritten_file.tar",
    "ggcr-source_image_with_empty_layer_history.tar",
    "ggcr-test_bundle.tar",
    "ggcr-test_image_1.tar",
    "ggcr-test_link.tar",
    "ggcr-test_load_manifest.tar",
    "ggcr-whiteout_image.tar",
    "made-alpine-310-oci-gzip.tar",
    "made-alpine-310-oci-zstd.tar",
    "skopeo-docker-two-images.tar.xz",
    "stereoscope-valid-oci.tar",
    "trivy-alpine-310.tar.gz",
    "ggcr-test_index-oci-dir",
    "regclient-testrepo-oci-dir",
    "stereoscope-multiplatform-oci-dir",
)
NO_IMAGES = (
    "claircore-bad_name.tar",
    "claircore-whiteout_opaque.layer.tar",
    "dive-readme-only-not-an-image.tar",
    "ggcr-no_manifest.tar",
    "ggcr-null_manifest.tar",
    "regclient-layer-wh.tar",
    "trivy-bad-index-json-oci-dir",
)


def held(path: Path) -> dict[str, bytes]:
    """All files of an archive or a layout."""
    if path.is_dir():
        return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    with tarfile.open(path) as tar:
        read = {info.name: tar.extractfile(info) for info in tar if info.isreg()}
        return {name.removeprefix("./"): file.read() for name, file in read.items() if file is not None}


def plain(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def blobs_of(files: dict[str, bytes], config_digest: str) -> list[bytes]:
    """The layers as they are stored of the image with this config."""
    for data in files.values():
        manifest = json.loads(data) if data[:1] == b"{" else {}
        if isinstance(manifest, dict) and (manifest.get("config") or {}).get("digest") == config_digest:
            return [files[f"blobs/sha256/{one['digest'][7:]}"] for one in manifest["layers"]]
    for entry in json.loads(files["manifest.json"]):
        if f"sha256:{sha256(files[entry['Config']]).hexdigest()}" == config_digest:
            return [files[name] for name in entry["Layers"]]
    raise AssertionError(config_digest)


def infos(data: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = list(tar)
    for info in members:
        info.name, info.linkname = posixpath.normpath(info.name), posixpath.normpath(info.linkname)
    return members


def dives(layers: list[list[tarfile.TarInfo]]) -> tuple[float, int, dict[str, tuple[int, int]]]:
    """dive's figures by path, without trees; only for layers that list their directories."""
    copies: defaultdict[str, list[int]] = defaultdict(list)
    lower: dict[str, tarfile.TarInfo] = {}
    for members in layers:
        names = {info.name.strip("/") for info in members}
        inner = {"/".join(name.split("/")[:depth]) for name in names for depth in range(name.count("/") + 1)}
        gone = set()
        for info in members:
            name = info.name.strip("/")
            folder, _, base = name.rpartition("/")
            if base.startswith(".wh."):
                name = f"{folder}/{base[4:]}".strip("/")
                below = [one for one in lower if f"{one}/".startswith(f"{name}/")]
                copies[name].append(sum(lower[one].size for one in below) if lower[name].isdir() else 0)
                gone |= set(below)
            elif name not in inner and name not in {"", "."}:
                copies[name].append(0 if info.islnk() else info.size)
        for name in gone:
            del lower[name]
        lower |= {info.name.strip("/"): info for info in members if "/.wh." not in f"/{info.name}"}
    total = sum(map(sum, copies.values()))
    wasted = {f"/{name}": (len(sizes), sum(sizes)) for name, sizes in copies.items() if len(sizes) > 1}
    score = sum(map(min, copies.values())) / total if total else 1.0
    return score, sum(size for _, size in wasted.values()), wasted


def seen(layers: list[list[tarfile.TarInfo]]) -> int:
    """Bytes of files that are there in the end, hard links to a file once."""
    now: dict[str, tuple[int, str]] = {}
    sizes: dict[tuple[int, str], int] = {}
    for number, members in enumerate(layers):
        for info in members:
            folder, _, base = f"/{info.name}".rpartition("/")
            if base.startswith(".wh."):
                lost = f"{folder}/{base[4:]}"
                now = {name: file for name, file in now.items() if not f"{name}/".startswith(f"{lost}/")}
        for info in members:
            key = (number, info.linkname if info.islnk() else info.name)
            if info.isreg():
                sizes[key] = info.size
            if info.isreg() or info.islnk():
                now[f"/{info.name}"] = key
            else:
                now.pop(f"/{info.name}", None)
    return sum(sizes[key] for key in set(now.values()))


OF_SEVERAL = {
    "ggcr-test_bundle.tar": "test_image_1",
    "ggcr-test_link.tar": "test_image_1",
    "skopeo-docker-two-images.tar.xz": "example.com/empty:latest",
    "regclient-testrepo-oci-dir": "v2",
}


@pytest.mark.parametrize("name", IMAGES)
def test_figures_of_real_images(shared: Path, name: str) -> None:
    path = shared / "data/archives" / name
    document = inspect_document(inspected(path, wanted=Wanted(OF_SEVERAL.get(name))))
    assert json.loads(json.dumps(document)) == document
    blobs = blobs_of(held(path), document["image"]["config_digest"])
    tars = [plain(blob) for blob in blobs]
    layers = [infos(tar) for tar in tars]
    assert document["image"]["layers"] == len(blobs) == len(document["layers"])
    assert document["image"]["size"] == sum(map(len, blobs))
    for number, (told, blob, tar, members) in enumerate(
        zip(document["layers"], blobs, tars, layers, strict=True)
    ):
        assert told["index"] == number
        assert told["digest"] == f"sha256:{sha256(blob).hexdigest()}"
        assert told["diff_id"] == f"sha256:{sha256(tar).hexdigest()}"
        assert (told["size"], told["uncompressed_size"]) == (len(blob), len(tar))
        away = [info for info in members if "/.wh." in f"/{info.name}"]
        assert told["files"] == len([info for info in members if not info.isdir()]) - len(away)
        assert told["media_type"].endswith({b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}.get(blob[:2], "tar"))
    score, wasted, by_path = dives(layers)
    told = document["efficiency"]
    assert told["score"] == pytest.approx(score, abs=1e-15)
    assert told["wasted_bytes"] == wasted
    user = sum(info.size for members in layers[1:] for info in members if info.isreg())
    assert told["user_wasted_percent"] == (wasted / user if user else None if wasted else 0.0)
    assert {file["path"]: (file["count"], file["bytes"]) for file in document["inefficient_files"]} == by_path
    shipped = sum(info.size for members in layers for info in members if info.isreg())
    assert told["reclaimable_bytes"] == shipped - seen(layers)
    assert sum(file["bytes"] for file in document["hidden_files"]) == told["reclaimable_bytes"]


@pytest.mark.parametrize("name", NO_IMAGES)
def test_what_is_no_image_is_refused(shared: Path, name: str) -> None:
    path = shared / "data/archives" / name
    with pytest.raises(MalformedImageError) as caught:
        inspected(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_all_archives_are_named_here(shared: Path) -> None:
    there = {path.name for path in (shared / "data/archives").iterdir()} - {"README.md"}
    assert there == {*IMAGES, *NO_IMAGES}


@pytest.fixture
def found(tmp_path: Path) -> Any:
    path = f"nix/store/{'a' * 32}-glibc-2.39"
    layers = [
        layer("nix/", "nix/store/", f"{path}/", f"{path}/lib=1234", "nix/store/.links/x=1"),
        layer("d/x=1", "s->d/x", "h=>d/x", "caf\udce9=2"),
    ]
    history = [
        {"created_by": "/bin/sh -c #(nop) x", "empty_layer": True},
        {"comment": "store paths: one"},
    ]
    return inspected(archive(tmp_path / "image", layers, pack=gzip.compress, history=history))


def test_store_paths_and_commands(found: Any) -> None:
    first, second = inspect_document(found)["layers"]
    assert first["paths"] == [f"/nix/store/{'a' * 32}-glibc-2.39"]
    assert (first["command"], second["command"]) == ("store paths: one", "")
    assert second["paths"] == []
    assert [layer.created_by for layer in found.layers] == ["", None]
    assert first["digest"] != first["diff_id"]


def test_a_share_of_nothing_is_no_number_in_json(tmp_path: Path) -> None:
    for layers, share in (([layer("a=1")], 0.0), ([layer("a=1"), layer(".wh.a=")], None)):
        document = inspect_document(inspected(archive(tmp_path / "image", layers)))
        assert document["efficiency"]["user_wasted_percent"] == share


def test_dives_document_has_dives_keys(found: Any) -> None:
    document = dive_document(found)
    assert list(document) == ["layer", "image"]
    assert list(document["image"]) == ["sizeBytes", "inefficientBytes", "efficiencyScore", "fileReference"]
    first, second = document["layer"]
    assert list(first) == ["index", "id", "digestId", "sizeBytes", "command", "fileList"]
    assert (first["id"], first["command"], second["command"]) == ("0", "", "(missing)")
    assert [one["path"] for one in first["fileList"]] == [
        "nix/store/.links/x",
        "",
        f"nix/store/{'a' * 32}-glibc-2.39/lib",
        f"nix/store/{'a' * 32}-glibc-2.39",
        "nix/store",
        "nix",
    ]
    by_path = {one["path"]: one for one in second["fileList"]}
    assert by_path["d/x"] == {
        "path": "d/x",
        "typeFlag": 48,
        "linkName": "",
        "size": 1,
        "fileMode": 0o644,
        "uid": 0,
        "gid": 0,
        "isDir": False,
    }
    assert (by_path["h"]["typeFlag"], by_path["h"]["linkName"], by_path["h"]["size"]) == (49, "d/x", 0)
    assert by_path["s"]["fileMode"] == 1 << 27 | 0o644
    assert first["fileList"][-1]["fileMode"] == 1 << 31 | 0o755
    assert json.loads(json.dumps(document)) == document
