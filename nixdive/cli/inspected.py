"""An inspection for people: layers, what is wasted, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.cli.table import columns
from nixdive.layering.strategies import counted
from nixdive.sizes import prose, split
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.image.inspection import InspectedLayer, Inspection

_FILES = 10
_WIDTH = 72


def inspection_lines(found: Inspection) -> list[str]:
    """Return what `nixdive inspect` prints."""
    tars = sum(layer.index.size for layer in found.layers)
    heading = (
        visible(found.stored.name or "an image without a name"),
        counted(len(found.layers), "layer"),
        prose(found.size),
        f"{prose(tars)} unpacked",
        found.config_digest,
    )
    rows = [("#", "size", "", "unpacked", "", "files", "contents")]
    for number, layer in enumerate(found.layers, 1):
        sizes = (*split(layer.stored.size), *split(layer.index.size))
        rows.append((str(number), *sizes, str(layer.index.files), label(layer)))
    return ["  ".join(heading), "", *columns(rows, frozenset({0, 1, 3, 5})), "", *_waste(found)]


def label(layer: InspectedLayer) -> str:
    """Return what a layer is about in a line: its store paths, the largest first, or the command."""
    if layer.paths:
        largest = sorted(layer.paths, key=lambda path: (-layer.paths[path], path.name))
        names = [path.name for path in largest[:3]]
        if len(largest) > 3:
            names.append(f"and {len(largest) - 3} more")
        return visible(", ".join(names))
    text = visible(" ".join(layer.command.split()))
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _waste(found: Inspection) -> list[str]:
    figures = found.efficiency
    lines = columns(
        [
            ("efficiency", f"{figures.score:.2%}", "dive's score"),
            ("wasted", prose(figures.wasted_bytes), "as dive counts: every copy of a file that comes twice"),
            ("reclaimable", prose(found.reclaimable_bytes), "bytes of files that no container sees"),
        ],
        right=frozenset({1}),
    )
    if not found.hidden:
        return lines
    rows = [("size", "", "layers", "file that no container sees")]
    rows += [
        (
            *split(file.size),
            ", ".join(str(layer + 1) for layer in file.layers[:4]) + ("…" if len(file.layers) > 4 else ""),
            visible(file.path.decode("utf-8", "surrogateescape")),
        )
        for file in found.hidden[:_FILES]
    ]
    more = len(found.hidden) - _FILES
    return [*lines, "", *columns(rows, frozenset({0})), *([f"and {more} more"] if more > 0 else [])]
