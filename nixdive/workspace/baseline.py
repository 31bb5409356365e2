"""Earlier versions of what is planned: which layers the registry has, and how often things changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from nixdive.layering.compare import PushCost, push
from nixdive.layering.planner import Planner
from nixdive.layering.request import DEFAULT_MAX_LAYERS, PlanRequest
from nixdive.layering.stamp import layer_hash
from nixdive.opening.open import open_subject
from nixdive.opening.recognise import Form, Named, image_named
from nixdive.opening.revisions import revisions_in
from nixdive.words import assumption, counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.image.base import BaseImage
    from nixdive.image.oci.platform import Platform
    from nixdive.image.readers.stored import StoredImage
    from nixdive.image.stored.mounts import Mounts
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.subject import Subject
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True, eq=False)
class EarlierVersion:
    """One version that was pushed before.

    Attributes:
        input: what the user named.
        title: NAME:TAG where it has one, else the same.
        plan: how it was laid out, or, for a closure, how it would have been.
        closure: its store paths; None for an image whose layers were not read.
        subject: what was opened, with its files; None where only the config of an image was read.
        stored: the image, its layers not read; None for a closure, and for an image in a registry.
        assumed: strategy and layer budget by which a closure is taken to have been laid out; None where its
            layers are known.
        planner: what lays it out where its layers are assumed; else None.
        wire: bytes of each compressed layer as it is stored, by diff_id, as far as they are known.
        mounts: the store paths that an image has from a store, which are in none of its layers; None where
            there are none.
    """

    input: str
    title: str
    plan: LayerPlan
    closure: Closure | None = None
    subject: Subject | None = None
    stored: StoredImage | None = None
    assumed: tuple[str, int] | None = None
    planner: Planner | None = field(default=None, repr=False)
    wire: Mapping[str, int] = field(default_factory=dict, repr=False)
    mounts: Mounts | None = None

    @property
    def image(self) -> StoredImage | None:
        """The image, its layers as they are stored; None for a closure, and for an image in a registry."""
        base = self.subject.base if self.subject is not None else None
        return base.stored if base is not None else self.stored

    @property
    def told(self) -> PlanRequest | None:
        """What the plan in the image's label asks for; None for a closure, and where there is no plan."""
        base = self.subject.base if self.subject is not None else None
        if base is not None:
            return base.asked
        is_image = self.closure is None and self.subject is None
        return self.plan.request if is_image and self.plan.request != PlanRequest("keep") else None

    @property
    def assumption(self) -> str:
        """What is assumed of its layers, in words; empty where they are known."""
        return assumption(self.assumed)

    def under(self, request: PlanRequest, before: Sequence[EarlierVersion]) -> EarlierVersion:
        """Return the version as a request takes it to be laid out, after others; itself where it is known.

        Raises:
            PlanError: it cannot be laid out so.
        """
        if self.planner is None:
            return self
        plan = _assumed_plan(self.planner, request, [one.plan for one in before])
        return replace(self, plan=plan, assumed=request.assumption)

    @property
    def paths(self) -> tuple[StorePath, ...]:
        """Its store paths: those of the closure, or those that the image's layers list."""
        return self.closure.paths if self.closure else tuple(self.plan.layer_of())

    def sizes(self, now: Closure) -> dict[StorePath, int]:
        """Return the NAR bytes of its store paths.

        An image whose layers were not read has no sizes; those of its paths that are in the closure `now`
        have the same size there, and the rest count as 0.
        """
        if self.closure is not None:
            return dict(zip(self.closure.paths, self.closure.nar_sizes, strict=True))
        known = dict(zip(now.paths, now.nar_sizes, strict=True))
        return {path: known.get(path, 0) for path in self.paths}


