"""The earlier version that a plan is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.request import Pin, PlanRequest
from nixdive.opening import baseline_plan, open_subject
from tests.opening.inputs import APP, LIB, LIBC, closure_file, conf_file, path

if TYPE_CHECKING:
    from pathlib import Path


def test_baseline_drops_what_does_not_concern_it(tmp_path: Path) -> None:
    earlier = open_subject([str(closure_file(tmp_path, app=path("d", "old-app-1")))])
    request = PlanRequest(pins=(Pin("Redis*", "x"), Pin("lib", "y")), exclude=(APP, LIBC))
    plan = baseline_plan(earlier, request)
    assert plan.request.pins == (Pin("lib", "y"),)
    assert plan.request.exclude == (LIBC,)


def test_baseline_of_a_conf_is_as_it_was(tmp_path: Path) -> None:
    plan = baseline_plan(open_subject([str(conf_file(tmp_path))]), PlanRequest("single", max_layers=5))
    assert [layer.paths for layer in plan.layers] == [(LIBC,), (LIB, APP)]
