"""Commands that are printed: each is one that works for the file as it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.image.commands import after_loading, load_commands, push_commands
from nixdive.image.written import WrittenImage, WrittenLayer

if TYPE_CHECKING:
    from pathlib import Path

PACKED = WrittenLayer("sha256:d", "sha256:b", "application/vnd.oci.image.layer.v1.tar+gzip", 1, 2, ())
PLAIN = WrittenLayer("sha256:d", "sha256:d", "application/vnd.oci.image.layer.v1.tar", 2, 2, ())


ANEW = "compresses anew"
OTHER = "gives it a manifest for Docker, with another digest"


def made(
    target: str,
    image_format: str = "hybrid",
    name: str = "shop:1",
    reference: str | None = "1",
    *layers: WrittenLayer,
    images: int = 1,
) -> WrittenImage:
    layers = layers or (PACKED, PACKED)
    return WrittenImage(
        target, name, image_format, "sha256:c", "sha256:m", layers, 1, 1.0, reference, images=images
    )


@pytest.mark.parametrize(
    ("image", "loads", "push"),
    [
        (
            made("x.tar"),
            ("docker load -i x.tar", "podman load -i x.tar"),
            "skopeo copy --preserve-digests oci-archive:x.tar docker://HOST/shop:1",
        ),
        (
            made("a b.tar"),
            ("docker load -i 'a b.tar'", "podman load -i 'a b.tar'"),
            "skopeo copy --preserve-digests oci-archive:'a b.tar' docker://HOST/shop:1",
        ),
        (
            made("c:d.tar"),
            ("docker load -i c:d.tar", "podman load < c:d.tar"),
            "skopeo copy --preserve-digests oci-archive:/dev/stdin docker://HOST/shop:1 < c:d.tar",
        ),
        (
            made("/a:b/c d.tar", "docker-archive"),
            ("docker load -i '/a:b/c d.tar'", "podman load < '/a:b/c d.tar'"),
            "skopeo copy docker-archive:/dev/stdin docker://HOST/shop:1 < '/a:b/c d.tar'",
        ),
        (
            made("-x.tar", "oci-archive"),
            ("podman load -i ./-x.tar", "ctr images import ./-x.tar"),
            "skopeo copy --preserve-digests oci-archive:-x.tar docker://HOST/shop:1",
        ),
        (
            made("out", "oci"),
            ("skopeo copy oci:out:1 containers-storage:docker.io/library/shop:1",),
            "skopeo copy --preserve-digests oci:out:1 docker://HOST/shop:1",
        ),
        (
            made("l:o", "oci", "ghcr.io/me/shop:2", "me/shop:2"),
            ("cd l:o && skopeo copy oci:.:me/shop:2 containers-storage:ghcr.io/me/shop:2",),
            "cd l:o && skopeo copy --preserve-digests oci:.:me/shop:2 docker://ghcr.io/me/shop:2",
        ),
    ],
)
def test_commands(image: WrittenImage, loads: tuple[str, ...], push: str) -> None:
    assert load_commands(image) == loads
    assert push_commands(image)[0].text == push


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Programs that are there; none unless a test says so."""
    there: set[str] = set()
    monkeypatch.setattr("shutil.which", lambda name: name if name in there else None)
    return there


def test_who_keeps_digests_comes_first(installed: set[str]) -> None:
    installed |= {"crane", "regctl", "oras", "ctr"}
    assert push_commands(made("x.tar", name="ghcr.io/me/shop:2")) == (
        ("skopeo copy --preserve-digests oci-archive:x.tar docker://ghcr.io/me/shop:2", True, ""),
        ("regctl image import ghcr.io/me/shop:2 x.tar", True, ""),
        ("oras cp --from-oci-layout x.tar@sha256:m ghcr.io/me/shop:2", True, ""),
        ("ctr images import x.tar && ctr images push ghcr.io/me/shop:2 ghcr.io/me/shop:2", True, ""),
        ("crane push x.tar ghcr.io/me/shop:2", True, f"crane {OTHER}"),
    )
    assert [one.text.split()[0] for one in push_commands(made("a:b.tar"))] == ["skopeo"]


