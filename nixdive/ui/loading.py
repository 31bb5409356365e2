"""Open what was named and make the first plan: what the screen waits for at its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.layering.request import PlanRequest
    from nixdive.opening import Subject
    from nixdive.progress import Progress
    from nixdive.ui.desk import Desk
    from nixdive.ui.standing import Baseline


@dataclass(frozen=True, slots=True)
class Named:
    """What the user named.

    Attributes:
        inputs: the words of the command line; empty for the demo.
        ask: what the options ask for, given the strategy that holds where they name none.
        against: earlier versions, oldest first; the last one is the baseline.
        demo: whether it is the demo.
    """

    inputs: tuple[str, ...]
    ask: Callable[[str], PlanRequest]
    against: tuple[str, ...] = ()
    demo: bool = False


def load(named: Named, progress: Progress) -> Desk:
    """Open the subject and its baseline, and make the first plan.

    Raises:
        NixdiveError: something that was named cannot be opened, or the options cannot be met.
        Cancelled: the user stopped it.
    """
    # the first frame is painted before all this is imported
    from nixdive.opening import open_demo, open_subject
    from nixdive.ui.desk import Desk
    from nixdive.ui.history import History
    from nixdive.ui.standing import stand

    subject = open_demo() if named.demo else open_subject(named.inputs, progress)
    request = named.ask(subject.strategy)
    baseline = _baseline(named, subject, request, progress)
    standing = stand(subject.closure, subject.frame, baseline, request)
    _ = subject.closure.measures  # worked out here, so that the screen need not wait for them
    return Desk(subject, baseline, History.of(request), standing)


def _baseline(named: Named, subject: Subject, request: PlanRequest, progress: Progress) -> Baseline | None:
    from nixdive.opening import baseline_plan, open_subject
    from nixdive.ui.standing import Baseline

    if named.against:
        earlier = open_subject([named.against[-1]], progress)
    elif subject.before is not None:
        earlier = subject.before
    else:
        return None
    return Baseline(earlier.name, baseline_plan(earlier, request), earlier.closure)
