"""Documents of OCI layouts and of docker-archives that are not what engines write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import MalformedImageError
from nixdive.image.readers import oci
from nixdive.image.readers.archive import files_of
from nixdive.image.readers.found import read_image
from nixdive.image.stored.indexed import index_image
from nixdive.image.stored.verify import verify
from tests.image.made import archive, layer
from tests.opening.images import oci_layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAYER = layer("a=1")


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    return oci_layout(tmp_path / "layout", [("v1", {}, (LAYER,))])


def change(layout: Path, turn: Callable[[Any], Any]) -> None:
    index = layout / "index.json"
    index.write_text(json.dumps(turn(json.loads(index.read_text()))))


def manifest(layout: Path) -> Path:
    (entry,) = oci.manifests(files_of(layout))
    return layout / oci.blob(entry.digest)


ODD = [
    ("mediaType", ["x"], "mediaType is not a string"),
    ("mediaType", {}, "mediaType is not a string"),
    ("size", "12", "size is not a whole number"),
    ("size", 10**400, "size is not a whole number"),
    ("size", True, "size is not a whole number"),
    ("digest", 3, "is not a sha256 digest"),
    ("digest", "sha512:" + "0" * 128, "is not a sha256 digest"),
    ("digest", "sha256:../../etc/passwd", "is not a sha256 digest"),
    ("annotations", [], "annotations is not an object of strings"),
    ("annotations", {"a": 1}, "annotations is not an object of strings"),
    ("artifactType", 1, "artifactType is not a string"),
]


@pytest.mark.parametrize(("key", "value", "told"), ODD)
def test_an_odd_descriptor_is_told_with_its_place(layout: Path, key: str, value: Any, told: str) -> None:
    change(layout, lambda index: index | {"manifests": [index["manifests"][0] | {key: value}]})
    with pytest.raises(
        MalformedImageError, match=rf"layout: index\.json: manifests\[0\]: .*{told}|{told}"
    ) as caught:
        read_image(layout)
    assert len(str(caught.value)) < 400
    assert any(told in problem.what for problem in verify(layout))


@pytest.mark.parametrize(("key", "value", "told"), ODD)
@pytest.mark.parametrize("part", ["config", "layers"])
def test_an_odd_descriptor_in_a_manifest_too(
    layout: Path, part: str, key: str, value: Any, told: str
) -> None:
    file = manifest(layout)
    said = json.loads(file.read_text())
    if part == "config":
        said["config"][key] = value
    else:
        said["layers"][0][key] = value
    file.write_text(json.dumps(said))
    with pytest.raises(MalformedImageError, match=told) as caught:
        read_image(layout)
    assert f"layout: blobs/sha256/{file.name}: {part}" in str(caught.value)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("[]", "is not a list of descriptors"),
        ('{"manifests": {}}', "is not a list of descriptors"),
        ('{"manifests": [3]}', r"manifests\[0\]: a descriptor is not an object"),
        ('{"manifests": null}', "lists no image manifest"),
        ('{"manifests": [], "manifests": []}', "manifests: it appears twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"manifests": %s}' % ("1" * 5000), "too many digits"),
        (r'{"manifests": ["\ud800"]}', "not Unicode"),
        ("", "it is empty"),
    ],
)
def test_an_odd_index_is_told_in_one_line(layout: Path, document: str, told: str) -> None:
    (layout / "index.json").write_text(document)
    with pytest.raises(MalformedImageError, match=told) as caught:
        read_image(layout)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_nulls_are_what_is_not_there(layout: Path) -> None:
    keys = dict.fromkeys(("platform", "artifactType"))
    notes = {"annotations": {"org.opencontainers.image.ref.name": "v2", "other": None}}
    change(layout, lambda index: index | {"manifests": [index["manifests"][0] | keys | notes]})
    assert read_image(layout).name == "v2"
    (entry,) = oci.manifests(files_of(layout))
    assert entry.annotations == {"org.opencontainers.image.ref.name": "v2"}


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"Layers": [""]}, "manifest.json: a layer has no name"),
        ({"Layers": [3]}, "manifest.json: Layers is not a list of strings"),
        ({"Layers": {}}, "manifest.json: Layers is not a list of strings"),
        ({"RepoTags": "x:1"}, "manifest.json: RepoTags is not a list of strings"),
        ({"Config": None}, "manifest.json: Config is missing"),
        ({"Config": ""}, "manifest.json: Config is missing"),
        ({"Layers": ["0/layer.tar\0"]}, "is missing"),
        ({"Layers": ["x" * 5000]}, "is missing"),
    ],
)
def test_an_odd_manifest_json_is_told_with_its_key(tmp_path: Path, entry: dict[str, Any], told: str) -> None:
    place = archive(tmp_path / "x", [LAYER])
    files = files_of(place)
    folder = tmp_path / "unpacked"
    for name in files.names():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"".join(files.chunks(name)))
    (said,) = json.loads((folder / "manifest.json").read_text())
    assert read_image(folder).layers
    (folder / "manifest.json").write_text(json.dumps([said | entry]))
    with pytest.raises(MalformedImageError, match=told.replace("is missing", "is missing|name too long")):
        index_image(read_image(folder))