@dataclass(frozen=True, eq=False)
class Baseline:
    """The versions that were pushed before, oldest first; the last one is what a plan is compared with.

    Attributes:
        versions: at least one.
        sizes: NAR bytes of the store paths of the last one.
    """

    versions: tuple[EarlierVersion, ...]
    sizes: Mapping[StorePath, int] = field(repr=False)

    @cached_property
    def layer_of(self) -> Mapping[StorePath, int]:
        """For each store path of the last one the index of its layer."""
        return self.plan.layer_of()

    @property
    def sized(self) -> bool:
        """Whether the sizes of the last one's paths are known, and not only of those that are still there."""
        return self.last.closure is not None and self.last.closure.sized

    def under(self, request: PlanRequest) -> Baseline:
        """Return the versions as a request takes them to be laid out; those whose layers are known stay.

        Raises:
            PlanError: one cannot be laid out so.
        """
        found: list[EarlierVersion] = []
        for one in self.versions:
            found.append(one.under(request, found))
        return replace(self, versions=tuple(found))

    @property
    def plans(self) -> tuple[LayerPlan, ...]:
        """How the versions were laid out, oldest first."""
        return tuple(one.plan for one in self.versions)

    def pushes(self, plan: LayerPlan) -> tuple[tuple[str, PushCost], ...]:
        """Return for each version, oldest first, what the user named and what a push after it costs."""
        return tuple((one.input, push(plan, one.plan)) for one in self.versions)

    @property
    def last(self) -> EarlierVersion:
        """The newest of the versions."""
        return self.versions[-1]

    @property
    def name(self) -> str:
        """What the newest version is called."""
        return self.last.title

    @property
    def plan(self) -> LayerPlan:
        """How the newest version was laid out."""
        return self.last.plan


def baseline_of(
    texts: Sequence[str],
    request: PlanRequest,
    closure: Closure,
    progress: Progress,
    *,
    before: Subject | None = None,
    platform: Platform | None = None,
    store: str = "",
    inputs: Sequence[str] = (),
    read: BaseImage | None = None,
    cache: bool = True,
) -> Baseline | None:
    """Open earlier versions, each laid out as it was or as it would have been; None where there are none.

    An image was laid out as it is; a closure as the plan file has it that was written for it. Of any other
    closure strategy and budget are assumed: those that the request assumes, else its own, so that edits of
    these change what is assumed. Pins and rates of the request play no part there. Later closures are carried
    on from the version before. Layers of an image are read only where its history names no store path.

    Args:
        texts: what the user named, oldest first.
        request: what is asked of the new version.
        closure: the new version.
        progress: told of each phase.
        before: the earlier version where the user named none.
        platform: which one of images for several; None means this machine's.
        store: the address of the store that has store paths; empty for the one that Nix uses by itself.
        inputs: how the user named the new version, of which git:REVISION names an earlier one.
        read: the new version, where it is an image whose layers were read; those that an earlier one has too
            are not read again.
        cache: whether what is in compressed layers of images is taken from the user's cache, and kept there.

    Raises:
        NixdiveError: one cannot be opened or laid out; the message names it.
        Cancelled: the user stopped it.
    """
    found: list[EarlierVersion] = []
    for name, text in (one for word in texts for one in revisions_in(word, inputs, progress)):
        if (named := image_named(text)) is not None:
            found.append(pushed_version(named, platform, progress, read, cache=cache))
        else:
            found.append(
                _laid_out(name, open_subject([text], progress, store=store, cache=cache), request, found)
            )
    if not texts and before is not None:
        found.append(_laid_out(before.name, before, request, found))
    for one in found[1:]:  # whether a path changed by itself shows in what it refers to
        if one.closure is not None:
            one.closure.link(progress)
    return Baseline(tuple(found), found[-1].sizes(closure)) if found else None


def pushed_version(
    named: Named,
    platform: Platform | None,
    progress: Progress,
    read: BaseImage | None = None,
    *,
    cache: bool = True,
) -> EarlierVersion:
    """Return an image that was pushed as it is laid out; its layers are read only where nothing lists them.

    Args:
        named: the image.
        platform: which one of several; None for this machine's.
        progress: told of each phase, and of layers that what is made here cannot be.
        read: as for `baseline_of`.
        cache: as for `baseline_of`.

    Raises:
        NixdiveError: it cannot be opened; the message names it.
        Cancelled: the user stopped it.
    """
    return _noted(_pushed(named, platform, progress, read, cache=cache), progress)


def planner_after(versions: Sequence[EarlierVersion], subject: Subject) -> Planner:
    """Return what plans a subject, knowing the versions before it."""
    history = tuple(one.closure for one in versions if one.closure is not None)
    return Planner(subject.closure, subject.frame, history, tuple(one.plan for one in versions))


