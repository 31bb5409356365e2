"""From words to something that can be planned: the one way in for commands, the screen and the library."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from nixdive.errors import ImageError, NixdiveError
from nixdive.image.root.request import RootRequest
from nixdive.layering.request import PlanRequest
from nixdive.progress import NullProgress, Progress
from nixdive.workspace.options import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.clients.delivery import Delivery
    from nixdive.closure.closure import Closure
    from nixdive.image.oci.platform import Platform
    from nixdive.image.readers.stored import StoredImage
    from nixdive.opening.subject import Subject
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.others import Listed, Other
    from nixdive.workspace.pricer import Pricer
    from nixdive.workspace.workspace import Workspace


_NOTHING = PlanOptions()
_NO_WISHES = RootRequest()


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What is to be opened, and what is asked of its first plan.

    Attributes:
        inputs: what the user named; empty for the demo. Several store paths are the roots of one image.
        asked: what is asked of the plan: a request as it is, or options laid over what the subject suggests.
        against: earlier versions, oldest first; the last one is what plans are compared with.
        replan: whether to lay out anew what would be carried on, from a plan file or the last version.
        demo: whether it is the demo that is shipped inside the package.
        platform: which one of images for several; None means this machine's.
        name: NAME[:TAG] of the image to be; None makes one.
        base: a base image, or None.
        contents: store paths to link into the root of the image.
        root: what else is asked of the root of the image.
        packed: directories with layers that were packed by themselves.
        store: the address of the store that has the store paths; empty for the one that Nix uses by itself.
        others: other images of the same registry.
        delivery: who carries the image to where it runs; None for the usual clients and link.
        reserve: how many of the layers that the clients allow are left for images built on top.
        digests: whether files of compressed layers of an image are hashed as they are read, to be compared.
        as_shipped: whether what an image has from a store stays there, instead of becoming layers.
        cache: whether what is in compressed layers of images is taken from the user's cache, and kept there.
        patient: whether nobody waits for samples of files, which say what a blob will be: `Workspace.sample`
            is called in the background.
    """

    inputs: tuple[str, ...]
    asked: PlanRequest | PlanOptions = _NOTHING
    against: tuple[str, ...] = ()
    replan: bool = False
    demo: bool = False
    platform: Platform | None = None
    name: str | None = None
    base: str | None = None
    contents: tuple[str, ...] = ()
    root: RootRequest = _NO_WISHES
    packed: tuple[str, ...] = ()
    store: str = ""
    others: tuple[str, ...] = ()
    delivery: Delivery | None = None
    reserve: int = 0
    digests: bool = False
    as_shipped: bool = False
    cache: bool = True
    patient: bool = False


def _unseen(_: StoredImage | Closure) -> None:
    """Pass over what is known so far."""


