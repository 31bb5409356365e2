"""Manifest and index of an OCI image (image-spec: manifest.md, image-index), docker's manifest.json."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.digest import digest_of
from nixdive.errors import ImageError
from nixdive.image.oci import media
from nixdive.image.oci.config import canonical
from nixdive.image.oci.name import ImageName
from nixdive.image.oci.said import Said

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from nixdive.image.oci.platform import Platform
    from nixdive.image.written import WrittenLayer

INDEX = "index.json"
FULL_NAME = "io.containerd.image.name"
REFERENCE = "org.opencontainers.image.ref.name"
LAYOUT, LAYOUT_VERSION = "oci-layout", "imageLayoutVersion"
OCI_LAYOUT = canonical({LAYOUT_VERSION: "1.0.0"})


def descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    """Return a descriptor: what a blob is, its digest and its bytes."""
    return {"mediaType": media_type, "digest": digest, "size": size}


def manifest_bytes(config: bytes, layers: Sequence[WrittenLayer], said: Said = Said()) -> bytes:  # noqa: B008
    """Return the OCI manifest of a config and its layers, lowest first.

    Args:
        config: the config.
        layers: each with the other keys of its descriptor.
        said: other keys of an image that is written again.
    """
    made = {
        "schemaVersion": 2,
        "mediaType": media.MANIFEST,
        "config": {**said.config, **descriptor(media.CONFIG, digest_of(config), len(config))},
        "layers": [
            {**layer.said, **descriptor(layer.media_type, layer.digest, layer.size)} for layer in layers
        ],
    }
    return canonical({**said.manifest, **made})


class Indexed(NamedTuple):
    """What the index of a layout lists.

    Attributes:
        manifest: the bytes of a manifest, or of an index.
        name: of the image; None for what is about an image.
        platform: of the image; None where the descriptor has none of its own to say.
        said: other keys of an image that was opened.
        kind: the media type.
        entry: other keys of the descriptor.
    """

    manifest: bytes
    name: ImageName | None
    platform: Platform | None
    said: Said = Said()
    kind: str = media.MANIFEST
    entry: Mapping[str, Any] = MappingProxyType({})


def index_of(images: Sequence[Indexed], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the index of a layout.

    The full name of an image is in containerd's annotation, which podman reads too. The reference name is
    the tag alone, as the specification says; if there are several new images, or another image has the tag,
    it is repository and tag.

    Args:
        images: the images that are new.
        before: the index to which they are added: an image of the same name is replaced, the rest is kept.
    """
    new = {image.name for image in images if image.name is not None}
    others = {digest_of(image.manifest) for image in images if image.name is None}
    kept = [
        one
        for one in (before or {}).get("manifests", ())
        if not any(_is(one, name) for name in new) and not _has_digest(one, others)
    ]
    taken = {_note(one, REFERENCE) for one in kept}
    entries = []
    for image in images:
        entry = {**image.entry, **descriptor(image.kind, digest_of(image.manifest), len(image.manifest))}
        if image.platform is not None:
            entry["platform"] = image.platform.described
        if image.name is not None:
            alone = len(new) == 1 and image.name.tag not in taken
            names = {FULL_NAME: image.name.full, REFERENCE: reference(image.name, alone=alone)}
            entry["annotations"] = {**image.said.annotations, **names}
        entries.append(entry)
    around = images[0].said.index if before is None and len(images) == 1 else before or {}
    made: dict[str, Any] = {"schemaVersion": 2, "mediaType": media.INDEX, **around}
    return made | {"manifests": [*kept, *entries]}


def reference(name: ImageName, *, alone: bool) -> str:
    """Return the reference by which tools find an image in an index: its tag, or its whole name."""
    return name.tag if alone else str(name)


def _is(entry: Any, name: ImageName) -> bool:
    """Whether an entry of an index has a name."""
    full = _note(entry, FULL_NAME)
    told = _note(entry, REFERENCE)
    if full is None and told == name.tag:
        return True
    text = full or told
    try:
        return text is not None and (":" in text or "/" in text) and ImageName.parse(text).full == name.full
    except ImageError:
        return False


def _has_digest(entry: Any, digests: Container[str]) -> bool:
    """Whether an entry of an index has one of these digests."""
    return isinstance(entry, dict) and entry.get("digest") in digests


def _note(entry: Any, key: str) -> str | None:
    notes = entry.get("annotations") if isinstance(entry, dict) else None
    found = notes.get(key) if isinstance(notes, dict) else None
    return found if isinstance(found, str) else None


class Saved(NamedTuple):
    """An image as docker's manifest.json names it: the members that hold config and layers, and its name."""

    config: str
    name: ImageName
    layers: Sequence[str]


def docker_manifest_bytes(images: Sequence[Saved]) -> bytes:
    """Return docker's manifest.json."""
    return canonical(
        [
            {"Config": image.config, "RepoTags": [str(image.name)], "Layers": list(image.layers)}
            for image in images
        ]
    )
