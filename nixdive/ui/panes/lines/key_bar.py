"""The last line: the keys that do something here; a click does it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.draw.line import Line, Span, spread, width
from nixdive.ui.verbs import BY_ID, MAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.ui.config.keymap import KeySigns
    from nixdive.ui.verbs import Foot


def key_bar(left: Sequence[Foot], right: Sequence[Foot], keys: KeySigns, cells: int) -> Line:
    """Return keys from the left as far as they have room, the ones that must not miss at the right."""
    spans = [_spans(foot, keys) for foot in (*left, *right)]
    weights = [(foot.weight, width(line)) for foot, line in zip((*left, *right), spans, strict=True)]
    kept = fitting(weights, cells - 3)
    start = (span for i in kept if i < len(left) for span in spans[i])
    end = (span for i in kept if i >= len(left) for span in spans[i])
    return spread((Span(" "), *start), (*end, Span(" ")), cells)


def fitting(wanted: Sequence[tuple[int, int]], cells: int) -> list[int]:
    """Return which of some things have room side by side, those of most weight first.

    Args:
        wanted: the weight and the cells of each.
        cells: the room.
    """
    kept = []
    for i in sorted(range(len(wanted)), key=lambda i: (-wanted[i][0], i)):
        if wanted[i][1] > cells:
            break
        cells -= wanted[i][1]
        kept.append(i)
    return sorted(kept)


def _spans(foot: Foot, keys: KeySigns) -> Line:
    shown = " ".join(filter(None, (keys.first(verb) for verb in foot.ids)))
    verb = BY_ID[foot.does or foot.ids[0]]
    action = f"screen.do('{verb.id}')" if verb in MAIN else f"screen.{verb.does}"
    if not shown:
        return ()
    return (
        Span(f"{shown} ", "accent", bold=True, action=action),
        Span(f"{foot.label}  ", "text", action=action),
    )
