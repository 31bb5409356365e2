"""Wire bytes and entries of the layers to be: known where a layer stays as it was found, else estimated."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from nixdive.clients.seconds import Blobs
from nixdive.layering.compare import identity
from nixdive.layering.plan import Layer, LayerKind
from nixdive.opening.subject import LayerSizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nixdive.cache.samples import Sampled
    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.planner import Planner
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.samples import Samples

# what gzip leaves of the tar of store paths: the mean of the four images in docs/formats.md
_USUAL = 0.39
# bytes of a tar for each entry in it: the mean of the seven images in docs/clients.md
_ENTRY = 31_500
_ENOUGH = 1 << 20  # bytes of tars that say something
_FEW = 0.01  # of what is estimated: the rest of it is what is said


class Basis(Enum):
    """What wire bytes are estimated from; the value is the word in documents, `words` what people read."""

    BLOBS = "blobs"
    SAMPLES = "samples"
    DOWNLOADS = "downloads"
    ASSUMED = "assumed"

    @property
    def words(self) -> str:
        """What it is, after "estimated from"."""
        return {
            Basis.BLOBS: "blobs of the earlier image",
            Basis.SAMPLES: "samples",
            Basis.DOWNLOADS: "download sizes",
            Basis.ASSUMED: f"the usual {_USUAL} of NAR bytes",
        }[self]


@dataclass(frozen=True, slots=True)
class EarlierBlobs:
    """What the layers of an earlier version say of those to come.

    Attributes:
        blobs: wire bytes by what is the same for layers with the same bytes.
        ratios: of store paths of the new version: wire bytes for each NAR byte of the layer they were in.
        wire: bytes of all blobs whose store paths have known sizes.
        nar: bytes of those paths.
    """

    blobs: Mapping[object, int] = field(default_factory=dict)
    ratios: Mapping[StorePath, float] = field(default_factory=dict)
    wire: int = 0
    nar: int = 0

    @classmethod
    def of(
        cls,
        layers: Iterable[Layer],
        wire: Mapping[str, int],
        now: Mapping[StorePath, int],
        origins: Mapping[StorePath, StorePath],
    ) -> Self:
        """Return what layers say.

        Args:
            layers: of the earlier version; of the same path in several the last one counts.
            wire: bytes of its blobs by diff_id, as far as they are known.
            now: NAR bytes of the store paths of the new version; an earlier path that is gone counts as many
                as the one that comes from it.
            origins: for each path of the new version the earlier one that it comes from, if any.
        """
        later = {old: new for new, old in origins.items()}
        blobs: dict[object, int] = {}
        ratios: dict[StorePath, float] = {}
        packed = plain = 0
        for layer in layers:
            size = wire.get(layer.diff_id or "")
            if size is None:
                continue
            blobs[identity(layer)] = size
            paths = [path if path in now else later.get(path) for path in layer.paths]
            sizes = [now[path] for path in paths if path is not None]
            total = sum(sizes)
            if len(sizes) == len(paths) and total:
                packed, plain = packed + size, plain + total
                ratios |= {path: size / total for path in paths if path is not None}
        return cls(blobs, ratios, packed, plain)


@dataclass(frozen=True)
class WireSizes:
    """Knows or estimates how large layers are as blobs, and how many entries they have.

    A layer of which the earlier version has one with the same paths is taken to have the same blob. A path
    is taken to compress as the layer did in which it was, or the path that it comes from; else as samples of
    its files do; any other as all that are known. Of seven images of two versions each the earlier blobs come
    within 2 % of what a push of the second one sends.

    Attributes:
        closure: the store paths.
        found: layers that were found, by diff_id.
        earlier: the blobs of the earlier version; nothing where they are not known.
        samples: what samples of store paths say.
        plain: of plain layers, which count as earlier blobs, what all of them are estimated to be.
    """

    closure: Closure
    found: Mapping[str, LayerSizes] = field(default_factory=dict)
    earlier: EarlierBlobs = EarlierBlobs()
    samples: Mapping[StorePath, Sampled] = field(default_factory=dict)
    plain: LayerSizes | None = None

    @classmethod
    def of(
        cls,
        planner: Planner,
        baseline: Baseline | None,
        origins: Mapping[StorePath, StorePath],
        found: Mapping[str, LayerSizes],
        *,
        samples: Samples | None,
        progress: Progress,
    ) -> Self:
        """Return what is known of the layers of a closure.

        Args:
            planner: of the closure.
            baseline: the earlier versions, or None.
            origins: for each store path the earlier one that it comes from, if any.
            found: how large layers are that were found, by diff_id.
            samples: samples what no blob says; None where nothing is sampled.
            progress: asked whether to stop.

        Raises:
            Cancelled: the user stopped it.
        """
        closure, frame = planner.closure, planner.frame
        layers = [
            Layer(LayerKind.STORE, paths, 0, "as it was found", diff_id=diff_id)
            for paths, diff_id in zip(frame.found, frame.diff_ids, strict=False)
        ]
        wire = {diff_id: sizes.wire for diff_id, sizes in found.items()}
        if baseline is not None:
            layers = [*baseline.plan.layers, *layers]
            wire |= baseline.last.wire
        plain = samples.of_layers(progress) if samples else {}
        if plain:
            layers = [*frame.base, *layers]
        now = dict(zip(closure.paths, closure.nar_sizes, strict=True))
        wire = {diff_id: sizes.wire for diff_id, sizes in plain.items()} | wire
        earlier = EarlierBlobs.of(layers, wire, now, origins) if wire else EarlierBlobs()
        rest = {path: size for path, size in now.items() if path not in earlier.ratios}
        of_paths = samples.of_paths(rest, progress) if samples and rest else {}
        whole = plain.values()
        total = LayerSizes(sum(one.wire for one in whole), sum(one.tar for one in whole)) if plain else None
        return cls(closure, found, earlier, of_paths, total)

    @cached_property
    def _usual(self) -> tuple[float, Basis]:
        """Bytes of a blob for each byte of a tar where nothing better is known, and what that is from."""
        blobs = sum(sizes.wire for sizes in self.found.values())
        tars = sum(sizes.tar for sizes in self.found.values())
        if tars < _ENOUGH:
            blobs, tars = self.earlier.wire, self.earlier.nar
        if tars < _ENOUGH and self.plain is not None:
            blobs, tars = self.plain.wire, self.plain.tar
        sampled = sum(self._nar(path) for path in self.samples)
        basis = Basis.SAMPLES if sampled > tars else self._there
        blobs, tars = blobs + sum(one.wire for one in self.samples.values()), tars + sampled
        known = tars >= _ENOUGH or (tars and self.sampled)
        return (blobs / tars, basis) if known else (_USUAL, Basis.ASSUMED)

    @property
    def ratio(self) -> float:
        """Bytes of a blob for each byte of a tar, as in what is known, if that is enough."""
        return self._usual[0]

    @cached_property
    def entry_bytes(self) -> float:
        """Bytes of a tar for each entry in it, as in the layers that were read, if those are enough."""
        read = [(sizes.tar, sizes.entries) for sizes in self.found.values() if sizes.entries]
        read += [(self._nar(path), one.entries) for path, one in self.samples.items() if one.entries]
        tars, entries = (sum(kind) for kind in zip(*read, strict=True)) if read else (0, 0)
        return tars / entries if tars >= _ENOUGH else _ENTRY

    def exact(self, plan: LayerPlan) -> bool:
        """Whether the bytes of all blobs are known."""
        return all(layer.diff_id in self.found for layer in plan.layers)

    def basis(self, plan: LayerPlan) -> tuple[Basis, ...]:
        """Return what the bytes of blobs that are not known are estimated from, most certain first.

        What stands for less than a hundredth of them is left out.
        """
        kinds = tuple(Basis)
        size = [0.0] * len(kinds)
        for layer in plan.layers:
            whole = self._whole(layer)
            if whole is None:
                for wire, kind in map(self._of_paths.__getitem__, layer.paths):
                    size[kind] += wire
            elif whole[1] is not None:
                size[kinds.index(whole[1])] += whole[0]
        return tuple(basis for basis, wire in zip(kinds, size, strict=True) if wire > _FEW * sum(size))

    def blobs(self, plan: LayerPlan) -> Blobs:
        """Return the layers of a plan; NAR bytes stand for those of a store layer's tar."""
        entry_bytes = self.entry_bytes
        tar = np.array([float(layer.nar_size) for layer in plan.layers])
        wire = np.array([self._wire(layer) for layer in plan.layers])
        return Blobs(tar, wire, np.array([self._entries(layer, entry_bytes) for layer in plan.layers]))

    @property
    def sampled(self) -> bool:
        """Whether samples say something."""
        return self.plain is not None or bool(self.samples)

    @property
    def _there(self) -> Basis:
        return Basis.SAMPLES if self.plain else Basis.BLOBS

    def _nar(self, path: StorePath) -> int:
        return self.closure.nar_sizes[self.closure.index[path]]

    def _entries(self, layer: Layer, entry_bytes: float) -> float:
        known = self.found.get(layer.diff_id or "")
        if known is not None and known.entries is not None:
            return float(known.entries)
        listed = {path: self.samples[path].entries for path in layer.paths if path in self.samples}
        sampled = sum(entries for entries in listed.values() if entries is not None)
        return sampled + (layer.nar_size - sum(map(self._nar, listed))) / entry_bytes

    def _wire(self, layer: Layer) -> float:
        whole = self._whole(layer)
        return sum([self._of_paths[path][0] for path in layer.paths]) if whole is None else whole[0]

    def _whole(self, layer: Layer) -> tuple[float, Basis | None] | None:
        """Return wire bytes of a layer, and what they are estimated from: None where they are known.

        None instead of both where they are those of its paths.
        """
        known = self.found.get(layer.diff_id or "")
        there = self.earlier.blobs.get(identity(layer))
        if known is not None:
            return float(known.wire), None
        if there is not None:
            return float(there), self._there
        if layer.kind is LayerKind.STORE:
            return None
        ratio, basis = self._usual
        return layer.nar_size * ratio, basis

    @cached_property
    def _of_paths(self) -> Mapping[StorePath, tuple[float, int]]:
        """For each store path its wire bytes, and the place of what they are estimated from.

        Every plan asks for all; numbers are looked up faster than what an enumeration has.
        """
        ratio, basis = self._usual
        place = {basis: kind for kind, basis in enumerate(Basis)}
        usual, there = place[basis], place[self._there]
        found: dict[StorePath, tuple[float, int]] = {}
        for at, (path, nar) in enumerate(zip(self.closure.paths, self.closure.nar_sizes, strict=True)):
            own, sample = self.earlier.ratios.get(path), self.samples.get(path)
            if own is not None:
                found[path] = nar * own, there
            elif sample is not None:
                found[path] = float(sample.wire), place[Basis.SAMPLES]
            elif (download := self.closure.infos[at].download_size) is not None:
                found[path] = float(download), place[Basis.DOWNLOADS]
            else:
                found[path] = nar * ratio, usual
        return found
