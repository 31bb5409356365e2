"""The part of the contents pane that reads: it follows the layer, the plan and the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.reactive import reactive
from textual.worker import Worker, get_current_worker

from nixdive.errors import Cancelled, NixdiveError
from nixdive.ui.failure import failure
from nixdive.ui.meter import Meter
from nixdive.ui.panes.messages import ContentsNotRead, ContentsRead, ContentsShown, WasteReady
from nixdive.ui.panes.tab import Tab
from nixdive.workspace.files.comparison import Comparison, Extent

if TYPE_CHECKING:
    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.files.compared import Compared
    from nixdive.workspace.files.comparer import FileComparer
    from nixdive.workspace.workspace import Workspace

_SOON = 0.15


class ContentsReader(Tab):
    """Reads while it is shown, and only what is not known yet; a subclass shows what was read.

    Attributes:
        compared: what is shown; None until something was read.
        reading: how far the reading is, or None while nothing is read.
        error: why nothing can be shown, or None.
        stopped: whether the user stopped the reading.
        shown: whether the tab is shown, so that what is selected is read.
        index: of the selected layer.
        comparison: what its files are compared with.
    """

    index: reactive[int] = reactive(0, repaint=False, init=False)
    comparison: reactive[Comparison] = reactive(Comparison(), repaint=False, init=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.compared: Compared | None = None
        self.reading: Meter | None = None
        self.error: NixdiveError | None = None
        self.stopped = False
        self.shown = False
        self._wasting: Meter | None = None
        self._workspace: Workspace | None = None
        self._source: FileComparer | None = None

    def open(self, workspace: Workspace) -> None:
        """Take the subject and the baseline; nothing is read yet."""
        self._workspace = workspace

    def show_compared(self, compared: Compared | None) -> None:
        """Show what was read, or that there is nothing."""
        raise NotImplementedError

    @property
    def source(self) -> FileComparer:
        """Where files are read."""
        if self._source is None:
            from nixdive.workspace.files.comparer import FileComparer

            assert self._workspace is not None
            self._source = FileComparer(self._workspace)
        return self._source

    @property
    def extent(self) -> Extent:
        """The layers that are shown, and those they are compared with."""
        if self.compared is not None and not self.reading:
            return self.compared.extent
        baseline = self._workspace is not None and self._workspace.baseline is not None
        if self.compared is not None:
            baseline = self.compared.against is not None
        return self.comparison.extent(self.index, baseline=baseline)

    @property
    def plan(self) -> LayerPlan | None:
        """The plan that is shown."""
        return self.priced.plan if self.priced is not None else None

    def turn_to(self, path: int | None) -> None:  # noqa: ARG002  it is about a layer
        """Begin to follow; what is shown already is not read again."""
        self.shown = True
        self.follow()

    def leave(self) -> None:
        """Stop following: another tab is shown."""
        self.shown = False
        self.stop()

    def watch_index(self) -> None:
        """Read another layer."""
        self.follow()

    def watch_comparison(self) -> None:
        """Compare otherwise."""
        self.follow()

    def watch_priced(self) -> None:
        """Read what another plan has in the layer."""
        self.follow()

    def follow(self) -> None:
        """Show the files of the selected layer, now or when they are read."""
        plan = self.plan
        if not self.shown or plan is None or not plan.layers:
            return
        self.stop()
        self.stopped, self.error = False, None
        layer = min(self.index, len(plan.layers) - 1)
        known = self.source.known(plan, layer, self.comparison)
        if known is not None:
            self._show(known)
            return
        self.reading = Meter()
        self.set_timer(_SOON, self.refresh)
        self._read(plan, layer, self.comparison, self.reading)
        self.post_message(ContentsShown())

    def stop(self) -> None:
        """Stop what is being read."""
        for reading in (self.reading, self._wasting):
            if reading is not None:
                reading.stop()
        self.reading = self._wasting = None

    def on_unmount(self) -> None:
        """Stop with the screen."""
        self.stop()

    @work(thread=True, exclusive=True, group="contents", exit_on_error=False)
    def _read(self, plan: LayerPlan, layer: int, comparison: Comparison, reading: Meter) -> None:
        try:
            compared = self.source.compare(plan, layer, comparison, reading)
        except Cancelled:
            return
        except NixdiveError as error:
            self.post_message(ContentsNotRead(error, reading))
            return
        self.post_message(ContentsRead(compared, reading))

    @on(ContentsRead)
    def _contents_read(self, message: ContentsRead) -> None:
        message.stop()
        if message.reading is self.reading:
            self.reading = None
            self._show(message.compared)

    @on(ContentsNotRead)
    def _contents_not_read(self, message: ContentsNotRead) -> None:
        message.stop()
        if message.reading is self.reading:
            self.reading = None
            self.error = message.error
            self.show_compared(None)
            self.post_message(ContentsShown())

    @on(Worker.StateChanged)
    def _reading_changed(self, event: Worker.StateChanged) -> None:
        error = failure(event)
        if error is not None and event.worker.group == "contents" and self.reading is not None:
            self.post_message(ContentsNotRead(error, self.reading))

    def _show(self, compared: Compared) -> None:
        self.show_compared(compared)
        self.post_message(ContentsShown())
        plan = self.plan
        if plan is not None:
            self._wasting = Meter()
            self._find_waste(plan, self._wasting)

    @work(thread=True, exclusive=True, group="waste", exit_on_error=False)
    def _find_waste(self, plan: LayerPlan, reading: Meter) -> None:
        try:
            waste = self.source.waste(plan, reading)
        except (Cancelled, NixdiveError):
            return  # the pane of the layer that cannot be read says why
        if not get_current_worker().is_cancelled and not reading.cancelled():
            self.post_message(WasteReady(waste))
