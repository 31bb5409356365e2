from __future__ import annotations

import click
import pytest

from nixdive.cli.transports import refuse_transport


@pytest.mark.parametrize("target", ["image.tar", "/tmp/a:b.tar", "./docker", "out:1.tar"])
def test_files_pass(target: str) -> None:
    refuse_transport(target, None)


def test_transport_is_refused_with_the_way_to_it() -> None:
    with pytest.raises(
        click.UsageError, match=r"skopeo copy oci-archive:image\.tar docker://localhost:5000/redis:v1"
    ):
        refuse_transport("docker://localhost:5000/redis:v1", None)


def test_transport_without_a_place_shows_one() -> None:
    with pytest.raises(click.UsageError, match="docker://HOST/redis:v1"):
        refuse_transport("docker://", "redis:v1")
