"""The other images of the registry: what this one shares with each, laid out apart and together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.errors import NixdiveError
from nixdive.layering.compare import identity
from nixdive.layering.fleet.sharing import Sharing, sharing
from nixdive.layering.fleet.solve import JOINT, solve_fleet
from nixdive.layering.request import PlanRequest
from nixdive.opening.subject import fleet_image

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.planner import Planner
    from nixdive.opening.subject import Subject
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True, eq=False)
class Other:
    """Another image of the registry, which can be laid out.

    Attributes:
        text: what the user named.
        subject: what was opened.
        planner: lays it out.
    """

    text: str
    subject: Subject
    planner: Planner


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """Another image of the registry of which manifest and config were read, and no layer.

    Attributes:
        text: what the user named.
        plan: its layers, whose sizes are not known.
    """

    text: str
    plan: LayerPlan


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What this image shares with another one.

    Attributes:
        name: NAME:TAG of the other image.
        paths: how many store paths it has.
        size: their NAR bytes; None where its layers were not read.
        plan: its layers, or None where it cannot be laid out.
        now: what is shared; None as above.
        cause: why it cannot be laid out.
    """

    name: str
    paths: int
    size: int | None
    plan: LayerPlan | None
    now: Sharing | None
    cause: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """All images planned together whose layers can be laid out.

    Attributes:
        pulls: for each other image the bytes that a host which has it pulls of this one; None for one that
            stays as it is.
        registry: bytes of all layers, each once.
        push: bytes of the layers of this image that the plan on the screen does not have.
        cause: why they cannot be planned together; then there are no figures.
        layers: the store layers of this image then, lowest first.
    """

    pulls: tuple[int | None, ...] = ()
    registry: int = 0
    push: int = 0
    cause: str = ""
    layers: tuple[tuple[StorePath, ...], ...] = ()


def share(subject: Subject, plan: LayerPlan, others: Sequence[Other | Listed]) -> tuple[Shared, ...]:
    """Return what an image shares with others; layers that were found are kept, the rest laid out as here."""
    sizes = _sizes(subject)
    found = []
    for other in others:
        if isinstance(other, Listed):
            paths = len(other.plan.layer_of())
            found.append(Shared(other.text, paths, None, other.plan, sharing(plan, other.plan, sizes)))
            continue
        closure = other.subject.closure
        facts = (other.subject.name, len(closure), closure.nar_size)
        try:
            theirs = other.planner.solve(_asked(plan.request, other.subject), chances=False)
        except NixdiveError as error:
            found.append(Shared(*facts, None, None, str(error)))
        else:
            found.append(Shared(*facts, theirs, sharing(plan, theirs, sizes)))
    return tuple(found)


def together(subject: Subject, plan: LayerPlan, others: Sequence[Other | Listed]) -> Together:
    """Plan an image and others together, anew and within the budget of each."""
    movable = [other for other in others if isinstance(other, Other)]
    if not movable:
        return Together(cause="only images whose layers were read are planned together, and none was")
    asked = plan.request
    request = PlanRequest(JOINT, asked.max_layers, asked.pins, asked.exclude, rates=asked.rates)
    try:
        images = [fleet_image(subject.name, subject)]
        images += [fleet_image(other.text, other.subject) for other in movable]
        solved = solve_fleet(images, request)
    except NixdiveError as error:
        return Together(cause=str(error))
    sizes = _sizes(subject)
    plans = [solved.plan.plan_of(number, image) for number, image in enumerate(images)]
    planned = iter(plans[1:])
    pulls = tuple(
        sharing(plans[0], next(planned), sizes).pull if isinstance(other, Other) else None for other in others
    )
    push = sharing(plans[0], plan, sizes).pull
    return Together(pulls, registry(plans), push, layers=plans[0].stored)


def registry(plans: Iterable[LayerPlan]) -> int:
    """Return the bytes of all layers of some images, each once."""
    return sum({identity(layer): layer.nar_size for plan in plans for layer in plan.layers}.values())


def _sizes(subject: Subject) -> dict[StorePath, int]:
    return dict(zip(subject.closure.paths, subject.closure.nar_sizes, strict=True))


def _asked(request: PlanRequest, subject: Subject) -> PlanRequest:
    """Return what is asked of another image: the same, laid out anew; one with layers keeps them."""
    if subject.strategy == "keep":
        return PlanRequest("keep", subject.frame.budget(request.max_layers))
    anew = request.narrowed(subject.closure.index).anew()
    return replace(anew, strategy=subject.strategy) if request.strategy == "keep" else anew
