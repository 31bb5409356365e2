"""What an image says of itself and nobody here understands is there when it is written again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.errors import ImageError
from nixdive.image.base import BaseImage
from nixdive.image.job import ImageJob
from nixdive.image.oci.media import kept_type
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.readers.found import read_image
from nixdive.image.stored.verify import verify
from nixdive.image.to_write import ImageToWrite
from nixdive.layering.plan import LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.opening.open import open_subject
from tests.opening.images import PACK, config_of, digest, layer, store_layer, store_name
from tests.opening.opened import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OCI = "application/vnd.oci.image"
ROOT = layer({"etc": None, "etc/passwd": b"root\n"})
APP = store_layer((store_name("a", "app-1"), {"x": b"1"}))
SOURCE = {"org.opencontainers.image.source": "https://git.example/x"}
TOC = {"containerd.io/snapshot/stargz/toc.digest": f"sha256:{'1' * 64}"}
CHUNKED = {
    "io.github.containers.zstd-chunked.manifest-checksum": f"sha256:{'2' * 64}",
    "io.github.containers.zstd-chunked.manifest-position": "173954:20461:103223:1",
}
CONFIG: dict[str, Any] = {
    "author": "Team",
    "docker_version": "28.5",
    "container_config": {"Cmd": ["/bin/x"]},
    "vendor.example": [1, {"a": None}],
    "created": "2026-01-31T00:00:00Z",
}


def image(
    folder: Path,
    layers: Sequence[bytes],
    packing: str = "gzip",
    *,
    notes: Mapping[str, str] | None = None,
    said: Mapping[str, Any] | None = None,
) -> Path:
    """Write a layout whose image says a lot of itself, and of each layer what is given."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media: str, **more: Any) -> dict[str, Any]:
        (blobs / digest(data)[7:]).write_bytes(data)
        return {"mediaType": f"{OCI}.{media}", "digest": digest(data), "size": len(data), **more}

    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{OCI}.manifest.v1+json",
        "config": put(
            json.dumps(config_of(layers) | CONFIG).encode(), "config.v1+json", annotations={"c": "1"}
        ),
        "layers": [
            put(PACK[packing](one), f"layer.v1.tar+{packing}", annotations=dict(notes or {}))
            for one in layers
        ],
        "annotations": SOURCE,
        **(said or {}),
    }
    entry = put(json.dumps(manifest).encode(), "manifest.v1+json", annotations={"own": "e", OCI: "x"})
    index = {"schemaVersion": 2, "manifests": [entry], "annotations": {"team": "shop"}}
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def documents(folder: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return index, manifest and config of the only image of a layout."""
    index = json.loads((folder / "index.json").read_text())
    (entry,) = index["manifests"]
    manifest = json.loads((folder / "blobs/sha256" / entry["digest"][7:]).read_text())
    config = json.loads((folder / "blobs/sha256" / manifest["config"]["digest"][7:]).read_text())
    return index, manifest, config


@pytest.mark.parametrize(("packing", "notes"), [("gzip", TOC), ("zstd", CHUNKED)])
def test_all_is_there_again(tmp_path: Path, packing: str, notes: dict[str, str]) -> None:
    source = image(tmp_path / "x", [ROOT, APP], packing, notes=notes)
    before = documents(source)
    written(open_subject([str(source)]), tmp_path / "y", "keep", image_format="oci")
    index, manifest, config = documents(tmp_path / "y")
    assert verify(tmp_path / "y") == ()
    assert index["annotations"] == {"team": "shop"}
    names = {"io.containerd.image.name", "org.opencontainers.image.ref.name"}
    assert index["manifests"][0]["annotations"].keys() == names | {"own", OCI}
    assert manifest["annotations"] == SOURCE
    assert manifest["config"]["annotations"] == {"c": "1"}
    assert manifest["layers"] == before[1]["layers"]
    assert {key: config[key] for key in CONFIG} == CONFIG


def test_what_is_said_of_a_blob_goes_with_the_blob(tmp_path: Path) -> None:
    source = image(tmp_path / "x", [ROOT, APP], notes=TOC)
    written(open_subject([str(source)]), tmp_path / "y", "keep", image_format="oci", compression="zstd")
    root, app = documents(tmp_path / "y")[1]["layers"]
    assert root["annotations"] == TOC, "files that are no store paths stay as they are stored"
    assert "annotations" not in app, "it is another blob"
    assert app["mediaType"] == f"{OCI}.layer.v1.tar+zstd"


@pytest.mark.parametrize("image_format", ["hybrid", "oci-archive"])
def test_archives_have_it_too(tmp_path: Path, image_format: str) -> None:
    source = image(tmp_path / "x", [ROOT, APP], notes=TOC)
    made = written(open_subject([str(source)]), tmp_path / "y.tar", "keep", image_format=image_format)
    assert made.notes == ()
    stored = read_image(tmp_path / "y.tar")
    assert stored.said.manifest == {"annotations": SOURCE}
    assert stored.said.index == {"annotations": {"team": "shop"}}
    assert [one.said for one in stored.layers] == [{"annotations": TOC}] * 2
    assert stored.config["author"] == "Team"


def test_a_docker_archive_has_no_place_for_it_and_that_is_said(tmp_path: Path) -> None:
    source = image(tmp_path / "x", [ROOT, APP], notes=TOC)
    made = written(open_subject([str(source)]), tmp_path / "y.tar", "keep", image_format="docker-archive")
    assert made.notes == ("annotations of the image are lost: a docker-archive has no place for them",)
    assert read_image(tmp_path / "y.tar").config["author"] == "Team"


def test_a_base_image_brings_what_is_said_of_its_layers_and_no_more(tmp_path: Path) -> None:
    base = BaseImage.open(image(tmp_path / "x", [ROOT], notes=TOC))
    job = ImageJob(
        ImageToWrite(LayerPlan(PlanRequest(), base.layers), ImageSpec("shop:1"), DiskContents("/"), base)
    )
    assert job._described.said.manifest == {}
    assert "author" not in job._described.document(())
    assert [one.said for one in job._found.values()] == [{"annotations": TOC}]


def test_a_layer_that_may_not_be_pushed_stays_one() -> None:
    kept = f"{OCI}.layer.nondistributable.v1.tar+gzip"
    assert kept_type(kept, "gzip") == kept
    assert kept_type(kept, "zstd") == f"{OCI}.layer.v1.tar+zstd"
    assert (
        kept_type("application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip") == f"{OCI}.layer.v1.tar+gzip"
    )
    assert kept_type(None, "none") == f"{OCI}.layer.v1.tar"


def test_annotations_that_engines_refuse_are_told(tmp_path: Path) -> None:
    subject = open_subject([str(image(tmp_path / "x", [ROOT], said={"annotations": {"a": 1}}))])
    with pytest.raises(ImageError, match="manifest: annotations is not an object of strings: podman"):
        written(subject, tmp_path / "y", "keep")
