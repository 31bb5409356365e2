"""Targets that skopeo knows and files do not: told apart, and refused where they are of no use here."""

from __future__ import annotations

import click

_FORMATS = ("docker-archive", "oci", "oci-archive")
# containers-transports(5), without those that skopeo is asked to write to
_TRANSPORTS = ("dir", "sif", *_FORMATS)
_REMOTE = ("docker", "docker-daemon", "containers-storage")


def refuse_transport(target: str, *, remote: bool = True) -> None:
    """Raise a usage error for a target like oci:DIRECTORY, which looks like a file and is none.

    Args:
        target: what the user named.
        remote: whether places that only skopeo reaches are good.
    """
    transport, colon, rest = target.partition(":")
    if not colon or transport not in (_TRANSPORTS if remote else (*_TRANSPORTS, *_REMOTE)):
        return
    if transport in _FORMATS:
        raise click.UsageError(f"-o takes a file or a directory: -o {rest} --format {transport}")
    raise click.UsageError(
        f"-o takes a file: -o image.tar, then skopeo copy --preserve-digests oci-archive:image.tar {target}"
    )
