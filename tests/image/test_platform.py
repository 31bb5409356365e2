"""Platforms as people write them and as images tell them."""

from __future__ import annotations

import pytest

from nixdive.errors import ImageError
from nixdive.image.platform import Platform


@pytest.mark.parametrize("text", ["linux/amd64", "linux/arm64/v8", "windows/amd64", "Linux/ARM64"])
def test_texts(text: str) -> None:
    assert str(Platform.parse(text)) == text.lower()


@pytest.mark.parametrize("text", ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/a b", "linux/ä"])
def test_what_is_no_platform(text: str) -> None:
    with pytest.raises(ImageError, match="OS/ARCH"):
        Platform.parse(text)


@pytest.mark.parametrize(
    "value", [None, {}, [], {"os": "linux"}, {"os": 1, "architecture": "x"}, {"os": "", "architecture": "x"}]
)
def test_images_that_do_not_tell(value: object) -> None:
    assert Platform.of(value) is None


@pytest.mark.parametrize(
    ("asked", "told", "fits"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/amd64/v3", True),
        ("linux/amd64", "windows/amd64", False),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm/v6", "linux/arm", False),
        ("linux/arm/v6", "linux/arm/v7", False),
    ],
)
def test_what_fits(asked: str, told: str, *, fits: bool) -> None:
    described = dict(zip(("os", "architecture", "variant"), told.split("/"), strict=False))
    platform = Platform.of(described)
    assert platform is not None
    assert Platform.parse(asked).fits(platform) is fits
