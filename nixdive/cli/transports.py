"""Targets that skopeo knows and files do not: told apart, and refused with the command that does it."""

from __future__ import annotations

import shlex

import click

# containers-transports(5), without those that need no skopeo
_TRANSPORTS = (
    "docker",
    "docker-daemon",
    "containers-storage",
    "dir",
    "docker-archive",
    "oci",
    "oci-archive",
    "sif",
)


def refuse_transport(target: str, name: str | None) -> None:
    """Raise a usage error for a target like docker://HOST/NAME:TAG; it shows the way through a file."""
    transport, colon, rest = target.partition(":")
    if not colon or transport not in _TRANSPORTS:
        return
    where = target if rest.strip("/") else f"{transport}://HOST/{name or 'NAME:TAG'}"
    raise click.UsageError(
        f"-o takes a file; for {transport}: write -o image.tar, then"
        f" skopeo copy oci-archive:image.tar {shlex.quote(where)}"
    )
