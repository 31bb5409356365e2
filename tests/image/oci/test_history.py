"""Which history entries tell of which layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nixdive.image.oci.history import by_layer
from nixdive.image.readers.found import read_image
from nixdive.image.write import write_image
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo, open_subject

if TYPE_CHECKING:
    from pathlib import Path


def step(text: str, *, empty: bool = False) -> dict[str, Any]:
    return {"created_by": text} | ({"empty_layer": True} if empty else {})


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([step("a"), step("b")], [["a"], ["b"]]),
        ([step("x", empty=True), step("a"), step("cmd", empty=True), step("b")], [["x", "a", "cmd"], ["b"]]),
        ([step("a"), step("b"), step("cmd", empty=True)], [["a"], ["b", "cmd"]]),
        ([step("a")], None),
        ([step("a"), step("b"), step("c")], None),
        ("odd", None),
        (None, None),
    ],
)
def test_steps_without_a_layer_stay_with_the_one_before(history: Any, expected: Any) -> None:
    found = by_layer({"history": history}, 2)
    assert (found and [[one["created_by"] for one in steps] for steps in found]) == expected


def test_an_image_that_is_kept_has_the_config_that_it_had(tmp_path: Path) -> None:
    demo, first, second = open_demo(), tmp_path / "first", tmp_path / "second"
    plan = solve(demo.closure, PlanRequest("churn", 12), demo.frame)
    written = write_image(demo.to_write(plan, demo.spec), first)
    found = open_subject([str(first)])
    kept = solve(found.closure, PlanRequest("keep", found.frame.budget(100)), found.frame)
    again = write_image(
        found.to_write(kept, found.spec),
        second,
    )
    assert read_image(second).config == read_image(first).config
    assert again.config_digest == written.config_digest
