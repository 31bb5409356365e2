"""The commands that load a written image into an engine, or push it to a registry."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING, NamedTuple

from nixdive.clients.client import client
from nixdive.image.name import ImageName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nixdive.image.written import WrittenImage

_ENGINES = ("docker ", "podman ")
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


class ShellCommand(NamedTuple):
    """A command for the shell that takes a written image further.

    Attributes:
        text: the command.
        keeps_digests: whether the registry gets the digests that were written: of a command that loads, by a
            push from the engine that it loads into.
        note: what there is to say of it, or nothing.
    """

    text: str
    keeps_digests: bool
    note: str = ""


def after_loading(written: WrittenImage) -> tuple[ShellCommand, ...]:
    """Return the commands that load a written image, and what becomes of its digests in a push from there."""
    return tuple(_loading(command) for command in load_commands(written))


def _loading(command: str) -> ShellCommand:
    engine = client(command.partition(" ")[0]) if command.startswith(_ENGINES) else None
    if engine is None or engine.keeps_digests:
        return ShellCommand(command, keeps_digests=True)
    return ShellCommand(command, keeps_digests=False, note=f"a push from {engine.title} compresses anew")


def push_commands(written: WrittenImage) -> tuple[ShellCommand, ...]:
    """Return the commands that copy a written image to its registry; HOST is used if none is named.

    Those that keep digests come first: the registry gets what was predicted, and what it has is not sent
    again. skopeo is named in any case; without --preserve-digests it would compress layers anew or substitute
    others that it knows. A docker-archive has no digests for skopeo to keep. The others are named where they
    are installed and read the format: crane takes an archive for docker's, but sends its blobs as they are.
    """
    name = ImageName.parse(written.name)
    place = str(name) if name.host else f"HOST/{name}"
    keeps = written.image_format != "docker-archive"
    command = f"{_skopeo(written, '--preserve-digests ' if keeps else '')} {shlex.quote(f'docker://{place}')}"
    if written.image_format != "oci" and ":" in written.target:
        command += f" < {shlex.quote(written.target)}"
    note = "" if keeps else "it compresses anew"
    found = [ShellCommand(command, keeps, note)]
    found += (ShellCommand(text, keeps_digests=True) for text in _others(written, name, place))
    return tuple(sorted(found, key=lambda one: not one.keeps_digests))


def _others(written: WrittenImage, name: ImageName, place: str) -> Iterator[str]:
    target, to = written.target, shlex.quote(place)
    if ":" in target:  # they take what follows for a name
        return
    file, form = shlex.quote(f"./{target}" if target.startswith("-") else target), written.image_format
    tagged = f"{file}:{shlex.quote(written.reference)}" if written.reference else file
    if form in {"hybrid", "docker-archive"} and shutil.which("crane"):
        yield f"crane push {file} {to}"
    if form in {"hybrid", "oci-archive"} and shutil.which("regctl"):
        yield f"regctl image import {to} {file}"
    if form != "docker-archive" and shutil.which("oras"):
        yield f"oras cp --from-oci-layout {tagged} {to}"
    if form in {"hybrid", "oci-archive"} and shutil.which("ctr"):
        # it is imported under its full name, and pushed under any
        yield f"ctr images import {file} && ctr images push {to} {shlex.quote(name.full)}"


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
