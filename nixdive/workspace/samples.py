"""What can be sampled where no blob says how a layer compresses: files of store paths, plain layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from nixdive.opening.subject import LayerSizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.cache.samples import Sampled
    from nixdive.contents.entry import Contents
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.readers.stored import StoredImage, StoredLayer
    from nixdive.image.sampled import Sampler
    from nixdive.opening.subject import Subject
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples what is here of a subject and of the version before; remembers it in the user's cache.

    Attributes:
        spec: how the image will be written.
        contents: the files of store paths.
        plain: layers that are stored without compression.
    """

    spec: ImageSpec
    contents: Contents
    plain: tuple[StoredLayer, ...]

    @classmethod
    def of(cls, subject: Subject, earlier: StoredImage | None) -> Self:
        """Return what is here of a subject, and of an earlier image."""
        images = (subject.base.stored if subject.base is not None else None, earlier)
        layers = [layer for image in images if image is not None for layer in image.layers]
        return cls(subject.spec, subject.contents, tuple(one for one in layers if one.compression == "none"))

    def of_layers(self, progress: Progress) -> dict[str, LayerSizes]:
        """Return the sizes of plain layers by diff_id, as their blobs would have; raises Cancelled."""
        if not self.plain:
            return {}
        tars = {layer.diff_id: layer.size for layer in self.plain}
        found = self._sampler.layers(self.plain, progress)
        return {key: LayerSizes(one.wire, tars[key]) for key, one in found.items()}

    def of_paths(self, sizes: Mapping[StorePath, int], progress: Progress) -> Mapping[StorePath, Sampled]:
        """Return what samples say of store paths, given with their NAR bytes; raises Cancelled."""
        here = {path: size for path, size in sizes.items() if self.contents.has(path)}
        return self._sampler.paths(here, self.contents, progress) if here else {}

    @property
    def _sampler(self) -> Sampler:
        from nixdive.cache.user import user_cache
        from nixdive.image.sampled import Sampler

        cache = user_cache(lambda _: None)  # what is wrong with it is said when an image is written
        return Sampler(self.spec, None if cache is None else cache.folder)
