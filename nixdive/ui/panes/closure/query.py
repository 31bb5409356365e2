"""What is typed into the filter: names as regular expressions, and words about sizes, layers and pins."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from nixdive.ui.draw.figures import number_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.workspace.priced_plan import PricedPlan

    Test: TypeAlias = Callable[[int], bool]

_SIZE: Final = re.compile(
    r"(size|nar|added|closure)(>=|<=|>|<)(?:(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?)?", re.IGNORECASE
)
_LAYER: Final = re.compile(r"layer:(\d*)", re.IGNORECASE)
_UNITS: Final = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
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
                problems.append(f"{word} wants a number")
            elif size or layer or word in {"pinned", *_MARKS}:
                words.append(word.lower())
            else:
                pattern, problem = smart(word)
                names.append(pattern)
                problems += [problem] if problem else []
        return cls(text, tuple(names), tuple(words), ", ".join(problems))

    @property
    def of_plan(self) -> bool:
        """Whether an edit of the plan can change what is found."""
        return any(word == "pinned" or word.startswith("layer:") for word in self.words)

    def found(self, closure: Closure, priced: PricedPlan) -> frozenset[int]:
        """Return the indices of the store paths for which all holds."""
        tests = [_named(closure, pattern) for pattern in self.names]
        tests += [_test(closure, priced, word) for word in self.words]
        return frozenset(i for i in range(len(closure)) if all(test(i) for test in tests))

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
        return re.compile(re.escape(text), flags), f"no regular expression ({cause}): searched as it stands"


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


def _size(closure: Closure, word: str) -> Test:
    match = _SIZE.fullmatch(word)
    assert match is not None
    what, sign, number, unit = match.groups()
    sizes: Sequence[int] = closure.nar_sizes
    if what in {"added", "closure"}:
        measures = closure.measures
        sizes = measures.added_sizes if what == "added" else measures.closure_sizes
    limit = float(number) * _UNITS[unit]
    if sign == ">":
        return lambda i: sizes[i] > limit
    if sign == ">=":
        return lambda i: sizes[i] >= limit
    if sign == "<":
        return lambda i: sizes[i] < limit
    return lambda i: sizes[i] <= limit
