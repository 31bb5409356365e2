"""What the screen calls layers, store paths and files, and how it colours and marks them."""

from __future__ import annotations

import stat
from collections import Counter
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nixdive.contents.entry import EntryKind, LayerEntry
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.ui.draw.line import Line, Span, cut, width
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath
    from nixdive.workspace.priced_plan import PricedPlan

STORE = b"/nix/store"
HASH = 33  # letters of a store path's hash, and the dash
_TYPES = {
    EntryKind.DIRECTORY: stat.S_IFDIR,
    EntryKind.SYMLINK: stat.S_IFLNK,
    EntryKind.CHARACTER: stat.S_IFCHR,
    EntryKind.BLOCK: stat.S_IFBLK,
    EntryKind.FIFO: stat.S_IFIFO,
}
_LEAST_PACKAGE = 5  # cells of a package that has to be cut, before its output
_STEPS = (0.10, 0.20, 0.40, 0.70)
_MARKS = "▁▃▄▆█"
MARK_ROLES = {"=": "faint", "~": "mod", "+": "save"}
"""The role of what stands for a path or a layer that is kept, changed or new."""


def by_size(layer: Layer, closure: Closure) -> list[StorePath]:
    """Return the store paths of a layer, the largest NAR first."""
    return sorted(layer.paths, key=lambda path: (-closure.nar_sizes[closure.index[path]], path))


def layer_name(layer: Layer, closure: Closure) -> str:
    """Return what a layer is called: its pin, its largest package, its kind, or why it cannot be read."""
    if layer.fault is not None:
        return visible(f"cannot be read: {layer.fault}")
    if layer.pin is not None:
        return visible(layer.pin)
    if layer.paths:
        return visible(by_size(layer, closure)[0].package)
    return "files" if layer.kind is LayerKind.CUSTOMISATION else visible(layer.reason)


def layer_names(
    layer: Layer, closure: Closure, cells: int, *, most: int = 3, first: Collection[StorePath] = ()
) -> Line:
    """Return the packages in a layer, the largest first, as many as have room, and how many more there are.

    A whole name counts for more than how many others there are.

    Args:
        layer: the layer.
        closure: the closure it is of.
        cells: the room.
        most: how many packages at most.
        first: store paths that come before larger ones.
    """
    if not layer.paths:
        return (Span(cut(layer_name(layer, closure), cells), "dim" if layer.fault is None else "bad"),)
    start: Line = ()
    if layer.pin is not None and cells >= 20:
        start = (Span(f"{cut(visible(layer.pin), 12)}: ", "pin"),)
    paths = sorted(by_size(layer, closure), key=lambda path: path not in first)
    packages = [visible(path.lineage) for path in paths]
    for taken in range(min(most, len(packages)), 0, -1):
        more = len(packages) - taken
        line = (*start, *_listed(packages[:taken]), *((Span(f" +{more}", "faint"),) if more else ()))
        if width(line) <= cells:
            return line
    return (*start, Span(cut(packages[0], cells - width(start))))


def path_label(
    path: StorePath, cells: int, role: str, *, hashes: bool = False, alike: bool = False, bold: bool = False
) -> Line:
    """Return the name of a store path, as much of it as has room.

    The package and its output are whole as long as they can be. Then the version has room before the hash,
    unless only the hash tells the path from another one.

    Args:
        path: the store path.
        cells: the room.
        role: the role of the package and its output.
        hashes: whether the start of the hash is shown too.
        alike: whether another path has the same name, so that only the hash tells them apart.
        bold: whether package and output are bold.
    """
    package, release = visible(path.package), visible(path.release)
    output = visible(path.lineage)[len(package) :]
    start = (Span(f"{path.hash_part[:7]}-", "faint"),) if hashes or alike else ()
    version = (Span(f"-{release}", "faint"),) if release else ()
    whole = (Span(package, role, bold), Span(output, role, bold))
    name = (whole[0], *version, whole[1])
    steps = ((*start, *name), (*start, *whole), name, whole) if alike else ((*start, *name), name, whole)
    for line in steps:
        if width(line) <= cells:
            return tuple(span for span in line if span.text)
    return _cut_name(package, output, cells, role, bold=bold)


