"""`pipeline`: what nixpkgs' `layeringPipeline` makes of the closure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import BudgetError, PipelineError
from nixdive.layering.pipeline.parse import pipeline_of
from nixdive.layering.pipeline.stages import Graph, graphs_in
from nixdive.layering.strategies import Group, Task
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence


def pipeline(task: Task) -> Sequence[Group]:
    """Run the pipeline of the task on the paths that are free: same layers and order as nixpkgs.

    Pinned and excluded paths are not in its graph. Paths that the pipeline removes come in a group that is
    left out.

    Raises:
        PipelineError: there is no pipeline, or a stage cannot do its work; it names stage and position.
        BudgetError: it makes more layers than the budget allows.
    """
    if task.pipeline is None:
        raise PipelineError("the strategy pipeline needs a pipeline", hint="name its file: --pipeline FILE")
    made = pipeline_of(task.pipeline)(Graph.of(task.closure, task.free))
    if isinstance(made, Graph):
        raise PipelineError(
            "the pipeline ends with one graph, not with groups",
            hint='end with a stage that makes groups, like ["popularity_contest"], ["limit_layers", 20]',
        )
    layers = [graph.vertices for graph in graphs_in(made) if graph.vertices]
    if len(layers) > task.limit:
        raise BudgetError(
            f"the pipeline makes {counted(len(layers), 'layer')}, the budget has room for {task.limit}",
            hint=f'raise --max-layers, or end the pipeline with ["limit_layers", {task.limit}]',
        )
    groups = [Group(layer, f"group {number} of the pipeline") for number, layer in enumerate(layers, 1)]
    gone = set(task.free).difference(*layers)
    if gone:
        groups.append(Group(tuple(sorted(gone)), "removed by the pipeline", left_out=True))
    return groups
