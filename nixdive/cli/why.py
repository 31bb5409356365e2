"""nixdive why: why a store path is in the closure, and which layers the steps lie in."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.common_options import quiet_option
from nixdive.cli.plan_options import opening, plan_options
from nixdive.errors import UnknownPathError
from nixdive.layering.request import pinnable
from nixdive.sizes import prose
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan


_DEEPEST = 40  # steps that are indented


@click.command("why")
@click.argument("source", metavar="INPUT", shell_complete=complete.inputs)
@click.argument("path", shell_complete=complete.packages)
@plan_options
@click.option(
    "--chains",
    type=click.IntRange(1, 1000),
    default=4,
    show_default=True,
    metavar="N",
    help="The most chains to print.",
)
@quiet_option
def command(source: str, path: str, *, chains: int, quiet: bool, **options: Any) -> None:
    """Tell why PATH is in the closure of INPUT: the shortest chains of references from a root.

    PATH is a store path, or the name or package of one. Each step tells its layer and what would
    disappear with it.
    """
    from nixdive.workspace.open import open_workspace

    with diagnostics.progress(quiet=quiet) as progress:
        workspace = open_workspace(opening([source], options), progress)
        closure = workspace.subject.closure
        targets = named(closure, path)
        plan = workspace.priced.plan
    output.lines(line for target in targets for line in why_lines(closure, plan, target, chains))


def named(closure: Closure, text: str) -> list[int]:
    """Return the paths that a text names: a store path, or the name or package of some; the first that fits.

    Raises:
        UnknownPathError: it names none; the hint offers the nearest package.
    """
    for kind in range(4):
        found = [i for i, path in enumerate(closure.paths) if pinnable(path)[kind] == text.rstrip("/")]
        if found:
            return found
    packages = sorted({path.package for path in closure.paths})
    near = difflib.get_close_matches(text, packages, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else None
    raise UnknownPathError(f"{closure.origin}: no path is called {text}", hint=hint)


def why_lines(closure: Closure, plan: LayerPlan, target: int, chains: int) -> Sequence[str]:
    """Return the chains that lead to a path, for people: a line for each step, indented by its depth.

    Deep down the indent stays: that of a chain of thousands would be most of what is printed.
    """
    from nixdive.closure.why import shortest_chains

    layer_of = plan.layer_of()
    found = shortest_chains(closure, target, chains)
    lines = [f"{visible(closure.paths[target].name)}  {_facts(closure, target)}"]
    if not found:
        lines += ["  no root needs it"]
    for number, chain in enumerate(found, 1):
        lines.append(f"{number}  {counted(len(chain) - 1, 'step')}")
        for depth, i in enumerate(chain):
            layer = layer_of.get(closure.paths[i])
            where = "in no layer" if layer is None else f"layer {layer + 1}"
            name = visible(closure.paths[i].name)
            lines.append(f"{'  ' * min(depth + 1, _DEEPEST)}{name}  {where}, {_facts(closure, i)}")
    return [*lines, ""]


def _facts(closure: Closure, i: int) -> str:
    if not closure.sized:
        return f"used by {counted(len(closure.referrers[i]), 'path')}"
    return f"NAR {prose(closure.nar_sizes[i])}, added {prose(closure.measures.added_sizes[i])}"
