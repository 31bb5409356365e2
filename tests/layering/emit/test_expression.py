"""Plans as Nix expressions, as far as no Nix is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.errors import PlanError
from nixdive.layering.emit.expression import expression
from nixdive.layering.plan import Frame
from nixdive.layering.planwriter import plan_toml
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.closure.closure import Closure

REDIS = "debstore-redis-v1.path-info.json.gz"


def test_the_plan_file_is_inside(closure_named: Callable[[str], Closure]) -> None:
    plan = solve(closure_named(REDIS), PlanRequest("popularity", 7, (Pin("bash", "shell"),)))
    lines = [line.strip() for line in expression(plan, "redis.tar").splitlines()]
    first = lines.index('format = "nixdive.plan/1"')
    wanted = plan_toml(plan).splitlines()
    assert lines[first : first + len(wanted) + 1] == [*wanted, "'';"]
    assert 'name ? "redis.tar",' in lines


def test_nothing_in_a_plan_ends_its_string(closure_named: Callable[[str], Closure]) -> None:
    plan = solve(closure_named(REDIS), PlanRequest("single", 7, (Pin("bash", "it's '' ${x}"),)))
    assert """layer = "it${"'"}s ${"'"}${"'"} ''${x}\"""" in expression(plan, "redis.tar")


def test_keep_has_nothing_to_keep_in_a_build(closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named(REDIS)
    plan = solve(closure, PlanRequest("keep"), Frame(found=(closure.paths,)))
    with pytest.raises(PlanError, match="keep") as told:
        expression(plan, "redis.tar")
    assert told.value.hint is not None
    assert "--as pipeline" in told.value.hint
