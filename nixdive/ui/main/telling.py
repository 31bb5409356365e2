"""What the edit line says: the last edit and its price, why one is refused, or the best next one."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from nixdive.errors import PlanError
from nixdive.layering.arrangement import THAW, UNPIN
from nixdive.ui.jobs import Jobs, Notifier, Unforeseen, tell
from nixdive.ui.main.editing import FILTER
from nixdive.ui.main.planning import FORETOLD, PROPOSAL
from nixdive.ui.main.selection import Actions, foretold
from nixdive.ui.panes.layers.details import STAY
from nixdive.ui.panes.lines.below import EditReceipt, Marked, Proposed, Refusal, Said, edit_line
from nixdive.visible import visible
from nixdive.workspace.edits import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual.timer import Timer
    from textual.widget import Widget

    from nixdive.errors import NixdiveError
    from nixdive.ui.draw.line import Line
    from nixdive.workspace.history import Edit
    from nixdive.workspace.price import Price
    from nixdive.workspace.proposals import Proposal

IDLE: float | None = 0.5
"""Seconds from a plan to the search for the best next edit; None for no search."""

_READ: Final = 5.0  # seconds that the price of an edit stands at least
_TOLD: Final = 0.3  # seconds from a key to the end of the last edit's price over files
REMEDIES: Final[Mapping[str, tuple[str, ...]]] = {
    THAW: ("freeze",),
    UNPIN: ("unpin",),
    MARK: ("layers.mark", "merge"),
    FILTER: ("filter",),
}
"""For what errors say can be done, the verbs that do it."""


class Tells(Actions, Notifier, Protocol):
    """The screen whose line it is."""

    jobs: Jobs

    @property
    def is_active(self) -> bool:
        """Whether no dialog is open over it."""

    def query(self, selector: str) -> Iterable[Widget]:
        """Return what a selector names."""

    def refresh_lines(self, *ids: str) -> None:
        """Draw some lines again."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call something later."""


