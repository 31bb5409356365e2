"""What engines accept in an image as a whole: platform, layers, size and types of the documents."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeGuard

from nixdive.clients.client import clients
from nixdive.image.checks.config import types
from nixdive.image.checks.refusal import ALL, CONTAINERD, DOCKER, DOCKERS, PODMAN, READERS, SKOPEO, Refusal
from nixdive.image.oci.kinds import FLAG, MAP, OBJECT, TEXT, TEXTS, unreadable
from nixdive.sizes import prose
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nixdive.image.oci.platform import Platform
    from nixdive.image.oci.said import Said
    from nixdive.image.oci.spec import ImageSpec

# containers/image reads no more of a config or a manifest, and registries take no larger manifest
_MOST_DOCUMENT = 4 << 20
# bytes of key and value of a label; containerd gives those of an image to its containers
_MOST_LABEL = 4096
# what docker reads: RFC 3339
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_TEXTS = {
    **dict.fromkeys(("author", "os.version", "variant"), (TEXT, ALL)),
    "os.features": (TEXTS, ALL),
    **dict.fromkeys(("comment", "container", "docker_version", "id", "parent"), (TEXT, DOCKERS)),
    "container_config": (OBJECT, DOCKERS),
}
_STEP = {"author": TEXT, "comment": TEXT, "created_by": TEXT, "empty_layer": FLAG}


def of_spec(spec: ImageSpec, below: Platform | None) -> Iterator[Refusal]:
    """Yield what engines do not accept in platform and time.

    Args:
        spec: the requested values.
        below: the platform of the base image, if it states one.
    """
    platform = spec.platform.spelled
    if platform.wrong is not None:
        yield Refusal(platform.wrong, (CONTAINERD,), "--architecture takes amd64, arm64, arm/v7 and so on")
    elif below is not None and below.spelled.wrong is None and platform.rank(below) is None:
        yield Refusal(
            f"the base image is for {below.spelled}, the image for {platform}",
            (),
            f"name a base image for {platform}, or set the platform of the programs: --architecture",
        )
    if not is_moment(spec.created):
        yield Refusal(f"created {spec.created!r} is not a time like 2026-01-31T12:00:00Z", ALL)


def crowded(count: int) -> tuple[str, ...]:
    """Return a line if there are clients that do not run an image of so many layers."""
    small = [one for one in clients().values() if one.most_layers is not None and one.most_layers < count]
    words = listed(f"{one.title} ({one.most_layers})" for one in small)
    return (f"{count} layers are more than some clients run: {words}",) if small else ()


def of_fields(document: Mapping[str, Any]) -> Iterator[Refusal]:
    """Yield what engines do not accept in fields of an image config other than `config` and `rootfs`."""
    for key, (kind, engines) in _TEXTS.items():
        value = document.get(key)
        if value is not None and not kind.holds(value):
            yield Refusal(f"{key} is not {kind.words}", engines)
    inner = document.get("container_config")
    if isinstance(inner, dict):
        for found in types(inner, inner):
            if DOCKER in found.engines:  # it is never run, but must have Docker's types
                yield found._replace(what=f"container_config: {found.what}", engines=DOCKERS)
    for place, step in enumerate(document.get("history") or ()):
        yield from _of_step(step, f"history {place}")
    if unreadable(dict(document)):
        yield Refusal("it contains text that is not Unicode, which engines replace")


def _of_step(step: Mapping[str, Any], where: str) -> Iterator[Refusal]:
    for key, kind in _STEP.items():
        if step.get(key) is not None and not kind.holds(step[key]):
            yield Refusal(f"{where}: {key} is not {kind.words}", ALL)
    if step.get("created") is not None and not is_moment(step["created"]):
        yield Refusal(f"{where}: created is not a time like 2026-01-31T12:00:00Z", ALL)


def of_size(what: str, size: int) -> Iterator[Refusal]:
    """Yield what engines do not accept about the size of a config or a manifest."""
    if size > _MOST_DOCUMENT:
        yield Refusal(
            f"its {what} is {prose(size)}, more than {prose(_MOST_DOCUMENT)}",
            (PODMAN, SKOPEO),
            "leave out labels that are not needed",
        )


def of_said(said: Said, layers: Sequence[Mapping[str, Any]]) -> Iterator[Refusal]:
    """Yield what engines do not accept in a manifest: in its other keys, and in those of each layer."""
    for where, one in (("manifest", said.manifest), ("index", said.index)):
        if one.get("annotations") is not None and not MAP.holds(one["annotations"]):
            yield Refusal(f"{where}: annotations is not {MAP.words}", READERS)
        elif unreadable(one.get("annotations")):
            yield Refusal(f"{where}: annotations contain text that is not Unicode")
    size = len(json.dumps([dict(said.manifest), dict(said.config), *map(dict, layers)]))
    yield from of_size("manifest", size)


def lost(image_format: str, said: Said, layers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return a line if a format has no place for the annotations in an image's manifest and index."""
    told = any((said.manifest, said.config, said.annotations, said.index, *layers))
    if image_format != "docker-archive" or not told:
        return ()
    return ("annotations of the image are lost: a docker-archive has no place for them",)


def notes(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return limitations of single engines with a config that all of them load: one line each."""
    labels = config.get("Labels")
    long = [
        key
        for key, value in (labels.items() if isinstance(labels, dict) else ())
        if len(key.encode(errors="replace")) + len(str(value or "").encode(errors="replace")) > _MOST_LABEL
    ]
    return tuple(
        f"ctr run refuses the label {key}: with its value it has more than {_MOST_LABEL} bytes"
        for key in long
    )


def is_moment(text: Any) -> TypeGuard[str]:
    """Whether it is a time as image configs have it (RFC 3339)."""
    return isinstance(text, str) and _MOMENT.fullmatch(text) is not None
