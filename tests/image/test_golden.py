"""Layers of nixpkgs' own program, for a small store with every odd case."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.image.base import BaseImage
from nixdive.image.oci.platform import Platform, with_architecture
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.readers.stream_conf import stream_conf
from nixdive.image.root.customisation import Customisation, TopLayer
from nixdive.image.stored.verify import verify
from nixdive.image.tars.tar import TarLayer
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath


@pytest.fixture(scope="module")
def golden(shared: Path) -> Any:
    if shutil.which("nix-store") is None:
        pytest.skip("nix-store is not installed")
    folder = shared / "golden/store"
    with (folder / "demo.nar-export").open("rb") as export:
        subprocess.run(["nix-store", "--import"], stdin=export, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["demo", "uid", "child"])
@pytest.mark.parametrize("image_format", ["docker-archive", "hybrid"])
def test_diff_ids_are_those_of_nixpkgs(golden: Any, tmp_path: Path, name: str, image_format: str) -> None:
    file = golden / f"{name}.conf.json"
    conf = stream_conf(file.read_bytes(), str(file), golden)
    assert conf is not None
    base = BaseImage.open(conf.from_image) if conf.from_image else None
    assert conf.customisation_layer is not None
    customisation = Customisation((TopLayer.ready(conf.customisation_layer),))
    layers = (
        *(base.layers if base else ()),
        *(Layer(LayerKind.STORE, paths, 1, "golden") for paths in conf.store_layers),
        *customisation.layers,
    )
    spec = ImageSpec(
        conf.repo_tag,
        conf.config,
        with_architecture(Platform.here(), conf.architecture),
        conf.created,
        conf.stamp,
        image_format,
        "none",
    )
    target = tmp_path / "image"
    written = write_image(
        ImageToWrite(
            LayerPlan(PlanRequest(), layers), spec, DiskContents(), base=base, customisation=customisation
        ),
        target,
    )
    expected = json.loads((golden / f"{name}.expected.json").read_bytes())
    assert [layer.diff_id for layer in written.layers] == expected["diff_ids"]
    assert [layer.uncompressed_size for layer in written.layers] == [
        one["size"] for one in expected["layers"]
    ]
    assert verify(target) == ()


def test_an_image_of_nixpkgs_is_sound(golden: Any) -> None:
    assert verify(golden / "demo.image.tar") == ()


def test_oddities_are_tarred_as_tarfile_does() -> None:
    named = os.environ.get("NIXDIVE_DEBSTORE")
    if not named:
        pytest.skip("NIXDIVE_DEBSTORE names no manifest.json of a Debian store")
    manifest = Path(named)
    top = StorePath.parse(json.loads(manifest.read_bytes())["oddities"])
    conf = ImageSpec("x").stamp
    buffer = memoryview(bytearray(1 << 16))
    blocks = TarLayer.of_paths((top,), DiskContents(), conf).blocks(lambda: buffer)
    made = b"".join(map(bytes, blocks))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for path in (Path("/nix"), Path("/nix/store"), *sorted([Path(top), *Path(top).rglob("*")])):
            info = tar.gettarinfo(path)
            info.name = str(path)
            if info.islnk():
                info.type, info.linkname, info.size = tarfile.REGTYPE, "", path.stat().st_size
            info.mode = info.mode & 0o7777 if len(path.parts) > 3 else 0o755
            info.mtime, info.uid, info.gid, info.uname, info.gname = 1, 0, 0, "root", "root"
            tar.addfile(info, io.BytesIO(path.read_bytes()) if info.isreg() else None)
    assert made == out.getvalue()
