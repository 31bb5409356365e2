from __future__ import annotations

import click
import pytest

from nixdive.cli.transports import refuse_transport


@pytest.mark.parametrize("target", ["image.tar", "/tmp/a:b.tar", "./docker", "out:1.tar", "docker://host/a"])
def test_files_and_what_skopeo_writes_to_pass(target: str) -> None:
    refuse_transport(target)


def test_a_transport_of_files_is_refused_with_the_option_that_says_it() -> None:
    with pytest.raises(click.UsageError, match=r"-o out\.tar --format oci-archive"):
        refuse_transport("oci-archive:out.tar")


def test_a_transport_of_no_use_is_refused_with_the_way_to_it() -> None:
    with pytest.raises(
        click.UsageError, match=r"skopeo copy --preserve-digests oci-archive:image\.tar dir:out"
    ):
        refuse_transport("dir:out")
