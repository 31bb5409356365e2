"""Writes an image and shows how far it is: the whole, and the layers at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.markup import escape

from nixdive.errors import NixdiveError
from nixdive.ui.dialogs.working import WorkingDialog
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span, cut
from nixdive.ui.draw.progress import Reading, bar
from nixdive.ui.naming import layer_name
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.subject import Subject
    from nixdive.progress import Progress
    from nixdive.ui.dialogs.write import WriteOrder

LAYERS = 4
_BAR, _NAME = 18, 8  # cells, at most and at least
_FIXED = 38  # cells of the other columns
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


def writing(order: WriteOrder, plan: LayerPlan, subject: Subject) -> WorkingDialog:
    """Return the dialog that writes an image, and its plan where that is asked for; it answers an Outcome."""
    form = order.spec.compression.partition(":")[0]
    verb = "copy" if form == "none" else form

    def layers(reading: Reading, width: int) -> list[Line]:
        if not order.sizes:
            return []
        return [(), *layers_at_work(reading, plan, subject.closure, order.sizes, verb=verb, width=width)]

    return WorkingDialog(
        f"Writing {escape(visible(order.target.name))}",
        _NOTE,
        lambda progress: write(order, plan, subject, progress),
        more=layers,
        height=LAYERS + 6 if order.sizes else 2,
    )


def write(order: WriteOrder, plan: LayerPlan, subject: Subject, progress: Progress) -> Outcome:
    """Write the image, then its plan where that is asked for.

    Raises:
        NixdiveError: it cannot be written.
        Cancelled: the user stopped it.
    """
    from nixdive.cache.user import user_cache
    from nixdive.image.write import write_image
    from nixdive.layering.planwriter import write_plan

    written = write_image(
        plan,
        order.spec,
        subject.contents,
        order.target,
        base=subject.base,
        customisation=subject.customisation,
        cache=user_cache(progress.note),
        progress=progress,
    )
    try:
        if order.plan_file is not None:
            write_plan(plan, order.plan_file)
    except NixdiveError as error:  # the image is there all the same
        return Outcome(written, error)
    return Outcome(written)


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