def onward(request: PlanRequest, last: LayerPlan) -> PlanRequest:
    """Return a request whose `churn` carries an earlier plan on, whatever has laid that out, with its rates.

    Other strategies lay every version out anew, as nixpkgs does. A request that carries a plan keeps it.
    """
    return (
        request
        if request.carried
        else replace(request, carry_on=True, rates=request.rates or last.request.rates)
    )


def _noted(version: EarlierVersion, progress: Progress) -> EarlierVersion:
    if version.mounts is not None:
        progress.note(f"{version.input}: {version.mounts.words}")
    if foreign := sum(layer.foreign for layer in version.plan.layers):
        progress.note(
            f"{version.input}: {counted(foreign, 'layer')} of another program than nixpkgs' or nixdive:"
            " layers made here have other bytes, and are sent anew"
        )
    return version


def _pushed(
    named: Named, platform: Platform | None, progress: Progress, read: BaseImage | None, *, cache: bool
) -> EarlierVersion:
    from nixdive.opening.mounts import mounts_of, without
    from nixdive.opening.pushed import pushed_plan, remote_listing

    if named.form is Form.REMOTE:
        listed = remote_listing(named.text, platform, progress)
        plan = pushed_plan(named.text, listed.config, progress)
        mounts = mounts_of(listed.layers, named.text)
        plan = without(plan, mounts)
        return EarlierVersion(named.text, named.text, plan, wire=listed.wire, mounts=mounts)
    from nixdive.image.stored.indexed import by_digest
    from nixdive.opening.image import open_image
    from nixdive.opening.stored import stored_image

    stored = stored_image(named, platform, progress)
    mounts = mounts_of(stored.layers, named.text)
    plan = without(pushed_plan(named.text, stored.config, progress), mounts)
    if not plan.layers or any(layer.paths for layer in plan.layers):
        return EarlierVersion(named.text, named.text, plan, stored=stored, wire=stored.wire, mounts=mounts)
    known = {} if read is None else by_digest(read.stored, read.indexes)
    subject = open_image(stored, named.text, None, progress, known=known, cache=cache)
    asked = PlanRequest("keep", max_layers=subject.frame.budget(DEFAULT_MAX_LAYERS))
    kept = Planner(subject.closure, subject.frame).solve(asked, chances=False)
    plan = replace(kept, request=plan.request)
    return EarlierVersion(
        named.text, subject.name, plan, subject.closure, subject, wire=stored.wire, mounts=mounts
    )


def _laid_out(
    name: str, subject: Subject, request: PlanRequest, found: Sequence[EarlierVersion]
) -> EarlierVersion:
    """Return a version: as it was found, else as a plan file has it, else as it is assumed."""
    planner = planner_after(found, subject)
    if subject.strategy == "keep":
        asked = PlanRequest("keep", max_layers=subject.frame.budget(request.max_layers))
        plan = planner.solve(asked, chances=False)
        wire = subject.base.stored.wire if subject.base is not None else {}
        return EarlierVersion(name, subject.name, plan, subject.closure, subject, wire=wire)
    asked = request.narrowed(subject.closure.index)
    if not found and asked.carried and request.assumed is None:
        plan = planner.solve(replace(asked, horizon=0), chances=False)
        if not asked.hashes or set(map(layer_hash, plan.stored)) == set(asked.hashes):
            return EarlierVersion(name, subject.name, plan, subject.closure, subject)
    plan = _assumed_plan(planner, request, planner.pushed)
    assumed = request.assumption
    return EarlierVersion(
        name, subject.name, plan, subject.closure, subject, assumed=assumed, planner=planner
    )


def _assumed_plan(planner: Planner, request: PlanRequest, before: Sequence[LayerPlan]) -> LayerPlan:
    """Return how a closure is taken to be laid out by what a request assumes, after others."""
    strategy, budget = request.assumption
    asked = request.narrowed(planner.closure.index)
    pure = PlanRequest(strategy, budget, exclude=asked.exclude, pipeline=asked.pipeline)
    if before:
        pure = onward(pure, before[-1])
    return planner.after(before).solve(pure, chances=False)
