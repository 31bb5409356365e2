"""What is shown of the files of a layer: directories that are open, kinds of change, a filter, an order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.contents.difference import ROOT, Change, Listing
from nixdive.contents.names import parent_of
from nixdive.ui.naming import STORE, plain_name, sort_key
from nixdive.ui.panes.order import following

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping


_AT_ONCE = 60  # rows that are opened unasked
_FOUND = 2000  # names that a filter opens the way to
ALL = frozenset(Change)


class Order(StrEnum):
    """What the names in a directory are sorted by."""

    NAME = "name"
    SIZE = "size"

    def next(self) -> Order:
        """Return the order that follows, round and round."""
        return following(self)


class Row(NamedTuple):
    """One line of the tree.

    Attributes:
        name: the absolute name; of a chain of single directories the deepest one.
        above: the directory that the chain begins in.
        depth: how far below the root the line stands.
        guides: bits, one for each level: whether more siblings follow there.
        parent: the row of the directory it lies in, or -1.
        folder: whether it is a directory.
        opened: whether what lies in it is shown.
    """

    name: bytes
    above: bytes
    depth: int
    guides: int
    parent: int
    folder: bool
    opened: bool


@dataclass(frozen=True, slots=True)
class Folding:
    """Which directories are open; it holds for all layers.

    Attributes:
        all: whether all are, or none but the store; None opens as many as there is room for.
        but: directories of which the user has decided otherwise.
    """

    all: bool | None = None
    but: Mapping[bytes, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class ContentsTree:
    """A listing as it is shown; each change gives another one.

    Attributes:
        listing: the names.
        kinds: the kinds of change that are shown.
        pattern: what names must have a match of, or None.
        order: what the names in a directory are sorted by.
        folding: which directories are open.
    """

    listing: Listing
    kinds: frozenset[Change] = ALL
    pattern: re.Pattern[str] | None = None
    order: Order = Order.NAME
    folding: Folding = Folding()

    def toggled(self, row: int) -> ContentsTree:
        """Return the tree with a directory opened or closed; the same where the row is not one."""
        here = self.rows[row]
        if not here.folder or not self.shown_in(here.name):
            return self
        but = {**self.folding.but, here.name: not here.opened}
        return self._folded(replace(self.folding, but=but))

    def all_toggled(self) -> ContentsTree:
        """Return the tree with all directories closed; with all open where none is that can be closed."""
        closed = self.folding.all is False and not any(self.folding.but.values())
        return self._folded(Folding(closed))

    def filtered(self, pattern: re.Pattern[str] | None) -> ContentsTree:
        """Return the tree with those names that have a match, and the directories above them."""
        return self._with(("_texts",), pattern=pattern, folding=Folding())

    def with_kind(self, kind: Change) -> ContentsTree:
        """Return the tree with a kind of change shown or hidden."""
        return replace(self, kinds=self.kinds ^ {kind})

    def revealed(self, name: bytes) -> ContentsTree:
        """Return the tree with all open that leads to a name; what hides it is taken away."""
        but = dict(self.folding.but)
        folder = parent_of(name)
        while folder != ROOT:
            but[folder] = True
            folder = parent_of(folder)
        one = self.listing.found.get(name)
        kinds = self.kinds | {one.change} if one is not None else self.kinds
        return replace(self, kinds=kinds, pattern=None, folding=replace(self.folding, but=but))

    def shown_in(self, folder: bytes) -> tuple[bytes, ...]:
        """Return the names in a directory that are shown, in their order."""
        below = self.listing.children.get(folder, ())
        if self._kept is not None:
            below = tuple(name for name in below if name in self._kept)
        if self.order is Order.SIZE:
            totals = self.listing.totals
            return tuple(sorted(below, key=lambda name: (-totals[name], sort_key(name))))
        return tuple(sorted(below, key=sort_key)) if folder == STORE else below

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The lines."""
        rows: list[Row] = []
        top = self.shown_in(ROOT)
        children = self.listing.children
        # a stack of (name, above, depth, guides, parent): an image may be deeper than Python's own stack
        stack = [(name, ROOT, 0, int(i < len(top) - 1), -1) for i, name in reversed(list(enumerate(top)))]
        while stack:
            name, above, depth, guides, parent = stack.pop()
            if name not in children:
                rows.append(
                    Row(name, above, depth, guides, parent, self.listing.is_folder(name), opened=False)
                )
                continue
            name, inside = self._chain(name)
            opened = bool(inside) and self._is_open(name)
            rows.append(Row(name, above, depth, guides, parent, folder=True, opened=opened))
            if opened:
                here, below, last = len(rows) - 1, depth + 1, len(inside) - 1
                stack += [
                    (child, name, below, guides | (i < last) << below, here)
                    for i, child in reversed(list(enumerate(inside)))
                ]
        return tuple(rows)

    def find(self, name: bytes) -> int | None:
        """Return the row of a name, or of the deepest directory above it that is shown; None without one."""
        places = {row.name: i for i, row in enumerate(self.rows)}
        while name != ROOT:
            if name in places:
                return places[name]
            name = parent_of(name)
        return None

    @cached_property
    def matched(self) -> frozenset[bytes]:
        """All names that have a match of the filter and are of a kind that is shown."""
        if self.pattern is None:
            return frozenset()
        search, found, kinds = self.pattern.search, self.listing.found, self.kinds
        return frozenset(
            name
            for name, plain, whole in self._texts
            if (search(plain) or (whole and search(whole))) and found[name].change in kinds
        )

    @cached_property
    def _texts(self) -> tuple[tuple[bytes, str, str], ...]:
        """Each name as text, without the hash of its store path; where it has one, with it too."""
        made = []
        for name in self.listing.found:
            whole = name.decode("utf-8", "surrogateescape")
            plain = plain_name(whole)
            made.append((name, plain, whole if plain != whole else ""))
        return tuple(made)

    @cached_property
    def _kept(self) -> frozenset[bytes] | None:
        """The names that are shown when all is open; None for all."""
        if self.kinds == ALL and self.pattern is None:
            return None
        found = self.listing.found
        if self.pattern is None:
            first: Iterator[bytes] = (name for name, one in found.items() if one.change in self.kinds)
        else:
            first = iter(self.matched)
        kept: set[bytes] = set()
        for one in first:
            name = one
            while name not in kept and name != ROOT:
                kept.add(name)
                name = parent_of(name)
        return frozenset(kept)

    def _folded(self, folding: Folding) -> ContentsTree:
        return self._with(("matched", "_kept", "_opened", "_texts"), folding=folding)

    def _with(self, same: tuple[str, ...], **changes: Any) -> ContentsTree:
        """Return the tree with changes; what was worked out and does not depend on them is kept."""
        made = replace(self, **changes)
        made.__dict__.update({key: self.__dict__[key] for key in same if key in self.__dict__})
        return made

    def _chain(self, name: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """Return the end of a chain of directories with one directory in each, and what is in it."""
        inside = self.shown_in(name)
        while (
            len(inside) == 1
            and name != STORE
            and parent_of(name) != STORE
            and self.listing.is_folder(inside[0])
            and inside[0] not in self.matched
        ):
            name = inside[0]
            inside = self.shown_in(name)
        return name, inside

    def _is_open(self, name: bytes) -> bool:
        chosen = self.folding.but.get(name)
        if chosen is not None:
            return chosen
        if self.folding.all is not None:
            return self.folding.all or name == STORE
        if self.pattern is not None and len(self.matched) <= _FOUND:
            return True
        return name in self._opened

    @cached_property
    def _opened(self) -> frozenset[bytes]:
        """The directories that are opened unasked: level by level as there is room."""
        found = self.listing.found
        quiet = any(one.change is Change.UNMODIFIED for one in found.values())
        opened: set[bytes] = set()
        room = _AT_ONCE
        pending = deque(self.shown_in(ROOT))
        alone = len(pending) == 1
        while pending:
            name, inside = self._chain(pending.popleft())
            first = name == STORE or (alone and not opened)
            if not inside or (not first and quiet and found[name].change is Change.UNMODIFIED):
                continue
            if first or len(inside) <= room:
                opened.add(name)
                room -= len(inside)
                pending += (child for child in inside if self.listing.is_folder(child))
        return frozenset(opened)
