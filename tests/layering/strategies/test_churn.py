"""The strategy `churn`: what holds for its plans."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.churn import search as search_module
from nixdive.layering.cost import lower_bound
from nixdive.layering.plan import problems
from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.strategies import STRATEGIES, Task
from nixdive.layering.strategies import churn as churn_module
from nixdive.store.path import PathGraph
from nixdive.store.sources import read_graph
from tests.examples import examples
from tests.layering.made import SEEDS, closure_of, random_closure

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.layering.churn.atoms import Atoms
    from nixdive.layering.churn.draft import Draft
    from nixdive.layering.plan import LayerPlan

DATA = Path(__file__).parents[2] / "data/closures"
# the later desktop is much like the first one, and large
REAL = sorted(file.name for file in DATA.glob("*.path-info.json.gz") if "desktop-4" not in file.name)
OTHERS = ("nixpkgs", "size", "popularity")


def cost_of(plan: LayerPlan, model: ChangeModel) -> float:
    index = model.closure.index
    return model.scenarios.expected(
        [[index[path] for path in layer.paths] for layer in plan.layers], model.closure.nar_sizes
    )


@examples(50)
@given(
    SEEDS,
    st.integers(3, 14),
    st.sets(st.integers(0, 59), max_size=3),
    st.lists(st.tuples(st.integers(0, 59), st.sampled_from(["low", "mine"])), max_size=4),
)
def test_a_partition_in_the_budget_and_no_dearer_than_others(
    seed: int, budget: int, left: set[int], pinned: list[tuple[int, str]]
) -> None:
    closure = random_closure(seed)
    paths = closure.paths
    model = ChangeModel.of(closure)
    exclude = tuple(paths[i] for i in sorted(left) if i < len(paths))
    pins = tuple(Pin(paths[i], name) for i, name in dict(pinned).items() if i < len(paths) and i not in left)
    plan = solve(closure, PlanRequest("churn", budget, pins, exclude), model=model)
    assert problems(closure, plan) == []
    assert not {path for layer in plan.layers for path in layer.paths}.intersection(exclude)
    for pin in pins:
        (layer,) = (layer for layer in plan.layers if layer.pin == pin.layer)
        assert set(layer.paths) == {one.pattern for one in pins if one.layer == pin.layer}
    chances = [layer.change_probability or 0.0 for layer in plan.layers]
    assert chances == sorted(chances)
    assert len({layer.pin for layer in plan.layers if layer.pin}) == len({pin.layer for pin in pins})
    cost = cost_of(plan, model)
    for name in OTHERS:
        other = solve(closure, PlanRequest(name, budget, pins, exclude), model=model)
        assert cost <= cost_of(other, model) * (1 + 1e-9)
    if not exclude:
        assert cost >= lower_bound(model.scenarios.chances, closure.nar_sizes, budget) * (1 - 1e-9)


@pytest.mark.parametrize("name", REAL)
def test_real_closures(name: str, closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named(name)
    model = ChangeModel.of(closure)
    costs = []
    for budget in (2, 10, 25, 100):
        plan = solve(closure, PlanRequest("churn", budget), model=model)
        assert problems(closure, plan) == []
        chances = [model.scenarios.probability(map(closure.find, layer.paths)) for layer in plan.layers]
        assert chances == sorted(chances)
        assert chances == [layer.change_probability for layer in plan.layers]
        cost = cost_of(plan, model)
        for other in OTHERS:
            groups = STRATEGIES.get(other)(Task(closure, tuple(range(len(closure))), frozenset(), budget))
            theirs = model.scenarios.expected([group.members for group in groups], closure.nar_sizes)
            assert cost <= theirs * (1 + 1e-9)
        bound = lower_bound(model.scenarios.chances, closure.nar_sizes, budget)
        assert bound <= cost * (1 + 1e-9)
        costs.append(cost)
    assert all(after <= before * 1.001 for before, after in pairwise(costs)), "more layers cost no more"


@examples(40)
@given(SEEDS, st.integers(1, 12), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(seed: int, budget: int, dice: object) -> None:
    closure = random_closure(seed)
    infos = list(closure.infos)
    dice.shuffle(infos)  # type: ignore[attr-defined]
    request = PlanRequest("churn", budget)
    again = Closure.of(PathGraph("made", tuple(infos)))
    assert solve(closure, request) == solve(again, request)


WORK = """
import sys
from pathlib import Path
from nixdive.closure.closure import Closure
from nixdive.layering.versions import names_of
from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.store.sources import read_graph

old, new = (Closure.of(read_graph(Path(file).read_bytes(), "test")) for file in sys.argv[1:])
plan = solve(old, PlanRequest("churn", 12))
rates = (("app-*", 0.7), ("lib*", 0.01))
carried = names_of(old.paths, [layer.paths for layer in plan.layers])
for request in (
    PlanRequest("churn", 12, (Pin("libc6", "low"),), rates=rates),
    PlanRequest("churn", 40),
    PlanRequest("churn", 8, carried=carried),
):
    print(Planner(new, history=(old,), pushed=(plan,)).solve(request))
