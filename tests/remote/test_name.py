"""docker:// names: registry, repository, tag and digest."""

from __future__ import annotations

import pytest

from nixdive.errors import ImageError
from nixdive.remote.name import RemoteName

DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("text", "host", "repository", "reference"),
    [
        ("docker://ghcr.io/me/app:1.0", "ghcr.io", "me/app", "1.0"),
        ("docker://ghcr.io/me/app", "ghcr.io", "me/app", "latest"),
        (f"docker://ghcr.io/me/app@{DIGEST}", "ghcr.io", "me/app", DIGEST),
        (f"docker://ghcr.io/me/app:1.0@{DIGEST}", "ghcr.io", "me/app", DIGEST),
        ("docker://localhost:5000/app:1", "localhost:5000", "app", "1"),
        ("docker://[::1]:5000/app:1", "[::1]:5000", "app", "1"),
        ("docker://busybox", "docker.io", "library/busybox", "latest"),
        ("docker://me/app", "docker.io", "me/app", "latest"),
        ("docker://docker.io/busybox:1", "docker.io", "library/busybox", "1"),
        ("docker://index.docker.io/busybox:1", "docker.io", "library/busybox", "1"),
    ],
)
def test_names(text: str, host: str, repository: str, reference: str) -> None:
    name = RemoteName.parse(text)
    assert (name.text, name.host, name.repository, name.reference) == (text, host, repository, reference)


@pytest.mark.parametrize(
    "text",
    [
        "docker://",
        "docker://h.io/",
        "docker://h.io/a:b:c",
        "docker://h.io/a@sha256:12",
        "docker://h.io/a b",
        "docker://h.io/Shop:2",
        "docker://HOST/shop:2",
        f"docker://h.io/a@{DIGEST}@{DIGEST}",
    ],
)
def test_what_is_no_name_is_said_with_the_form_that_is(text: str) -> None:
    with pytest.raises(ImageError) as caught:
        RemoteName.parse(text)
    assert str(caught.value).startswith(f"{text}: ")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("reg.localhost:80", True),
        ("127.0.0.1:5000", True),
        ("127.8.8.8", True),
        ("[::1]:5000", True),
        ("128.0.0.1", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_a_registry_on_this_machine(host: str, local: bool) -> None:  # noqa: FBT001
    assert RemoteName.parse(f"docker://{host}/a").is_loopback is local


def test_docker_hub_answers_under_another_name() -> None:
    assert RemoteName.parse("docker://busybox").server == "registry-1.docker.io"
    assert RemoteName.parse("docker://quay.io/a/b").server == "quay.io"
