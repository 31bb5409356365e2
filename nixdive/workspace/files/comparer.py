"""Reads the files of layers, and compares them; from any thread, one at a time."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.data import read
from nixdive.contents.difference import Change, Listing, differences, same, touched
from nixdive.contents.efficiency import efficiency, hidden
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import FileTree, Placed, data_of, extended, stacked
from nixdive.contents.history import Step, history
from nixdive.contents.layer_index import LayerIndex, unread
from nixdive.contents.places import places
from nixdive.errors import MalformedImageError, NixdiveError, UnreadablePathError
from nixdive.image.stored.layer_files import same_files
from nixdive.image.stored.store_names import path_named
from nixdive.image.tars.tar import store_folders
from nixdive.layering.plan import LayerKind, LayerPlan
from nixdive.opening.version_files import VersionFiles
from nixdive.progress import Progress, check
from nixdive.store.path import store_dir_of
from nixdive.visible import visible
from nixdive.words import counted, listed, unread_lines
from nixdive.workspace.files.comparison import Compared, Comparison, Extent, Waste
from nixdive.workspace.files.earlier import EarlierFiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.stored.layer_files import DataId, LayerFiles
    from nixdive.workspace.workspace import Workspace


_MOST_NAMES = 200_000
_EMPTY = LayerIndex((), 0, "")


class _Key(NamedTuple):
    """What is compared."""

    plan: tuple[object, ...]
    layer: int
    comparison: Comparison


class FileComparer:
    """The files of what the workspace is about, and of its baseline.

    What was read is kept, so that going back to a layer reads nothing.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._now = VersionFiles.of(workspace.subject)
        baseline, pricer = workspace.baseline, workspace.pricer
        self._earlier = EarlierFiles(baseline, pricer.origins) if baseline is not None else None
        self._made: dict[_Key, Compared] = {}
        self._wasted: tuple[tuple[object, ...], Waste] | None = None
        self._same: dict[tuple[DataId, DataId], bool] = {}
        self._lock = Lock()

    def known(self, plan: LayerPlan, layer: int, comparison: Comparison) -> Compared | None:
        """Return a comparison that was made before, without any reading."""
        return self._made.get(_Key(plan.layers, layer, comparison))

    def compare(self, plan: LayerPlan, layer: int, comparison: Comparison, progress: Progress) -> Compared:
        """Return what became of the files of a layer, or of several, of a plan.

        Raises:
            ImageError: files cannot be read.
            Cancelled: the user stopped it.
        """
        with self._lock:
            check(progress)
            key = _Key(plan.layers, layer, comparison)
            made = self._made.get(key)
            if made is None:
                made = self._compare(plan, layer, comparison, progress)
                self._keep(key, made)
            return made

    def _keep(self, key: _Key, made: Compared) -> None:
        """Remember a comparison, and forget the oldest ones as there is room for so many names only."""
        kept, names = {key: made}, len(made.listing.found)
        for old, one in reversed(self._made.items()):
            names += len(one.listing.found)
            if names > _MOST_NAMES:
                break
            kept[old] = one
        self._made = dict(reversed(kept.items()))

    def waste(self, plan: LayerPlan, progress: Progress) -> Waste:
        """Return what the layers of a plan ship for nothing, as far as they can be read.

        Raises:
            MalformedImageError: a stored layer is damaged.
            Cancelled: the user stopped it.
        """
        if self._wasted is not None and self._wasted[0] == plan.layers:
            return self._wasted[1]
        with self._lock:
            check(progress)
            indexes, missing = [], 0
            for layer in plan.layers:
                check(progress)
                try:
                    indexes.append(self._now.layer(layer, progress).index)
                    missing += len(self._now.missing(layer))
                except UnreadablePathError:
                    indexes.append(_EMPTY)
                    missing += len(layer.paths) or 1
        figures = efficiency(indexes)
        check(progress)
        files = sum(index.files for index in indexes)
        waste = Waste(figures, hidden(indexes), files, missing, tuple(unread(indexes)))
        self._wasted = (plan.layers, waste)
        return waste

    def steps(self, plan: LayerPlan, name: bytes, progress: Progress) -> tuple[Step, ...]:
        """Return what the layers of a plan do to a name, lowest first; raises as `compare`.

        Layers that cannot be read are left out.
        """
        with self._lock:
            path = path_named(name, store_dir_of(plan.layer_of()))
            layer = plan.layer_of().get(path) if path is not None else None
            indexes = [_EMPTY] * len(plan.layers)
            files: dict[int, LayerFiles] = {}
            for i, one in enumerate(plan.layers):
                check(progress)
                if i == layer or one.kind is not LayerKind.STORE:
                    files[i] = self._now.layer(one, progress)
                    indexes[i] = files[i].index
                elif path is None:
                    indexes[i] = self._outline(plan, i, progress)
            return history(
                indexes, name, lambda before, after: self._alike(files, before, files, after, progress)
            )

    def _compare(self, plan: LayerPlan, layer: int, comparison: Comparison, progress: Progress) -> Compared:
        earlier = self._earlier if comparison.baseline and comparison.start is None else None
        if earlier is not None and not earlier.ready(plan, progress):
            earlier = None
        extent = comparison.extent(layer, baseline=earlier is not None)
        if earlier is not None:
            return self._with_earlier(earlier, plan, extent, progress)
        if comparison.whole or comparison.start is not None:
            files = self._layers(plan, range(extent.here.stop), progress)
            indexes = [files[i].index for i in range(extent.here.stop)]
        else:
            # store paths lie in one layer each, so that only what is around them can be below a layer
            around = [i for i in range(layer) if plan.layers[i].kind is not LayerKind.STORE]
            files = self._layers(plan, (*around, layer), progress)
            indexes = [
                files[i].index if i in files else self._outline(plan, i, progress) for i in range(layer + 1)
            ]
        _refuse_unread(indexes, extent)
        lower = stacked(indexes, 0, extent.below.stop - 1)
        check(progress)
        upper = extended(lower, indexes, extent.here.start, extent.here.stop - 1)
        found = differences(
            lower, upper, lambda before, after: self._alike(files, before, files, after, progress)
        )
        if not comparison.whole and comparison.start is None:
            found = touched(found, layer)
        missing, lacks = self._missing(plan, extent), tuple(unread(indexes))
        return Compared(Listing.of(found), extent, None, missing, after=files, unread=lacks)

    def _with_earlier(
        self, earlier: EarlierFiles, plan: LayerPlan, extent: Extent, progress: Progress
    ) -> Compared:
        files = self._layers(plan, extent.here, progress)
        indexes = [files[i].index if i in files else _EMPTY for i in range(extent.here.stop)]
        _refuse_unread(indexes, extent)
        upper = stacked(indexes, extent.here.start, extent.here.stop - 1)
        old = earlier.beside(plan, extent.here, upper, progress)
        found = differences(
            FileTree(old.files, {}),
            upper,
            lambda before, after: self._alike(old.layers, before, files, after, progress),
        )
        return Compared(
            Listing.of(found),
            extent,
            earlier.name,
            self._missing(plan, extent),
            old.lost,
            files,
            old.layers,
            old.tops,
            tuple(unread(indexes)),
            earlier.unread(progress),
        )

    def _layers(self, plan: LayerPlan, wanted: Sequence[int], progress: Progress) -> dict[int, LayerFiles]:
        found = {}
        progress.start("reading layers", None)
        for i in wanted:
            check(progress)
            found[i] = self._now.layer(plan.layers[i], progress)
        return found

    def _outline(self, plan: LayerPlan, index: int, progress: Progress) -> LayerIndex:
        """Return what a store layer has in common with others: the directories above the store paths."""
        layer = plan.layers[index]
        if not self._now.is_stored(layer):
            return self._now.of_paths((), progress, store_folders(layer.paths)).index
        entries = self._now.layer(layer, progress).index.entries
        above = len(store_dir_of(layer.paths))
        return LayerIndex(tuple(one for one in entries if len(one.name) <= above), 0, "")

    def _missing(self, plan: LayerPlan, extent: Extent) -> int:
        return sum(len(self._now.missing(plan.layers[i])) for i in extent.here)

    def _alike(
        self,
        lower: Mapping[int, LayerFiles],
        before: Placed,
        upper: Mapping[int, LayerFiles],
        after: Placed,
        progress: Progress,
    ) -> bool:
        """Return whether two entries of a name say the same; data are compared once."""
        old, new = before.entry, after.entry
        if not same(old, new):
            return False
        if old.kind is not EntryKind.FILE or not old.size:
            return True
        key = (lower[before.layer].data_of(old), upper[after.layer].data_of(new))
        known = self._same.get(key)
        if known is None:
            known = self._same[key] = same_files(lower[before.layer], old, upper[after.layer], new, progress)
        return known


