"""Commands that are printed: each is one that works for the file as it is called."""

from __future__ import annotations

import pytest

from nixdive.image.commands import after_loading, load_commands, push_commands
from nixdive.image.written import WrittenImage


def made(
    target: str, image_format: str = "hybrid", name: str = "shop:1", reference: str | None = "1"
) -> WrittenImage:
    return WrittenImage(target, name, image_format, "sha256:c", "sha256:m", (), 1, 1.0, reference)


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
    assert [one.text for one in push_commands(made("x.tar", name="ghcr.io/me/shop:2"))] == [
        "skopeo copy --preserve-digests oci-archive:x.tar docker://ghcr.io/me/shop:2",
        "crane push x.tar ghcr.io/me/shop:2",
        "regctl image import ghcr.io/me/shop:2 x.tar",
        "oras cp --from-oci-layout x.tar:1 ghcr.io/me/shop:2",
        "ctr images import x.tar && ctr images push ghcr.io/me/shop:2 ghcr.io/me/shop:2",
    ]
    archive = push_commands(made("x.tar", "docker-archive"))
    assert [(one.text, one.keeps_digests) for one in archive] == [
        ("crane push x.tar HOST/shop:1", True),
        ("skopeo copy docker-archive:x.tar docker://HOST/shop:1", False),
    ]
    assert archive[1].note == "it compresses anew"
    layout = push_commands(made("out", "oci"))
    assert [one.text.split()[0] for one in layout] == ["skopeo", "oras"]
    assert [one.text.split()[0] for one in push_commands(made("a:b.tar"))] == ["skopeo"]


def test_only_what_is_installed_is_named(installed: set[str]) -> None:
    installed |= {"oras"}
    assert [one.text.split()[0] for one in push_commands(made("x.tar"))] == ["skopeo", "oras"]


def test_an_engine_that_compresses_anew_says_so() -> None:
    docker, podman = after_loading(made("x.tar"))
    assert (docker.text, docker.keeps_digests) == ("docker load -i x.tar", False)
    assert docker.note == "a push from Docker's overlay2 store compresses anew"
    assert podman.note == "a push from podman compresses anew"
    _, ctr = after_loading(made("x.tar", "oci-archive"))
    assert (ctr.keeps_digests, ctr.note) == (True, "")