"""


def test_the_hash_seed_changes_nothing() -> None:
    files = [DATA / f"debstore-{name}.path-info.json.gz" for name in ("media-v1", "media-v2")]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", WORK, *files],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(outputs) == 1
    assert outputs.pop().count(b"LayerPlan(") == 3


def test_what_was_planned_before_does_not_matter() -> None:
    """Searches are kept by model: with another set of free paths another one is made."""
    closure = Closure.of(read_graph((DATA / REAL[-1]).read_bytes(), "test"))
    model = ChangeModel.of(closure)
    requests = [
        PlanRequest("churn", 9),
        PlanRequest("churn", 9, (Pin("libc6", "low"),)),
        PlanRequest("churn", 30),
        PlanRequest("churn", 9, exclude=closure.paths[:5]),
        PlanRequest("churn", 9),
    ]
    plans = [solve(closure, request, model=model) for request in requests]
    assert plans[0] == plans[-1]
    assert plans == [solve(closure, request) for request in requests]


def test_wishes_and_history_change_the_plan() -> None:
    closure = closure_of([[], [], []], ["a-1", "b-1", "c-1"], [1 << 20] * 3)
    for busy in "abc":
        rates = ((busy, 0.9), ("*", 0.01))
        plan = solve(closure, PlanRequest("churn", 2, rates=rates))
        assert [path.package for path in plan.layers[1].paths] == [busy]
        assert plan.layers[1].reason == "changes by itself, 90%"
        past = tuple(
            closure_of([[], [], []], ["a-1", "b-1", "c-1"], [1 << 20] * 3, [
                100 + n if name == busy else i for i, name in enumerate("abc")
            ])
            for n in range(30)
        )  # fmt: skip
        seen = Planner(closure, history=past).solve(PlanRequest("churn", 2))
        assert [path.package for path in seen.layers[1].paths] == [busy]


def test_reasons() -> None:
    closure = closure_of([[], [0], [1], []], ["a-1", "b-1", "c-1", "d-1"])
    rates = (("a", 0.25), ("*", 0.0))
    plan = solve(closure, PlanRequest("churn", 9, rates=rates))
    model = ChangeModel.of(closure, (), rates)
    chance = model.scenarios.probability([0])
    assert chance == pytest.approx(0.25, abs=0.03)
    assert [layer.reason for layer in plan.layers] == ["never changes", f"changes with a, {chance:.0%}"]
    excluded = PlanRequest("churn", 9, exclude=closure.paths[:1], rates=rates)
    assert [layer.reason for layer in solve(closure, excluded).layers] == [
        "never changes",
        f"changes below, with a, {chance:.0%}",
    ]


@examples(30)
@given(st.lists(st.sampled_from([0, 1, 1 << 20, 1 << 62]), min_size=1, max_size=20), st.integers(1, 6))
def test_any_sizes(sizes: list[int], budget: int) -> None:
    closure = closure_of([[] for _ in sizes], sizes=sizes)
    plan = solve(closure, PlanRequest("churn", budget))
    assert problems(closure, plan) == []
    assert sum(layer.nar_size for layer in plan.layers) == sum(sizes)


@examples(30)
@given(SEEDS, st.lists(st.sets(st.integers(0, 59), max_size=4), min_size=2, max_size=3))
def test_what_was_pinned_before_does_not_matter(seed: int, pinned: list[set[int]]) -> None:
    closure = random_closure(seed)
    model = ChangeModel.of(closure)
    for paths in pinned:
        pins = tuple(Pin(closure.paths[i], "mine") for i in sorted(paths) if i < len(closure))
        request = PlanRequest("churn", 8, pins=pins)
        assert solve(closure, request, model=model) == solve(closure, request)


def test_threads_that_want_the_same_search_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    refined = search_module._refined

    def counting(draft: Draft, glance: Atoms, count: int, *rounds: int) -> Draft:
        made.append(count)
        return refined(draft, glance, count, *rounds)

    monkeypatch.setattr(search_module, "_refined", counting)
    closure = closure_of([[] if i < 20 else [i - 20, i - 19] for i in range(60)], sizes=range(100, 6100, 100))
    task = Task(closure, tuple(range(60)), frozenset(), 20, model=ChangeModel.of(closure))
    alone = churn_module.churn(task)
    once = sorted(made)
    made.clear()
    task = replace(task, model=ChangeModel.of(closure))
    with ThreadPoolExecutor(4) as threads:
        found = [one.result() for one in [threads.submit(churn_module.churn, task) for _ in range(4)]]
    assert found == [alone] * 4
    assert sorted(made) == once
