"""Images for nix-snapshotter, a plugin of containerd: their store paths come from a store, not from a layer.

A layer has the store paths in its annotations, and in its tar an empty directory for each to be mounted at.
Source of the format: docs/architecture.md of nix-snapshotter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from nixdive.errors import MalformedImageError
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.spec import ImageSpec, Stamp
from nixdive.image.readers.stream_conf import StreamConf
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nixdive.image.readers.stored import StoredImage

_OWN = "containerd.io/snapshot/nix-"
_PATH = re.compile(r"containerd\.io/snapshot/nix-store-path\.(\d{1,9})")


class Described(Protocol):
    """A layer with what its descriptor says: one that is stored, or the descriptor itself."""

    @property
    def said(self) -> Mapping[str, Any]:
        """Other keys of the descriptor, annotations among them."""


def mounted_paths(layers: Iterable[Described], where: str) -> tuple[tuple[StorePath, ...], ...]:
    """Return the store paths that layers have from a store, a tuple for each such layer, lowest first.

    Args:
        layers: all of an image, lowest first.
        where: what to call it in messages.

    Raises:
        MalformedImageError: an annotation names no store path.
    """
    seen: set[StorePath] = set()
    found = []
    for place, layer in enumerate(layers, 1):
        named = _paths(layer, f"{where}: layer {place}")
        paths = tuple(path for path in named if path not in seen)
        seen.update(paths)
        if paths:
            found.append(paths)
    return tuple(found)


def as_conf(image: StoredImage, name: str) -> StreamConf:
    """Return what has the same store paths in layers, above those of the image."""
    config = image.config.get("config")
    created = image.config.get("created")
    platform = Platform.of(image.config) or Platform.here()
    return StreamConf(
        mounted_paths(image.layers, name),
        config if isinstance(config, dict) else {},
        "/".join(filter(None, (platform.architecture, platform.variant))),
        created if isinstance(created, str) and created else ImageSpec(name).created,
        Stamp(),
        name,
        None,
        None,
    )


def without_mounts(image: StoredImage) -> StoredImage:
    """Return the image without the annotations that have store paths mounted."""
    return replace(image, layers=tuple(replace(layer, said=_rest(layer.said)) for layer in image.layers))


def _rest(said: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in _annotations(said).items() if not key.startswith(_OWN)}
    others = {key: value for key, value in said.items() if key != "annotations"}
    return others | ({"annotations": kept} if kept else {})


def _annotations(said: Mapping[str, Any]) -> Mapping[str, Any]:
    found = said.get("annotations")
    return found if isinstance(found, dict) else {}


def _paths(layer: Described, where: str) -> list[StorePath]:
    numbered = {
        int(key[1]): text
        for name, text in _annotations(layer.said).items()
        if (key := _PATH.fullmatch(name)) is not None
    }
    found = []
    for number in sorted(numbered):
        try:
            found.append(StorePath.parse(str(numbered[number])))
        except ValueError as error:
            raise MalformedImageError(f"{where}: store path {number}: {error}") from error
    return found
