"""What a person works on: the subject, what was asked for step by step, and the plans that were made."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

from nixdive.errors import NixdiveError, PlanError, SourceError
from nixdive.workspace.budget import Room
from nixdive.workspace.history import Edit, EditHistory
from nixdive.workspace.price import Price, price, timed
from nixdive.workspace.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nixdive.cache.layers import LayerCache
    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.planner import Planner
    from nixdive.layering.request import PlanRequest
    from nixdive.opening.subject import Subject
    from nixdive.progress import Progress
    from nixdive.remote.approach import Approach
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.curve import Curve
    from nixdive.workspace.ledger import Dropped, Ledger
    from nixdive.workspace.open import OpenRequest
    from nixdive.workspace.others import Listed, Other
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.pricer import Pricer
    from nixdive.workspace.proposals import Proposal
    from nixdive.workspace.wire import WireSizes

_KEPT = 64  # plans
# budgets that the curve is worked out for
_POINTS, _FEW = 40, 16
_MANY = 1500  # paths from which on a plan takes its time


class Workspace:
    """A subject with its plans.

    Two histories: the one that is shown, whose plan is there, and the one that is wanted, whose plan is being
    made. Edits go to the wanted one, so that quick ones add up.

    Args:
        subject: what was opened.
        pricer: makes its plans, and knows the baseline.
        request: what is asked for at first; it is planned when the plan is asked for.
        others: other images of the registry.
        unread: what kept some of them from being opened.
        reserve: how many layers are left for images that are built on top.
        opens: opens another image of the registry; None where none can be.
        opened: how the subject was opened; None where it was made otherwise.

    Attributes:
        shown: the steps whose plan is there.
        wanted: the steps that the user has asked for.
        room: how many layers an image may have.
        checked: what is wrong with the digests of layers of the image that was opened, by diff_id; nothing
            where they are right.
    """

    def __init__(
        self,
        subject: Subject,
        pricer: Pricer,
        request: PlanRequest,
        *,
        others: tuple[Other | Listed, ...] = (),
        unread: tuple[NixdiveError, ...] = (),
        reserve: int = 0,
        opens: Callable[[str, Progress], Other | Listed] | None = None,
        opened: OpenRequest | None = None,
    ) -> None:
        self.subject = subject
        self.pricer = pricer
        self.others = others
        self.unread = unread
        self._opens = opens
        self.opened = opened
        self.room = Room(pricer.delivery, reserve)
        self.shown = self.wanted = EditHistory.of(request)
        self.checked: dict[str, str] = {}
        self._made: dict[PlanRequest, PricedPlan] = {}
        self._planning = Lock()
        self._tried: tuple[PlanRequest | None, dict[PlanRequest, PricedPlan]] = (None, {})

    def open_other(self, text: str, progress: Progress) -> Other | Listed:
        """Open another image of the registry; from any thread. `add_other` takes it in.

        Raises:
            NixdiveError: it cannot be opened.
            Cancelled: the user stopped it.
        """
        if self._opens is None:
            raise SourceError("no other image can be opened here")
        return self._opens(text, progress)

    def add_other(self, other: Other | Listed) -> None:
        """Take in another image of the registry."""
        self.others = (*self.others, other)

    @property
    def most_layers(self) -> int:
        """The largest budget that the clients allow, without the layers that are reserved."""
        return self.room.most

    @property
    def planner(self) -> Planner:
        """What lays the subject out."""
        return self.pricer.planner

    @property
    def baseline(self) -> Baseline | None:
        """The earlier versions, as what is shown takes them to be laid out, or None."""
        return self.pricer.baseline_for(self.shown.request)

    @property
    def situation(self) -> Situation:
        """Where the next edit is made: after all that the user has asked for."""
        return Situation(self.wanted.request, self.most_layers, self.plan)

    def plan(self, request: PlanRequest) -> PricedPlan:
        """Return the plan for a request; from any thread.

        Raises:
            PlanError: the request cannot be met.
        """
        made = self._made.get(request)
        if made is not None:
            return made
        with self._planning:  # another thread may be making it
            made = self._made.get(request)
            if made is None:
                with self.room.explaining():
                    made = self.pricer.plan(request)
                if len(self._made) >= _KEPT:
                    self._made = {key: self._made[key] for key in self._around() if key in self._made}
                self._made[request] = made
        return made

    def ready(self, history: EditHistory) -> PricedPlan | None:
        """Return the plan that a history asks for, or None where it or its price have to be waited for."""
        made = self._made.get(history.request)
        before = self._made.get(history.before.request) if history.before else made
        return made if made and before and made.is_worked_out and before.is_worked_out else None

    def laid_out(self) -> LayerPlan:
        """Return the plan that is shown as it is written: without what only prices need.

        Raises:
            PlanError: the first request cannot be met.
        """
        request = self.shown.request
        made = self._made.get(request)
        if made is not None:
            return made.plan
        with self.room.explaining():
            return self.pricer.laid_out(request)

    def plan_before(self, history: EditHistory) -> None:
        """Make the plan before the last step, which quick edits may have skipped; from any thread.

        The price of a step is the difference to that one.
        """
        if history.before is not None:
            with suppress(PlanError):
                self.plan(history.before.request).worked_out()

    def curve(self, request: PlanRequest, progress: Progress) -> Curve | None:
        """Return what releases cost over the layer budget; from any thread. None where it was cancelled."""
        from nixdive.workspace.curve import curve

        points = _POINTS if len(self.subject.closure) < _MANY else _FEW
        return curve(self.pricer, request, self.most_layers, points, progress)

    def sample(self, progress: Progress) -> WireSizes:
        """Return a better estimate of wire bytes, from samples of files; from any thread. `take` takes it in.

        Raises:
            Cancelled: the user stopped it.
        """
        return self.pricer.estimated(self.pricer.samples, progress)

    def check_digests(self, progress: Progress) -> list[int]:
        """Read all layers of the image that was opened; return those whose digests are wrong, lowest first.

        Those of a registry are checked as they come, and not fetched for this. From any thread.

        Raises:
            Cancelled: nobody wants it any more.
        """
        from nixdive.image.stored.digests import what_is_wrong
        from nixdive.remote.name import is_in_registry

        base = self.subject.base
        if base is None or not base.opened or is_in_registry(base.origin):
            return []
        for layer in base.stored.layers:
            if layer.diff_id not in self.checked and not layer.fault:
                self.checked[layer.diff_id] = what_is_wrong(layer, progress)
        return [i for i, layer in enumerate(base.stored.layers) if self.checked.get(layer.diff_id)]

    def take(self, wire: WireSizes) -> None:
        """Price all plans, those that were made too, by another estimate of wire bytes."""
        self.pricer.wire = wire

    def propose(self, progress: Progress) -> Proposal | None:
        """Return the edit of the plan that is shown which saves most; from any thread.

        None where nothing is worth it, sizes are unknown, or it was cancelled.
        """
        from nixdive.workspace.proposals import best_edit

        now = Situation(self.shown.request, self.most_layers, self.plan)
        if self._tried[0] != now.request:
            self._tried = now.request, {}
        tried = self._tried[1]

        def make(request: PlanRequest) -> PricedPlan:
            if request not in tried:  # else the search was stopped, and goes on
                tried[request] = self.pricer.plan(request)
            return tried[request]

        return best_edit(now, make, progress)

    def foretell(self, edit: Edit) -> Price:
        """Return what a step will cost when it is made after all that was asked for; from any thread.

        Its plan is kept: the step itself is quick then, and costs what is foretold.

        Raises:
            PlanError: the step cannot be met.
        """
        after, before = self.plan(edit.request).worked_out(), self.plan(self.wanted.request)
        return timed(price(after, before), after, before)

    def ledger(self, progress: Progress) -> Ledger:
        """Return the steps that count, each with its price, and what they cost together; from any thread.

        Raises:
            Cancelled: nobody wants it any more.
        """
        from nixdive.workspace.ledger import ledger

        return ledger(self.shown, self.subject.name, self.plan, progress)

    def without(self, number: int, progress: Progress) -> Dropped:
        """Return the step that drops one of those that count, from 0; from any thread.

        Raises:
            Cancelled: nobody wants it any more.
        """
        from nixdive.workspace.ledger import without

        now = Situation(self.shown.request, self.most_layers, self.plan)
        return without(self.shown, number, now, progress)

    @property
    def waiting(self) -> bool:
        """Whether a plan is being made."""
        return self.wanted is not self.shown

    @property
    def priced(self) -> PricedPlan:
        """The plan that is shown, with its prices.

        Raises:
            PlanError: the first request cannot be met; later ones are shown when they have been met.
        """
        return self.plan(self.shown.request)

    @property
    def before(self) -> PricedPlan | None:
        """The plan before the step that is shown, under what is believed now; None at the start."""
        edit = self.shown.before
        before = self._made.get(edit.request) if edit else None
        return before.believing(self.priced.model) if before else None

    def accept(self, history: EditHistory, priced: PricedPlan) -> tuple[Edit | None, Price]:
        """Show a history whose plan is ready.

        Returns:
            The step that led there and what it costs: of an undone step what undoing it costs.
        """
        came_from, was = self.shown, self.priced
        self.shown = history
        self._made[history.request] = priced
        back = history.undone is not None and came_from.at == history.at + 1
        if back and history.undone is not None:
            return history.undone, timed(price(priced, was), priced, was)
        if not history.at:
            return None, Price(0, 0)
        before = (self._made.get(history.before.request) if history.before else None) or was
        return history.now, timed(price(priced, before), priced, before)

    def refused(self, history: EditHistory) -> EditHistory:
        """Take a step that cannot be met out of what is wanted, and return what is wanted then."""
        if history.edits == self.shown.edits:  # an undo or a redo came to a step that quick edits had passed
            back = history.at < self.shown.at
            self.shown = self.shown.without(history.at)
            self.wanted = replace(self.shown, at=history.at - 1) if back and history.at else self.shown
            return self.wanted
        rest = history.unmade()
        self.wanted = self.shown if rest.edits == self.shown.edits[: len(rest.edits)] else rest
        return self.wanted

    def saved(self) -> None:
        """Take what is shown for written."""
        same = self.wanted is self.shown
        self.shown = self.shown.saved()
        if same:
            self.wanted = self.shown

    def fetch(self, progress: Progress) -> None:
        """Have Nix bring the files of the image from the store that was named, if they are not here.

        Raises:
            NixdiveError: it cannot, or nobody knows from where.
            Cancelled: the user stopped it.
        """
        self.subject = self.subject.fetched(progress)

    def write(
        self,
        plan: LayerPlan,
        spec: ImageSpec,
        target: str | Path | BinaryIO,
        progress: Progress,
        *,
        cache: LayerCache | None = None,
        jobs: int | None = None,
        approach: Approach | None = None,
    ) -> WrittenImage:
        """Write the image that a plan of the subject makes.

        Args:
            plan: the layers.
            spec: name, config, format and compression.
            target: a file or directory; a binary stream; or, as text, docker://HOST/NAME:TAG, or a place that
                skopeo reaches.
            progress: told of the bytes of layers that are written, and asked whether to go on.
            cache: where layers are looked up, and kept once they are made; None for no cache. The bytes never
                depend on it.
            jobs: threads; None means one for each processor. The bytes never depend on it.
            approach: the registry, where requests to the target are under way; None begins them now.

        Raises:
            RegistryError: the registry cannot be reached, or refuses.
            UnreadablePathError: files of the image are not on this machine, or cannot be read.
            NixCommandError: Nix cannot bring them from the store that was named.
            WriteError: the target cannot be written; what was there before is as it was.
            ImageError: name, config or format cannot be used.
            Cancelled: the user stopped it.
        """
        from pathlib import Path

        from nixdive.image.commands import is_remote
        from nixdive.image.skopeo import write_remote
        from nixdive.image.write import write_image
        from nixdive.remote.name import is_in_registry

        self.fetch(progress)

        def write(spec: ImageSpec, place: Path | BinaryIO) -> WrittenImage:
            image = self.subject.to_write(plan, spec)
            return write_image(image, place, cache=cache, jobs=jobs, progress=progress)

        if not isinstance(target, str):
            return write(spec, target)
        if is_in_registry(target):
            from nixdive.remote.approach import Approach
            from nixdive.remote.push import push_image

            with nullcontext(approach) if approach else Approach(target, self.earlier, progress) as to:
                image = self.subject.to_write(plan, spec)
                return push_image(image, to, cache=cache, jobs=jobs, progress=progress)
        return write_remote(target, spec, write, progress) if is_remote(target) else write(spec, Path(target))

    @property
    def earlier(self) -> set[str]:
        """The words for the images whose layers a registry may have."""
        base = self.subject.base
        below = {blob.files.where for blob in base.blobs} if base else set()
        return below | ({one.input for one in self.baseline.versions} if self.baseline else set())

    def _around(self) -> list[PlanRequest]:
        near = self.shown.edits[max(self.shown.at - 8, 0) : self.shown.at + 9]
        return [*(edit.request for edit in near), self.wanted.request]