def _refuse_unread(indexes: Sequence[LayerIndex], extent: Extent) -> None:
    """Raise MalformedImageError if none of the layers that are to be shown can be read."""
    missing = unread(indexes[: extent.here.stop])
    if all(layer in missing for layer in extent.here):
        raise MalformedImageError("; ".join(unread_lines({i: missing[i] for i in extent.here})))


_MOST = 32 << 20  # bytes; larger files are not looked into
_NAMED = 2


def difference(compared: Compared, name: bytes, progress: Progress) -> str:
    """Return where a file differs from the one before; nothing where their lengths tell enough.

    Raises:
        Cancelled: nobody wants to know any longer.
    """
    one = compared.listing.found[name]
    before, after = (data_of(place) if place else None for place in (one.before, one.after))
    if one.change is not Change.MODIFIED or before is None or after is None:
        return ""
    size = after.entry.size
    if before.entry.size != size or not 0 < size <= _MOST:
        return ""
    lower = compared.before if compared.against is not None else compared.after
    try:
        with lower[before.layer].open(before.entry) as file:
            old = read(file, size)
        check(progress)
        with compared.after[after.layer].open(after.entry) as file:
            new = read(file, size)
        check(progress)
    except NixdiveError as error:
        return visible(str(error))
    if len(old) != len(new) or old == new:
        return ""
    found = places(old, new)
    words = f"differs in {counted(len(found), 'place')}"
    if not all(place.path for place in found):
        return words
    paths = dict.fromkeys(place.path for place in found)
    return f"{words}: the store path of {listed(paths, _NAMED)}"
