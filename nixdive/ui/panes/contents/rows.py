"""The rows of the contents pane, and what it says of layers and comparisons: pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size

from nixdive.contents.difference import Change, Difference, placed
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.draw.branches import branch
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span, cut, width
from nixdive.ui.naming import HASH, STORE, file_name, permissions
from nixdive.ui.panes.contents.tree import ContentsTree, Order, Row
from nixdive.visible import visible
from nixdive.words import counted, without_layers

if TYPE_CHECKING:
    from nixdive.workspace.files.comparison import Compared, Extent

LETTERS: Final = {Change.ADDED: "A", Change.REMOVED: "R", Change.MODIFIED: "M", Change.UNMODIFIED: "U"}
ROLES: Final = {Change.ADDED: "save", Change.REMOVED: "bad", Change.MODIFIED: "mod", Change.UNMODIFIED: "dim"}
_WIDE = 56
_LEAST_NAME = 10


def layers(which: range) -> str:
    """Return the numbers of some layers: layer 3, layers 1–3, no layer."""
    if not which:
        return "no layer"
    if len(which) == 1:
        return f"layer {which.start + 1}"
    return f"layers {which.start + 1}–{which.stop}"


def against(extent: Extent, baseline: str | None) -> str:
    """Return what files are compared with."""
    if baseline is not None:
        return visible(baseline)
    if not extent.below:
        return "nothing below it"
    return "the layers below" if len(extent.here) == 1 and extent.below.stop > 1 else layers(extent.below)


def title(compared: Compared) -> str:
    """Return what is shown: Layer 26, against toolbox:v1."""
    extent = compared.extent
    here = layers(extent.here)
    words = f"{here[0].upper()}{here[1:]}"
    if compared.against is not None or extent.below:
        words += f", against {against(extent, compared.against)}"
    if compared.missing:
        words += f", {counted(compared.missing, 'path')} not here"
    elif compared.lost:
        words += f", {counted(compared.lost, 'path')} of it not here"
    if compared.unread:
        words += f", {without_layers(compared.unread)}"
    if compared.unread_before:
        words += f", {without_layers(compared.unread_before)} of it"
    return words


def nothing(compared: Compared, *, filtered: bool, keys: KeySigns = KeySigns()) -> str:  # noqa: B008  it never changes
    """Return why no file is shown."""
    if compared.listing.found:
        if not filtered:
            return "no files of the kinds shown"
        here = layers(compared.extent.here)
        ways = (("whole", "clears"), ("compare.toggle", "shows all layers up to it"))
        hints = "".join(f"   {key} {words}" for verb, words in ways if (key := keys.first(verb)))
        return f"no file matches in {here}{hints}"
    if compared.missing:
        paths = counted(compared.missing, "store path")
        return f"{paths}, none on this machine: get them with nix build or nix copy"
    return "it is empty"


@dataclass(frozen=True, slots=True)
class Scene:
    """What rows are drawn of.

    Attributes:
        compared: the files.
        tree: what is shown of them.
        columns: whether permissions, owners and sizes are shown, as far as they have room.
        hashes: whether every store path bears its hash.
    """

    compared: Compared
    tree: ContentsTree
    columns: bool
    hashes: bool


def heads(scene: Scene, cells: int, title: str) -> Line:
    """Return the heads of the columns, and what is shown at the right."""
    line: list[Span] = []
    if scene.columns:
        line += [Span("Permission UID:GID", "faint")] if cells >= _WIDE else []
        chosen = scene.tree.order is Order.SIZE
        text = "Size▼" if chosen else "Size"
        text = f"{text:>7}" if cells >= _WIDE else f"{text:>5}"
        line.append(Span(text, "text" if chosen else "faint", chosen, action="screen.do('contents.sort')"))
    room = cells - width(line) - 2
    label = cut(title if cell_len(title) <= room else title.replace(", against ", " vs "), room)
    return (*line, Span(" " * (room - cell_len(label) + 1)), Span(label, "text", bold=True))


def row(scene: Scene, entry: Row, cells: int, *, chosen: bool, part: int = 0) -> Line:
    """Return the row of a name, or a further line of it where it is wrapped.

    Args:
        scene: what it is drawn of.
        entry: the row.
        cells: the width of the pane.
        chosen: whether the cursor is on it.
        part: which line of the name it is.
    """
    one = scene.compared.listing.found[entry.name]
    line = list(_columns(scene, entry, one, cells)) if not part else []
    start = _start(scene, entry, cells)
    if part:
        used = width(_columns(scene, entry, one, cells)) + width(start)
        return (Span(" " * used), Span(_lines(scene, entry, cells)[part], _role(entry, one)))
    line += start
    text, target = label(scene, entry)
    room = cells - width(line)
    role = "bright" if chosen else _role(entry, one)
    if len(text) + len(target) <= room or not target:
        return (*line, Span(middle(text, room), role, bold=chosen), Span(target, "dim"))
    text = middle(text, max(room - 6, min(len(text), room // 2)))
    return (*line, Span(text, role, bold=chosen), Span(cut(target, room - cell_len(text)), "dim"))


def lines_of(scene: Scene, entry: Row, cells: int) -> int:
    """Return how many lines a row takes where it is wrapped."""
    return len(_lines(scene, entry, cells))


def label(scene: Scene, entry: Row) -> tuple[str, str]:
    """Return the name as it is shown, and where it leads."""
    name = entry.name
    if entry.above == STORE and name[len(STORE) + HASH : len(STORE) + HASH + 1] == b"-":
        base = name[len(STORE) + 1 :]
        name = base[:7] + base[HASH - 1 :] if scene.hashes else base[HASH:]
    else:
        name = name[len(entry.above.rstrip(b"/")) + 1 :]
    there = placed(scene.compared.listing.found[entry.name]).entry
    return file_name(name), f" → {file_name(there.target)}" if there.target else ""


def middle(text: str, cells: int) -> str:
    """Return the text, its middle left out where it takes more cells: ends tell versions apart."""
    if cell_len(text) <= cells:
        return text
    if cells < 8:
        return cut(text, cells)
    tail = min(cells // 2 - 1, 10)
    return set_cell_size(text, cells - tail - 1).rstrip() + "…" + text[-tail:]


def _columns(scene: Scene, entry: Row, one: Difference, cells: int) -> Line:
    there = placed(one).entry
    letter = Span(
        " " if one.change is Change.UNMODIFIED else LETTERS[one.change], ROLES[one.change], bold=True
    )
    if not scene.columns:
        return (letter, Span(" "))
    size = size_cells(scene.compared.listing.totals[entry.name])
    if cells < _WIDE:
        return (*size, Span(" "), letter, Span(" "))
    owner = f"{there.uid}:{there.gid}"
    return (
        Span(permissions(there), "faint"),
        Span(f"{cut(owner, 7):>8}", "faint"),
        Span("  "),
        *size,
        Span(" "),
        letter,
        Span(" "),
    )


def _start(scene: Scene, entry: Row, cells: int) -> Line:
    sign = "▼" if entry.opened else "▶" if scene.tree.shown_in(entry.name) else "─"
    used = 28 if scene.columns and cells >= _WIDE else 8 if scene.columns else 2
    return branch(entry.depth, entry.guides, sign, cells - used - _LEAST_NAME)


def _lines(scene: Scene, entry: Row, cells: int) -> list[str]:
    one = scene.compared.listing.found[entry.name]
    room = cells - width(_columns(scene, entry, one, cells)) - width(_start(scene, entry, cells))
    text = "".join(label(scene, entry))
    return [text[at : at + room] for at in range(0, max(len(text), 1), max(room, 1))]


def _role(entry: Row, one: Difference) -> str:
    if one.change is not Change.UNMODIFIED:
        return ROLES[one.change]
    return "text" if entry.folder else "dim"