def open_workspace(
    what: OpenRequest,
    progress: Progress = NullProgress(),  # noqa: B008  stateless
    seen: Callable[[StoredImage | Closure], object] = _unseen,
) -> Workspace:
    """Open a subject with its earlier versions; its first plan is made when it is asked for.

    Args:
        what: what is opened.
        progress: told how far it is, and asked whether to go on.
        seen: receives an image before its layers are read, and the closure as soon as it is known, and again
            once the subject is opened, before its earlier versions are.

    Raises:
        NixdiveError: something that was named cannot be opened, or the options cannot be met.
        Cancelled: the user stopped it.
    """
    # a screen paints its first frame before all this is imported
    from nixdive.opening.open import open_demo, open_subject

    subject = (
        open_demo()
        if what.demo
        else open_subject(
            what.inputs,
            progress,
            name=what.name,
            base=what.base,
            contents=what.contents,
            platform=what.platform,
            root=what.root,
            store=what.store,
            met=seen,
            digests=what.digests,
            as_shipped=what.as_shipped,
            cache=what.cache,
        )
    )
    if what.packed:
        from nixdive.image.packed_layer import read_packed

        subject = replace(subject, packed=tuple(map(read_packed, what.packed)))
    seen(subject.closure)
    # plans load numpy
    from nixdive.layering.pins import remarks
    from nixdive.workspace.baseline import baseline_of, planner_after
    from nixdive.workspace.pricer import Pricer
    from nixdive.workspace.samples import Samples
    from nixdive.workspace.workspace import Workspace

    request = what.asked if isinstance(what.asked, PlanRequest) else what.asked.request(subject)
    if what.root.nix_db and request.exclude:
        raise ImageError(
            f"--nix-db lists {request.exclude[0]}, which is excluded: a Nix inside would take it for there"
        )
    baseline = baseline_of(
        what.against,
        request,
        subject.closure,
        progress,
        before=subject.before,
        platform=what.platform,
        store=what.store,
        inputs=what.inputs,
        read=subject.base if subject.base is not None and subject.base.opened else None,
        cache=what.cache,
    )
    request, baseline = _after(what, subject, request, baseline, progress)
    planner = planner_after(baseline.versions if baseline else (), subject)
    sizes = dict(subject.layer_sizes)
    if baseline and baseline.last.subject:
        sizes |= baseline.last.subject.layer_sizes
    samples = Samples.of(subject, baseline.last.image if baseline else None)
    pricer = Pricer(planner, baseline, what.delivery, sizes, samples=samples, patient=what.patient)
    request = _within(what, pricer, request, progress)
    for remark in remarks(subject.closure.paths, request, pricer.carried(request), subject.frame):
        progress.note(remark)
    others, unread = _others(what, progress) if what.others else ((), ())
    progress.start("planning", None)
    return Workspace(
        subject,
        pricer,
        request,
        others=others,
        unread=unread,
        reserve=what.reserve,
        opens=partial(_other, what),
        opened=what,
    )


def _after(
    what: OpenRequest, subject: Subject, request: PlanRequest, baseline: Baseline | None, progress: Progress
) -> tuple[PlanRequest, Baseline | None]:
    """Return the request once the earlier versions are known, and these as it takes them to be laid out."""
    from nixdive.workspace.baseline import onward

    if isinstance(what.asked, PlanOptions) and baseline:
        from nixdive.workspace.inherited import asked_of

        assumed = request.assumption
        request, note = asked_of(what.asked, subject, baseline)
        if note:
            progress.note(note)
        if request.assumption != assumed:
            baseline = baseline.under(request)
    if what.replan:
        if not (request.carried or baseline):
            progress.note("there is no earlier plan or version, so --replan changes nothing")
        request = request.anew()
    elif baseline:
        request = onward(request, baseline.plan)
    return request, baseline


def _within(what: OpenRequest, pricer: Pricer, request: PlanRequest, progress: Progress) -> PlanRequest:
    """Return the request with a budget that suits the clients; raise BudgetError where that is impossible."""
    from nixdive.workspace.budget import AUTO, Room, best_budget

    room = Room(pricer.delivery, what.reserve)
    asked = what.asked.max_layers if isinstance(what.asked, PlanOptions) else None
    request = room.fitted(request, asked)
    if asked == AUTO:
        return request.within(best_budget(pricer, request, room.most))
    if request.max_layers > room.most:
        progress.note(f"the budget is {request.max_layers} layers, and {room.words}")
    return request


def _others(
    what: OpenRequest, progress: Progress
) -> tuple[tuple[Other | Listed, ...], tuple[NixdiveError, ...]]:
    """Open the other images; what keeps one from being opened leaves the rest as it is."""
    others: list[Other | Listed] = []
    unread = []
    for text in what.others:
        try:
            others.append(_other(what, text, progress))
        except NixdiveError as error:
            unread.append(error)
    return tuple(others), tuple(unread)


def _other(what: OpenRequest, text: str, progress: Progress) -> Other | Listed:
    """Open another image of the registry, with the platform and the store that the first one was opened with.

    Raises:
        NixdiveError: it cannot be opened.
        Cancelled: the user stopped it.
    """
    from nixdive.layering.planner import Planner
    from nixdive.opening.open import open_subject
    from nixdive.opening.pushed import listed_plan
    from nixdive.workspace.others import Listed, Other

    plan = listed_plan(text, what.platform, progress)
    if plan is not None:
        return Listed(text, plan)
    subject: Subject = open_subject(
        [text], progress, platform=what.platform, store=what.store, cache=what.cache
    )
    return Other(text, subject, Planner(subject.closure, subject.frame))
