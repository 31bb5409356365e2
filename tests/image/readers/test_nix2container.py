from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import MalformedImageError
from nixdive.image.config import config_document
from nixdive.image.history import store_paths_of
from nixdive.image.readers.nix2container import nix2container_image
from nixdive.image.spec import ImageSpec
from nixdive.layering.plan import Layer, LayerKind
from nixdive.store.path import StorePath
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = (f"/nix/store/{letter * 32}-{letter}" for letter in "abc")


def image(**more: Any) -> dict[str, Any]:
    layers = [
        {"digest": "sha256:0", "size": 1, "paths": [{"path": path} for path in paths]}
        for paths in ((A, B), (C,))
    ]
    config = {"Entrypoint": [f"{C}/bin/c"], "Env": ["A=1"]}
    return {"version": 1, "image-config": config, "layers": layers, "arch": "arm64", **more}


def read(value: Any) -> Any:
    return nix2container_image(json.dumps(value).encode(), "image.json")


@pytest.mark.parametrize(
    ("created", "moment"),
    [
        ("0001-01-01T00:00:00Z", "1970-01-01T00:00:01Z"),
        (None, "1970-01-01T00:00:01Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
    ],
)
def test_layers_config_platform_and_time(created: str | None, moment: str) -> None:
    found = read(image(created=created))
    assert found.store_layers == ((A, B), (C,))
    assert found.config == {"Entrypoint": [f"{C}/bin/c"], "Env": ["A=1"]}
    assert (found.architecture, found.created) == ("arm64", moment)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"arch": 1}, "arch is missing"),
        ({"layers": {}}, "layers is not a list"),
        ({"version": 99}, "it is of version 99 of nix2container's images; nixdive reads version 1"),
        ({"layers": [{"paths": [{"path": A}], "History": 1}]}, "layer 1: History is not an object"),
        (
            {"layers": [{"paths": [{"path": A}], "History": {"author": 1}}]},
            "layer 1: History: author is not a string",
        ),
        (
            {"layers": [{"paths": [{"path": A}], "History": {"created": "soon"}}]},
            "layer 1: History: created: 'soon' is not a time",
        ),
        ({"created": "soon"}, "created: 'soon' is not a time"),
        ({"layers": [{"paths": [{"path": "/etc"}]}]}, "layer 1: '/etc' is not a store path"),
        ({"layers": [{"layer-path": A}]}, "layer 1: it has no store paths"),
        ({"layers": [{"paths": [{"path": A, "options": {"rewrite": {}}}]}]}, "layer 1: files are moved"),
    ],
)
def test_what_is_malformed_or_more_than_store_paths_is_told(more: dict[str, Any], told: str) -> None:
    with pytest.raises(MalformedImageError, match=told):
        read(image(**more))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'["image-config"]', b'{"image-config": ', b'{"image-config": {}}']
)
def test_other_data_is_no_such_image(data: bytes) -> None:
    assert nix2container_image(data, "x") is None


def test_what_it_says_of_a_layer_becomes_its_entry_in_the_history_of_the_image() -> None:
    value = image()
    value["layers"][0]["History"] = {"created": "2026-01-02T03:04:05Z", "created_by": "nix2container"}
    value["layers"][1]["History"] = {"created": "0001-01-01T00:00:00Z", "author": "", "comment": "ours"}
    found = read(value)
    layers = [Layer(LayerKind.STORE, paths, 1, "") for paths in found.store_layers]
    spec = ImageSpec("shop:1", histories=found.histories)
    first, second = config_document(spec, {}, layers, ["sha256:0", "sha256:1"])["history"]
    assert first["created"] == "2026-01-02T03:04:05Z"
    assert (first["created_by"], store_paths_of(first)) == ("nix2container", (A, B))
    assert second == {"created": spec.created, "created_by": C, "comment": "ours"}
    # of other paths, something else would be true
    (other,) = config_document(spec, {}, [replace(layers[0], paths=(StorePath(A),))], ["sha256:0"])["history"]
    assert other == {"created": spec.created, "created_by": A}


def test_its_layers_stay_or_are_laid_out_anew(tmp_path: Path) -> None:
    file = tmp_path / "image.json"
    file.write_text(json.dumps(image()))
    kept = json.loads(run("plan", file, "--json", "-q").stdout)
    assert [layer["paths"] for layer in kept["layers"]] == [[A, B], [C]]
    anew = json.loads(run("plan", file, "--json", "-q", "--strategy", "each").stdout)
    assert sorted(path for layer in anew["layers"] for path in layer["paths"]) == [A, B, C]
    assert len(anew["layers"]) == 3
