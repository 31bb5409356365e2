"""What can be measured on a closure: how much hangs on each path, and how much hangs on it alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress, count
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures for every path of a closure, by index.

    Attributes:
        closure_sizes: NAR bytes of the path and of everything it needs.
        closure_counts: how many paths those are.
        added_sizes: NAR bytes that would disappear from the closure if the path were removed: its own and
            those of the paths that can only be reached through it.
        dominators: the nearest path through which every way from a root to this one leads; -1 where there is
            no such path.
        depths: the number of arrows on the longest way down from the path.
    """

    closure_sizes: tuple[int, ...]
    closure_counts: tuple[int, ...]
    added_sizes: tuple[int, ...]
    dominators: tuple[int, ...]
    depths: tuple[int, ...]
