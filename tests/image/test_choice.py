"""Which image of a file is wanted."""

from __future__ import annotations

import pytest

from nixdive.errors import ImageError
from nixdive.image.oci.platform import Platform
from nixdive.image.readers.choice import ANY, Candidate, Wanted, choose

AMD, ARM, MIPS = (Platform("linux", name) for name in ("amd64", "arm64", "mips"))
DIGESTS = tuple(f"sha256:{letter * 64}" for letter in "abc")


def image(number: int, *names: str, platform: Platform | None = None) -> Candidate:
    return Candidate(names, DIGESTS[number], platform, number)


ONE, TWO = image(0, "docker.io/library/app:v1"), image(1, "registry.example:5000/team/app:v2")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("docker.io/library/app:v1", ONE),
        ("app:v1", ONE),
        ("v1", ONE),
        ("docker.io/library/app", ONE),
        ("registry.example:5000/team/app:v2", TWO),
        ("team/app:v2", TWO),
        ("team/app", TWO),
        ("v2", TWO),
        (DIGESTS[1], TWO),
        (DIGESTS[1][:12], TWO),
        ("sha256:", None),
        ("app", None),  # both
        ("app:v3", None),
    ],
)
def test_names(name: str, found: Candidate | None) -> None:
    if found is not None:
        assert choose([ONE, TWO], Wanted(name), "x.tar") is found
        return
    with pytest.raises(
        ImageError, match=r"x.tar: it contains .*2 images: docker.io/library/app:v1 and registry"
    ):
        choose([ONE, TWO], Wanted(name), "x.tar")


def test_one_image_of_two_names_is_one() -> None:
    same = [image(0, "app:v1"), image(0, "app:latest")]
    assert choose(same, ANY, "x").place == 0


def test_without_names_digests_are_listed() -> None:
    with pytest.raises(ImageError, match="2 images: sha256:aaaaaaaaaaaa and sha256:bbbbbbbbbbbb"):
        choose([image(0), image(1)], ANY, "x")


def test_many_names_are_not_all_listed() -> None:
    many = [Candidate((f"app:{i}",), str(i), None, i) for i in range(100)]
    with pytest.raises(ImageError, match=r"100 images: app:0, .*app:7 and 92 more"):
        choose(many, ANY, "x")


def test_the_platform_chooses_among_several(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [image(0, "a", platform=ARM), image(1, "a", platform=AMD)]
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert choose(both, ANY, "x").place == 1
    assert choose(both, Wanted("a", ARM), "x").place == 0
    assert choose(both[:1], ANY, "x").place == 0  # the only one, whatever it runs on
    with pytest.raises(ImageError, match="it is for linux/arm64, not for linux/mips") as caught:
        choose(both[:1], Wanted(None, MIPS), "x")
    assert caught.value.hint == "choose one: --platform linux/arm64"
    with pytest.raises(ImageError, match="does not state its platform"):
        choose([image(0)], Wanted(None, MIPS), "x")


@pytest.mark.parametrize("wanted", [None, "linux/amd64", "linux/x86_64", "linux/amd64/v1"])
def test_the_best_match_is_taken(wanted: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    offered = [Platform("linux", "386"), Platform("linux", "amd64", "v3"), Platform("linux", "amd64")]
    images = [image(place, "a", platform=platform) for place, platform in enumerate(offered)]
    asked = Wanted(None, None if wanted is None else Platform.parse(wanted))
    assert choose(images, asked, "x").place == 2
    assert choose(images, Wanted(None, Platform.parse("linux/amd64/v4")), "x").place == 1
    assert choose(images[:2], asked, "x").place == 0  # an amd64 without variant does not run v3
    with pytest.raises(
        ImageError, match="it is for linux/386, linux/amd64/v3 and linux/amd64, not for linux/arm"
    ):
        choose(images, Wanted(None, ARM), "x")


def test_images_of_one_name_are_told_apart_by_their_digests() -> None:
    with pytest.raises(ImageError, match="2 images: sha256:aaaaaaaaaaaa and sha256:bbbbbbbbbbbb"):
        choose([image(0, "a", platform=AMD), image(1, "a", platform=AMD)], ANY, "x")
