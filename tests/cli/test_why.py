"""Why a path is there, as people ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdive.cli.why import named, why_lines
from nixdive.closure.closure import Closure
from nixdive.errors import UnknownPathError
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.store.path import PathGraph, PathInfo, StorePath
from nixdive.store.sources import read_graph

FILE = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"
CLOSURE = Closure.of(read_graph(FILE.read_bytes(), "redis"))
PLAN = solve(CLOSURE, PlanRequest("single", 3))


def test_a_path_is_named_by_path_name_or_package() -> None:
    (target,) = named(CLOSURE, "libc6")
    path = CLOSURE.paths[target]
    assert named(CLOSURE, path) == named(CLOSURE, f"{path}/") == named(CLOSURE, path.name) == [target]
    with pytest.raises(UnknownPathError, match="no path is called libc7") as caught:
        named(CLOSURE, "libc7")
    assert caught.value.hint == "did you mean libc6?"


def test_chains_lead_from_a_root_to_the_path() -> None:
    (target,) = named(CLOSURE, "libssl3")
    lines = list(why_lines(CLOSURE, PLAN, target, 3))
    assert lines[0].startswith(CLOSURE.paths[target].name)
    assert lines[1][0] == "1"
    steps = [line for line in lines if line.startswith("  ")]
    assert steps[0].split()[0] == "app-redis-v1"
    assert all("layer 1, NAR" in line for line in steps)
    assert sum(line[:1] in {"1", "2", "3"} for line in lines) == 3
    (root,) = CLOSURE.roots
    assert why_lines(CLOSURE, PLAN, root, 3)[1] == "1  0 steps"


def test_a_chain_of_thousands_is_printed_in_as_many_lines_of_few_bytes() -> None:
    names = [StorePath(f"/nix/store/{i:032d}-link-{i}") for i in range(3000)]
    infos = tuple(PathInfo(name, 1, tuple(names[i + 1 : i + 2])) for i, name in enumerate(names))
    chain = Closure.of(PathGraph("chain", infos, (), sized=True))
    lines = list(why_lines(chain, solve(chain, PlanRequest("single", 3)), chain.index[names[-1]], 1))
    assert [line.split()[0] for line in lines[2:-1]] == [name.name for name in names]
    assert max(map(len, lines)) < 200
