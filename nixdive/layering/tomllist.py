"""The values of a TOML text with their comments, and arrays that are written over.

A comment belongs to what stands directly below it, or before it in the same line, and goes where that goes.
One that a blank line sets apart stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

import tomlkit
from tomlkit.items import Array, Comment, Item, Null, Whitespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(slots=True)
class Piece:
    """A part of the text.

    Attributes:
        name: of a value or a table; one with dots is one name.
        head: what stands before the value, or the header of the table.
        above: the lines of comments and blank lines above it.
        behind: the comment in its line, with the blanks before it.
    """

    name: str = ""
    head: str = ""
    above: str = ""
    behind: str = ""


P = TypeVar("P", bound=Piece)


def kept_of(pieces: Iterable[P], keep: Callable[[P], bool]) -> tuple[list[P], str]:
    """Return the pieces that are kept.

    What is set apart above another one goes to the next that is kept; without one it is returned too.
    """
    kept, passed = list[P](), ""
    for piece in pieces:
        if keep(piece):
            if passed:
                piece.above, passed = passed + piece.above.lstrip("\n"), ""
            kept.append(piece)
        else:
            apart, own = split(piece.above)
            if apart.strip():
                passed += apart
                piece.above = own
    return kept, passed


def split(above: str) -> tuple[str, str]:
    """Return the lines down to the last blank one, which are set apart, and the rest."""
    lines = above.splitlines(keepends=True)
    end = next((at for at in range(len(lines), 0, -1) if not lines[at - 1].strip()), 0)
    return "".join(lines[:end]), "".join(lines[end:])


@dataclass(slots=True)
class Value(Piece):
    """A value: behind its name, or in a list.

    Attributes:
        text: how it is written.
        value: what was found.
        item: tomlkit's value; None for a new one.
        breaks: in a list, whether it begins a line.
    """

    text: str = ""
    value: Any = None
    item: Item | None = None
    breaks: bool = False

    @classmethod
    def found(cls, item: Item, name: str = "", head: str = "") -> Self:
        """Return what tomlkit found."""
        behind = item.trivia.comment_ws + item.trivia.comment
        return cls(name, item.trivia.indent + head, "", behind, item.as_string(), item.unwrap(), item)

    def __str__(self) -> str:
        return f"{self.above}{self.head}{self.text}{self.behind}\n"


class ValueList:
    """The values of an array with what stands between them; without an array, the form of a new one."""

    def __init__(self, array: Item | None = None) -> None:
        self.elements: list[Value] = []
        self.head = ""  # the comment behind the opening bracket
        self._indent = "  "
        above = space = ""
        for item in array._iter_items() if isinstance(array, Array) else ():  # noqa: SLF001  none else has comments
            if isinstance(item, Whitespace):
                space += item.s.replace(",", "")
                continue
            if isinstance(item, Null):
                continue
            if above and space.count("\n") > 1:
                above += "\n"
            if not isinstance(item, Comment):
                if "\n" in space and not self.elements:
                    self._indent = space.rpartition("\n")[2]
                self.elements.append(Value.found(item))
                self.elements[-1].above, self.elements[-1].breaks = above, "\n" in space
                above = ""
            elif "\n" in space:
                above += line(item.as_string())
            elif self.elements:
                self.elements[-1].behind = item.as_string()
            else:
                self.head = item.as_string()
            space = ""
        self.tail = above
        self._end = "\n" + space.rpartition("\n")[2] if "\n" in space else ""
        self._breaks = bool(self.elements) and all(element.breaks for element in self.elements)

    def rename(self, renamed: Mapping[str, str]) -> None:
        """Put other texts in place of some; what stands around them stays."""
        for element in self.elements:
            if element.value in renamed:
                element.value = renamed[element.value]
                element.text = string(element.value)

    def take(self, values: Iterable[str]) -> dict[str, Value]:
        """Take the elements of these texts out."""
        left = set(values)

        def wanted(element: Value) -> bool:
            there = element.value in left
            left.discard(element.value)
            return there

        taken, passed = kept_of(self.elements, wanted)
        self.tail = passed + self.tail
        places = set(map(id, taken))
        self.elements = [one for one in self.elements if id(one) not in places]
        return {element.value: element for element in taken}

    def text(self, values: Sequence[str], known: Mapping[str, Value], moved: Mapping[str, Value]) -> str:
        """Return the array of these texts; what is known or moved here as it was written."""
        elements = []
        for value in values:
            element = known.get(value) or moved.get(value) or Value(text=string(value))
            element.breaks = element.breaks if value in known else self._breaks
            elements.append(element)
        behind = elements[-1].behind if elements else self.head
        end = self._end or ("\n" if behind or self.tail else "")
        parts, fresh = ["[", self.head], bool(self.head)
        for number, element in enumerate(elements, 1):
            parts += self._lines(element.above)
            if element.above or element.breaks or fresh:
                parts.append(f"\n{self._indent}")
            elif number > 1:
                parts.append(" ")
            parts += [element.text, "," if end or number < len(elements) else "", element.behind]
            fresh = bool(element.behind)
        return "".join((*parts, *self._lines(self.tail), end, "]"))

    def _lines(self, comments: str) -> Iterable[str]:
        return (f"\n{self._indent}{line}" if line else "\n" for line in comments.splitlines())


def line(comment: str) -> str:
    """Return a comment as a line of its own; nothing for none."""
    return f"{comment.strip()}\n" if comment.strip() else ""


def string(text: str) -> str:
    """Return a text as TOML writes it."""
    return tomlkit.string(text).as_string()
