"""The commands that load a written image into an engine, or push it to a registry."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from nixdive.image.name import ImageName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.image.written import WrittenImage

_TRANSPORTS = {"docker-archive": "docker-archive", "oci": "oci"}

# containers-transports(5): those that are not files or directories
_REMOTE = ("docker://", "docker-daemon:", "containers-storage:")


def is_remote(target: str) -> bool:
    """Whether a target is a place that only skopeo can reach, like docker://HOST/NAME:TAG."""
    return target.startswith(_REMOTE)


def load_commands(written: WrittenImage) -> tuple[str, ...]:
    """Return the commands that load a written image into an engine."""
    target, name = written.target, ImageName.parse(written.name)
    file = shlex.quote(f"./{target}" if target.startswith("-") else target)
    docker = f"docker load -i {file}"
    # podman takes what follows a colon for an image's name, whatever the file is called
    podman = f"podman load < {file}" if ":" in target else f"podman load -i {file}"
    if written.image_format == "oci":
        # podman pull would name it after the directory
        return (f"{_skopeo(written, '')} {shlex.quote(f'containers-storage:{name.full}')}",)
    if written.image_format == "oci-archive":
        return (podman, f"ctr images import {file}")
    return (docker, podman)


def load_note(image_format: str, media_types: Iterable[str]) -> str | None:
    """Return what a client needs to load an image whose layers have these media types, or None."""
    if image_format in {"hybrid", "docker-archive"} and any(kind.endswith("+zstd") for kind in media_types):
        return "docker loads zstd layers from version 23 on"
    return None


def push_command(written: WrittenImage) -> str:
    """Return the command that copies a written image to its registry; HOST is used if none is named.

    Blobs are not changed, so that the registry gets what was predicted, and what it has is not sent again:
    skopeo would recompress layers, or substitute others that it knows. A docker-archive has no digests to
    keep.
    """
    name = ImageName.parse(written.name)
    place = shlex.quote(f"docker://{name}" if name.host else f"docker://HOST/{name}")
    keep = "" if written.image_format == "docker-archive" else "--preserve-digests "
    command = f"{_skopeo(written, keep)} {place}"
    archive = written.image_format != "oci" and ":" in written.target
    return f"{command} < {shlex.quote(written.target)}" if archive else command


def _skopeo(written: WrittenImage, options: str) -> str:
    """Return the skopeo command up to the source; skopeo takes what follows the first colon for a name."""
    target, transport = written.target, _TRANSPORTS.get(written.image_format, "oci-archive")
    split = ":" in target
    if transport != "oci":
        return f"skopeo copy {options}{transport}:{'/dev/stdin' if split else shlex.quote(target)}"
    called = f":{written.reference}" if written.reference else ""
    if split:
        return f"cd {shlex.quote(target)} && skopeo copy {options}oci:.{called}"
    return f"skopeo copy {options}oci:{shlex.quote(target)}{called}"
