"""The edits that count, each with its price; what they cost together; what is left without one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import PlanError
from nixdive.layering.compare import push
from nixdive.layering.verdict import verdict
from nixdive.progress import check
from nixdive.sizes import prose, signed
from nixdive.visible import visible
from nixdive.words import counted, listed
from nixdive.workspace.history import Edit
from nixdive.workspace.price import price, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.layering.request import PlanRequest
    from nixdive.progress import Progress
    from nixdive.workspace.history import EditHistory
    from nixdive.workspace.price import Price
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.situation import Situation

_SHOWN = 2  # edits that no longer apply, by their words
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_KINDS = "bytes of NARs, before compression"


class Entry(NamedTuple):
    """A step in the list.

    Attributes:
        edit: the step.
        price: what it costs after those before it; None where it could not be met, or sizes are unknown.
    """

    edit: Edit
    price: Price | None


class Lost(NamedTuple):
    """A step that no longer applies.

    Attributes:
        edit: the step.
        cause: why.
    """

    edit: Edit
    cause: str


class Dropped(NamedTuple):
    """What is left without a step.

    Attributes:
        edit: the step that drops it.
        price: what that costs; None where sizes are unknown.
        lost: the later steps that no longer apply.
    """

    edit: Edit
    price: Price | None
    lost: tuple[Lost, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The steps with their prices.

    Attributes:
        image: what the image is called.
        against: what the earlier version is called; empty where there is none.
        entries: the steps, oldest first.
        whole: what they cost together; None where sizes are unknown.
        start: the plan before them.
        now: the plan after them.
    """

    image: str
    against: str
    entries: tuple[Entry, ...]
    whole: Price | None
    start: PricedPlan
    now: PricedPlan

    @property
    def new(self) -> int:
        """How many layers the earlier version has not; without one, how many were not there at the start."""
        return (self.now.cost or push(self.now.plan, self.start.plan)).layers_new

    @property
    def line(self) -> str:
        """The receipt: what the steps cost together, and how many layers are new."""
        layers = f"{self.new} of {counted(len(self.now.plan.layers), 'layer')} new"
        if self.whole is None:
            return layers
        when = "next push" if self.whole.assumption else "once"
        prices = [f"{signed(self.whole.push or 0)} {when}"]
        if self.whole.release is not None:
            later = " and ".join(filter(None, (signed(self.whole.release), self.whole.later[1])))
            prices.append(f"{later} each release")
        return ", ".join((*prices, layers))

    @property
    def verdict(self) -> str:
        """What the price of the whole amounts to; empty where there is none, or nothing is paid once."""
        if self.whole is None or self.whole.release is None or self.whole.assumption:
            return ""
        return verdict(self.whole.push or 0, self.whole.release)

    @property
    def markdown(self) -> str:
        """The receipt with its steps, for a pull request."""
        title = f"**{_plain(self.image)}**" + (f" after {_plain(self.against)}" if self.against else "")
        rows = ["| edit | once | each release | seconds |", "| :-- | --: | --: | --: |"]
        for edit, cost in self.entries:
            assumed = f" ({cost.assumption})" if cost and cost.assumption else ""
            once = "" if cost is None or cost.push is None else signed(cost.push)
            release = "" if cost is None or cost.release is None else signed(cost.release)
            later = "" if cost is None else cost.later[1]
            rows.append(f"| {_plain(edit.words + assumed)} | {once} | {release} | {later} |")
        end = self.verdict and f" ({self.verdict})"
        parts = [f"{title}: {_plain(self.line)}{end}", "\n".join(rows) if self.entries else "no edits"]
        return "\n\n".join((*parts, self._figures)) + "\n"

    @property
    def _figures(self) -> str:
        plan = self.now.plan
        start = f"{counted(len(plan.layers), 'layer')} by `{plan.request.strategy}`"
        if self.whole is None:
            return f"{start}."
        sends = f"the next push sends {prose(self.now.push_bytes)}" if self.against else ""
        release = (
            "" if self.now.release is None else f"a release is expected to push {prose(self.now.release)}"
        )
        return f"{start}: {listed(filter(None, (sends, release)))} ({_KINDS})."


def ledger(
    history: EditHistory,
    image: str,
    make: Callable[[PlanRequest], PricedPlan],
    progress: Progress,
) -> Ledger:
    """Return the steps that count in a history, each planned and priced.

    Args:
        history: the steps; start and end can be planned.
        image: what the image is called.
        make: plans a request.
        progress: asked whether to go on.

    Raises:
        Cancelled: nobody wants it any more.
    """
    start = before = make(history.edits[0].request)
    sized = start.plan.sized
    entries = []
    for edit in history.steps:
        check(progress)
        try:
            after = make(edit.request)
        except PlanError:  # quick keys passed over it
            entries.append(Entry(edit, None))
            continue
        entries.append(Entry(edit, timed(price(after, before), after, before) if sized else None))
        before = after
    now = make(history.request)
    against = now.baseline.name if now.baseline else ""
    whole = timed(price(now, start), now, start) if sized else None
    return Ledger(visible(image), visible(against), tuple(entries), whole, start, now)


def without(history: EditHistory, number: int, now: Situation, progress: Progress) -> Dropped:
    """Return the step that drops one of those that count; the later ones are made again.

    Args:
        history: the steps.
        number: which of those that count, from 0.
        now: where they lead.
        progress: asked whether to go on.

    Raises:
        Cancelled: nobody wants it any more.
    """
    steps, start = history.steps, replace(now, request=history.edits[0].request)
    kept, lost = remade(start, steps, number, progress)
    request = kept[-1].request if kept else start.request
    note = ""
    if lost:
        verb = "applies" if len(lost) == 1 else "apply"
        note = f"{listed((one.edit.what for one in lost), _SHOWN)} no longer {verb}"
    edit = Edit(request, f"drop {steps[number].words}", note=note, kept=kept)
    after = now.make(request)
    cost = timed(price(after, now.priced), after, now.priced) if after.plan.sized else None
    return Dropped(edit, cost, lost)


def remade(
    start: Situation, steps: Sequence[Edit], number: int, progress: Progress
) -> tuple[tuple[Edit, ...], tuple[Lost, ...]]:
    """Return the steps without one of them, the later ones made again, and those that no longer apply."""
    kept, lost = list(steps[:number]), []
    for edit in steps[number + 1 :]:
        check(progress)
        now = replace(start, request=kept[-1].request) if kept else start
        try:
            again = edit if edit.again is None else edit.again(now)
            if again is not None:
                now.make(again.request)
        except PlanError as error:
            lost.append(Lost(edit, visible(str(error))))
            continue
        if again is None or again.request == now.request:
            lost.append(Lost(edit, "it changes nothing any more"))
        else:
            kept.append(again)
    return tuple(kept), tuple(lost)


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", text)
