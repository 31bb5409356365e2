"""Targets that skopeo knows and files do not: told apart, and refused where they are of no use here."""

from __future__ import annotations

import click

_FORMATS = ("docker-archive", "oci", "oci-archive")
# containers-transports(5), without those that skopeo is asked to write to
_TRANSPORTS = ("dir", "sif", *_FORMATS)


def refuse_transport(target: str) -> None:
    """Raise a usage error for a target like oci:DIRECTORY, which looks like a file and is none."""
    transport, colon, rest = target.partition(":")
    if not colon or transport not in _TRANSPORTS:
        return
    if transport in _FORMATS:
        raise click.UsageError(f"-o takes a file or a directory: -o {rest} --format {transport}")
    raise click.UsageError(f"-o takes a file: -o image.tar, then skopeo copy oci-archive:image.tar {target}")
