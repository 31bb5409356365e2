"""The plans: nixpkgs' own results, and what holds for all."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import BudgetError, PinError, PlanError
from nixdive.layering.plan import problems
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.strategies import STRATEGIES, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure

DATA = Path(__file__).parents[1] / "data"
GOLDEN = json.loads(gzip.decompress((DATA / "golden/layers-nixpkgs.json.gz").read_bytes()))
FILES = sorted(GOLDEN)
PIPELINES = {most: json.dumps([["popularity_contest"], ["limit_layers", most - 1]]) for most in (2, 7, 125)}
REDIS = "debstore-redis-v1.path-info.json.gz"


@pytest.mark.parametrize("name", FILES)
def test_layers_are_those_of_nixpkgs(name: str, closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named(name)
    free = tuple(range(len(closure)))
    reach = [0] * len(closure)
    for i in closure.topological:
        reach[i] = 1 << i
        for target in closure.references[i]:
            reach[i] |= reach[target]

    def size(layer: Sequence[int]) -> int:
        whole = 0
        for i in layer:
            whole |= reach[i]
        return sum(s for i, s in enumerate(closure.nar_sizes) if whole >> i & 1)

    for limit, layers in GOLDEN[name]["auto"].items():
        groups = STRATEGIES.get("nixpkgs")(Task(closure, free, frozenset(), int(limit)))
        ours = [group.members for group in groups]
        assert {tuple(layer) for layer in layers} == set(ours)
        assert [size(layer) for layer in layers] == [size(layer) for layer in ours]


@pytest.mark.parametrize("name", FILES)
def test_popularity_is_that_of_nixpkgs(name: str, closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named(name)
    task = Task(closure, tuple(range(len(closure))), frozenset(), len(closure))
    groups = STRATEGIES.get("popularity")(task)
    assert [group.members[0] for group in groups] == GOLDEN[name]["popularity_order"]


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES.names() if name != "keep"])
@pytest.mark.parametrize("budget", [2, 7, 125])
def test_every_path_lies_in_one_layer_and_pins_hold(
    strategy: str, budget: int, closure_named: Callable[[str], Closure]
) -> None:
    closure = closure_named(REDIS)
    pin = Pin("libc6", "base")
    plan = solve(closure, PlanRequest(strategy, budget, (pin,), (closure.paths[3],), PIPELINES[budget]))
    assert problems(closure, plan) == []
    (pinned,) = (layer for layer in plan.layers if layer.pin == "base")
    assert all(pin.matches(path) for path in pinned.paths)


def test_errors_name_their_cause(closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named(REDIS)
    with pytest.raises(BudgetError, match=r"budget 1 is below the 1 pin \+ rest = 2 layers"):
        solve(closure, PlanRequest(max_layers=1, pins=(Pin("libc6", "base"),)))
    with pytest.raises(BudgetError, match="10001 layers is not between 1 and 10000"):
        solve(closure, PlanRequest(max_layers=10_001))
    with pytest.raises(PinError, match="libc7") as caught:
        solve(closure, PlanRequest(pins=(Pin("libc7", "base"),)))
    assert "libc6" in str(caught.value.hint)
    with pytest.raises(PinError, match="both claim"):
        solve(closure, PlanRequest(pins=(Pin("libc6", "a"), Pin("libc*", "b"))))
    with pytest.raises(PlanError, match="none"):
        solve(closure, PlanRequest("keep"))
