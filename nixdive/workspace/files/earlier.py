"""The files of the baseline, put beside those of a plan by the packages they belong to."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.file_tree import FileTree, Placed, implied, stacked
from nixdive.contents.names import parent_of
from nixdive.layering.plan import LayerKind, LayerPlan
from nixdive.opening.version_files import VersionFiles
from nixdive.store.path import StorePath, folders_above, store_dir_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.image.stored.layer_files import LayerFiles
    from nixdive.progress import Progress
    from nixdive.workspace.baseline import Baseline

PATHS = -1  # what the store paths of the earlier version count as, beside its layers


class Beside(NamedTuple):
    """What the earlier version has in the place of some layers.

    Attributes:
        files: the entries under the names that they have now.
        layers: where their data are.
        tops: for store paths that are another one now the earlier one, both as names.
        lost: how many earlier store paths that are another one now have no files here.
    """

    files: Mapping[bytes, Placed]
    layers: Mapping[int, LayerFiles]
    tops: Mapping[bytes, bytes]
    lost: int


class EarlierFiles:
    """The files of the baseline.

    Args:
        baseline: the earlier version.
        origins: for each store path of now the one of the baseline that it comes from.

    Attributes:
        name: what the title calls it.
    """

    def __init__(self, baseline: Baseline, origins: Mapping[StorePath, StorePath]) -> None:
        self.name = baseline.name
        self._baseline = baseline
        self._files: VersionFiles | None = None
        self._around: tuple[LayerFiles, ...] | None = None
        self._origins = origins
        self._gone: tuple[LayerPlan, dict[StorePath, int]] | None = None

    def ready(self, plan: LayerPlan, progress: Progress) -> bool:
        """Return whether there are files to compare a plan with; an image is read for it, once.

        Raises:
            MalformedImageError: the image is damaged.
            Cancelled: the user stopped it.
        """
        files = self._opened(progress)
        pairs = ((path, self._origins.get(path, path)) for path in plan.layer_of())
        changed = [old for new, old in pairs if new != old]
        return not changed or any(map(files.has, changed))

    def beside(self, plan: LayerPlan, layers: range, upper: FileTree, progress: Progress) -> Beside:
        """Return what the earlier version has in the place of some layers of a plan.

        Args:
            plan: the plan.
            layers: their indices.
            upper: what they hold.
            progress: asked whether to go on.

        Raises:
            ImageError: files cannot be read.
            Cancelled: the user stopped it.
        """
        files = self._opened(progress)
        came = self._origins
        here = [path for i in layers for path in plan.layers[i].paths]
        changed = {came[path]: path for path in here if path in came and came[path] != path}
        gone = [path for path, layer in self._homes(plan).items() if layer in layers]
        tops = {os.fsencode(old): os.fsencode(new) for old, new in changed.items()}
        kept = {os.fsencode(path) for path in here if came.get(path) == path}
        store = store_dir_of(plan.layer_of())
        above = set(map(os.fsencode, folders_above(store)))
        found = {name: one for name, one in upper.files.items() if _top(name, store) in kept or name in above}
        paths = files.of_paths((*changed, *gone), progress)
        for entry in paths.index.entries:
            top = _top(entry.name, store)
            name = tops.get(top, top) + entry.name[len(top) :]
            found[name] = Placed(entry._replace(name=name), PATHS)
        beside: dict[int, LayerFiles] = {PATHS: paths}
        if any(plan.layers[i].kind is not LayerKind.STORE for i in layers):
            beside |= self._rest(plan, layers, upper, found, progress)
        _imply_folders(found)
        lost = sum(not files.has(old) for old in changed)
        return Beside(found, beside, {new: old for old, new in tops.items()}, lost)

    def unread(self, progress: Progress) -> tuple[int, ...]:
        """Return the places of layers of the earlier version that cannot be read."""
        return self._opened(progress).unread

    def _rest(
        self,
        plan: LayerPlan,
        layers: range,
        upper: FileTree,
        found: dict[bytes, Placed],
        progress: Progress,
    ) -> dict[int, LayerFiles]:
        """Add what lies outside the store paths; what is gone there, the topmost layer of its kind tells."""
        if self._around is None:
            self._around = self._opened(progress).around(progress)
        tree = stacked([one.index for one in self._around])
        store = store_dir_of(plan.layer_of())
        above = set(map(os.fsencode, folders_above(store)))
        last = max(i for i, layer in enumerate(plan.layers) if layer.kind is not LayerKind.STORE)
        for name, one in tree.files.items():
            if not _top(name, store) and name not in above and (name in upper.files or last in layers):
                found.setdefault(name, one)
        return dict(enumerate(self._around))

    def _opened(self, progress: Progress) -> VersionFiles:
        if self._files is None:
            version = self._baseline.last
            if version.subject is not None:
                self._files = VersionFiles.of(version.subject)
            elif version.stored is not None:
                self._files = VersionFiles.of_stored(version.stored, progress)
            else:
                self._files = VersionFiles.of_disk()
        return self._files

    def _homes(self, plan: LayerPlan) -> dict[StorePath, int]:
        if self._gone is None or self._gone[0] is not plan:
            self._gone = (plan, _homes(plan, self._baseline.plan, self._origins))
        return self._gone[1]


def _homes(plan: LayerPlan, before: LayerPlan, came: Mapping[StorePath, StorePath]) -> dict[StorePath, int]:
    """Return for each path that is gone the layer of the plan that shows it.

    It is the one that took in most of what lay in a layer with it; else the topmost store layer.
    """
    layer_of = plan.layer_of()
    now = {old: layer_of[new] for new, old in came.items() if new in layer_of}
    store = [i for i, layer in enumerate(plan.layers) if layer.kind is LayerKind.STORE]
    rest = store[-1] if store else len(plan.layers) - 1
    found: dict[StorePath, int] = {}
    for layer in before.layers:
        votes = Counter(now[path] for path in layer.paths if path in now)
        home = min(votes, key=lambda i: (-votes[i], i)) if votes else rest
        found |= {path: home for path in layer.paths if path not in now}
    return found


def _top(name: bytes, store: str) -> bytes:
    """Return what lies right in the store and holds a name; nothing for names outside."""
    prefix = os.fsencode(f"{store}/")
    if not name.startswith(prefix):
        return b""
    end = name.find(b"/", len(prefix))
    return name if end < 0 else name[:end]


def _imply_folders(found: dict[bytes, Placed]) -> None:
    """Add the directories that must be there because something lies in them."""
    for name in list(found):
        parent = parent_of(name)
        while parent != b"/" and parent not in found:
            found[parent] = Placed(implied(parent), found[name].layer)
            parent = parent_of(parent)
