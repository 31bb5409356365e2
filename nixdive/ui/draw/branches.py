"""The lines before a name in a tree: guides to siblings that follow, the joint, and whether it is open."""

from __future__ import annotations

from nixdive.ui.draw.line import Line, Span

_FOLDS = {"▶ ", "▼ "}


def folding(line: Line, action: str) -> Line:
    """Return the row of a tree whose sign, where something can be folded or opened, takes clicks.

    Args:
        line: the row.
        action: what a click on the sign runs.
    """
    return tuple(span._replace(action=action) if span.text in _FOLDS else span for span in line)


def branch(depth: int, guides: int, sign: str, cells: int) -> Line:
    """Return what stands before a name; where it is too deep, the outer levels are left out.

    Args:
        depth: how far below the root the line stands.
        guides: bits, one for each level: whether more siblings follow there.
        sign: ▼ open, ▶ closed, ─ nothing below.
        cells: the room.
    """
    if not depth:
        return (Span(f"{sign} " if sign != "─" else "  ", "faint"),)
    levels = min(depth, max(cells // 2, 1))
    start = depth - levels
    lines = ("…" if start else "") + "".join(
        "│ " if guides >> level & 1 else "  " for level in range(start + 1, depth)
    )
    joint = "├─" if guides >> depth & 1 else "└─"
    return (Span(lines + joint, "line"), Span(f"{sign} ", "line" if sign == "─" else "faint"))
