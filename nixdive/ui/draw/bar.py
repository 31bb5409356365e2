"""The bar of boundaries: bytes drawn to scale, once, and below it what is pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.draw.line import Line, Span

if TYPE_CHECKING:
    from collections.abc import Sequence


def widths(sizes: Sequence[int], cells: int) -> tuple[int, ...]:
    """Return the cells of each layer: at least one, the rest by largest remainder; the sum is `cells`.

    Where there are more layers than cells, the largest ones get a cell each.
    """
    if len(sizes) > cells:
        shown = set(sorted(range(len(sizes)), key=lambda i: (-sizes[i], i))[:cells])
        return tuple(int(i in shown) for i in range(len(sizes)))
    total = sum(sizes)
    spare = cells - len(sizes)
    if not total:
        return _remainders([1] * len(sizes), len(sizes), cells) if sizes else ()
    # a layer whose share is under a cell still gets one, at the cost of the others
    shares = [max(size * cells / total - 1, 0.0) for size in sizes]
    whole = sum(shares)
    if not whole:
        return tuple([1] * len(sizes))
    exact = [share * spare / whole for share in shares]
    given = [int(share) for share in exact]
    order = sorted(range(len(sizes)), key=lambda i: (given[i] - exact[i], i))
    for i in order[: spare - sum(given)]:
        given[i] += 1
    return tuple(1 + extra for extra in given)


def _remainders(parts: Sequence[int], total: int, cells: int) -> tuple[int, ...]:
    given = [part * cells // total for part in parts]
    for i in range(cells - sum(given)):
        given[i] += 1
    return tuple(given)


def bytes_line(
    shares: Sequence[int], grounds: Sequence[str], selected: int | None, actions: Sequence[str]
) -> Line:
    """Return the bar: a piece for each layer, numbered where there is room, the selected one in reverse.

    Args:
        shares: the cells of each layer.
        grounds: the role of the colour of each layer; what is written on it has the role on-... of that.
        selected: the index of the selected layer.
        actions: what a click on each layer runs.
    """
    line = []
    first = next((i for i, share in enumerate(shares) if share), 0)
    for i, (share, ground) in enumerate(zip(shares, grounds, strict=True)):
        if not share:
            continue
        number = str(i + 1)
        chosen = i == selected
        edge = " " if i == first else "▏"
        inner = share - 1
        label = number if share > len(number) + 1 else ""
        left = max((share - len(label)) // 2 - 1, 0) if label else 0
        body = (" " * left + label).ljust(inner)
        paper = "bright" if chosen else ground
        line.append(Span(edge, "ink", ground=paper, action=actions[i]))
        role = "ink" if chosen else f"on-{ground}"
        line.append(Span(body, role, bold=chosen, ground=paper, action=actions[i]))
    return tuple(line)


def pushed_line(
    shares: Sequence[int], pushed: Sequence[bool], selected: int | None, actions: Sequence[str]
) -> Line:
    """Return the line below the bar: strokes under what is pushed, a mark under a narrow selected layer."""
    line = []
    for i, (share, new) in enumerate(zip(shares, pushed, strict=True)):
        if not share:
            continue
        if i == selected and share < 3:
            line.append(Span("╿" + ("━" if new else " ") * (share - 1), "bright", action=actions[i]))
        else:
            line.append(Span(("━" if new else " ") * share, "pay", action=actions[i]))
    return tuple(line)
