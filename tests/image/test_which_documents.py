"""Which documents of a file lead to its image, where those of one kind, or of one platform, do not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import ImageError
from nixdive.image.oci.platform import Platform
from nixdive.image.readers.archive import files_of
from nixdive.image.readers.choice import Wanted
from nixdive.image.readers.found import read_image
from nixdive.image.readers.stored import json_of
from nixdive.image.stored.indexed import index_image
from tests.opening.images import digest, layer, oci_layout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOW, HIGH = layer({"a": b"1"}), layer({"b": b"22"})
AMD64, ARM64, V3 = (
    {"os": "linux", "architecture": name} | more
    for name, more in (("amd64", {}), ("arm64", {}), ("amd64", {"variant": "v3"}))
)


def entries(place: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json_of(files_of(place), "index.json")["manifests"]
    return found


def blob(place: Path, entry: Mapping[str, Any]) -> Path:
    digits: str = entry["digest"].removeprefix("sha256:")
    return place / "blobs/sha256" / digits


def hybrid(place: Path) -> Path:
    """Write a layout of two plain layers with docker's manifest.json beside its index."""
    oci_layout(place, [("1", AMD64, [LOW, HIGH])], "none")
    manifest = json.loads(blob(place, entries(place)[0]).read_text())
    config = manifest["config"]["digest"].removeprefix("sha256:")
    layers = [f"{number}.tar" for number in range(2)]
    for name, data in zip(layers, (LOW, HIGH), strict=True):
        (place / name).write_bytes(data)
    said = [{"Config": f"blobs/sha256/{config}", "RepoTags": ["shop:1"], "Layers": layers}]
    (place / "manifest.json").write_text(json.dumps(said))
    return place


def test_docker_manifest_serves_where_the_index_does_not(tmp_path: Path) -> None:
    place = hybrid(tmp_path / "x")
    assert read_image(place).name == "1"
    (entry,) = entries(place)
    manifest = json.loads(blob(place, entry).read_text())
    text = json.dumps(manifest | {"layers": []}).encode()
    index = {"schemaVersion": 2, "manifests": [entry | {"digest": digest(text), "size": len(text)}]}
    blob(place, {"digest": digest(text)}).write_bytes(text)
    (place / "index.json").write_text(json.dumps(index))
    image = read_image(place)
    assert image.name == "shop:1"
    assert [one.files for one in index_image(image)] == [1, 1]


def test_the_documents_that_lead_to_more_layers_serve(tmp_path: Path) -> None:
    place = hybrid(tmp_path / "x")
    blob(place, {"digest": digest(HIGH)}).unlink()
    assert read_image(place).name == "shop:1"
    (place / "1.tar").unlink()
    image = read_image(place)
    assert image.name == "1"
    assert [bool(one.fault) for one in image.layers] == [False, True]


def test_an_index_of_which_one_platform_is_there(tmp_path: Path) -> None:
    both = [(None, AMD64, [LOW]), (None, ARM64, [HIGH])]
    for gone, left in ((0, ARM64), (1, AMD64)):
        place = oci_layout(tmp_path / str(gone), both)
        absent = entries(place)[gone]
        blob(place, absent).unlink()
        assert read_image(place).config["architecture"] == left["architecture"]
        with pytest.raises(ImageError, match="but does not contain it") as raised:
            read_image(place, Wanted(None, Platform.of(absent["platform"])))
        assert raised.value.hint == f"it contains linux/{left['architecture']}"


def test_a_config_that_is_missing_is_of_another_platform_too(tmp_path: Path) -> None:
    place = oci_layout(tmp_path / "x", [(None, AMD64, [LOW]), (None, ARM64, [HIGH])])
    amd64 = json.loads(blob(place, entries(place)[0]).read_text())
    blob(place, amd64["config"]).unlink()
    assert read_image(place).config["architecture"] == "arm64"


def test_a_better_platform_that_is_not_there_is_no_obstacle(tmp_path: Path) -> None:
    place = oci_layout(tmp_path / "x", [(None, AMD64, [LOW]), (None, V3, [HIGH])])
    blob(place, entries(place)[1]).unlink()
    image = read_image(place, Wanted(None, Platform.of(V3)))
    assert "variant" not in image.config


def test_a_nested_index_that_is_missing_is_passed_over(tmp_path: Path) -> None:
    place = oci_layout(tmp_path / "x", [("1", AMD64, [LOW])])
    nested = {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "digest": "sha256:" + "0" * 64,
        "size": 7,
    }
    index = {"schemaVersion": 2, "manifests": [nested, *entries(place)]}
    (place / "index.json").write_text(json.dumps(index))
    assert read_image(place).name == "1"
