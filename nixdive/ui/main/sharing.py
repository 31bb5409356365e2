"""Other images of the registry: one more is opened, and the layers of a joint plan are taken on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import NixdiveError, PlanError
from nixdive.ui.jobs import tell
from nixdive.visible import visible
from nixdive.workspace import edits

if TYPE_CHECKING:
    from nixdive.ui.main.screen import MainScreen
    from nixdive.workspace.history import Edit
    from nixdive.workspace.others import Listed, Other


class Sharing:
    """What Share does beside showing what is shared."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._workspace = screen.workspace

    def add(self) -> None:
        """Ask for another image, open it, and show what is shared with it."""
        from textual.markup import escape

        from nixdive.ui.dialogs.other_image import OtherImageDialog
        from nixdive.ui.dialogs.working import WorkingDialog

        def opened(result: Other | Listed | NixdiveError | None) -> None:
            if isinstance(result, NixdiveError):
                tell(self._screen, result)
            elif result is not None:
                self._workspace.add_other(result)
                self._screen.share_pane.again()

        def decided(text: str | None) -> None:
            if text is not None:
                title = f"Opening {escape(visible(text))}"
                dialog = WorkingDialog(title, "", lambda meter: self._workspace.open_other(text, meter))
                self._screen.ask(dialog, opened)

        self._screen.ask(OtherImageDialog(), decided)

    def take(self) -> None:
        """Lay out this image as the joint plan has it."""

        def make() -> Edit | None:
            joint = self._screen.share_pane.joint
            if not self._workspace.others:
                raise PlanError("there is no other image yet")
            if joint is None:
                raise PlanError("the joint plan is being worked out")
            if joint.cause:
                raise PlanError(f"there is no joint plan: {joint.cause}")
            names = [one.name for one in self._screen.share_pane.shared]
            return edits.joint(self._workspace.situation, joint.layers, names)

        self._screen.edit_when_shown(make)
