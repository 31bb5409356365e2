"""The name of an image that is made from its root."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import ImageError
from nixdive.image.oci.name import ImageName, name_of
from tests.opening.inputs import path


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("redis-7.0.15", "redis:7.0.15"),
        ("app-redis-v1", "app-redis:v1"),
        ("hello", "hello:latest"),
        ("Foo_Bar+x", "foo-bar-x:latest"),
        ("x-1.0+git?=", "x:1.0-git-"),
        ("_-1", "image:1"),
    ],
)
def test_name_out_of_a_root(name: str, image: str) -> None:
    assert name_of(path("a", name)) == image


@given(st.from_regex(r"[0-9a-zA-Z+\-._?=]{1,211}", fullmatch=True))
def test_every_root_makes_a_name_that_docker_takes(name: str) -> None:
    made = name_of(path("a", name))
    assert str(ImageName.parse(made)) == made


@pytest.mark.parametrize("name", ["Shop:2", "h.io/Team/shop", "h.io/team/shoP:2"])
def test_upper_case_is_refused_with_the_name_to_write(name: str) -> None:
    with pytest.raises(ImageError) as caught:
        ImageName.parse(name)
    path = name.removeprefix("h.io/").partition(":")[0]
    assert str(caught.value).endswith(
        f"{path!r} has upper case, which a name cannot have: write {path.lower()!r}"
    )


def test_tags_and_hosts_may_have_upper_case() -> None:
    assert str(ImageName.parse("REG.example.org/shop:V2")) == "REG.example.org/shop:V2"
