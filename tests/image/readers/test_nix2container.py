from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import MalformedImageError
from nixdive.image.readers.nix2container import nix2container_image
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


def test_its_layers_stay_or_are_laid_out_anew(tmp_path: Path) -> None:
    file = tmp_path / "image.json"
    file.write_text(json.dumps(image()))
    kept = json.loads(run("plan", file, "--json", "-q").stdout)
    assert [layer["paths"] for layer in kept["layers"]] == [[A, B], [C]]
    anew = json.loads(run("plan", file, "--json", "-q", "--strategy", "each").stdout)
    assert sorted(path for layer in anew["layers"] for path in layer["paths"]) == [A, B, C]
    assert len(anew["layers"]) == 3
