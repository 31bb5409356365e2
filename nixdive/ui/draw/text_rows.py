"""Rows of a list that are text: the header of a section, and a line that says something."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nixdive.ui.draw.line import Line


class Said(NamedTuple):
    """A line of text."""

    line: Line


class Section(NamedTuple):
    """The header of what follows, and what stands at its end."""

    title: str
    note: str = ""
