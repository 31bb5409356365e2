"""The last line: the keys that do something here; a click does it too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from nixdive.ui.config.keymap import sign
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, spread, width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Key(NamedTuple):
    """A key of the last line.

    Attributes:
        key: how it is written.
        label: what it does.
        action: the action that it runs.
        ids: the bindings that have it, to show others where they were given others.
        weight: what has more stays longer as the line gets shorter.
    """

    key: str
    label: str
    action: str
    ids: tuple[str, ...] = ()
    weight: int = 5

    def shown(self, keymap: Mapping[str, str]) -> Key:
        """Return the key as it is written under a keymap."""
        if not any(one in keymap for one in self.ids):
            return self
        now = zip(self.ids, self.key.split(), strict=False)
        keys = (sign(keymap[one].partition(",")[0]) if one in keymap else was for one, was in now)
        return self._replace(key=" ".join(filter(None, keys)).replace("ctrl+", "^"))


class KeyBar(Drawn):
    """Keys from the left as far as they have room, the ones that must not miss at the right."""

    ground = "panel"

    left: reactive[tuple[Key, ...]] = reactive(())
    keymap: reactive[Mapping[str, str]] = reactive(dict)

    def __init__(self, left: tuple[Key, ...], right: tuple[Key, ...], **options: str) -> None:
        super().__init__(**options)
        self.set_reactive(KeyBar.left, left)
        self._right = right

    def draw(self, cells: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line."""
        shown = [key.shown(self.keymap) for key in (*self.left, *self._right)]
        spans = [_spans(key) if key.key else () for key in shown]
        kept = fitting([(key.weight, width(line)) for key, line in zip(shown, spans, strict=True)], cells - 3)
        left = (span for i in kept if i < len(self.left) for span in spans[i])
        right = (span for i in kept if i >= len(self.left) for span in spans[i])
        return [spread((Span(" "), *left), (*right, Span(" ")), cells)]


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


def _spans(key: Key) -> Line:
    return (
        Span(f"{key.key} ", "accent", bold=True, action=key.action),
        Span(f"{key.label}  ", "text", action=key.action),
    )
