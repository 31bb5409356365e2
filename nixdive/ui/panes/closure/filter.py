"""A filter of the closure: what it asks for, and what it has found, as rows."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

from nixdive.sizes import size_in
from nixdive.ui.draw.figures import number_in
from nixdive.ui.panes.closure.tree import Ranks, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.workspace.priced_plan import PricedPlan

    Test: TypeAlias = Callable[[int], bool]
    from collections.abc import Collection


_SIZE: Final = re.compile(r"(size|nar|added|closure)(>=|<=|>|<)(.*)", re.IGNORECASE)
_BROKEN: Final = re.compile(r"(?:(?:(size|nar|added|closure)(?:>=|<=|>|<|=)|layer:).+)", re.IGNORECASE)
_LAYER: Final = re.compile(r"layer:(\d*)", re.IGNORECASE)
_MARKS: Final = {"changed": "~", "new": "+"}
_HASH: Final = re.compile(r"[0-9abcdfghijklmnpqrsvwxyz]{6,32}")
EXAMPLES: Final = "a name or regular expression   size>1M added>10M layer:7 pinned changed new"


@dataclass(frozen=True, slots=True)
class Query:
    """What a filter asks for; all of it has to hold.

    Attributes:
        text: as it was typed.
        names: what names have to match.
        words: the other words, in small letters: "size>1m", "layer:7", "pinned".
        problem: what cannot be understood, and what is done instead; empty where there is nothing.
    """

    text: str
    names: tuple[re.Pattern[str], ...]
    words: tuple[str, ...]
    problem: str = ""

    @classmethod
    def parse(cls, text: str) -> Query:
        """Return what a text asks for. A broken regular expression is taken as plain text."""
        names, words, problems = [], [], []
        for word in text.split():
            size, layer = _SIZE.fullmatch(word), _LAYER.fullmatch(word)
            if (size and not size[3]) or (layer and not layer[1]):
                problems.append(f"{word} needs a number")
            elif (size and size_in(size[3]) is not None) or layer or word in {"pinned", *_MARKS}:
                words.append(word.lower())
            elif broken := _BROKEN.fullmatch(word):
                problems.append(f"{word}: {'a size is like 10M' if broken[1] else 'a layer is a number'}")
            else:
                pattern, problem = smart(word)
                names.append(pattern)
                problems += [problem] if problem else []
        return cls(text, tuple(names), tuple(words), ", ".join(problems))

    @property
    def called(self) -> str:
        """What it is called where it is shown: as it was typed, between slashes where it asks for names."""
        return f"/{self.text}/" if self.names else self.text

    @property
    def of_sizes(self) -> bool:
        """Whether it asks for sizes."""
        return any(_SIZE.fullmatch(word) for word in self.words)

    @property
    def of_plan(self) -> bool:
        """Whether an edit of the plan can change what is found."""
        return any(word == "pinned" or word.startswith("layer:") for word in self.words)

    def found(self, closure: Closure, priced: PricedPlan) -> frozenset[int]:
        """Return the indices of the store paths for which all holds."""
        tests = [_named(closure, pattern) for pattern in self.names]
        tests += [_test(closure, priced, word) for word in self.words]
        return frozenset(i for i in range(len(closure)) if all(test(i) for test in tests))

    def in_words(self, text: str) -> bool:
        """Return whether a text has all the names, where nothing else is asked for."""
        return not self.words and all(pattern.search(text) for pattern in self.names)

    def spans(self, text: str) -> Sequence[tuple[int, int]]:
        """Return where the names match in a text, in order, without overlap."""
        found = sorted(m.span() for pattern in self.names for m in pattern.finditer(text) if m[0])
        apart: list[tuple[int, int]] = []
        for start, end in found:
            if apart and start < apart[-1][1]:
                apart[-1] = apart[-1][0], max(end, apart[-1][1])
            else:
                apart.append((start, end))
        return apart


def smart(text: str) -> tuple[re.Pattern[str], str]:
    """Return a regular expression and what is wrong with it; capitals count where there are some."""
    flags = 0 if re.search("[A-Z]", re.sub(r"\\.", "", text)) else re.IGNORECASE
    try:
        with warnings.catch_warnings(action="ignore"):  # what later Pythons may mean by it is no concern here
            return re.compile(text, flags), ""
    except (re.error, OverflowError, RecursionError) as error:
        cause = error.msg if isinstance(error, re.error) else "too large"
        return re.compile(
            re.escape(text), flags
        ), f"not a regular expression ({cause}): searched as plain text"


def _named(closure: Closure, pattern: re.Pattern[str]) -> Test:
    paths = closure.paths
    plain = pattern.pattern
    if plain.startswith("/"):  # a store path, or the start of one
        return lambda i: paths[i].startswith(plain)
    if _HASH.fullmatch(plain):
        return lambda i: pattern.search(paths[i].name) is not None or paths[i].hash_part.startswith(plain)
    return lambda i: pattern.search(paths[i].name) is not None


def _test(closure: Closure, priced: PricedPlan, word: str) -> Test:
    paths = closure.paths
    if word in _MARKS:
        mark = _MARKS[word]
        return lambda i: priced.path_marks.get(paths[i]) == mark
    if word == "pinned":
        layers = priced.plan.layers
        pinned = {path for layer in layers if layer.pin is not None for path in layer.paths}
        return lambda i: paths[i] in pinned
    if layer := _LAYER.fullmatch(word):
        index = (number_in(layer[1], len(priced.plan.layers)) or 0) - 1
        return lambda i: priced.layer_of.get(paths[i]) == index
    return _size(closure, word)


class SizeTest(NamedTuple):
    """A limit of sizes, like size>1M.

    Attributes:
        what: which size, in small letters: size, nar, added or closure.
        sign: > >= < or <=.
        limit: bytes.
    """

    what: str
    sign: str
    limit: int

    def holds(self, size: int) -> bool:
        """Return whether a number of bytes is within the limit."""
        match self.sign:
            case ">":
                return size > self.limit
            case ">=":
                return size >= self.limit
            case "<":
                return size < self.limit
        return size <= self.limit


def size_test(word: str) -> SizeTest:
    """Return the limit that a word of a query names."""
    match = _SIZE.fullmatch(word)
    assert match is not None
    what, sign, text = match.groups()
    return SizeTest(what.lower(), sign, size_in(text) or 0)


def _size(closure: Closure, word: str) -> Test:
    test = size_test(word)
    sizes: Sequence[int] = closure.nar_sizes
    if test.what in {"added", "closure"}:
        measures = closure.measures
        sizes = measures.added_sizes if test.what == "added" else measures.closure_sizes
    return lambda i: test.holds(sizes[i])


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The rows of a filter.

    Attributes:
        query: what was asked for.
        words: what it is called above the rows.
        matches: the paths that were found.
        flat: whether they are listed alone, without what leads to them.
        folded: the paths below which nothing is shown.
        ranks: what siblings are sorted by.
        before: what comes before each path on a shortest chain.
        rows: the rows.
    """

    query: Query
    words: str
    matches: frozenset[int]
    flat: bool
    folded: frozenset[int]
    ranks: Ranks
    before: tuple[int, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(
        cls, closure: Closure, priced: PricedPlan, query: Query, ranks: Ranks, *, words: str = "", flat: bool
    ) -> Self:
        """Look for what a filter asks for.

        Args:
            closure: where to look.
            priced: the plan, which tells layers and marks.
            query: what to look for.
            ranks: what rows are sorted by.
            words: what to call it; by itself it is called as it was typed.
            flat: whether only matches are listed.
        """
        matches = query.found(closure, priced)
        before = nearest(closure, ranks)
        return cls(query, words or query.called, matches, flat, frozenset(), ranks, before, ()).laid_out()

    def again(self, closure: Closure, priced: PricedPlan) -> Self:
        """Return what the same filter finds under another plan."""
        return replace(self, matches=self.query.found(closure, priced)).laid_out()

    def sorted_by(self, closure: Closure, ranks: Ranks) -> Self:
        """Return the same in another order."""
        return replace(self, ranks=ranks, before=nearest(closure, ranks)).laid_out()

    def turned(self) -> Self:
        """Return the list as a tree, or the tree as a list."""
        return replace(self, flat=not self.flat, folded=frozenset()).laid_out()

    def toggled(self, row: int) -> Self:
        """Return it with what is below a row shown or hidden."""
        return self if self.rows[row].leaf else self._folding(self.folded ^ {self.rows[row].path})

    def all_folded(self) -> Self:
        """Return it with the top alone open."""
        return self._folding(
            frozenset(row.path for row in self.unfolded().rows if row.depth and not row.leaf)
        )

    def unfolded(self) -> Self:
        """Return it with everything shown."""
        return self._folding(frozenset())

    def next(self, path: int | None, direction: int) -> int | None:
        """Return the match after or before a path, round and round; None where nothing was found."""
        rows = self.unfolded().rows if self.folded else self.rows
        here = next((i for i, row in enumerate(rows) if row.path == path), -1 if direction > 0 else len(rows))
        ways = range(1, len(rows) + 1)
        return next(
            (
                rows[(here + direction * step) % len(rows)].path
                for step in ways
                if rows[(here + direction * step) % len(rows)].path in self.matches
            ),
            None,
        )

    def _folding(self, folded: frozenset[int]) -> Self:
        return replace(self, folded=folded).laid_out()

    def laid_out(self) -> Self:
        """Return it with its rows."""
        if self.flat:
            return replace(self, rows=listed(self.ranks, self.matches))
        return replace(self, rows=sifted(self.before, self.ranks, self.matches, self.folded))


def nearest(closure: Closure, ranks: Ranks) -> tuple[int, ...]:
    """Return for each path the one before it on a shortest chain from a root, of several the first in order.

    It is -1 for roots, and -2 for paths that no root needs.
    """
    before = [-2] * len(closure)
    level = ranks.sorted(closure.roots)
    for root in level:
        before[root] = -1
    while level:
        deeper = []
        for path in level:
            for below in closure.references[path]:
                if before[below] == -2:
                    before[below] = path
                    deeper.append(below)
        level = ranks.sorted(deeper)
    return tuple(before)


def sifted(
    before: tuple[int, ...], ranks: Ranks, matches: Collection[int], folded: Collection[int] = ()
) -> tuple[Row, ...]:
    """Return the rows of the matches and of what leads to them, each path once.

    Args:
        before: what comes before each path, as `nearest` tells.
        ranks: what siblings are sorted by.
        matches: the paths that are looked for.
        folded: those of the rows below which nothing is shown.
    """
    below: dict[int, list[int]] = {}
    kept: set[int] = set()
    for match in matches:
        path = match
        while path not in kept:
            kept.add(path)
            parent = max(before[path], -1)
            below.setdefault(parent, []).append(path)
            if parent < 0:
                break
            path = parent
    rows: list[Row] = []
    top = ranks.sorted(below.get(-1, ()))
    stack = [(top[i], 0, int(i < len(top) - 1), -1) for i in range(len(top) - 1, -1, -1)]
    while stack:
        path, depth, guides, parent = stack.pop()
        children = below.get(path, ())
        shown = bool(children) and path not in folded
        here = len(rows)
        rows.append(Row(path, depth, guides, parent, first=True, opened=shown, leaf=not children))
        if shown:
            ordered = ranks.sorted(children)
            last = len(ordered) - 1
            stack += [
                (ordered[i], depth + 1, guides | (i < last) << depth + 1, here) for i in range(last, -1, -1)
            ]
    return tuple(rows)


def listed(ranks: Ranks, matches: Collection[int]) -> tuple[Row, ...]:
    """Return the matches alone, as a list."""
    return tuple(Row(path, -1, 0, -1, first=True, opened=False) for path in ranks.sorted(matches))
