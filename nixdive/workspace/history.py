"""The whole editing state of the screen: what was asked for, step by step, and which step counts now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.situation import Situation


@dataclass(frozen=True, slots=True)
class Edit:
    """One step.

    Attributes:
        request: what is asked for after it.
        what: the subject of the edit: "pin perl", "budget 24".
        result: what became of it: "layer perl", "28"; empty where there is nothing to say.
        mark: of what the user decides: ◆ pins, ■ freezes; empty for what the strategy decides.
        note: what is said instead of the verdict on its price.
        again: makes the same step elsewhere: returns None where it changes nothing there, raises PlanError
            where it cannot be made. None for a step that asks for the same whatever was there before.
        kept: of a step that drops an earlier one, the steps since the start that hold after it; else None.
    """

    request: PlanRequest
    what: str = ""
    result: str = ""
    mark: str = ""
    note: str = ""
    again: Callable[[Situation], Edit | None] | None = field(default=None, compare=False, repr=False)
    kept: tuple[Edit, ...] | None = None

    @property
    def words(self) -> str:
        """What was done, and what became of it."""
        return f"{self.what} → {self.result}" if self.result else self.what


@dataclass(frozen=True, slots=True)
class EditHistory:
    """All steps since the start.

    Attributes:
        edits: the start, then each step; those after `at` were undone.
        at: the step that counts now.
        written: the step that was written last, or that was there at the start; None where it is forgotten.
    """

    edits: tuple[Edit, ...]
    at: int = 0
    written: int | None = 0

    @classmethod
    def of(cls, request: PlanRequest) -> Self:
        """Return a history without a step."""
        return cls((Edit(request),))

    @property
    def now(self) -> Edit:
        """The step that counts."""
        return self.edits[self.at]

    @property
    def request(self) -> PlanRequest:
        """What is asked for now."""
        return self.now.request

    @property
    def before(self) -> Edit | None:
        """The step before the one that counts, or None at the start."""
        return self.edits[self.at - 1] if self.at else None

    @property
    def undone(self) -> Edit | None:
        """The step that a redo would bring back, or None."""
        return self.edits[self.at + 1] if self.at + 1 < len(self.edits) else None

    @property
    def steps(self) -> tuple[Edit, ...]:
        """The steps that are in what counts now, oldest first: without the start and what was dropped."""
        since: list[Edit] = []
        for edit in reversed(self.edits[1 : self.at + 1]):
            if edit.kept is not None:
                return (*edit.kept, *reversed(since))
            since.append(edit)
        return tuple(reversed(since))

    @property
    def unwritten(self) -> int:
        """How many steps lie between what was written and what counts now."""
        return max(self.at, 1) if self.written is None else abs(self.at - self.written)

    def did(self, edit: Edit) -> EditHistory:
        """Return the history with one more step; what was undone is forgotten."""
        kept = self.edits[: self.at + 1]
        written = self.written if self.written is not None and self.written < len(kept) else None
        return EditHistory((*kept, edit), len(kept), written)

    def undo(self) -> EditHistory:
        """Return the history one step earlier; the same at the start."""
        return replace(self, at=max(self.at - 1, 0))

    def redo(self) -> EditHistory:
        """Return the history one step later; the same where nothing was undone."""
        return replace(self, at=min(self.at + 1, len(self.edits) - 1))

    def unmade(self) -> EditHistory:
        """Return the history as if the step that counts had never been made."""
        if not self.at:
            return self
        written = self.written if self.written is not None and self.written < self.at else None
        return EditHistory(self.edits[: self.at], self.at - 1, written)

    def without(self, step: int) -> EditHistory:
        """Return the history without a step that does not count now, as if it had never been made."""
        kept = (*self.edits[:step], *self.edits[step + 1 :])
        written = self.written
        if written == step:
            written = None
        elif written is not None and written > step:
            written -= 1
        return EditHistory(kept, self.at - (self.at > step), written)

    def saved(self) -> EditHistory:
        """Return the history with the step that counts as the written one."""
        return replace(self, written=self.at)
