"""Earlier versions: what changed between them, and which of their layers the registry has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.layering.past import Past
from nixdive.layering.plan import LayerKind
from nixdive.layering.request import DEFAULT_MAX_LAYERS, PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.image import open_image, stored_image
from nixdive.opening.open import open_subject
from nixdive.opening.pushed import pushed_plan, remote_config
from nixdive.opening.recognise import Form, image_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.image.platform import Platform
    from nixdive.image.readers.stored import StoredImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.recognise import Named
    from nixdive.opening.subject import Subject
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier version.

    Attributes:
        name: what the user called it.
        title: NAME:TAG where it has one, else the same.
        plan: how it was laid out.
        closure: its store paths; None for an image, which tells no references.
        subject: what was opened, its files with it; None where only the config of an image was read.
        stored: the image, its layers not read; None for a closure, and for an image of a registry.
    """

    name: str
    title: str
    plan: LayerPlan
    closure: Closure | None
    subject: Subject | None = None
    stored: StoredImage | None = None

    @property
    def paths(self) -> tuple[StorePath, ...]:
        """Its store paths: all of them, or those of an image's layers."""
        return self.closure.paths if self.closure else tuple(self.plan.layer_of())


def earlier_versions(
    texts: Sequence[str],
    request: PlanRequest,
    progress: Progress,
    *,
    before: Subject | None = None,
    platform: Platform | None = None,
) -> tuple[Earlier, ...]:
    """Return earlier versions, oldest first, each laid out as it was or as it would have been.

    An image was laid out as it is; a closure as the request says, carried on from the version before. Layers
    of an image are read only where its history names no store path.

    Args:
        texts: what the user named, oldest first.
        request: what is asked of the new version.
        progress: told of each phase.
        before: the earlier version where the user named none.
        platform: which one of images for several; None means this machine's.

    Raises:
        NixdiveError: one cannot be opened or laid out; the message names it.
        Cancelled: the user stopped it.
    """
    found: list[Earlier] = []
    for text in texts:
        if (named := image_named(text)) is not None:
            found.append(_pushed(named, platform, progress))
        else:
            found.append(_laid_out(text, open_subject([text], progress), request, found))
    if not texts and before is not None:
        found.append(_laid_out(before.name, before, request, found))
    return tuple(found)


def past_of(versions: Sequence[Earlier]) -> Past:
    """Return what the versions tell a plan."""
    closures = tuple(one.closure for one in versions if one.closure is not None)
    return Past(closures, tuple(one.plan for one in versions))


def continued(request: PlanRequest, versions: Sequence[Earlier]) -> PlanRequest:
    """Return a request that carries the plan of the last version on, as `carried_on`."""
    return carried_on(request, versions[-1].plan) if versions else request


def carried_on(request: PlanRequest, last: LayerPlan) -> PlanRequest:
    """Return a request that carries an earlier plan on, where both are by `churn`.

    Other strategies lay every version out anew, as nixpkgs does. A request that carries a plan keeps it.
    """
    if request.carried or request.strategy != "churn" or last.request.strategy != "churn":
        return request
    stored = tuple(layer.paths for layer in last.layers if layer.kind is LayerKind.STORE)
    return replace(request, carried=stored, rates=request.rates or last.request.rates)


def _pushed(named: Named, platform: Platform | None, progress: Progress) -> Earlier:
    if named.form is Form.REMOTE:
        plan = pushed_plan(named.text, remote_config(named.text))
        return Earlier(named.text, named.text, plan, None)
    stored = stored_image(named, platform, progress)
    plan = pushed_plan(named.text, stored.config)
    if not plan.layers or any(layer.paths for layer in plan.layers):
        return Earlier(named.text, named.text, plan, None, stored=stored)
    subject = open_image(stored, named.text, None, progress)
    asked = PlanRequest("keep", max_layers=subject.frame.budget(DEFAULT_MAX_LAYERS))
    kept = solve(subject.closure, asked, subject.frame)
    return Earlier(named.text, subject.name, replace(kept, request=plan.request), subject.closure, subject)


def _laid_out(name: str, subject: Subject, request: PlanRequest, found: Sequence[Earlier]) -> Earlier:
    """Return a version: as it was found, else by the same request without what does not concern it."""
    if subject.strategy == "keep":
        asked = PlanRequest("keep", max_layers=subject.frame.budget(request.max_layers))
    else:
        asked = request.narrowed(subject.closure.index)
    past = past_of(found)
    plan = solve(subject.closure, continued(asked, found), subject.frame, past)
    return Earlier(name, subject.name, plan, subject.closure, subject)
