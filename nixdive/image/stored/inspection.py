"""Everything that the bytes of an image show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nixdive.collector import uncollected
from nixdive.contents.efficiency import Efficiency, Hidden, efficiency, hidden
from nixdive.contents.layer_index import unread
from nixdive.digest import digest_of, stated_in
from nixdive.image.oci import media
from nixdive.image.oci.history import layer_steps, store_dir
from nixdive.image.readers.files import Files, whole
from nixdive.image.stored.indexed import index_image
from nixdive.image.stored.store_names import store_paths
from nixdive.progress import NullProgress, Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.readers.stored import StoredImage, StoredLayer
    from nixdive.image.stored.kept_indexes import KeptIndexes
    from nixdive.image.stored.mounts import Mounts
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class InspectedLayer:
    """A layer and its contents.

    Attributes:
        stored: the layer as it is stored.
        index: its entries.
        created_by: the command that made it as the image's history has it; None where it has none.
        comment: the comment of the history, or empty.
        paths: its store paths, with the bytes of their files, sorted.
    """

    stored: StoredLayer
    index: LayerIndex
    created_by: str | None
    comment: str
    paths: Mapping[StorePath, int]

    @property
    def digest(self) -> str | None:
        """The digest of the blob: as it is stated, else worked out of its bytes, which are read for it.

        None if the blob cannot be read, and nothing states it.
        """
        if self.stored.digest is not None or self.index.fault:
            return self.stored.digest
        # the blob of a layer that is not compressed is the tar
        return _digest(self.stored) if self.works_out_digest else self.stored.diff_id

    @property
    def works_out_digest(self) -> bool:
        """Whether the digest of the blob is one of its bytes, and not only what a document states."""
        stored = self.stored
        return stored.digest is None and stored.compression != "none" and not self.index.fault

    @property
    def media_type(self) -> str:
        """Its media type: from its manifest, else from its bytes."""
        return self.stored.media_type or media.layer_type(self.stored.compression)

    @property
    def command(self) -> str:
        """The command without the shell that docker starts it with; the comment if there is none."""
        return (self.created_by or "").removeprefix("/bin/sh -c ") or self.comment


@dataclass(frozen=True, slots=True)
class Inspection:
    """An image, read as far as it can be.

    Efficiency and hidden files are those of the layers that can be read.

    Attributes:
        stored: the image as it is stored.
        config_digest: the digest of its config, worked out of its bytes.
        layers: lowest first.
        efficiency: dive's figures.
        hidden: the files that are shipped for nothing, largest first.
        mounts: the store paths that come from a store, in no layer and in no figure; None where there are
            none.
    """

    stored: StoredImage
    config_digest: str
    layers: tuple[InspectedLayer, ...]
    efficiency: Efficiency
    hidden: tuple[Hidden, ...]
    mounts: Mounts | None = None

    @property
    def config_is_right(self) -> bool | None:
        """Whether the config has the digest by which it is named; None where its name is not a digest."""
        stated = stated_in(self.stored.config_member)
        return None if stated is None else self.config_digest == stated

    @property
    def size(self) -> int:
        """Bytes of all layers as they are stored, as far as they are known."""
        return sum(layer.stored.size for layer in self.layers)

    @property
    def unsized(self) -> tuple[int, ...]:
        """The places of layers whose stored size is not known."""
        return tuple(i for i, layer in enumerate(self.layers) if not layer.stored.sized)

    @property
    def unread(self) -> Mapping[int, str]:
        """The places of layers that cannot be read, with the cause of each."""
        return unread(layer.index for layer in self.layers)

    @property
    def reclaimable_bytes(self) -> int:
        """Bytes of files that are hidden in the image."""
        return sum(file.size for file in self.hidden)


def inspect_stored(
    stored: StoredImage,
    files: Files,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
    indexes: Sequence[LayerIndex] | None = None,
    mounts: Mounts | None = None,
    *,
    kept: KeptIndexes | None = None,
) -> Inspection:
    """Read an image that is in some files.

    Args:
        stored: the image.
        files: the files that have it.
        progress: notified of the layer bytes that are read.
        indexes: of its layers, where they have been read already.
        mounts: the store paths that it has from a store.
        kept: what is in compressed layers that were read before. They are hashed instead of unpacked: what
            is kept counts only for the bytes that it was read from.

    Of layers that are not compressed only the headers are read, and no digest is checked but the config's:
    that is what `verify` is for.

    Raises:
        MalformedImageError: none of its layers can be read, or its config cannot.
        Cancelled: the user stopped it.
    """
    with uncollected():
        if indexes is None:
            found: Sequence[LayerIndex] = index_image(stored, progress, kept=kept, believed=False)
        else:
            found = indexes
        return replace(_inspected(stored, files, found), mounts=mounts)


def _inspected(stored: StoredImage, files: Files, indexes: Sequence[LayerIndex]) -> Inspection:
    history = layer_steps(stored.config)
    store = store_dir(stored.config)
    layers = []
    for i, (layer, index) in enumerate(zip(stored.layers, indexes, strict=True)):
        made = history[i] if i < len(history) else {}
        layers.append(
            InspectedLayer(
                layer,
                index,
                _text(made, "created_by") if i < len(history) else None,
                _text(made, "comment"),
                store_paths(index, store),
            )
        )
    config = digest_of(whole(files, stored.config_member))
    return Inspection(stored, config, tuple(layers), efficiency(indexes), hidden(indexes))


def _text(made: Mapping[str, Any], key: str) -> str:
    text = made.get(key)
    return text if isinstance(text, str) else ""


def _digest(layer: StoredLayer) -> str:
    found = sha256()
    for data in layer.chunks():
        found.update(data)
    return f"sha256:{found.hexdigest()}"
