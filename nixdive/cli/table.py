"""Plans and what was written as aligned lines of text: pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.cli.columns import columns
from nixdive.human import exactly, several
from nixdive.image.commands import after_loading, is_remote, load_note, push_commands
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.sizes import BytesOf, amount, prose, split
from nixdive.visible import visible
from nixdive.words import brief, counted, percent, without_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.image.commands import ShellCommand
    from nixdive.image.written import Pushed, WrittenImage
    from nixdive.layering.compare import PushCost
    from nixdive.layering.cost import ReleaseCost, Replan
    from nixdive.store.path import StorePath
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.seconds import Seconds, Trip

_NAMES = 3


def plan_lines(plan: LayerPlan, closure: Closure) -> list[str]:
    """Return the plan as a table: a line for each layer, lowest first, its largest paths last."""
    sizes = dict(zip(closure.paths, closure.nar_sizes, strict=True))
    header = ("#", "size", "", "changes", "paths", "pin", "why", "largest")
    rows = [header, *(_row(i, layer, sizes, sized=plan.sized) for i, layer in enumerate(plan.layers, 1))]
    right = frozenset({0, 1, 3, 4})
    if all(layer.change_probability is None for layer in plan.layers):
        rows, right = [(*row[:3], *row[4:]) for row in rows], frozenset({0, 1, 3})
    return columns(rows, right)


def priced_lines(name: str, priced: PricedPlan) -> list[str]:
    """Return what `nixdive plan` prints of a plan; `name` is the subject's."""
    closure = priced.pricer.planner.closure
    return summary_lines(
        name,
        closure,
        priced.plan,
        against=priced.against,
        cost=priced.release_cost,
        replan=priced.replan,
        seconds=priced.seconds,
        moved=priced.moved,
        assumption=priced.assumption,
    )


def summary_lines(
    name: str,
    closure: Closure,
    plan: LayerPlan,
    *,
    against: Sequence[tuple[str, PushCost]] = (),
    cost: ReleaseCost | None = None,
    replan: Replan | None = None,
    seconds: Seconds | None = None,
    moved: Replan | None = None,
    assumption: str = "",
) -> list[str]:
    """Return a plan with its prices: totals, layers, what pushes cost, what releases are expected to.

    Args:
        name: of the subject.
        closure: what was laid out.
        plan: how.
        against: earlier inputs as the user named them, and what a push costs after each.
        cost: what a release is expected to push.
        replan: what laying out anew would cost and save, where the plan was carried on.
        seconds: until it has arrived.
        moved: what moving layers of the earlier plan costs and saves, where some were.
        assumption: how the last of the earlier inputs is taken to be laid out, where that is not known.
    """
    paths = sum(len(layer.paths) for layer in plan.layers)
    size = prose(plan.nar_size) if plan.sized else "sizes unknown"
    facts = (
        visible(name),
        " ".join(filter(None, (counted(paths, "path"), without_layers(plan.unread)))),
        size,
        f"{len(plan.layers)} of {counted(plan.request.max_layers, 'layer')}",
        plan.request.strategy + (", carried on" if plan.request.carried else ""),
    )
    prices = _price_lines(plan, cost, replan, moved) if cost else ()
    below = [*_left_out_lines(plan), *push_lines(against, assumption, sized=plan.sized), *prices]
    times = ["", *seconds_lines(seconds)] if seconds else []
    return ["  ".join(facts), "", *plan_lines(plan, closure), *([""] if below else []), *below, *times]


def _price_lines(
    plan: LayerPlan, cost: ReleaseCost, replan: Replan | None, moved: Replan | None
) -> list[str]:
    """Return what a release is expected to push, beside what other plans would."""
    budget = counted(plan.request.max_layers, "layer")
    seen = counted(cost.observed, "release") if cost.observed else "no release"
    packed = "" if cost.compressed is None else f", about {prose(cost.compressed)} compressed"
    lacks = f", {without_layers(plan.unread)}" if plan.unread else ""
    rows = [
        (
            "each release",
            prose(cost.expected_push),
            f"an estimate in NAR bytes{packed}; {seen} seen",
        ),
        (
            "at least",
            prose(cost.lower_bound),
            f"under any plan of {budget}",
        ),
    ]
    if cost.nixpkgs is not None:
        rows.append(("nixpkgs", prose(cost.nixpkgs), "what dockerTools does today"))
    if cost.popularity is not None:
        rows.append(("popularity", prose(cost.popularity), "what dockerTools did until 2025"))
    rows = [(name, size, f"{words}{lacks}") for name, size, words in rows]
    lines = columns(rows, right=frozenset({1}))
    if cost.knee < len(plan.layers):
        lines.append(f"{counted(cost.knee, 'layer')} would cost the same, within 1 %")
    lines += [] if moved is None else [moved_line(moved)]
    return lines if replan is None else [*lines, replan_line(replan)]


def moved_line(moved: Replan) -> str:
    """Return what moving layers of the earlier plan costs and saves."""
    return f"layers moved: {moved.words} (--horizon 0 moves none)"


def replan_line(replan: Replan) -> str:
    """Return what laying out anew would do."""
    return f"planned from scratch: {replan.words} (--replan)"


