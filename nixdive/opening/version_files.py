"""The files of one version of an image, layer by layer: read on demand, then kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.contents.disk import DiskContents
from nixdive.contents.layer_index import Facts, LayerIndex, index_layer
from nixdive.errors import UnreadablePathError
from nixdive.image.oci.history import store_dir
from nixdive.image.oci.spec import Stamp
from nixdive.image.readers.stored import StoredImage, StoredLayer
from nixdive.image.root.tree import Tree
from nixdive.image.stored.contents import ImageContents
from nixdive.image.stored.indexed import index_image
from nixdive.image.stored.layer_files import EntryFiles, LayerFiles, StoredFiles
from nixdive.image.tars.tar import store_folders
from nixdive.layering.plan import Layer, LayerKind
from nixdive.progress import Progress, check
from nixdive.store.nix.disk import disk_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.contents.entry import Contents, FileEntry
    from nixdive.image.base import FoundBlob
    from nixdive.image.root.customisation import Customisation, TopLayer
    from nixdive.opening.subject import Subject
    from nixdive.store.path import StorePath

_KEPT = 256  # layers: more than an image has, to leave room for edits


class VersionFiles:
    """The files of a version.

    Args:
        contents: those of its store paths.
        stamp: time and owner of the files of its store paths.
        stored: layers that already exist as blobs, lowest first.
        rests: what plans have in the place of some of them.
        indexes: the contents of each of them; empty if they have not been read.
        customisation: the layers above those of the store, or None.
        stays: whether store layers can be among the stored ones.
    """

    def __init__(
        self,
        contents: Contents,
        stamp: Stamp,
        stored: Sequence[StoredLayer] = (),
        indexes: Sequence[LayerIndex] = (),
        customisation: Customisation | None = None,
        *,
        stays: bool = False,
        rests: Sequence[FoundBlob] = (),
    ) -> None:
        self._contents = contents
        self._stamp = stamp
        self._stored = {layer.diff_id: layer for layer in (*stored, *(rest.blob for rest in rests))}
        self._indexes = {layer.diff_id: index for layer, index in zip(stored, indexes, strict=False)}
        self._indexes |= {rest.blob.diff_id: rest.listing for rest in rests if rest.listing is not None}
        self._order = tuple(layer.diff_id for layer in stored)
        self._tops = customisation.tops if customisation else ()
        self._stays = stays
        self._paths: dict[StorePath, Sequence[FileEntry]] = {}
        self._layers: dict[str | Layer, LayerFiles] = {}

    @classmethod
    def of(cls, subject: Subject) -> VersionFiles:
        """Return the files of an opened subject."""
        base = subject.base
        return cls(
            subject.contents,
            subject.spec.stamp,
            base.blobs if base else (),
            base.indexes if base else (),
            subject.customisation,
            stays=base is not None and base.stamp == subject.spec.stamp,
            rests=base.rests if base else (),
        )

    @property
    def unread(self) -> tuple[int, ...]:
        """The places of its stored layers that cannot be read."""
        return tuple(i for i, diff_id in enumerate(self._order) if self._is_unread(diff_id))

    def _is_unread(self, diff_id: str) -> bool:
        index = self._indexes.get(diff_id)
        return index is not None and bool(index.fault)

    @classmethod
    def of_stored(cls, stored: StoredImage, progress: Progress) -> VersionFiles:
        """Read the layers of a stored image; raises as `index_image`."""
        indexes = index_image(stored, progress)
        contents = ImageContents(stored.layers, indexes, store_dir(stored.config))
        return cls(contents, Stamp(), stored.layers, indexes)

    @classmethod
    def of_disk(cls) -> VersionFiles:
        """Return the files of those store paths that are on this machine."""
        return cls(DiskContents(disk_root((), ask=False)), Stamp())

    def has(self, path: StorePath) -> bool:
        """Whether the files of a store path are here."""
        return path in self._paths or self._contents.has(path)

    def missing(self, layer: Layer) -> tuple[StorePath, ...]:
        """Return the store paths of a layer whose files are not here."""
        if self.is_stored(layer):
            return ()
        return tuple(path for path in layer.paths if not self.has(path))

    def of_paths(
        self, paths: Iterable[StorePath], progress: Progress, first: Sequence[FileEntry] = ()
    ) -> EntryFiles:
        """Return the files of some store paths; those that are not here are skipped.

        Args:
            paths: the store paths.
            progress: asked whether to continue.
            first: the entries that come before them.

        Raises:
            UnreadablePathError: a path cannot be listed.
            Cancelled: the user stopped it.
        """
        entries = list(first)
        for path in paths:
            check(progress)
            if self.has(path):
                entries += self._listed(path)
        return EntryFiles(entries, self._contents, self._stamp)

    def layer(self, layer: Layer, progress: Progress) -> LayerFiles:
        """Return the files of a layer of a plan of this version.

        Raises:
            UnreadablePathError: a path cannot be listed, or the layer is not on this machine.
            MalformedImageError: a stored layer is damaged.
            Cancelled: the user stopped it.
        """
        known = self._layers.get(layer)
        if known is None:
            while len(self._layers) >= _KEPT:
                del self._layers[next(iter(self._layers))]
            known = self._layers[layer] = self._read(layer, progress)
        return known

    def around(self, progress: Progress) -> tuple[LayerFiles, ...]:
        """Return the stored layers, lowest first, then those above the store layers."""
        found: list[LayerFiles] = [self._of_stored(diff_id, progress) for diff_id in self._order]
        found += (self._of_top(top) for top in self._tops)
        return tuple(found)

    def is_stored(self, layer: Layer) -> bool:
        """Whether a layer already exists as a blob; otherwise it has to be made."""
        return layer.diff_id in self._stored and (self._stays or layer.kind is not LayerKind.STORE)

    def _read(self, layer: Layer, progress: Progress) -> LayerFiles:
        if layer.diff_id is not None and self.is_stored(layer):
            return self._of_stored(layer.diff_id, progress)
        if layer.kind is LayerKind.STORE:
            return self.of_paths(layer.paths, progress, store_folders(layer.paths))
        top = next((top for top in self._tops if top.layer == layer), None)
        if top is not None:
            return self._of_top(top)
        raise UnreadablePathError(
            f"{layer.reason}: its files are not on this machine", hint="build the image here, or copy it here"
        )

    def _listed(self, path: StorePath) -> Sequence[FileEntry]:
        known = self._paths.get(path)
        if known is None:
            known = self._paths[path] = self._contents.entries(path)
        return known

    def _of_stored(self, diff_id: str, progress: Progress) -> LayerFiles:
        known = self._layers.get(diff_id)
        if known is None:
            layer = self._stored[diff_id]
            index = self._indexes.get(diff_id)
            if index is None:
                (index,) = index_image(StoredImage(None, "", {}, (layer,)), progress)
            known = self._layers[diff_id] = StoredFiles(layer, index)
        return known

    def _of_top(self, top: TopLayer) -> LayerFiles:
        known = self._layers.get(top.layer)
        if known is None:
            known = self._layers[top.layer] = self._files_of(top)
        return known

    def _files_of(self, top: TopLayer) -> LayerFiles:
        if isinstance(top.made, Tree):
            tree = top.made
            return EntryFiles(tree.entries, tree.contents, self._stamp, tree.owners)
        stored = top.made.stored
        index = index_layer(stored.tar(), stored.where, facts=Facts.DIFF_ID)
        return StoredFiles(replace(stored, diff_id=index.diff_id), index)
