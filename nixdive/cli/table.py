"""Values as aligned lines of text: pure functions."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from nixdive.image.commands import load_commands, load_note, push_command
from nixdive.layering.plan import LayerKind
from nixdive.sizes import prose, split
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.image.written import WrittenImage
    from nixdive.layering.compare import PushCost
    from nixdive.layering.plan import Layer, LayerPlan
    from nixdive.store.path import StorePath

_NAMES = 3


def columns(rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Return one line for each row, cells two spaces apart; the columns in `right` end at one edge."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]


def plan_lines(plan: LayerPlan, closure: Closure) -> list[str]:
    """Return the plan as a table: a line for each layer, lowest first, its largest paths last."""
    sizes = dict(zip(closure.paths, closure.nar_sizes, strict=True))
    header = ("#", "size", "", "paths", "pin", "why", "largest")
    rows = [header, *(_row(i, layer, sizes, sized=plan.sized) for i, layer in enumerate(plan.layers, 1))]
    return columns(rows, right=frozenset({0, 1, 3}))


def summary_lines(
    name: str, plan: LayerPlan, closure: Closure, against: Sequence[tuple[str, PushCost]]
) -> list[str]:
    """Return what `nixdive plan` prints: totals, layers, and what a push costs after earlier versions."""
    paths = sum(len(layer.paths) for layer in plan.layers)
    size = prose(plan.nar_size) if plan.sized else "sizes unknown"
    facts = (
        visible(name),
        f"{paths} paths",
        size,
        f"{len(plan.layers)} of {plan.request.max_layers} layers",
        plan.request.strategy,
    )
    table = plan_lines(plan, closure)
    below = [*_left_out_lines(plan), *push_lines(against)]
    return ["  ".join(facts), "", *table, *([""] if below else []), *below]


def _left_out_lines(plan: LayerPlan) -> list[str]:
    if not plan.left_out:
        return []
    names = [visible(path.name) for path in plan.left_out[:_NAMES]]
    if len(plan.left_out) > _NAMES:
        names.append(f"and {len(plan.left_out) - _NAMES} more")
    return [f"in no layer, removed by the pipeline: {', '.join(names)}"]


def push_lines(against: Sequence[tuple[str, PushCost]]) -> list[str]:
    """Return a line for each earlier version: what a push costs after it."""
    pushes = [
        (
            f"after {visible(origin)}",
            "push",
            prose(cost.push_bytes),
            f"{cost.layers_new} new layer{'' if cost.layers_new == 1 else 's'}",
            f"{cost.layers_reused} reused",
        )
        for origin, cost in against
    ]
    return columns(pushes, right=frozenset({2}))


def written_lines(written: WrittenImage, name: str) -> list[str]:
    """Return what `nixdive write` prints: where the image is, its digests, and how to load it."""
    rate = f", {prose(round(written.bytes_written / written.seconds))}/s" if written.seconds > 0 else ""
    size = f"{prose(written.bytes_written)} in {written.seconds:.1f} s{rate}"
    note = load_note(written.image_format, (layer.media_type for layer in written.layers))
    return [
        f"{written.target}  {name}  {written.image_format}  {len(written.layers)} layers  {size}",
        f"config    {written.config_digest}",
        f"manifest  {written.manifest_digest}",
        *load_lines(written.target, written.image_format, name),
        *([note] if note else []),
    ]


def load_lines(target: str, image_format: str, name: str) -> list[str]:
    """Return the commands that load an image of this format; none for standard output."""
    if target == "-":
        return []
    loads = load_commands(target, image_format)
    starts = ("load it:  ", *[" " * 10] * len(loads))
    return [
        *(start + command for start, command in zip(starts, loads, strict=False)),
        f"push it:  {push_command(target, image_format, name)}",
    ]


def _row(number: int, layer: Layer, sizes: dict[StorePath, int], *, sized: bool) -> Sequence[str]:
    mantissa, unit = split(layer.nar_size) if sized or layer.kind is not LayerKind.STORE else ("", "")
    largest = sorted(layer.paths, key=lambda path: (-sizes.get(path, 0), path))
    names = [visible(path.name) for path in largest[:_NAMES]]
    if len(largest) > _NAMES:
        names.append(f"and {len(largest) - _NAMES} more")
    return (
        str(number),
        mantissa,
        unit,
        str(len(layer.paths) or ""),
        visible(layer.pin or ""),
        visible(layer.reason),
        ", ".join(names),
    )
