"""Names that stay from version to version."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.lineages import lineages
from tests.layering.made import store_path


def named(*names: str) -> tuple[str, ...]:
    return lineages([store_path(name, i) for i, name in enumerate(names)])


def test_packages_and_outputs() -> None:
    assert named("openssl-3.0.14", "openssl-3.0.14-bin", "hello", "glibc-2.40-66-dev") == (
        "openssl",
        "openssl-bin",
        "hello",
        "glibc-dev",
    )


def test_older_versions_are_counted_from_the_newest() -> None:
    assert named("x-1.9", "x-1.10", "x-1.2", "x-1.10-bin") == ("x#2", "x", "x#3", "x-bin")
    assert named("x-2.0", "x-2.0a", "x-2.1") == ("x#3", "x#2", "x")
    assert named("x", "x-1") == ("x#2", "x")


def test_of_one_version_the_highest_hash_is_the_first() -> None:
    assert named("source", "source", "source") == ("source#3", "source#2", "source")
    assert named("x-1.01", "x-1.1") == ("x#2", "x")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "a-b", "a#2", "b"]),
            st.sampled_from(["", "-1", "-1.0", "-01", "-1-bin", "-1.0-bin", "-2pre3", "-bin"]),
        ),
        max_size=20,
    ),
    st.randoms(use_true_random=False),
)
def test_no_two_are_alike_and_the_order_does_not_matter(parts: list[tuple[str, str]], dice: object) -> None:
    paths = [
        store_path((package + version).replace("#", "+"), i) for i, (package, version) in enumerate(parts)
    ]
    names = dict(zip(paths, lineages(paths), strict=True))
    assert len(set(names.values())) == len(paths)
    dice.shuffle(paths)  # type: ignore[attr-defined]
    assert dict(zip(paths, lineages(paths), strict=True)) == names


@given(st.lists(st.text("0123456789.-rcpe", max_size=8), min_size=2, max_size=6, unique=True))
def test_any_versions_can_be_ordered(versions: list[str]) -> None:
    assert len(set(named(*(f"x-1{version}" for version in versions)))) == len(versions)
