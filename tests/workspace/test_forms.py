from __future__ import annotations

import pytest

from nixdive.workspace.targets import BUILDS, IMAGES, PLANS, renamed, suggested

NAME = "registry.example:5000/team/shop:1.5.0"


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("hybrid", "./shop-1.5.0.tar"),
        ("oci", "./shop-1.5.0"),
        ("plan file", "./shop.plan.toml"),
        ("JSON", "./shop.plan.json"),
        ("Nix", "./shop.nix"),
        ("pipeline", "./shop.pipeline.json"),
        ("layers", "./shop.layers.json"),
        ("nix2container", "./shop.layers.nix"),
    ],
)
def test_every_form_suggests_a_file(form: str, file: str) -> None:
    assert suggested(NAME, form) == file


@pytest.mark.parametrize("before", [*IMAGES, *PLANS, *BUILDS])
@pytest.mark.parametrize("after", [*IMAGES, *PLANS, *BUILDS])
def test_what_was_suggested_follows_the_form(before: str, after: str) -> None:
    assert renamed(suggested(NAME, before), NAME, before, after) == suggested(NAME, after)


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        ("out/mine.tar", "hybrid", "oci", "out/mine"),
        ("out/mine", "oci", "hybrid", "out/mine.tar"),
        ("out/mine-1.2", "oci", "docker-archive", "out/mine-1.2.tar"),
        ("mine.tar", "hybrid", "plan file", "mine.plan.toml"),
        ("mine.plan.toml", "plan file", "Nix", "mine.nix"),
        ("x.img", "hybrid", "oci", "x.img"),
        ("x.img", "oci", "hybrid", "x.img"),
        ("out/", "oci", "hybrid", "out/"),
        ("", "hybrid", "oci", "./shop-1.5.0"),
    ],
)
def test_an_ending_that_the_user_typed_stays(file: str, before: str, after: str, expected: str) -> None:
    assert renamed(file, NAME, before, after) == expected
