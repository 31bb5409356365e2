"""Commands that are printed: each is one that works for the file as it is called."""

from __future__ import annotations

import pytest

from nixdive.image.commands import load_commands, push_command
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
    assert push_command(image) == push