@pytest.mark.parametrize(
    ("image_format", "layers", "words"),
    [
        # measured: crane 0.22 takes an archive for Docker's, skopeo 1.9 the layers of one by their diff_ids
        ("hybrid", (PACKED, PACKED), ["skopeo", ("crane", OTHER)]),
        ("hybrid", (PACKED, PLAIN), ["skopeo", ("crane", OTHER)]),
        ("hybrid", (PLAIN, PLAIN), ["skopeo", ("crane", ANEW)]),
        ("hybrid", (PLAIN, PACKED), ["skopeo"]),
        ("docker-archive", (PACKED, PACKED), [("crane", OTHER), ("skopeo", ANEW)]),
        ("docker-archive", (PLAIN, PLAIN), ["skopeo", ("crane", ANEW)]),
        ("docker-archive", (PLAIN, PACKED), [("skopeo", ANEW)]),
        ("oci-archive", (PLAIN, PLAIN), ["skopeo"]),
    ],
)
def test_what_compresses_anew_depends_on_the_format_and_on_the_layers(
    image_format: str,
    layers: tuple[WrittenLayer, ...],
    words: list[str | tuple[str, str]],
    installed: set[str],
) -> None:
    installed |= {"crane"}
    found = push_commands(made("x.tar", image_format, "shop:1", "1", *layers))
    assert [(one.text.split()[0], one.note) for one in found] == [
        (one, "") if isinstance(one, str) else (one[0], " ".join(one)) for one in words
    ]
    assert [one.keeps_digests for one in found] == [ANEW not in one.note for one in found]
    assert all(
        ("--preserve-digests" in one.text) == one.keeps_digests for one in found if "skopeo" in one.text
    )


def test_an_image_among_others_is_named(installed: set[str]) -> None:
    installed |= {"crane", "regctl", "oras", "ctr"}
    assert [one.text for one in push_commands(made("x.tar", reference="shop:1", images=2))] == [
        "skopeo copy --preserve-digests oci-archive:x.tar:shop:1 docker://HOST/shop:1",
        "regctl image import --name shop:1 HOST/shop:1 x.tar",
        "oras cp --from-oci-layout x.tar@sha256:m HOST/shop:1",
        "ctr images import x.tar && ctr images push HOST/shop:1 docker.io/library/shop:1",
    ]
    assert [one.text for one in push_commands(made("x.tar", "docker-archive", reference=None, images=2))] == [
        "ctr images import x.tar && ctr images push HOST/shop:1 docker.io/library/shop:1",
        "skopeo copy docker-archive:x.tar:shop:1 docker://HOST/shop:1",
    ]


def test_a_layout_is_read_by_digest_and_by_crane_if_nothing_else_is_in_it(
    installed: set[str], tmp_path: Path
) -> None:
    installed |= {"crane", "regctl", "oras", "ctr"}
    layout = made(str(tmp_path), "oci")
    index = tmp_path / "index.json"
    index.write_text('{"manifests": [{}]}', "utf-8")
    assert [one.text for one in push_commands(layout)] == [
        f"skopeo copy --preserve-digests oci:{tmp_path}:1 docker://HOST/shop:1",
        f"crane push {tmp_path} HOST/shop:1",
        f"regctl image copy ocidir://{tmp_path}@sha256:m HOST/shop:1",
        f"oras cp --from-oci-layout {tmp_path}@sha256:m HOST/shop:1",
    ]
    index.write_text('{"manifests": [{}, {}]}', "utf-8")
    assert not [one for one in push_commands(layout) if one.text.startswith("crane")]


def test_only_what_is_installed_is_named(installed: set[str]) -> None:
    installed |= {"oras"}
    assert [one.text.split()[0] for one in push_commands(made("x.tar"))] == ["skopeo", "oras"]


def test_an_engine_that_compresses_anew_says_so() -> None:
    docker, podman = after_loading(made("x.tar"))
    assert (docker.text, docker.keeps_digests) == ("docker load -i x.tar", False)
    assert docker.note == "a push from Docker's overlay2 store compresses anew"
    assert podman.note == "a push from podman compresses anew"
    docker, podman = after_loading(made("x.tar", "hybrid", "shop:1", "1", *[PACKED] * 126))
    assert docker.note == "Docker's overlay2 store takes at most 125 layers"
    assert podman.note == "a push from podman compresses anew"
    _, ctr = after_loading(made("x.tar", "oci-archive"))
    assert (ctr.keeps_digests, ctr.note) == (True, "")
