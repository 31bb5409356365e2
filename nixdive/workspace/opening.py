"""Open what was named and make the first plan: what the screen waits for at its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nixdive.closure.closure import Closure
    from nixdive.errors import NixdiveError
    from nixdive.image.platform import Platform
    from nixdive.layering.frame import Frame
    from nixdive.layering.request import PlanRequest
    from nixdive.opening import Earlier
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath
    from nixdive.workspace.others import Other
    from nixdive.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Named:
    """What the user named.

    Attributes:
        inputs: the words of the command line; empty for the demo.
        ask: what the options ask for, given the strategy that holds where they name none and the
            layers around those of the store.
        against: earlier versions, oldest first; the last one is the baseline.
        demo: whether it is the demo.
        replan: whether to lay out anew what would be carried from the last version.
        platform: which one of images for several platforms, or None.
        others: other images of the same registry.
    """

    inputs: tuple[str, ...]
    ask: Callable[[str, Frame], PlanRequest]
    against: tuple[str, ...] = ()
    demo: bool = False
    replan: bool = False
    platform: Platform | None = None
    others: tuple[str, ...] = ()


def load(named: Named, progress: Progress) -> Workspace:
    """Open the subject and its baseline, and make the first plan.

    Raises:
        NixdiveError: something that was named cannot be opened, or the options cannot be met.
        Cancelled: the user stopped it.
    """
    # the first frame is painted before all this is imported
    from nixdive.layering.planner import Planner
    from nixdive.opening import continued, earlier_versions, open_demo, open_subject, past_of
    from nixdive.workspace.history import EditHistory
    from nixdive.workspace.priced_plan import Baseline, priced_plan
    from nixdive.workspace.workspace import Workspace

    subject = open_demo() if named.demo else open_subject(named.inputs, progress, platform=named.platform)
    request = named.ask(subject.strategy, subject.frame)
    versions = earlier_versions(
        named.against, request, progress, before=subject.before, platform=named.platform
    )
    if not named.replan:
        request = continued(request, versions)
    last = versions[-1] if versions else None
    baseline = None
    if last:
        earlier = Planner(last.closure, subject.frame) if last.closure else None
        sizes = _sizes(last, subject.closure)
        baseline = Baseline(last.title, last.plan, sizes, earlier, last.subject, last.stored)
    planner = Planner(subject.closure, subject.frame, past_of(versions))
    progress.start("planning", None)
    priced = priced_plan(planner, baseline, request)
    _ = subject.closure.measures  # worked out here, so that the screen need not wait for them
    others, unread = _others(named, progress)
    return Workspace(
        subject, planner, baseline, EditHistory.of(request), priced, others=others, unread=unread
    )


def _others(named: Named, progress: Progress) -> tuple[tuple[Other, ...], tuple[NixdiveError, ...]]:
    """Open the other images; what keeps one from being opened leaves the rest as it is."""
    from nixdive.errors import NixdiveError
    from nixdive.layering.planner import Planner
    from nixdive.opening import open_subject
    from nixdive.workspace.others import Other

    others, unread = [], []
    for text in named.others:
        try:
            subject = open_subject([text], progress, platform=named.platform)
        except NixdiveError as error:
            unread.append(error)
        else:
            others.append(Other(text, subject, Planner(subject.closure, subject.frame)))
    return tuple(others), tuple(unread)


def _sizes(version: Earlier, closure: Closure) -> Mapping[StorePath, int]:
    """Return NAR bytes of the paths of an earlier version; an image tells none, but some are the same now."""
    if version.closure is not None:
        return dict(zip(version.closure.paths, version.closure.nar_sizes, strict=True))
    now = dict(zip(closure.paths, closure.nar_sizes, strict=True))
    return {path: now.get(path, 0) for path in version.paths}
