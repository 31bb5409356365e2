"""An image that is planned together with others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nixdive.closure.closure import Closure
from nixdive.errors import PlanError
from nixdive.layering.plan import Frame
from nixdive.layering.versions import names
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class FleetImage:
    """An image of a fleet.

    Attributes:
        name: what the user named, for messages.
        closure: its store paths.
        frame: the layers around those of the store.
        stem: what it is called whatever its version, where the closure does not tell.
    """

    name: str
    closure: Closure
    frame: Frame = field(default_factory=Frame)
    stem: str | None = None

    @property
    def label(self) -> str:
        """What its versions are known by: the stem, else the store path of the root that needs most."""
        if self.stem is not None:
            return self.stem
        return _main_root(self.closure) if len(self.closure) else "image"


def keys(images: Sequence[FleetImage]) -> tuple[str, ...]:
    """Return a name for each image, no two alike.

    It is the stem, or the name of the root that needs most, as `versions.names` gives it; a repeated one has
    a number behind it.
    """
    roots = [StorePath(label) for label in {image.label for image in images} if label.startswith("/")]
    named: dict[str, str] = dict(zip(roots, names(roots), strict=True))
    found: list[str] = []
    for image in images:
        name = named.get(image.label, image.label)
        key, number = name, 1
        while key in found:
            number += 1
            key = f"{name}#{number}"
        found.append(key)
    return tuple(found)


def _main_root(closure: Closure) -> StorePath:
    if len(closure.roots) == 1:
        return closure.paths[closure.roots[0]]
    sizes = closure.measures.closure_sizes
    roots = closure.roots or range(len(closure))
    best = max(roots, key=lambda i: (sizes[i], closure.paths[i].lineage, closure.paths[i]))
    return closure.paths[best]


def union(closures: Sequence[Closure], origin: str) -> Closure:
    """Return all paths of some closures; one that several hold is one path.

    Where the closures do not agree on a path, the references of all of them hold, and the largest size. If
    one of them knows no sizes, every path counts as one byte.

    Raises PlanError where there is nothing to lay out.
    """
    sized = all(closure.sized for closure in closures)
    infos: dict[StorePath, PathInfo] = {}
    for closure in closures:
        for info in closure.infos:
            known = infos.setdefault(info.path, info)
            if known is not info and known != info:
                infos[info.path] = replace(
                    known,
                    nar_size=max(known.nar_size, info.nar_size),
                    references=tuple(sorted({*known.references, *info.references})),
                )
    if not infos:
        raise PlanError(f"{origin}: it has no store path")
    roots = dict.fromkeys(closure.paths[i] for closure in closures for i in closure.roots)
    found = _unsized(infos.values()) if not sized else infos.values()
    return Closure.of(PathGraph(origin, tuple(found), tuple(sorted(roots)), sized))


def _unsized(infos: Iterable[PathInfo]) -> list[PathInfo]:
    return [replace(info, nar_size=1) for info in infos]