def _cut_name(package: str, output: str, cells: int, role: str, *, bold: bool) -> Line:
    """Return a name that has no room: its output stays whole where some of the package stays before it."""
    room = cells - len(output)
    text = cut(package, room) + output if room >= _LEAST_PACKAGE else cut(package + output, cells)
    return (Span(text, role, bold),)


def ambiguous(closure: Closure) -> Sequence[bool]:
    """Return for each path whether another one has the same name, so that only the hash tells them apart.

    It is worked out once for a closure.
    """
    known = _AMBIGUOUS.get(closure)
    if known is None:
        names = [path.name for path in closure.paths]
        seen = Counter(names)
        known = _AMBIGUOUS[closure] = tuple(seen[name] > 1 for name in names)
    return known


_AMBIGUOUS: WeakKeyDictionary[Closure, Sequence[bool]] = WeakKeyDictionary()


def _listed(packages: Sequence[str]) -> list[Span]:
    spans = [Span(packages[0])]
    for package in packages[1:]:
        spans += [Span(", ", "dim"), Span(package)]
    return spans


def image_size(plan: LayerPlan) -> int:
    """Return the NAR bytes of the store paths; of an image without any, the bytes of its layers."""
    return plan.nar_size or sum(layer.nar_size for layer in plan.layers)


def step(chance: float) -> int:
    """Return which of five steps a chance is on: under 10, 20, 40, 70 per cent, or over."""
    return sum(chance >= one for one in _STEPS)


def layer_ground(layer: Layer) -> str:
    """Return the role of the colour of a layer, the same in the bar and on its chips."""
    return "s0" if layer.change_probability is None else f"s{step(layer.change_probability)}"


def layer_chip(layer: Layer, index: int) -> Line:
    """Return the number of a layer behind its colour, in five cells."""
    return (Span("▌", layer_ground(layer)), Span(f"{index + 1:<4}"))


def mark(chance: float) -> str:
    """Return the mark that says the same as the colour."""
    return _MARKS[step(chance)]


def dearer(priced: PricedPlan, before: PricedPlan | None, layer: int) -> bool:
    """Whether the last edit made a layer dearer: it is pushed, and most of it lay in layers that were not."""
    return _mostly(priced, before, layer, pushed=True)


def cheaper(priced: PricedPlan, before: PricedPlan | None, layer: int) -> bool:
    """Whether the last edit made a layer cheaper: it is kept, and most of it lay in layers that were not."""
    return _mostly(priced, before, layer, pushed=False)


def _mostly(priced: PricedPlan, before: PricedPlan | None, layer: int, *, pushed: bool) -> bool:
    if before is None or before.cost is None or priced.cost is None or priced.cost.new[layer] is not pushed:
        return False
    closure = priced.model.closure
    moved = whole = 0
    for path in priced.plan.layers[layer].paths:
        size, home = closure.nar_sizes[closure.index[path]], before.layer_of.get(path)
        whole += size
        moved += size if home is not None and before.cost.new[home] is not pushed else 0
    return 2 * moved > whole


def decided(layer: Layer) -> str:
    """Return the mark of what the user decided of a layer: ◆ pinned, ■ frozen."""
    return "◆" if layer.pin is not None else "■" if layer.frozen else " "


def file_name(name: bytes) -> str:
    """Return the name of a file as text."""
    return visible(name.decode("utf-8", "surrogateescape"))


def permissions(entry: LayerEntry) -> str:
    """Return kind and permissions as ls and dive write them: -r-xr-xr-x."""
    return stat.filemode(_TYPES.get(entry.kind, stat.S_IFREG) | entry.mode)


def plain_name(name: str) -> str:
    """Return an absolute name without the hash of its store path."""
    start = len(STORE) + 1
    if name.startswith("/nix/store/") and name[start + HASH - 1 : start + HASH] == "-":
        return name[:start] + name[start + HASH :]
    return name


def sort_key(name: bytes) -> bytes:
    """Return the last part of a name, without the hash of a store path."""
    folder, _, last = name.rpartition(b"/")
    return last[HASH:] + last if folder == STORE and last[HASH - 1 : HASH] == b"-" else last
