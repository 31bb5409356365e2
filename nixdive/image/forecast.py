"""A forecast of what writing an image takes: bytes and seconds, also based on earlier writes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from nixdive.image.compression import Compression, compression
from nixdive.image.formats import FORMATS, Format
from nixdive.image.job import ImageJob
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.sample import Packed, Sample, compressed_size
from nixdive.image.sources import Raw, Repacked
from nixdive.image.tars.header import end
from nixdive.image.tars.tar import TarLayer
from nixdive.image.writers.cached import layer_key
from nixdive.image.writers.outer import OuterTar
from nixdive.image.writers.parts import Blob
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.processors import processors
from nixdive.progress import Progress, check

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from nixdive.cache.facts import LayerFacts
    from nixdive.cache.layers import LayerCache
    from nixdive.contents.entry import Contents, FileEntry
    from nixdive.image.oci.spec import ImageSpec, Stamp
    from nixdive.image.to_write import ImageToWrite
    from nixdive.image.written import WrittenImage
    from nixdive.store.path import StorePath

_LITTLE = 16 << 20
_COPIED = 1 << 30  # bytes of blobs that are read, checked and copied in a second, at a guess


class Measured:
    """Sizes of layer blobs that were written, and how fast: for one subject, on one machine."""

    def __init__(self) -> None:
        self._blobs: dict[Hashable, int] = {}
        self._rates: dict[str, float] = {}

    def note(self, plan: LayerPlan, spec: ImageSpec, written: WrittenImage) -> None:
        """Record an image that was written by this plan and spec."""
        for layer, one in zip(plan.layers, written.layers, strict=True):
            self._blobs[_key(layer, spec)] = one.size
        if written.cache is not None and written.cache.hits:
            return  # what is copied says nothing about how fast layers are made
        size = sum(layer.uncompressed_size for layer in written.layers)
        self._rates[spec.compression] = max(size, 1) / max(written.seconds, 1e-3)

    def blob(self, layer: Layer, spec: ImageSpec) -> int | None:
        """Return the bytes of a layer's blob, or None if it was never written in this way."""
        return self._blobs.get(_key(layer, spec))

    def rate(self, compression: str) -> float | None:
        """Return the layer tar bytes per second of the last write with a compression, or None."""
        return self._rates.get(compression)


def _key(layer: Layer, spec: ImageSpec) -> Hashable:
    made_here = layer.kind is LayerKind.STORE and layer.diff_id is None
    what = layer.paths if made_here else (layer.kind, layer.diff_id)
    return what, spec.stamp, spec.compression


class Forecast(NamedTuple):
    """A forecast.

    Attributes:
        size: bytes of the target.
        exact: whether the size is known to the byte; else it is estimated from a sample.
        read: bytes of the layers that are read: their tars, or blobs that are copied unchanged.
        layers: the same for each layer, lowest first.
        seconds: how long it takes; always an estimate.
        notes: limitations of single engines, although all of them load the image.
        cached: how many layers a cache has, which are copied and not read.
    """

    size: int
    exact: bool
    read: int
    layers: tuple[int, ...]
    seconds: float
    notes: tuple[str, ...] = ()
    cached: int = 0


