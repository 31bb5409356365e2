"""A base image: its layers go unchanged below the store layers, its variables before the new ones.

If it has a link in place of a directory, files put below that name go to the link's target.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import stacked
from nixdive.contents.layer_index import LayerIndex, index_headers, unread
from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.checks.config import spelled
from nixdive.image.checks.layers import measured
from nixdive.image.oci.history import by_layer
from nixdive.image.oci.platform import Platform
from nixdive.image.readers.choice import ANY, Wanted
from nixdive.image.readers.found import read_image
from nixdive.layering.plan import Layer, LayerKind
from nixdive.words import unread_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nixdive.image.oci.spec import Stamp
    from nixdive.image.readers.stored import StoredImage, StoredLayer
    from nixdive.layering.request import PlanRequest

_HOPS = 40  # as Linux: path_resolution(7)


class FoundBlob(NamedTuple):
    """A layer that is there.

    Attributes:
        blob: the layer as it is stored.
        tar_size: bytes of its tar.
        listing: what is in it; None where it has not been read.
        steps: its entries in the history of its image.
    """

    blob: StoredLayer
    tar_size: int
    listing: LayerIndex | None
    steps: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class BaseImage:
    """An image whose layers are used unchanged: one to build on, or the one that was opened.

    Attributes:
        origin: the image as the user named it.
        stored: config and layers as they are stored.
        tar_sizes: bytes of the uncompressed tar of each layer, lowest first.
        opened: whether it is the image that was opened: then its variables are not inherited, because the
            new image has its config; and its store layers may be reused too.
        stamp: time and owner of the entries of its store layers, for an image that was opened.
        plan_label: the plan file in its labels, for an image that was opened.
        asked: what that plan asked for, as far as the layers meet it: pins, rates, budget; None where there
            is no such plan, or it cannot be read.
        indexes: what is in each layer, where all of them were read for that; else empty.
        rests: what is left of layers whose store paths are laid out anew, as layers, for an image that was
            opened; a plan may have one in the place of the whole.
        repeated: for an image to build on, the path that each layer contains twice, or None.
    """

    origin: str
    stored: StoredImage
    tar_sizes: tuple[int, ...]
    opened: bool = False
    stamp: Stamp | None = None
    plan_label: str | None = None
    asked: PlanRequest | None = None
    indexes: tuple[LayerIndex, ...] = ()
    repeated: tuple[bytes | None, ...] = ()
    rests: tuple[FoundBlob, ...] = ()

    @classmethod
    def open(cls, path: Path, wanted: Wanted = ANY) -> BaseImage:
        """Open the image of a file or a directory to build on; raises as `read_image` and `of`."""
        return cls.of(read_image(path, wanted), str(path))

    @classmethod
    def of(cls, stored: StoredImage, origin: str, indexes: tuple[LayerIndex, ...] = ()) -> BaseImage:
        """Return an image to build on.

        It is worked out how long the tars of its layers are, and whether engines accept them.

        Args:
            stored: the image.
            origin: what the user named.
            indexes: what is in each layer; without them, or where one has a fault, the layers are read.

        Raises:
            MalformedImageError: a layer cannot be read.
        """
        for layer in stored.layers:
            if layer.fault:
                raise layer.malformed(layer.fault)
        if unread(indexes):
            indexes = ()
        listings = indexes or (None,) * len(stored.layers)
        found = [measured(layer, index) for layer, index in zip(stored.layers, listings, strict=True)]
        return cls(
            origin,
            stored,
            tuple(size for size, _ in found),
            indexes=indexes,
            repeated=tuple(twice for _, twice in found),
        )

    def refuse_unread(self) -> None:
        """Raise MalformedImageError if the image was opened although some of its layers cannot be read."""
        missing = unread(self.indexes)
        if missing:
            lines = "; ".join(unread_lines(missing))
            raise MalformedImageError(
                f"{self.origin}: {lines}", hint="the image can be looked at, but not written without it"
            )

    @property
    def blobs(self) -> tuple[StoredLayer, ...]:
        """The layers as they are stored, lowest first."""
        return self.stored.layers

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers as plans count them."""
        reason = f"layer of {self.origin}"
        return tuple(
            Layer(LayerKind.BASE, (), size, reason, diff_id=layer.diff_id)
            for size, layer in zip(self.tar_sizes, self.blobs, strict=True)
        )

    @property
    def inner(self) -> dict[str, Any]:
        """The `config` object of its config, keys as engines spell them."""
        config = self.stored.config.get("config")
        return spelled(config) if isinstance(config, dict) else {}

    @property
    def platform(self) -> Platform | None:
        """The platform it runs on, if it states one."""
        return Platform.of(self.stored.config)

    @property
    def env(self) -> tuple[str, ...]:
        """The variables, the only part of its config that is inherited, as in nixpkgs."""
        env = self.inner.get("Env") if not self.opened else None
        return tuple(one for one in env if isinstance(one, str)) if isinstance(env, list) else ()

    def found(self, layer: Layer) -> FoundBlob | None:
        """Return what a layer of a plan is, if it is there, by its diff_id."""
        for at, blob in enumerate(self.blobs):
            if blob.diff_id == layer.diff_id:
                index = self.indexes[at] if self.indexes else None
                return FoundBlob(blob, self.tar_sizes[at], index, self.histories[at])
        return next((one for one in self.rests if one.blob.diff_id == layer.diff_id), None)

    @property
    def histories(self) -> tuple[tuple[dict[str, Any], ...], ...]:
        """The history of each of its layers; empty where it has none."""
        return by_layer(self.stored.config, len(self.blobs)) or ((),) * len(self.blobs)


class Folders(NamedTuple):
    """The directories of an image, and the links that may take the place of some.

    Attributes:
        links: absolute names of symbolic links with their targets.
        modes: absolute names of directories with their permission bits.
    """

    links: dict[bytes, bytes]
    modes: dict[bytes, int]


def folders_of(base: BaseImage) -> Folders:
    """Return the directories and links of an image; without indexes the headers of its layers are read.

    Raises:
        MalformedImageError: a layer is not a tar.
    """
    indexes = base.indexes or [index_headers(layer.reader(), 0) for layer in base.blobs]
    files = stacked(indexes).files
    found = [(name, placed.entry) for name, placed in files.items()]
    return Folders(
        {name: entry.target for name, entry in found if entry.kind is EntryKind.SYMLINK},
        {name: entry.mode for name, entry in found if entry.kind is EntryKind.DIRECTORY},
    )


def landed(name: bytes, links: Mapping[bytes, bytes]) -> bytes:
    """Return the real name of a file whose directories may be links.

    Args:
        name: an absolute name; a link in its last part is not followed.
        links: absolute names of links with their targets.

    Raises:
        ImageError: the links form a loop.
    """
    waiting = name.strip(b"/").split(b"/")
    real: list[bytes] = []
    hops = 0
    while waiting:
        part = waiting.pop(0)
        if part == b"..":
            del real[-1:]
        elif part not in {b"", b"."}:
            real.append(part)
            target = links.get(b"/" + b"/".join(real)) if waiting else None
            if target is not None:
                hops += 1
                if hops > _HOPS:
                    raise ImageError(
                        f"{os.fsdecode(name)}: the links of the base image form a loop",
                        hint="write without --from, or without --contents",
                    )
                real = [] if target.startswith(b"/") else real[:-1]
                waiting = [*target.split(b"/"), *waiting]
    return b"/" + b"/".join(real)
