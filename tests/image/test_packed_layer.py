from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import ExistsError, MalformedImageError, UnreadablePathError, WriteError
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.spec import ImageSpec, Stamp
from nixdive.image.pack import pack_layer, pack_place
from nixdive.image.packed_layer import PackedLayer, misfits, read_packed
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress
from tests.image.conftest import PATHS

if TYPE_CHECKING:
    from nixdive.contents.disk import DiskContents
    from nixdive.contents.entry import Contents

SPEC = ImageSpec("app:1", platform=Platform("linux", "amd64"))
LOW, APP, BIG = PATHS


class Nothing:
    """Contents of a machine without the store paths."""

    def entries(self, path: str) -> Any:
        raise UnreadablePathError(f"{path}: it is not here")


def pack(
    folder: Path, *paths: str, contents: Contents, stamp: Stamp = SPEC.stamp, method: str = "gzip"
) -> PackedLayer:
    place = folder / f"packed-{len(list(folder.iterdir()))}"
    pack_layer(
        paths,  # type: ignore[arg-type]  # store paths are strings
        contents,
        pack_place(place),
        stamp=stamp,
        method=method,
        jobs=2,
        progress=NullProgress(),
    )
    return read_packed(str(place))


@pytest.fixture
def layered() -> LayerPlan:
    return LayerPlan(
        PlanRequest(), tuple(Layer(LayerKind.STORE, paths, 1, "x") for paths in ((LOW, BIG), (APP,)))
    )


@pytest.mark.parametrize("image_format", ["hybrid", "oci-archive", "docker-archive"])
@pytest.mark.parametrize("method", ["none", "gzip", "zstd", "zstd:7"])
def test_an_image_is_put_together_without_any_file_of_it(
    layered: LayerPlan, contents: DiskContents, tmp_path: Path, image_format: str, method: str
) -> None:
    if image_format == "docker-archive" and method.startswith("zstd"):
        method = "none"
    spec = replace(SPEC, image_format=image_format, compression=method, stamp=Stamp(uid=7))
    parts = [
        pack(tmp_path, *layer.paths, contents=contents, stamp=spec.stamp, method=method)
        for layer in layered.layers
    ]
    write_image(ImageToWrite(layered, spec, contents), tmp_path / "whole.tar")
    nothing: Any = Nothing()
    write_image(ImageToWrite(layered, spec, nothing, packed=tuple(parts[::-1])), tmp_path / "put.tar")
    assert (tmp_path / "put.tar").read_bytes() == (tmp_path / "whole.tar").read_bytes()
    assert misfits(parts, layered, spec) == ""


def test_a_layer_that_is_not_there_is_packed(
    layered: LayerPlan, contents: DiskContents, tmp_path: Path
) -> None:
    parts = [pack(tmp_path, APP, contents=contents)]
    write_image(ImageToWrite(layered, SPEC, contents), tmp_path / "whole.tar")
    write_image(ImageToWrite(layered, SPEC, contents, packed=tuple(parts)), tmp_path / "put.tar")
    assert (tmp_path / "put.tar").read_bytes() == (tmp_path / "whole.tar").read_bytes()


@pytest.mark.parametrize(
    ("paths", "options", "cause"),
    [
        ((APP,), {"stamp": Stamp(mtime=2)}, "it is packed with another time or owner"),
        ((APP,), {"method": "zstd"}, "it is packed by layer 1, zstd: zstandard"),
        (
            (APP,),
            {"method": "none"},
            "it is packed by layer 1, no compression, and the image by layer",
        ),
        ((LOW,), {}, "no layer of the plan has just its store paths"),
        ((BIG, LOW), {}, "no layer of the plan has just its store paths"),
    ],
)
def test_what_does_not_fit_is_packed_again_and_named(
    layered: LayerPlan,
    contents: DiskContents,
    tmp_path: Path,
    paths: tuple[str, ...],
    options: dict[str, Any],
    cause: str,
) -> None:
    odd = pack(tmp_path, *paths, contents=contents, **options)
    good = pack(tmp_path, LOW, BIG, contents=contents)
    assert misfits([odd, good], layered, SPEC).startswith(f"{odd.place} is not used: {cause}")
    assert misfits([odd, good, odd], layered, SPEC).endswith("; 1 more packed layer not used either")
    write_image(ImageToWrite(layered, SPEC, contents), tmp_path / "whole.tar")
    write_image(ImageToWrite(layered, SPEC, contents, packed=(odd, good)), tmp_path / "put.tar")
    assert (tmp_path / "put.tar").read_bytes() == (tmp_path / "whole.tar").read_bytes()


def test_a_blob_that_was_changed_is_refused(
    layered: LayerPlan, contents: DiskContents, tmp_path: Path
) -> None:
    packed = pack(tmp_path, APP, contents=contents)
    (blob,) = (Path(packed.place) / "blobs/sha256").iterdir()
    data = bytearray(blob.read_bytes())
    data[-9] ^= 1
    blob.write_bytes(data)
    with pytest.raises(MalformedImageError, match=packed.place):
        write_image(ImageToWrite(layered, SPEC, contents, packed=(packed,)), tmp_path / "put.tar")


def test_nothing_is_packed_over_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExistsError, match="it contains file"):
        pack_place(tmp_path)
    with pytest.raises(WriteError, match="it is a file"):
        pack_place(tmp_path / "file")


@pytest.mark.parametrize(
    ("key", "value", "cause"),
    [
        ("format", "nixdive.layer/2", "its format is not"),
        ("paths", [], "paths is not a list of store paths"),
        ("paths", ["/etc/passwd"], "paths is not a list of store paths"),
        ("digest", "sha256:x", "digest is not a sha256 digest"),
        ("size", 5, "bytes, not 5"),
        ("size", True, "size is not a number of bytes"),
        ("stamp", {"mtime": 1}, "stamp is not a time, an owner and a group"),
        ("stamp", {"mtime": "1", "uid": 0, "gid": 0, "uname": "", "gname": ""}, "stamp is not"),
        ("made_by", None, "made_by is not a text"),
        ("media_type", "text/plain", "is not the media type of a layer"),
    ],
)
def test_a_document_that_is_wrong_names_its_key(
    contents: DiskContents, tmp_path: Path, key: str, value: Any, cause: str
) -> None:
    packed = pack(tmp_path, APP, contents=contents)
    file = Path(packed.place) / "layer.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    with pytest.raises(MalformedImageError, match=cause):
        read_packed(packed.place)


def test_a_document_without_one_of_its_keys_names_it(contents: DiskContents, tmp_path: Path) -> None:
    packed = pack(tmp_path, APP, contents=contents)
    file = Path(packed.place) / "layer.json"
    said = json.loads(file.read_text())
    for key in said:
        file.write_text(json.dumps({name: value for name, value in said.items() if name != key}))
        with pytest.raises(MalformedImageError, match=f"layer.json: (its )?{key} is not"):
            read_packed(packed.place)


def test_a_directory_without_a_layer_is_refused(tmp_path: Path) -> None:
    for place, cause in ((tmp_path, "it has no layer.json"), (tmp_path / "x", "there is no such directory")):
        with pytest.raises(MalformedImageError, match=cause) as error:
            read_packed(str(place))
        assert error.value.hint == "nixdive pack writes one"
