"""Two images to be compared: of their layers what the comparison needs, and no layer twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.file_tree import implied
from nixdive.contents.layer_index import Facts, LayerIndex
from nixdive.image.oci.history import listed_paths, store_dir
from nixdive.image.stored.indexed import by_digest, index_image
from nixdive.image.stored.layer_files import StoredFiles
from nixdive.image.stored.store_names import StoreNames
from nixdive.store.path import STORE_DIR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.readers.stored import StoredImage, StoredLayer
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath


class ReadImage(NamedTuple):
    """An image whose layers were indexed.

    Attributes:
        layers: as they are stored, lowest first.
        indexes: what is in each.
        store: the directory of its store.
    """

    layers: Sequence[StoredLayer]
    indexes: Sequence[LayerIndex]
    store: str = STORE_DIR

    @property
    def files(self) -> tuple[StoredFiles, ...]:
        """The files of each layer."""
        return tuple(map(StoredFiles, self.layers, self.indexes))


def read_pair(
    before: StoredImage,
    after: StoredImage,
    progress: Progress,
    indexes: Sequence[LayerIndex] | None = None,
) -> tuple[ReadImage, ReadImage]:
    """Read two images as far as what differs between them needs it.

    Blobs with one digest are the same, and read once. Where the histories of both list what store paths such
    a layer has, and no other layer touches these, it is not read at all: its index has the paths as
    directories with nothing in them.

    Args:
        before: the earlier one.
        after: the later one.
        progress: notified of the layer bytes that are read, and asked whether to stop.
        indexes: of the layers of the later one, where they were read already.

    Raises:
        MalformedImageError: none of the layers of an image can be read.
        Cancelled: the user stopped it.
    """
    shared = {layer.diff_id for layer in before.layers} & {layer.diff_id for layer in after.layers}

    def asked(layer: StoredLayer) -> Facts:
        """Return what is asked of a layer that is read in any case, so that none is unpacked twice."""
        packed = layer.compression != "none"
        return Facts.DIGESTS if packed and layer.diff_id not in shared else Facts.NONE

    def read(known: Mapping[str, LayerIndex]) -> tuple[ReadImage, ReadImage]:
        had = index_image(before, progress, facts=asked, known=known)
        has = indexes
        if has is None:
            has = index_image(after, progress, facts=asked, known={**by_digest(before, had), **known})
        return (
            ReadImage(before.layers, had, store_dir(before.config)),
            ReadImage(after.layers, has, store_dir(after.config)),
        )

    if indexes is not None:
        return read(by_digest(after, indexes))
    listed = _listed(before, after)
    pair = read({digest: _of_paths(paths) for digest, paths in listed.items()})
    unread = {path for paths in listed.values() for path in paths}
    if not any(_touches(image, listed, unread) for image in pair):
        return pair
    known = {**by_digest(before, pair[0].indexes), **by_digest(after, pair[1].indexes)}
    return read({digest: index for digest, index in known.items() if digest not in listed})


def _listed(before: StoredImage, after: StoredImage) -> dict[str, tuple[StorePath, ...]]:
    """Return the store paths of the layers that both have and list alike, by the digests of their blobs."""
    had, has = (
        {
            layer.digest: paths
            for layer, paths in zip(one.layers, listed_paths(one.config, len(one.layers)), strict=True)
            if layer.digest and layer.has_stated_size
        }
        for one in (before, after)
    )
    return {digest: paths for digest, paths in had.items() if paths and has.get(digest) == paths}


def _of_paths(paths: Sequence[StorePath]) -> LayerIndex:
    return LayerIndex(tuple(implied(path.encode()) for path in paths), 0, "")


def _touches(image: ReadImage, listed: Mapping[str, Sequence[StorePath]], unread: set[StorePath]) -> bool:
    """Whether layers that were read have, or remove, something of store paths in layers that were not."""
    others = (
        StoreNames.of(index, image.store)
        for layer, index in zip(image.layers, image.indexes, strict=True)
        if layer.digest not in listed
    )
    return any(names.hides_store or not unread.isdisjoint((*names.paths, *names.hidden)) for names in others)
