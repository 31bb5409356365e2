"""Asks for the strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from nixdive.progress import check
from nixdive.sizes import split
from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.draw.drawn import Canvas, Drawn
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.jobs import Jobs, Meter
from nixdive.ui.verbs import bindings
from nixdive.words import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual.binding import BindingType
    from textual.widgets import Button

    from nixdive.workspace.priced_plan import PricedPlan

_WORDS = {
    "churn": "fewest bytes pushed per release",
    "nixpkgs": "what dockerTools does today",
    "popularity": "what dockerTools did until 2025",
    "size": "largest alone, the rest together",
    "each": "each alone, as the budget allows",
    "single": "one layer for all",
    "pipeline": "that of --pipeline or the plan",
    "keep": "the layers as they are",
}
_NAMES = 15  # cells of the mark and the name
_HEADS = "layers   next push   each release   seconds"
_WITHOUT = 36  # cells of the figures without seconds
_HEIGHT = 20  # rows that the dialog needs beside the layers of the preview
_MOST = 8  # layers that are shown


def figures(priced: PricedPlan | None, cells: int) -> Line:
    """Return what a strategy costs, below the heads of the list.

    Args:
        priced: its plan; None where it cannot lay out what is open.
        cells: of the list.
    """
    if priced is None:
        return (Span(f"{'cannot':>6}{'':<{_room(cells) - 6}}", "faint"),)
    line = [Span(f"{len(priced.plan.layers):>6}   ", "bright")]
    for size, room in ((priced.push_bytes, 9), (priced.release, 12)):
        mantissa, unit = split(size) if size is not None and priced.plan.sized else ("?", "")
        line.append(Span(f"{f'{mantissa} {unit}':>{room}}   ", "text"))
    if _room(cells) > _WITHOUT:
        seconds = brief(priced.seconds.release) if priced.seconds is not None else "?"
        line.append(Span(f"{seconds:>7}   ", "text"))
    return tuple(line)


def _room(cells: int) -> int:
    return _WITHOUT + (10 if cells >= 64 else 0)


class Choices(Widget, can_focus=True):
    """A list of names with a word on each."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Strategy")]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """A name was chosen."""

        name: str

    class Moved(Message):
        """The cursor is on another name."""

    def __init__(self, names: Sequence[str], now: str) -> None:
        super().__init__()
        self.names = tuple(names)
        self._now = now
        self._found: Mapping[str, PricedPlan | None] = {}
        self._canvas = Canvas(self, self.draw, ground_of=self.ground_of)
        self.set_reactive(Choices.cursor, self.names.index(now) if now in self.names else 0)
        self.styles.height = len(self.names)

    @property
    def chosen(self) -> PricedPlan | None:
        """The plan of the name that the cursor is on; None where there is none, or not yet."""
        return self._found.get(self.names[self.cursor])

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return a line for each name; the one that holds now is marked."""
        empty = (Span(" " * _room(width)),)
        lines = []
        for i, name in enumerate(self.names):
            here = i == self.cursor
            line = (
                Span(" ● " if name == self._now else " ○ ", "accent" if name == self._now else "dim"),
                Span(f"{name:<12}", "bright" if here else "text", bold=here),
                *(figures(self._found[name], width) if name in self._found else empty),
            )
            words = self.words(name) if self.explains(width) else ""
            lines.append((*line, Span(words, "text" if here else "dim")))
        return lines

    def words(self, name: str) -> str:
        """Return what a strategy does."""
        return _WORDS.get(name, "")

    def explains(self, width: int) -> bool:
        """Whether so many cells have room for the words of each name beside its figures."""
        longest = max(len(self.words(name)) for name in self.names)
        return _NAMES + _room(width) + longest <= width

    def show_figures(self, found: Mapping[str, PricedPlan | None]) -> None:
        """Show behind each name what it costs."""
        self._found = found
        self.refresh()

    def watch_cursor(self) -> None:
        """Say that the cursor is on another name."""
        self.post_message(self.Moved())

    def ground_of(self, y: int) -> str:
        """Return the background: the line of the cursor is filled."""
        return "cursor" if y == self.cursor else "panel"

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a line."""
        return min(max(cursor, 0), len(self.names) - 1)

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self.cursor += lines

    def action_choose(self) -> None:
        """Choose the name that the cursor is on."""
        self.post_message(self.Chosen(self.names[self.cursor]))

    def on_click(self, event: events.Click) -> None:
        """Choose the line under the mouse."""
        self.cursor = event.y
        self.action_choose()


def _heads(cells: int) -> Line:
    words = _HEADS if _room(cells) > _WITHOUT else _HEADS.removesuffix("   seconds")
    return (Span(" " * _NAMES + words, "faint"),)


class StrategyDialog(Vertical):
    """Gives the name of a strategy, or None."""

    DEFAULT_CSS = "StrategyDialog#frame { width: 100; }"

    title_text = "Strategy"
    keys_text = "enter choose   esc close"
    first = "Choices"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(
        self,
        names: Sequence[str],
        now: str,
        plan: Callable[[str], PricedPlan | None],
        preview: Callable[[PricedPlan, int, int], list[Line]],
    ) -> None:
        """Show the names.

        Args:
            names: of the strategies.
            now: the one that holds.
            plan: the plan under one of them; None where it cannot lay out what is open. It is asked in the
                background.
            preview: returns what a plan looks like in so many columns, with so many layers.
        """
        super().__init__()
        self._choices = Choices(names, now)
        self._plan = plan
        self._look = preview
        self._told = Drawn(self._tell, ground="panel", classes="rule")
        self._preview = Drawn(self._draw, ground="panel")
        self._jobs = Jobs(self)

    def on_mount(self) -> None:
        """Have the prices worked out."""

        def compute(meter: Meter) -> dict[str, PricedPlan | None]:
            found: dict[str, PricedPlan | None] = {}
            for name in self._choices.names:
                check(meter)
                found[name] = self._plan(name)
                meter.partly(dict(found))
            return found

        self._jobs.ask("prices", compute, self._show, partly=self._show)

    def on_resize(self) -> None:
        """Leave as many layers out of the preview as have no room, and their heads where none has."""
        self._preview.styles.height = 3 + self._rows if self._rows else 2

    @property
    def _rows(self) -> int:
        return min(max(self.app.size.height - _HEIGHT, 0), _MOST)

    def _show(self, found: Mapping[str, PricedPlan | None]) -> None:
        self._choices.show_figures(found)
        self._preview.refresh()

    def _draw(self, width: int, height: int) -> list[Line]:
        chosen = self._choices.chosen
        return self._look(chosen, width, self._rows)[:height] if chosen is not None else []

    def _tell(self, width: int, _height: int) -> list[Line]:
        """Return what the strategy under the cursor does, where the list has no room for it."""
        choices = self._choices
        if choices.explains(width):
            return []
        name = choices.names[choices.cursor]
        return [(Span(f" {name}: ", "dim"), Span(choices.words(name), "text"))]

    @on(Choices.Moved)
    def _moved(self) -> None:
        self._told.refresh()
        self._preview.refresh()

    def on_unmount(self) -> None:
        """Stop working."""
        self._jobs.close()

    def buttons(self) -> Iterable[Button]:
        """Return none: nothing is decided here."""
        return ()

    def fields(self) -> Iterable[Widget]:
        """Return the list."""
        yield Drawn(lambda width, _: [_heads(width)], ground="panel", classes="rule")
        yield self._choices
        yield self._told
        yield self._preview

    @on(Choices.Chosen)
    def _chosen(self, message: Choices.Chosen) -> None:
        answer(self.screen, message.name)
