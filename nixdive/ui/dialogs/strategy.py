"""Asks for the strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, on
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from nixdive.progress import check
from nixdive.sizes import split
from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.draw.drawn import Canvas
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.jobs import Jobs, Meter
from nixdive.ui.verbs import bindings
from nixdive.words import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual.binding import BindingType
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.widgets import Button

_WORDS = {
    "churn": "the fewest bytes pushed per release",
    "nixpkgs": "what dockerTools does today",
    "popularity": "what dockerTools did until 2025",
    "size": "the largest each alone, the rest together",
    "each": "each path alone, as far as the budget goes",
    "single": "one layer for all",
    "pipeline": "the layering pipeline of --pipeline or the plan file",
    "keep": "the layers as they are",
}
_ROOM = 19  # cells of a price


class Price(NamedTuple):
    """What a release is expected to cost under a strategy.

    Attributes:
        release: NAR bytes.
        seconds: until it has arrived.
    """

    release: int
    seconds: float


def _priced(price: Price) -> Line:
    mantissa, unit = split(price.release)
    return (Span(f"{mantissa:>4} {unit:<3}", "text"), Span(f"{brief(price.seconds):>8}   ", "bright"))


class Choices(Widget, can_focus=True):
    """A list of names with a word on each."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Strategy")]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """A name was chosen."""

        name: str

    def __init__(self, names: Sequence[str], now: str) -> None:
        super().__init__()
        self.names = tuple(names)
        self._now = now
        self._prices: Mapping[str, Line] = {}
        self._canvas = Canvas(self, self.draw, ground_of=self.ground_of)
        self.set_reactive(Choices.cursor, self.names.index(now) if now in self.names else 0)
        self.styles.height = len(self.names)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return a line for each name; the one that holds now is marked."""
        return [
            (
                Span(" ● " if name == self._now else " ○ ", "accent" if name == self._now else "dim"),
                Span(f"{name:<12}", "bright" if i == self.cursor else "text", bold=i == self.cursor),
                *self._prices.get(name, (Span(" " * _ROOM),)),
                Span(_WORDS.get(name, ""), "text" if i == self.cursor else "dim"),
            )
            for i, name in enumerate(self.names)
        ]

    def show_prices(self, prices: Mapping[str, Line]) -> None:
        """Show behind each name what it costs."""
        self._prices = prices
        self.refresh()

    def ground_of(self, y: int) -> str:
        """Return the background: the line of the cursor is filled."""
        return "cursor" if y == self.cursor else "panel"

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a part, drawn anew where they are needed."""
        self._canvas.forget()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self._canvas.strip(y)

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


class StrategyDialog(Vertical):
    """Gives the name of a strategy, or None."""

    title_text = "Strategy"
    keys_text = "enter choose   esc close"
    first = "Choices"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, names: Sequence[str], now: str, price: Callable[[str], Price | None]) -> None:
        """Show the names.

        Args:
            names: of the strategies.
            now: the one that holds.
            price: what a release costs under another one; None where it cannot lay out what is open. It is
                asked in the background.
        """
        super().__init__()
        self._choices = Choices(names, now)
        self._price = price
        self._jobs = Jobs(self)

    def on_mount(self) -> None:
        """Have the prices worked out."""

        def compute(meter: Meter) -> dict[str, Line]:
            found: dict[str, Line] = {}
            for name in self._choices.names:
                check(meter)
                price = self._price(name)
                found[name] = _priced(price) if price else (Span(f"{'cannot':<{_ROOM}}", "faint"),)
                meter.partly(dict(found))
            return found

        show = self._choices.show_prices
        self._jobs.ask("prices", compute, show, partly=show)

    def on_unmount(self) -> None:
        """Stop working."""
        self._jobs.close()

    def buttons(self) -> Iterable[Button]:
        """Return none: nothing is decided here."""
        return ()

    def fields(self) -> Iterable[Widget]:
        """Return the list."""
        yield self._choices
        yield Static("of each release: NAR bytes, and seconds of push and pull", classes="note")

    @on(Choices.Chosen)
    def _chosen(self, message: Choices.Chosen) -> None:
        answer(self.screen, message.name)
