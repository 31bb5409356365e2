"""Tables in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, and the empty line after it."""
    first, *others = (f"| {' | '.join(one)} |\n" for one in (head, *rows))
    return f"{first}|{'---|' * len(head)}\n{''.join(others)}"
