"""The commands that take a written image further: into an engine, or to a registry."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


# containers-transports(5): those that are no file or directory
_REMOTE = ("docker://", "docker-daemon:", "containers-storage:")


def is_remote(target: str) -> bool:
    """Whether a target is a place that only skopeo reaches, like docker://HOST/NAME:TAG."""
    return target.startswith(_REMOTE)


def load_commands(target: str, image_format: str) -> tuple[str, ...]:
    """Return the commands that load an image file of a format into an engine."""
    file = shlex.quote(target)
    return {
        "hybrid": (f"docker load -i {file}", f"podman load -i {file}"),
        "docker-archive": (f"docker load -i {file}", f"podman load -i {file}"),
        "oci-archive": (f"podman load -i {file}", f"ctr images import {file}"),
        "oci": (f"podman pull oci:{file}",),
    }[image_format]


def load_note(image_format: str, media_types: Iterable[str]) -> str | None:
    """Return what a client must know to load an image whose layers have these media types, or None."""
    if image_format in {"hybrid", "docker-archive"} and any(kind.endswith("+zstd") for kind in media_types):
        return "docker loads zstd layers from version 23 on"
    return None


def push_command(target: str, image_format: str, name: str) -> str:
    """Return the command that copies an image to a registry, under its NAME:TAG."""
    transport = {"docker-archive": "docker-archive", "oci": "oci"}.get(image_format, "oci-archive")
    return f"skopeo copy {transport}:{shlex.quote(target)} docker://HOST/{name}"