class Telling:
    """Chooses what the line says, and has the best next edit looked for while nothing is done.

    Args:
        screen: whose line it is.
        hint: how those who look at the demo open an image of their own; empty for any other image.
    """

    def __init__(self, screen: Tells, hint: str) -> None:
        self._screen = screen
        self._hint = hint
        self._said: Said = f"this is the demo; {hint}" if hint else ""
        self._since = 0.0
        self._over = False
        self._quiet: Timer | None = None
        self._idle: Timer | None = None
        self._looked = self._asked = False
        self._best: Proposal | None = None

    def line(self, width: int) -> Line:
        """Return the line."""
        shown = self._screen.workspace.shown
        return edit_line(
            self._said, width, self._screen.keys, undo=shown.at > 0, redo=shown.undone is not None
        )

    def planned(self, edit: Edit | None, price: Price, *, undone: bool) -> None:
        """Say what a step costs whose plan is shown now, and look for the best next one."""
        if edit is not None:
            sized = self._screen.workspace.subject.closure.sized
            self._say(EditReceipt(edit, undone, price if sized else None))
        elif not isinstance(self._said, str):
            self._said = ""
        self._over_files()
        self.look()

    def refuse(self, error: NixdiveError) -> None:
        """Say why something cannot be done, what can be done about it, and with which key."""
        if isinstance(error, Unforeseen):
            tell(self._screen, error)
        self._say(self._refusal(error))
        self._over_files()

    def _refusal(self, error: NixdiveError) -> Refusal:
        verbs = REMEDIES.get(error.hint or "", ())
        shown = [key for verb in verbs if (key := self._screen.keys.first(verb))]
        remedy = f"{error.hint} ({' '.join(shown)})" if error.hint in REMEDIES else ""
        return Refusal(visible(str(error)), remedy)

    def marks(self, merging: Callable[[], Edit], *, changed: bool = False) -> None:
        """Say how many layers are marked, and have worked out what merging them costs.

        Args:
            merging: returns the edit that `merge` would make; raises PlanError where it cannot be made.
            changed: whether other layers are marked; if not, the cursor has moved, and what has to be read
                first stays.
        """
        screen = self._screen
        shown = isinstance(self._said, Marked)
        if screen.workspace.waiting or not (changed or shown or not self._reading):
            return
        screen.jobs.cancel(FORETOLD)
        chosen = screen.selection
        if chosen.marked:
            self._over_files()
            self._say(self._marked(merging))
        elif shown:
            self._say("")
            if self._best is not None:
                self._propose(self._best)

    def _marked(self, merging: Callable[[], Edit]) -> Marked:
        """Return what is marked, and have the price of merging it worked out."""
        workspace, chosen = self._screen.workspace, self._screen.selection
        layers = [workspace.priced.plan.layers[number] for number in chosen.marked]
        size = sum(layer.nar_size for layer in layers) if workspace.subject.closure.sized else None
        alone = len(layers) == 1
        if alone and chosen.layer in chosen.marked:
            return Marked(1, size)
        said = Marked(len(layers), size, chosen.layer + 1 if alone else None)
        try:
            edit = merging()
        except PlanError as error:
            return replace(said, refusal=self._refusal(error))
        self._screen.jobs.ask(
            FORETOLD,
            lambda _: foretold(workspace, edit),
            lambda found: self._say(replace(said, merges=found)),
            failed=lambda error: self._say(replace(said, refusal=self._refusal(error))),
        )
        return said

    def look(self) -> None:
        """Have the best next edit looked for once nothing is done for a while."""
        self._looked, self._best = False, None
        self._screen.jobs.cancel(PROPOSAL)
        if self._idle is not None:
            self._idle.stop()
        if IDLE is not None and self._screen.is_active:
            self._idle = self._screen.set_timer(IDLE, self._search)

    def rest(self) -> None:
        """Look for no edit: a dialog has opened, and what it foretells comes first."""
        self._screen.jobs.cancel(PROPOSAL)
        if self._idle is not None:
            self._idle.stop()

    def go_on(self) -> None:
        """Look for the best next edit again, if it was not found before a dialog opened."""
        if not self._looked and not self._screen.workspace.waiting:
            self.look()

    def best(self) -> None:
        """Make the best next edit where the line names it; else name it."""
        workspace = self._screen.workspace
        if not workspace.priced.lays_out:
            self.refuse(PlanError(STAY))
        elif workspace.waiting or not self._looked:
            self._asked = True
            self._say("working out the best next edit …")
            if not workspace.waiting and IDLE is None:
                self._search()
        elif self._best is None:
            self._say("no edit that was tried brings back what it costs: nothing to propose")
        elif isinstance(self._said, Proposed):
            self._screen.edit(self._best.edit)
        else:
            self._propose(self._best)

    def key(self) -> None:
        """Let the comparison of files, and the best next edit, come back after a key that is not an edit."""
        if self._over:
            if self._quiet is not None:
                self._quiet.stop()
            self._quiet = self._screen.set_timer(_TOLD, self._forget)
        if self._screen.workspace.waiting:
            return
        if not self._looked and not self._asked:
            self.look()  # what is looked for in the background would make the keys slow
        elif self._best is not None and not self._reading:
            self._propose(self._best)

    @property
    def _reading(self) -> bool:
        """Whether the line says something that has to be read first."""
        fresh = time.monotonic() - self._since < _READ
        return isinstance(self._said, Proposed | Marked) or (
            fresh and isinstance(self._said, EditReceipt | Refusal)
        )

    def _search(self) -> None:
        self._screen.jobs.ask(PROPOSAL, self._screen.workspace.propose, self._found)

    def _found(self, best: Proposal | None) -> None:
        self._looked, self._best = True, best
        asked, self._asked = self._asked, False
        if asked and best is None:
            self.best()
        elif best is not None and (asked or isinstance(self._said, str)):
            self._propose(best)

    def _propose(self, best: Proposal) -> None:
        first = self._hint if not self._screen.workspace.shown.at else ""
        release = self._screen.workspace.priced.release
        self._say(Proposed(best.edit, best.price, release or 0, first))

    def _say(self, what: Said) -> None:
        self._said = what
        self._since = time.monotonic()
        self._screen.refresh_lines("edit")

    def give_way(self) -> None:
        """Let the comparison of files stand where the line is."""
        self._stand_over_files(over=False)

    def _over_files(self) -> None:
        """Let the line stand over the comparison of files until a key that is not an edit."""
        if self._quiet is not None:
            self._quiet.stop()
        self._stand_over_files(over=True)

    def _forget(self) -> None:
        if not self._screen.workspace.waiting and not isinstance(self._said, Marked):
            self.give_way()

    def _stand_over_files(self, *, over: bool) -> None:
        if over == self._over:
            return
        self._over = over
        for line in self._screen.query("#edit, #compare-line"):
            line.set_class(over, "-told")  # not the screen, all of which would be styled anew
