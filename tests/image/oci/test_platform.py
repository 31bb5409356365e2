"""Platforms as people write them and as images tell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import ImageError
from nixdive.image.oci.platform import ARCHITECTURES, Platform, with_architecture

# the same thing in several spellings, the first one in Go's
SAME = [
    ("linux/amd64", "linux/x86_64", "linux/x86-64", "linux/amd64/v1", "LINUX/AMD64", "amd64", "x86_64-linux"),
    ("linux/arm64", "linux/arm64/v8", "linux/arm64/8", "linux/arm64/v8.0", "linux/aarch64", "aarch64-linux"),
    ("linux/arm/v7", "linux/arm", "linux/arm/7", "linux/armhf", "linux/armv7l", "armv7l-linux"),
    ("linux/arm/v6", "linux/armel", "linux/armv6l"),
    ("linux/386", "linux/i386", "linux/i686", "i686-linux"),
    ("linux/ppc64le", "linux/powerpc64le", "linux/ppc64el"),
    ("linux/riscv64", "riscv64-linux"),
    ("darwin/arm64", "macos/aarch64"),
]
PLATFORMS = st.builds(
    Platform,
    st.sampled_from(["linux", "windows"]),
    st.sampled_from(["amd64", "arm", "arm64", "386", "ppc64le"]),
    st.sampled_from([None, "v1", "v2", "v3", "v6", "v7", "v8", "v8.2", "v9", "v9.3", "power9"]),
)


@pytest.mark.parametrize("texts", SAME, ids=lambda texts: texts[0])
def test_names_of_the_same_thing_are_one(texts: tuple[str, ...]) -> None:
    found = [Platform.parse(text) for text in texts]
    assert str(found[0]) == texts[0]
    for one in found:
        assert one.rank(found[0]) == found[0].rank(one) == 0
        assert one.wrong is None
        assert one.architecture == found[0].architecture


@pytest.mark.parametrize("text", ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/a b", "linux/ä"])
def test_what_is_no_platform(text: str) -> None:
    with pytest.raises(ImageError, match="OS/ARCH"):
        Platform.parse(text)


@pytest.mark.parametrize(
    "value", [None, {}, [], {"os": "linux"}, {"os": 1, "architecture": "x"}, {"os": "", "architecture": "x"}]
)
def test_images_that_do_not_tell(value: object) -> None:
    assert Platform.of(value) is None


@given(PLATFORMS, st.none() | st.just("10.0.17763"), st.sampled_from([(), ("a", "b")]))
def test_what_a_document_says_comes_back(
    platform: Platform, version: str | None, features: tuple[str, ...]
) -> None:
    full = platform._replace(os_version=version, os_features=features)
    assert Platform.of(full.described) == full
    assert full.spelled.spelled == full.spelled


@pytest.mark.parametrize(
    ("machine", "best_first", "not_run"),
    [
        ("linux/amd64", ["linux/amd64/v1", "linux/386"], ["linux/amd64/v2", "windows/amd64", "linux/arm64"]),
        (
            "linux/amd64/v3",
            ["linux/amd64/v3", "linux/amd64/v2", "linux/amd64", "linux/386"],
            ["linux/amd64/v4"],
        ),
        (
            "linux/arm64",
            ["linux/arm64/v8", "linux/arm/v8", "linux/arm/v7", "linux/arm/v5"],
            ["linux/arm64/v9", "linux/arm64/v8.1", "linux/amd64"],
        ),
        (
            "linux/arm64/v9.1",
            ["linux/arm64/v9.1", "linux/arm64/v9", "linux/arm64/v8.6", "linux/arm64", "linux/arm/v7"],
            ["linux/arm64/v8.7", "linux/arm64/v9.2"],
        ),
        ("linux/arm/v7", ["linux/arm", "linux/arm/v6", "linux/arm/v5"], ["linux/arm/v8", "linux/arm64"]),
        ("linux/arm/v6", ["linux/armel", "linux/arm/v5"], ["linux/arm", "linux/arm/v7"]),
        ("linux/386", ["linux/i686"], ["linux/amd64"]),
    ],
)
def test_a_machine_runs_what_is_for_less(machine: str, best_first: list[str], not_run: list[str]) -> None:
    platform = Platform.parse(machine)
    ranks = [platform.rank(Platform.parse(text)) for text in best_first]
    assert None not in ranks
    assert ranks == sorted(set(ranks), key=ranks.index) == sorted(rank for rank in ranks if rank is not None)
    assert [platform.rank(Platform.parse(text)) for text in not_run] == [None] * len(not_run)


@given(PLATFORMS, PLATFORMS)
def test_only_the_same_runs_best(one: Platform, other: Platform) -> None:
    assert one.rank(one) == 0
    assert (one.rank(other) == 0) == (other.rank(one) == 0)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("linux/potato", "architecture 'potato'"),
        ("lunix/amd64", "os 'lunix'"),
        ("linux/amd64/v7", "amd64 has no variant 'v7'"),
        ("linux/arm64/v7", "arm64 has no variant 'v7'"),
        ("linux/arm/v9", "arm has no variant 'v9'"),
        ("linux/386/v1", "386 has no variant 'v1'"),
    ],
)
def test_what_go_does_not_know_is_wrong(text: str, wrong: str) -> None:
    assert (Platform.parse(text).wrong or "").startswith(wrong)


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_every_architecture_of_go_is_one(architecture: str) -> None:
    assert Platform.parse(architecture) == Platform("linux", architecture)
    assert Platform("linux", architecture).wrong is None


def test_another_architecture_takes_its_own_variant_and_leaves_the_system() -> None:
    old = Platform("windows", "arm", "v7", "10.0", ("x",))
    assert with_architecture(old, "amd64") == Platform("windows", "amd64", None, "10.0", ("x",))
    assert with_architecture(old, "linux/aarch64") == Platform("linux", "arm64", None, "10.0", ("x",))
    assert with_architecture(old, "arm/v6").variant == "v6"
    assert with_architecture(old, None) is old


@pytest.mark.parametrize(
    ("machine", "platform"),
    [
        ("x86_64", "linux/amd64"),
        ("aarch64", "linux/arm64"),
        ("armv7l", "linux/arm/v7"),
        ("i686", "linux/386"),
    ],
)
def test_this_machine(machine: str, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert str(Platform.here()) == platform
