"""What keys are about: the selected layer and store path, marks, matches, and who has the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from nixdive.ui.naming import by_size
from nixdive.ui.panes.lines.below import EditReceipt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from nixdive.errors import NixdiveError
    from nixdive.layering.plan import Layer
    from nixdive.ui.config.keymap import KeySigns
    from nixdive.workspace.history import Edit
    from nixdive.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected at one moment.

    Attributes:
        layer: the index of the selected layer.
        path: the index of the selected store path, or None.
        in_layers: whether the keys go to the layers.
        marked: the indices of the marked layers.
        found: the indices of the store paths that the filter of the closure has found; none without a filter.
    """

    layer: int = 0
    path: int | None = None
    in_layers: bool = False
    marked: Collection[int] = ()
    found: Collection[int] = ()

    def layer_in(self, workspace: Workspace) -> Layer | None:
        """Return the selected layer of the plan that is shown, or None where it has none."""
        layers = workspace.priced.plan.layers
        return layers[self.layer] if self.layer < len(layers) else None

    def asked(self, workspace: Workspace) -> int | None:
        """Return the store path that a key is about: in the layers the largest one of the selected layer."""
        layer = self.layer_in(workspace)
        if not self.in_layers or layer is None:
            return self.path
        closure = workspace.subject.closure
        return closure.index[by_size(layer, closure)[0]] if layer.paths else None


def foretold(workspace: Workspace, edit: Edit) -> EditReceipt:
    """Return what an edit will say once it is made; from any thread.

    Raises:
        PlanError: it cannot be met.
    """
    sized = workspace.subject.closure.sized
    return EditReceipt(edit, undone=False, price=workspace.foretell(edit) if sized else None)


class Actions(Protocol):
    """What the parts of the main screen work with."""

    workspace: Workspace

    @property
    def selection(self) -> Selection:
        """What is selected now."""

    @property
    def keys(self) -> KeySigns:
        """The keys that verbs have now."""

    def edit(self, step: Edit | None) -> None:
        """Make one more step, if it is one."""

    def edit_when_shown(self, make: Callable[[], Edit | None]) -> None:
        """Make a step that depends on the plan, as soon as the one that is asked for is shown."""

    def refuse(self, error: NixdiveError) -> None:
        """Show why something cannot be done."""

    def ask(self, dialog: Any, decided: Callable[[Any], None], *, classes: str | None = None) -> None:
        """Open a dialog; what it answers is decided, None where it was left."""
