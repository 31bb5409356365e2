"""What the files of a layer are compared with, and which layers that concerns."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Extent:
    """Two stacks of layers, as dive's bar beside the layers shows them.

    Attributes:
        below: the layers that are compared with.
        here: the layers whose files are shown.
    """

    below: range
    here: range

    def mark(self, layer: int) -> str:
        """Return "here", "below" or nothing for a layer."""
        return "here" if layer in self.here else "below" if layer in self.below else ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the user wants to see of the files.

    Attributes:
        baseline: whether they are compared with the earlier version where that can be, else with the layers
            below, as dive does.
        whole: whether all layers from the first to the selected one count, or that one alone.
        start: the layer after which the image is compared with the selected one, or None.
    """

    baseline: bool = True
    whole: bool = False
    start: int | None = None

    def alone(self) -> Comparison:
        """Return the comparison of the selected layer alone."""
        return replace(self, whole=False, start=None)

    def all(self) -> Comparison:
        """Return the comparison of all layers from the first to the selected one."""
        return replace(self, whole=True, start=None)

    def toggled(self) -> Comparison:
        """Return the other one of the two."""
        return self.alone() if self.whole or self.start is not None else self.all()

    def extent(self, layer: int, *, baseline: bool) -> Extent:
        """Return the layers that it concerns.

        Args:
            layer: the selected layer.
            baseline: whether there is an earlier version to compare with.
        """
        if self.start is not None:
            low, high = sorted((self.start, layer))
            return Extent(range(low + 1), range(low + 1, high + 1))
        if not self.whole:
            return Extent(range(layer), range(layer, layer + 1))
        if baseline and self.baseline:
            return Extent(range(0), range(layer + 1))
        return Extent(range(1), range(1, layer + 1))
