"""The layers of an image while they are being read: their sizes at once, what is not read yet quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.containers import Container

from nixdive.image.oci.history import by_layer, command, store_paths_of
from nixdive.sizes import prose
from nixdive.ui.draw.bar import bytes_line, pushed_line, widths
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span, cut
from nixdive.ui.listing import Listing
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from nixdive.image.readers.stored import StoredImage

_NAMED = 4  # store paths of a layer
_BEFORE_NAME = 17  # cells of the columns before it
_LABEL, _MARGIN = 9, 1


def _name(steps: tuple[dict[str, Any], ...]) -> str:
    """Return what the history says of a layer: its store paths, or the command that made it."""
    paths = store_paths_of(steps[-1]) if steps else ()
    more = f" +{len(paths) - _NAMED}" if len(paths) > _NAMED else ""
    return visible(", ".join(path.lineage for path in paths[:_NAMED]) + more if paths else command(steps))


class EarlyLayers(Container):
    """A row for each layer, the lowest first.

    Args:
        image: the image; none of its layers has been read.
        there: the diff_ids of the earlier version; None where there is none, or that is not known yet.

    Attributes:
        listing: the rows.
        done: for each layer whether it has been read.
        against: whether the layers of an earlier version are known, so that the next push is.
    """

    def __init__(self, image: StoredImage, there: frozenset[str] | None = None) -> None:
        super().__init__(id="early-layers")
        self.listing = Listing(self)
        self.against = there is not None
        self._layers = image.layers
        self._sent = [there is not None and layer.diff_id not in there for layer in image.layers]
        histories = by_layer(image.config, len(image.layers)) or ((),) * len(image.layers)
        self._names = list(map(_name, histories))
        first: dict[tuple[str, str], int] = {}
        # a layer that is there twice is read once
        self._read_as = [first.setdefault((one.member, one.diff_id), i) for i, one in enumerate(self._layers)]
        self.done = [False] * len(self._layers)

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self.listing

    def show_read(self, parts: Mapping[int, int]) -> None:
        """Show which layers have been read.

        Args:
            parts: bytes that have been read of each layer by its index, as they are stored.
        """
        self.done = [
            parts.get(place, -1) >= self._layers[place].size or done
            for place, done in zip(self._read_as, self.done, strict=True)
        ]
        self.listing.refresh()

    def show_all_read(self) -> None:
        """Show that nothing is left to be read."""
        self.done = [True] * len(self._layers)
        self.listing.refresh()

    @property
    def words(self) -> str:
        """Which layer is being read: "layer 13 of 28"."""
        return f"layer {min(sum(self.done) + 1, len(self.done))} of {len(self.done)}"

    def figures(self) -> Line:
        """Return how many layers there are, how large they are, and how much of that has been read."""
        sizes = [layer.size for layer in self._layers]
        read = sum(size for size, done in zip(sizes, self.done, strict=True) if done)
        shown = prose(read) if read < sum(sizes) else "all"
        return (
            Span(f" {counted(len(sizes), 'layer')}", "bright", bold=True),
            Span(", "),
            Span(prose(sum(sizes)), "bright", bold=True),
            Span(" as stored", "dim"),
            *self._push(),
            Span("   read ", "dim"),
            Span(shown),
        )

    def _push(self) -> Line:
        """Return what the next push sends of them, each blob once."""
        if not self.against:
            return ()
        sent = {layer.diff_id or i: layer.size for i, layer in enumerate(self._layers) if self._sent[i]}
        return (Span("   next push ", "dim"), Span(prose(sum(sent.values())), "bright", bold=True))

    def bar(self, width: int) -> list[Line]:
        """Return the bar of boundaries, what has been read in colour; below it what the next push sends."""
        shares = widths([layer.size for layer in self._layers], max(width - _LABEL - _MARGIN, 1))
        grounds = ["s0" if done else "raised" for done in self.done]
        actions = [f"screen.layer({i})" for i in range(len(self._layers))]
        above = (Span(" bytes   ", "dim"), *bytes_line(shares, grounds, None, actions))
        if not self.against:
            return [above]
        return [above, (Span(" pushed  ", "dim"), *pushed_line(shares, self._sent, None, actions))]

    @property
    def count(self) -> int:
        """The number of layers."""
        return len(self._layers)

    def header(self, width: int) -> Line:
        """Return the title."""
        return heading("Layers", width, focused=self.listing.has_focus, note=str(self.count))

    def heads(self, width: int) -> Line:  # noqa: ARG002  the same at every width
        """Return the heads of the columns."""
        push = "   Push" if self.against else ""
        return (Span(f"      #     Size{push}   Made by", "faint"),)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a layer."""
        layer, done = self._layers[index], self.done[index]
        role = "text" if done else "faint"
        name = self._names[index]
        words = layer.fault or name or ("" if done else "not read")
        figures = size_cells(layer.size)
        push: Line = ()
        if self.against:
            push = (Span("  "), *size_cells(layer.size if self._sent[index] else 0, pays=True))
        room = width - _BEFORE_NAME - 4 - sum(len(span.text) for span in push)
        return (
            Span(f"    {index + 1:>3}    ", role),
            *(figures if done else (span._replace(role="faint") for span in figures)),
            *push,
            Span("   "),
            Span(cut(visible(words), room), "bad" if layer.fault else role),
        )

    def when_empty(self) -> list[Line]:
        """Return that there are none."""
        return [(Span("no layers", "faint"),)]

    def cursor_moved(self) -> None:
        """Pass over it: nothing depends on the layer yet."""