def seconds_lines(seconds: Seconds) -> list[str]:
    """Return how long pushes and pulls are expected to take, and of how many bytes."""
    later = seconds.pushes[0].after is not None
    rows = [
        *(_trip(f"push by {one.client.name}", one) for one in seconds.pushes),
        *(_trip(f"pull by {one.client.name}", one) for one in seconds.pulls),
        *((f"load by {one.client.name}", brief(one.load), "", "") for one in seconds.pulls if one.load),
    ]
    head = (f"over {seconds.delivery.link}", "the first", "the next", "each release")
    lines = [one if later else (*one[:2], one[3]) for one in (head, *rows)]
    sent = f", {prose(seconds.wire_push)} in the next push" if later else ""
    known = f"; {seconds.estimated}" if seconds.estimated else ""
    anew = [one.client for one in seconds.pushes if not one.client.keeps_digests]
    return [
        *columns(lines, right=frozenset({1, 2, 3})),
        f"wire bytes: {prose(seconds.wire)} in all{sent}{known}",
        *(f"{one.name} compresses anew: a machine that is new to the image pushes all of it" for one in anew),
        *(f"{one.name} takes at most {one.most_layers} layers: {one.limit}" for one in seconds.fails),
    ]


def _trip(what: str, one: Trip) -> tuple[str, str, str, str]:
    return what, brief(one.cold), "" if one.after is None else brief(one.after), brief(one.release)


def _left_out_lines(plan: LayerPlan) -> list[str]:
    if not plan.left_out:
        return []
    names = several([visible(path.name) for path in plan.left_out], _NAMES)
    return [f"in no layer, removed by the pipeline: {names}"]


def push_lines(
    against: Sequence[tuple[str, PushCost]], assumption: str = "", *, sized: bool = True
) -> list[str]:
    """Return a line for each earlier version, what a push after it costs; then what is assumed.

    Args:
        against: the earlier versions as the user named them, and what a push costs after each.
        assumption: how the last one is taken to be laid out, where that is not known.
        sized: whether sizes are known; else store paths are counted.
    """
    kind = BytesOf.NAR if sized else BytesOf.PATHS
    pushes = [
        (
            f"after {visible(origin)}",
            "push",
            *amount(cost.push_bytes, kind),
            f"{cost.layers_new} new layer{'' if cost.layers_new == 1 else 's'}",
            ", ".join(filter(None, (f"{cost.layers_reused} reused", cost.lacks))),
        )
        for origin, cost in against
    ]
    return [*columns(pushes, right=frozenset({2})), *([assumption] if assumption else [])]


def written_lines(written: WrittenImage) -> list[str]:
    """Return what `nixdive write` prints: where the image is, its digests, and how to load it."""
    rate = f", {prose(round(written.bytes_written / written.seconds))}/s" if written.seconds > 0 else ""
    size = f"{prose(written.bytes_written)} in {exactly(written.seconds)}{rate}"
    layers = counted(len(written.layers), "layer")
    note = load_note(written.image_format, (layer.media_type for layer in written.layers))
    return [
        f"{written.target}  {written.name}  {written.image_format}  {layers}  {size}",
        f"config    {written.config_digest}",
        f"manifest  {written.manifest_digest}",
        *_cache_lines(written),
        *pushed_lines(written.pushed),
        *load_lines(written),
        *([note] if note else []),
    ]


def _cache_lines(written: WrittenImage) -> list[str]:
    use = written.cache
    if use is None or not use.hits:
        return []
    return [f"cache     {use.hits} of {counted(use.hits + use.misses, 'layer')}, {prose(use.size)} copied"]


def pushed_lines(layers: Pushed | None) -> list[str]:
    """Return what became of the layers of an image that was pushed, as a line; none for a file."""
    if layers is None:
        return []
    mounted = f", {layers.mounted} mounted from another repository" if layers.mounted else ""
    return [f"layers    {layers.sent} sent, {layers.there} were there{mounted}"]


def load_lines(written: WrittenImage) -> list[str]:
    """Return the commands that push and load an image; none where no file was written."""
    if written.target == "-" or is_remote(written.target):
        return []
    return [
        *under("push it: ", push_commands(written)),
        *under("load it: ", after_loading(written)),
    ]


def under(label: str, commands: Iterable[ShellCommand]) -> Iterator[str]:
    """Yield commands below each other, the first one behind a label, each with what there is to say of it."""
    for one in commands:
        yield f"{label} {one.text}" + (f"  # {one.note}" if one.note else "")
        label = " " * len(label)


def _row(number: int, layer: Layer, sizes: dict[StorePath, int], *, sized: bool) -> Sequence[str]:
    known = layer.fault is None and (sized or layer.kind is not LayerKind.STORE)
    mantissa, unit = split(layer.nar_size) if known else ("", "")
    largest = sorted(layer.paths, key=lambda path: (-sizes.get(path, 0), path))
    return (
        str(number),
        mantissa,
        unit,
        "" if layer.change_probability is None else percent(layer.change_probability),
        str(len(layer.paths) or ""),
        visible(layer.pin or ""),
        visible(layer.reason if layer.fault is None else f"cannot be read: {layer.fault}"),
        several([visible(path.name) for path in largest], _NAMES),
    )
