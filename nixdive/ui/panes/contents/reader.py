"""What the contents pane reads: it follows layer, plan and comparison, and only while it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.workspace.files.comparison import Compared, Comparison, Extent, Waste

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.errors import NixdiveError
    from nixdive.layering.plan import LayerPlan
    from nixdive.ui.draw.progress import Reading
    from nixdive.ui.jobs import Jobs, Meter
    from nixdive.workspace.files.comparer import FileComparer
    from nixdive.workspace.workspace import Workspace

_KINDS = ("contents", "waste")


class Reader:
    """Reads what is not known yet.

    Args:
        workspace: the subject and the baseline.
        jobs: does it in the background.
        show: takes what was read, or None where nothing can be shown.
        changed: called when it begins or stops to read.
        wasted: takes what the image ships for nothing.

    Attributes:
        plan: the plan that is shown.
        compared: what was read last; None until something was read.
        error: why nothing can be shown, or None.
        stopped: whether the user stopped the reading.
        followed: whether the pane is shown, so that what is selected is read.
        index: of the selected layer.
        comparison: what its files are compared with.
    """

    def __init__(
        self,
        workspace: Workspace,
        jobs: Jobs,
        show: Callable[[Compared | None], None],
        changed: Callable[[], object],
        wasted: Callable[[Waste], object],
    ) -> None:
        self.plan: LayerPlan = workspace.priced.plan
        self.compared: Compared | None = None
        self.error: NixdiveError | None = None
        self.stopped = False
        self.followed = False
        self.index = 0
        self.comparison = Comparison()
        self._workspace = workspace
        self._jobs = jobs
        self._show = show
        self._changed = changed
        self._wasted = wasted
        self._source: FileComparer | None = None

    @property
    def source(self) -> FileComparer:
        """Where files are read."""
        if self._source is None:
            from nixdive.workspace.files.comparer import FileComparer

            self._source = FileComparer(self._workspace)
        return self._source

    @property
    def reading(self) -> Reading | None:
        """How far the reading is, or None while nothing is read."""
        return self._jobs.reading("contents")

    @property
    def extent(self) -> Extent:
        """The layers that are shown, and those they are compared with."""
        if self.compared is not None and self.reading is None:
            return self.compared.extent
        baseline = self._workspace.baseline is not None
        if self.compared is not None:
            baseline = self.compared.against is not None
        return self.comparison.extent(self.index, baseline=baseline)

    def follow(self, *, start: bool = False) -> None:
        """Show the files of the selected layer, now or when they are read.

        Args:
            start: whether the pane is shown from now on.
        """
        self.followed = self.followed or start
        if not self.followed or not self.plan.layers:
            return
        self._stop()
        self.stopped, self.error = False, None
        plan, layer, comparison = self.plan, min(self.index, len(self.plan.layers) - 1), self.comparison
        known = self.source.known(plan, layer, comparison)
        if known is not None:
            self._read(known)
            return

        def compare(progress: Meter) -> Compared:
            return self.source.compare(plan, layer, comparison, progress)

        self._jobs.ask("contents", compare, self._read, failed=self._failed, shown=lambda _: self._changed())
        self._changed()

    def leave(self) -> None:
        """Stop following: another tab is shown."""
        self.followed = False
        self._stop()

    def stop(self) -> bool:
        """Stop reading, where that is being done, because the user wants it; return whether it was."""
        if self.reading is None:
            return False
        self._stop()
        self.stopped = True
        self._give(None)
        return True

    def _stop(self) -> None:
        for kind in _KINDS:
            self._jobs.cancel(kind)

    def _read(self, compared: Compared) -> None:
        self._give(compared)
        # the pane of a layer that cannot be read says why
        self._jobs.ask("waste", self._find_waste(self.plan), self._wasted, failed=lambda _: None)

    def _find_waste(self, plan: LayerPlan) -> Callable[[Meter], Waste]:
        return lambda progress: self.source.waste(plan, progress)

    def _failed(self, error: NixdiveError) -> None:
        self.error = error
        self._give(None)

    def _give(self, compared: Compared | None) -> None:
        self.compared = compared
        self._show(compared)
        self._changed()