class Survey:
    """The files of a new image, listed once; makes forecasts for any number of forms.

    Used by one thread at a time.

    Args:
        image: what would be written; forecasts say by which spec.
        measured: the results of earlier writes.
        cache: what layers may come from, or None.
    """

    def __init__(self, image: ImageToWrite, measured: Measured, *, cache: LayerCache | None = None) -> None:
        self._contents = _Listed(image.contents)
        self._image = replace(image, contents=self._contents)
        self._measured = measured
        self._cache = cache
        self._samples: dict[Stamp, Sample] = {}
        self._packed: dict[tuple[Stamp, str], Packed] = {}

    def forecast(self, spec: ImageSpec, progress: Progress) -> Forecast:
        """Return the forecast for writing by this spec.

        Without compression, or if every layer was written earlier in the same way, here or into the cache,
        the size is exact. Otherwise it is estimated from a sample of the files, see `nixdive.image.sample`.
        The time is estimated from how fast the last image was written with this compression, else from how
        long reading, hashing and compressing the sample took, and from the bytes of blobs to copy. The
        speed of the target is not taken into account.

        Raises:
            UnreadablePathError: a store path is missing or cannot be read.
            NixdiveError: the spec or the plan is not valid.
            Cancelled: the user stopped it.
        """
        self._contents.progress = progress
        job = ImageJob(replace(self._image, spec=spec))
        layers = list(job.layers())
        method = compression(spec.compression)
        facts = [self._known(raw, method) for raw in layers]
        known = [
            one.size if one else self._measured.blob(layer, spec)
            for one, layer in zip(facts, self._image.plan.layers, strict=True)
        ]
        exact = True
        blobs = []
        for number, (raw, found) in enumerate(zip(layers, known, strict=True)):
            if isinstance(raw, StoredLayer):
                size, used = raw.size, raw.compression
            elif method is None:
                size, used = raw.size, "none"
            else:
                size, sure = (found, True) if found else self._estimate(raw, spec, method, progress)
                exact, used = exact and sure, method.name
            diff_id = self._image.plan.layers[number].diff_id or f"sha256:{number:064x}"
            digest = raw.digest or diff_id if isinstance(raw, StoredLayer) else diff_id
            blobs.append(Blob(diff_id, digest, size, raw.size, used))
        sizes = tuple(layer.size for layer in layers)
        total = _total(job, spec, FORMATS.get(spec.image_format), blobs)
        copied = [one is not None and self._cache is not None and self._cache.holds(one) for one in facts]
        made = [layer for layer, there in zip(layers, copied, strict=True) if not there]
        ready = sum(blob.size for blob, there in zip(blobs, copied, strict=True) if there)
        seconds = self._seconds(spec, made, progress) + ready / _COPIED
        return Forecast(total, exact, sum(sizes), sizes, seconds, job.notes, sum(copied))

    def _known(self, raw: Raw | StoredLayer, method: Compression | None) -> LayerFacts | None:
        """Return what the cache knows of a blob."""
        if self._cache is None or method is None or isinstance(raw, StoredLayer):
            return None
        key = layer_key(raw, method)
        return None if key is None else self._cache.known(key)

    def _estimate(
        self, raw: Raw, spec: ImageSpec, method: Compression, progress: Progress
    ) -> tuple[int, bool]:
        """Return the bytes of a future blob, and whether they are exact."""
        if isinstance(raw, Repacked) and raw.stored.compression != "none":
            return raw.stored.size, False
        if isinstance(raw, TarLayer) and raw.size <= _LITTLE and not raw.has_data:
            return compressed_size(raw, method), True  # links, which compress unlike files
        return round(raw.size * self._ratio(spec, progress).ratio), False

    def _seconds(self, spec: ImageSpec, layers: Sequence[Raw | StoredLayer], progress: Progress) -> float:
        size = sum(layer.size for layer in layers)
        if not size:
            return 0.0
        if (rate := self._measured.rate(spec.compression)) is not None:
            return size / rate
        sample = self._sample(spec.stamp, progress)
        if not sample.pieces:
            return 0.0
        jobs = processors()
        if compression(spec.compression) is None:  # each thread reads and hashes a layer of its own
            return size * (1 / sample.read_rate + 1 / sample.hash_rate) / jobs
        # one thread reads, one hashes, all compress; they share the processors
        work = 1 / sample.read_rate + 1 / sample.hash_rate + 1 / self._ratio(spec, progress).rate
        return size * max(1 / sample.read_rate, 1 / sample.hash_rate, work / jobs)

    def _sample(self, stamp: Stamp, progress: Progress) -> Sample:
        if stamp not in self._samples:
            stored = [layer for layer in self._image.plan.layers if layer.kind is LayerKind.STORE]
            entries = [
                entry for layer in stored for path in layer.paths for entry in self._contents.entries(path)
            ]
            self._samples[stamp] = Sample.of(entries, self._contents, stamp, progress)
        return self._samples[stamp]

    def _ratio(self, spec: ImageSpec, progress: Progress) -> Packed:
        key = spec.stamp, spec.compression
        if key not in self._packed:
            method = compression(spec.compression)
            assert method is not None  # noqa: S101  nothing is asked of none
            self._packed[key] = self._sample(spec.stamp, progress).packed(method, progress)
        return self._packed[key]


def _total(job: ImageJob, spec: ImageSpec, form: Format, blobs: Sequence[Blob]) -> int:
    """Return the bytes of the target; unknown digests are as long as any others."""
    documents = form.documents([job.parts(blobs)]).members
    named = {form.blob_name(blob.digest): blob.size for blob in blobs}
    sizes = [*named.items(), *((name, len(data)) for name, data in documents)]
    if form.directory:
        return sum(size for _, size in sizes)
    outer = OuterTar(spec.stamp)
    total = sum(len(outer.header(name, size)) + outer.padded(size) for name, size in sizes)
    return total + len(end(total))


class _Listed:
    """Contents that cache their listings."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._lists: dict[StorePath, Sequence[FileEntry]] = {}
        self.progress: Progress | None = None
        self.has = contents.has
        self.open = contents.open
        if hasattr(contents, "identity"):
            self.identity = contents.identity

    def entries(self, path: StorePath) -> Sequence[FileEntry]:
        if self.progress is not None:
            check(self.progress)
        if path not in self._lists:
            self._lists[path] = self._contents.entries(path)
        return self._lists[path]
