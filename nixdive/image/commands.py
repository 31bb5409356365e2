"""The commands that load a written image into an engine, or push it to a registry."""

from __future__ import annotations

import json
import shlex
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nixdive.clients.client import client
from nixdive.image.oci.name import ImageName
from nixdive.small_file import read_small

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nixdive.image.written import WrittenImage

_ENGINES = ("docker ", "podman ")
_TRANSPORTS = {"docker-archive": "docker-archive", "oci": "oci"}

_ANEW = "{} compresses anew"
_DOCKERS = "{} gives it a manifest for Docker, with another digest"

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
        return (f"{_skopeo(written, '', name)} {shlex.quote(f'containers-storage:{name.full}')}",)
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
    return tuple(_loading(command, len(written.layers)) for command in load_commands(written))


def _loading(command: str, layers: int) -> ShellCommand:
    engine = client(command.partition(" ")[0]) if command.startswith(_ENGINES) else None
    if engine is None:
        return ShellCommand(command, keeps_digests=True)
    note = "" if engine.keeps_digests else f"a push from {engine.title} compresses anew"
    if engine.most_layers is not None and engine.most_layers < layers:
        note = f"{engine.title} takes at most {engine.most_layers} layers"
    return ShellCommand(command, engine.keeps_digests, note)


def fetch_commands(written: WrittenImage) -> tuple[ShellCommand, ...]:
    """Return the commands that fetch an image from its registry, or start it in its engine."""
    transport, _, place = written.target.partition(":")
    place = place.removeprefix("//")
    if transport != "docker":
        engine = "docker" if transport == "docker-daemon" else "podman"
        return (ShellCommand(f"{engine} run --rm {shlex.quote(place)}", keeps_digests=True),)
    name = ImageName.parse(place)
    by_digest = f"{str(name).rpartition(':')[0]}@{written.manifest_digest}"
    return tuple(
        ShellCommand(f"{engine} pull {shlex.quote(what)}", keeps_digests=True)
        for engine, what in (("docker", str(name)), ("podman", str(name)), ("docker", by_digest))
    )


def push_commands(written: WrittenImage) -> tuple[ShellCommand, ...]:
    """Return the commands that copy a written image to its registry; HOST is used if none is named.

    Those that keep digests come first: the registry gets what was predicted, and what it has is not sent
    again. skopeo is named in any case; without --preserve-digests it would compress layers anew or substitute
    others that it knows. The others are named where they are installed and read the format.
    """
    name = ImageName.parse(written.name)
    place = str(name) if name.host else f"HOST/{name}"
    found = (_by_skopeo(written, name, place), *_others(written, name, place))
    return tuple(sorted(found, key=lambda one: (not one.keeps_digests, one.note)))


def _by_skopeo(written: WrittenImage, name: ImageName, place: str) -> ShellCommand:
    # it takes the layers of a docker-archive by their diff_ids, so what is packed there is unpacked first
    keeps = written.image_format != "docker-archive" or not _packed(written)
    place = shlex.quote(f"docker://{place}")
    source = _skopeo(written, "--preserve-digests " if keeps else "", name)
    redirect = (
        f" < {shlex.quote(written.target)}" if written.image_format != "oci" and ":" in written.target else ""
    )
    return ShellCommand(f"{source} {place}{redirect}", keeps, "" if keeps else _ANEW.format("skopeo"))


def _others(written: WrittenImage, name: ImageName, place: str) -> Iterator[ShellCommand]:
    target, to, form = written.target, shlex.quote(place), written.image_format
    if ":" in target:  # they take what follows for a name
        return
    file = shlex.quote(f"./{target}" if target.startswith("-") else target)
    indexed = form != "docker-archive"
    if shutil.which("crane"):
        yield from _by_crane(written, file, to)
    if indexed and shutil.which("regctl"):
        which = f"--name {shlex.quote(str(written.reference))} " if written.images > 1 else ""
        yield ShellCommand(
            f"regctl image copy {shlex.quote(f'ocidir://{target}@{written.manifest_digest}')} {to}"
            if form == "oci"
            else f"regctl image import {which}{to} {file}",
            keeps_digests=True,
        )
    if indexed and shutil.which("oras"):
        # a reference may have a colon of its own, which oras does not take
        yield ShellCommand(
            f"oras cp --from-oci-layout {file}@{written.manifest_digest} {to}", keeps_digests=True
        )
    if form != "oci" and shutil.which("ctr"):
        # it is imported under its full name, and pushed under any
        push = f"ctr images import {file} && ctr images push {to} {shlex.quote(name.full)}"
        yield ShellCommand(push, keeps_digests=True, note="" if indexed else _DOCKERS.format("ctr"))


def _by_crane(written: WrittenImage, file: str, to: str) -> Iterator[ShellCommand]:
    """Yield the command for crane, which takes a layout with one image, and of an archive what docker reads.

    If the lowest layer of an archive is not compressed, it compresses all of them: also those that are.
    """
    push, form = f"crane push {file} {to}", written.image_format
    if form == "oci" and _images_in(written.target) == 1:
        yield ShellCommand(push, keeps_digests=True)
    elif form in {"hybrid", "docker-archive"} and written.images == 1:
        packed = [layer.digest != layer.diff_id for layer in written.layers]
        if packed[:1] == [True]:
            yield ShellCommand(push, keeps_digests=True, note=_DOCKERS.format("crane"))
        elif not any(packed):
            yield ShellCommand(push, keeps_digests=False, note=_ANEW.format("crane"))


def _images_in(layout: str) -> int:
    from nixdive.image.oci.manifest import INDEX  # noqa: PLC0415  it loads what unpacks layers

    with suppress(OSError, ValueError, KeyError):
        return len(json.loads(read_small(Path(layout, INDEX), "document"))["manifests"])
    return 0


def _packed(written: WrittenImage) -> bool:
    """Whether a layer is compressed."""
    return any(layer.digest != layer.diff_id for layer in written.layers)


def _skopeo(written: WrittenImage, options: str, name: ImageName) -> str:
    """Return the skopeo command up to the source; skopeo takes what follows the first colon for a name."""
    target, transport = written.target, _TRANSPORTS.get(written.image_format, "oci-archive")
    split = ":" in target
    which = written.reference if transport == "oci" or written.images > 1 else None
    if transport == "docker-archive" and written.images > 1:
        which = str(name)
    called = f":{which}" if which else ""
    if transport != "oci":
        return f"skopeo copy {options}{transport}:{'/dev/stdin' if split else shlex.quote(target)}{called}"
    if split:
        return f"cd {shlex.quote(target)} && skopeo copy {options}oci:.{called}"
    return f"skopeo copy {options}oci:{shlex.quote(target)}{called}"
