"""Writes an image and shows how far it is: the whole, and the layers at work."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from textual.markup import escape

from nixdive.errors import NixdiveError
from nixdive.remote.name import is_in_registry
from nixdive.remote.shipping import Fate
from nixdive.ui.dialogs.working import WorkingDialog
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span, cut
from nixdive.ui.draw.progress import Reading, bar
from nixdive.ui.naming import layer_name
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.progress import Progress
    from nixdive.remote.shipping import BlobOnItsWay, Shipping
    from nixdive.ui.dialogs.write import WriteOrder
    from nixdive.workspace.workspace import Workspace

LAYERS = 4
_BAR, _NAME = 18, 8  # cells, at most and at least
_FIXED = 38  # cells of the other columns
_BLOB, _FIXED_BLOB = 12, 27  # cells of a digest, at least, and of the other columns
_PUSH_NOTE = """\
The tag names the image once all its blobs are there.
Cancelling leaves the tag as it was."""
_ENGINE_NOTE = """\
The image is made in a temporary folder, then skopeo copies it to the engine.
Cancelling leaves nothing behind here."""
_NOTE = """\
The file appears once it is complete; until then nothing is replaced.
Cancelling leaves nothing behind."""


class Outcome(NamedTuple):
    """What came of writing an image.

    Attributes:
        image: the image as it was written.
        plan_error: what kept the plan file beside it from being written, or None.
    """

    image: WrittenImage
    plan_error: NixdiveError | None = None


def writing(order: WriteOrder, plan: LayerPlan, workspace: Workspace) -> WorkingDialog:
    """Return the dialog that writes an image, and its plan where that is asked for; it answers an Outcome."""
    form = order.spec.compression.partition(":")[0]
    verb = "copy" if form == "none" else form
    under_way: list[Shipping] = []

    def layers(reading: Reading, width: int) -> list[Line]:
        if under_way and (blobs := under_way[0].blobs) and reading.what != "pushing":
            return [(), *blobs_at_work(blobs, width)]
        if not order.sizes:
            return []
        closure = workspace.subject.closure
        lines = layers_at_work(reading, plan, closure, order.sizes, verb=verb, width=width)
        return [(), *lines[:-1], (*lines[-1], *_skipped(under_way))]

    remote = isinstance(order.target, str)
    note = _NOTE
    if isinstance(order.target, str):
        note = _PUSH_NOTE if is_in_registry(order.target) else _ENGINE_NOTE
    return WorkingDialog(
        f"Writing {escape(visible(order.target if isinstance(order.target, str) else order.target.name))}",
        note,
        lambda progress: write(order, plan, workspace, progress, under_way.append),
        more=layers,
        height=LAYERS + 6 if order.sizes or remote else 2,
    )


def _skipped(under_way: Sequence[Shipping]) -> Line:
    """Return how many layers the registry has, while others are being made."""
    fates = Counter(blob.fate for one in under_way for blob in one.blobs)
    kept = fates[Fate.THERE] + fates[Fate.MOUNTED]
    return (Span(f"   {kept} there, not sent", "save"),) if kept else ()


def write(
    order: WriteOrder,
    plan: LayerPlan,
    workspace: Workspace,
    progress: Progress,
    sends: Callable[[Shipping], object] = lambda _: None,
) -> Outcome:
    """Write the image, then its plan where that is asked for.

    Args:
        order: what is written, and where to.
        plan: its layers.
        workspace: what they are of.
        progress: as of `Workspace.write`.
        sends: receives the blobs on their way to a registry, before the first one is known.

    Raises:
        NixdiveError: it cannot be written.
        Cancelled: the user stopped it.
    """
    from nixdive.cache.user import user_cache
    from nixdive.layering.planwriter import write_plan

    target, cache = order.target, user_cache(progress.note)
    if isinstance(target, str) and is_in_registry(target):
        from nixdive.remote.approach import Approach

        with Approach(target, workspace.earlier, progress) as approach:
            sends(approach.shipping)
            written = workspace.write(plan, order.spec, target, progress, cache=cache, approach=approach)
    else:
        written = workspace.write(plan, order.spec, target, progress, cache=cache)
    try:
        if order.plan_file is not None:
            write_plan(plan, order.plan_file)
    except NixdiveError as error:  # the image is there all the same
        return Outcome(written, error)
    return Outcome(written)


def blobs_at_work(blobs: Sequence[BlobOnItsWay], width: int) -> list[Line]:
    """Return the blobs that are being sent, and how many were sent, are there already, and wait.

    Args:
        blobs: all of them.
        width: cells.
    """
    cells = min(max(width - _BLOB - _FIXED_BLOB, 4), _BAR)
    digits = max(width - _FIXED_BLOB - cells, _BLOB)
    lines: list[Line] = [(Span(f"   {'Blob':<{digits}}    Size   Now", "dim"),)]
    moving = [blob for blob in blobs if blob.fate in {Fate.SENDING, Fate.SENT}]
    moving.sort(key=lambda blob: blob.fate is Fate.SENDING)
    for blob in moving[-LAYERS:]:
        now: Line = (Span("   ✓ sent", "save"),)
        if blob.fate is Fate.SENDING:
            share = min(blob.passed / max(blob.size, 1), 1.0)
            now = (Span("   send  "), *bar(share, cells), Span(f" {share:>4.0%}"))
        lines.append((Span(f"   {cut(blob.digest, digits):<{digits}}   "), *size_cells(blob.size), *now))
    lines += [()] * (LAYERS + 1 - len(lines))
    fates = Counter(blob.fate for blob in blobs)
    words = [f"{fates[Fate.SENT]} sent", f"{fates[Fate.SENDING]} at work", f"{fates[Fate.WAITING]} waiting"]
    words += [f"{fates[Fate.THERE]} there already"] if fates[Fate.THERE] else []
    words += [f"{fates[Fate.MOUNTED]} mounted"] if fates[Fate.MOUNTED] else []
    return [*lines, (), (Span("   ".join(words)),)]


def layers_at_work(
    reading: Reading, plan: LayerPlan, closure: Closure, sizes: Sequence[int], *, verb: str, width: int
) -> list[Line]:
    """Return the layers that were begun last, and how many are done, at work and waiting.

    Args:
        reading: what the meter shows.
        plan: the layers.
        closure: what they are of.
        sizes: bytes that are read of each layer.
        verb: what is done to a layer, in a word.
        width: cells.
    """
    cells = min(max(width - _FIXED - _NAME, 4), _BAR)
    room = max(width - _FIXED - cells, _NAME)
    lines: list[Line] = [
        (Span(f"   Layer   {'Largest path':<{room}}    Size   Now", "dim"),),
    ]
    begun = [(number, done) for number, done in reading.parts if 0 <= number < len(sizes)]
    for number, done in begun[-LAYERS:]:
        name = cut(layer_name(plan.layers[number], closure), room)
        head: Line = (Span(f"{number + 1:>8}", "bright"), Span(f"   {name:<{room}}   "))
        now: Line
        if done >= sizes[number]:
            now = (Span("   ✓ done", "save"),)
        else:
            share = done / sizes[number]
            now = (Span(f"   {verb:<5} "), *bar(share, cells), Span(f" {share:>4.0%}"))
        lines.append((*head, *size_cells(sizes[number]), *now))
    lines += [()] * (LAYERS + 1 - len(lines))
    finished = sum(done >= sizes[number] for number, done in begun)
    waiting = len(sizes) - len(begun)
    words = f"{finished} done   {len(begun) - finished} at work   {waiting} waiting"
    return [*lines, (), (Span(words),)]
