"""The tabs of the right side, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nixdive.ui.draw.headings import tabs

if TYPE_CHECKING:
    from nixdive.ui.draw.line import Line

TABS: Final = {
    "closure": "Closure",
    "contents": "Contents",
    "why": "Why",
    "diff": "Diff",
    "push": "Push",
    "share": "Share",
}


def header(shown: str, cells: int, *, focused: bool) -> Line:
    """Return the header of a tab: all titles, the shown one marked; a click on another one shows it."""
    names = tuple(TABS)
    actions = tuple(f"screen.tab('{name}')" for name in names)
    return tabs(tuple(TABS.values()), names.index(shown), cells, focused=focused, actions=actions)


def after(shown: str) -> str:
    """Return the name of the tab that comes next."""
    names = tuple(TABS)
    return names[(names.index(shown) + 1) % len(names)]
