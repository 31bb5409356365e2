"""The header of a pane, the only frame there is: a title, a rule, and what stands at its end."""

from __future__ import annotations

from nixdive.ui.draw.line import Line, Span, width


def heading(title: str, cells: int, *, focused: bool = False, note: str = "") -> Line:
    """Return the header of a pane: heavy, bold and marked where the pane has the focus."""
    end = f" {note} " if note else ""
    if focused:
        start: Line = (Span("┃", "accent"), Span(f" ● {title} ", "accent", bold=True), Span("┣", "accent"))
        rule, role = "━", "accent"
    else:
        start = (Span("│", "line"), Span(f" {title} ", "text", bold=True), Span("├", "line"))
        rule, role = "─", "line"
    tail = 2 if note else 0
    room = cells - width(start) - len(end) - tail
    if room < 1:
        end, tail, room = "", 0, cells - width(start)
    return (*start, Span(rule * max(room, 0), role), Span(end, "dim"), Span(rule * tail, role))


def tabs(titles: tuple[str, ...], shown: int, cells: int, *, focused: bool, actions: tuple[str, ...]) -> Line:
    """Return the header of a pane with tabs; the shown one is marked, a click on another one shows it.

    Where not all have room, the rules between them go, then the mark of the focus.
    """
    role, rule = ("accent", "━") if focused else ("line", "─")
    forms = ((rule, "● "), ("", "● "), ("", "")) if focused else ((rule, ""), ("", ""))
    lines = [_tabs(titles, shown, between, mark, focused=focused, actions=actions) for between, mark in forms]
    line = next((line for line in lines if width(line) <= cells), lines[-1])
    return (*line, Span(rule * max(cells - width(line), 0), role))


def _tabs(
    titles: tuple[str, ...], shown: int, between: str, mark: str, *, focused: bool, actions: tuple[str, ...]
) -> Line:
    role = "accent" if focused else "line"
    left, right = ("┫", "┣") if focused else ("┤", "├")
    line = [Span("┃" if focused else "│", role)]
    for i, title in enumerate(titles):
        if i == shown:
            line += [Span(left, role)] if i else []
            line.append(Span(f" {mark}{title} ", "accent" if focused else "text", bold=True))
            line.append(Span(right, role))
        else:
            end = " " if between or i + 1 == shown else ""
            line.append(Span(f" {title}{end}", "dim", action=actions[i]))
            if between and i + 1 < len(titles) and i + 1 != shown:
                line.append(Span(between, role))
    return tuple(line)
