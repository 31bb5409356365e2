"""An image that is opened again keeps what its plan asked for: pins, rates, frozen layers, the budget."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.image.materials import plan_text
from nixdive.image.oci.config import whole_config
from nixdive.image.write import write_image
from nixdive.layering.pins import as_found
from nixdive.layering.plan import Frame
from nixdive.layering.planfile import parse_plan
from nixdive.layering.planwriter import plan_toml
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo
from nixdive.workspace import edits
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from tests.hearing import Hearing
from tests.small import SHAPE, SIZES, closure_of, path
from tests.workspace.figures import do

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.workspace import Workspace

PINS = (Pin("musl", "base"), Pin("lua*", "scripts"))
ASKED = PlanRequest("churn", 12, PINS, rates=(("sqlite", 0.7),), horizon=3)


def write(folder: Path, request: PlanRequest, label: LayerPlan | None = None) -> tuple[str, LayerPlan]:
    """Write the demo, its plan or another one in its label."""
    demo = open_demo()
    plan = solve(demo.closure, request, demo.frame)
    config = {} if label is None else whole_config({}, plan_text=plan_toml(label))
    spec = replace(demo.spec, compression="none", config=config)
    write_image(demo.to_write(plan, spec), folder / "image.tar")
    return str(folder / "image.tar"), plan


def written_again(workspace: Workspace, folder: Path) -> WrittenImage:
    spec = replace(workspace.subject.spec, compression="none")
    return workspace.write(workspace.priced.plan, spec, folder / "again.tar", Hearing())


def asks(workspace: Workspace) -> tuple[object, ...]:
    request = workspace.shown.request
    return request.pins, request.rates, request.frozen, request.max_layers, request.horizon


def test_pins_rates_and_budget_are_kept_with_every_byte(tmp_path: Path) -> None:
    demo = open_demo()
    first = solve(demo.closure, ASKED, demo.frame)
    free = next(layer.paths for layer in first.layers if layer.paths and layer.pin is None)
    file, plan = write(tmp_path, replace(ASKED, frozen=(free[::-1],)))
    workspace = open_workspace(OpenRequest((file,)))
    assert asks(workspace) == (PINS, ASKED.rates, (free[::-1],), 12, 3)
    kept = workspace.priced.plan
    assert kept.request.strategy == "keep"
    assert kept.stored == plan.stored
    assert [(one.pin, one.frozen) for one in kept.layers] == [(one.pin, one.frozen) for one in plan.layers]
    again = written_again(workspace, tmp_path)
    assert (tmp_path / "again.tar").read_bytes() == (tmp_path / "image.tar").read_bytes()
    assert len(again.layers) == len(plan.layers)


def test_they_hold_for_another_strategy_and_options_go_before_them(tmp_path: Path) -> None:
    file, plan = write(tmp_path, ASKED)
    by_option = open_workspace(OpenRequest((file,), PlanOptions("churn")))
    workspace = open_workspace(OpenRequest((file,)))
    edit = edits.strategy(workspace.situation, "churn")
    assert edit is not None
    by_keys = workspace.plan(edit.request)
    assert by_option.priced.plan.layers == by_keys.plan.layers
    assert {one.paths for one in by_keys.plan.layers if one.pin} == {
        one.paths for one in plan.layers if one.pin
    }
    more = PlanOptions("size", 9, (Pin("sqlite", "db"),))
    assert asks(open_workspace(OpenRequest((file,), more)))[::3] == ((*PINS, Pin("sqlite", "db")), 9)


def test_what_is_pinned_on_the_way_is_kept_the_next_time(tmp_path: Path) -> None:
    file, _ = write(tmp_path, ASKED)
    workspace = open_workspace(OpenRequest((file,)))
    unpin = edits.unpin(workspace.situation, lambda pin: pin.layer == "base")
    assert unpin is not None
    do(workspace, unpin)
    do(workspace, edits.rate(workspace.situation, "jq", 0.2))
    written_again(workspace, tmp_path)
    later = open_workspace(OpenRequest((str(tmp_path / "again.tar"),)))
    assert asks(later) == (PINS[1:], (("jq", 0.2), *ASKED.rates), (), 12, 3)


def test_a_label_of_other_layers_asks_for_what_they_meet(tmp_path: Path) -> None:
    demo = open_demo()
    label = solve(demo.closure, ASKED, demo.frame)
    file, _ = write(tmp_path, PlanRequest("single", 3), label)
    heard = Hearing()
    workspace = open_workspace(OpenRequest((file,)), heard)
    assert asks(workspace)[:4] == ((), ASKED.rates, (), 12)
    assert len(workspace.priced.plan.stored) == 1
    (note,) = [note for note in heard.notes if "pins" in note]
    assert note.endswith(
        "pins of its plan that its layers do not meet are dropped: musl=base and lua*=scripts"
    )


def test_a_label_that_cannot_be_read_is_said_and_kept(tmp_path: Path) -> None:
    demo = open_demo()
    plan = solve(demo.closure, PlanRequest("single", 3), demo.frame)
    spec = replace(demo.spec, compression="none", config={"Labels": {"nixdive.plan": "from the future"}})
    file = tmp_path / "image.tar"
    write_image(demo.to_write(plan, spec), file)
    heard = Hearing()
    workspace = open_workspace(OpenRequest((str(file),)), heard)
    assert asks(workspace)[:4] == ((), (), (), 100)
    assert any("its layers stay, but not what it asks for" in note for note in heard.notes)
    written_again(workspace, tmp_path)
    assert (tmp_path / "again.tar").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("pins", [(), (Pin("libc", "base"),)])
def test_kept_layers_of_which_something_is_asked_have_a_plan(pins: tuple[Pin, ...]) -> None:
    closure = closure_of(SHAPE, SIZES)
    plan = solve(closure, PlanRequest("keep", 9, pins), Frame(found=(closure.paths,)))
    text = plan_text(plan, None)
    assert (parse_plan(text, "label").pins if text else ()) == pins


NAMES = tuple(SHAPE)


@given(
    st.lists(st.sampled_from(NAMES), min_size=len(NAMES), max_size=len(NAMES), unique=True),
    st.lists(st.tuples(st.sampled_from((*NAMES, "lib*", "*", "nothing")), st.sampled_from("ab")), max_size=4),
    st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True), max_size=3),
    st.sets(st.integers(1, len(NAMES) - 1)),
)
def test_kept_layers_stay_as_they_were_found_whatever_a_label_says(
    order: list[str], pins: list[tuple[str, str]], frozen: list[list[str]], cuts: set[int]
) -> None:
    closure = closure_of(SHAPE, SIZES)
    ends = [0, *sorted(cuts), len(order)]
    found = tuple(tuple(map(path, order[start:end])) for start, end in pairwise(ends))
    label = PlanRequest(
        "keep",
        20,
        tuple(Pin(pattern, layer) for pattern, layer in pins),
        frozen=tuple(tuple(map(path, layer)) for layer in frozen),
    )
    asked = as_found(label, closure, found)
    plan = solve(closure, asked, Frame(found=found))
    assert plan.stored == found
    for pin in asked.pins:
        (layer,) = [one for one in plan.layers if one.pin == pin.layer]
        assert any(map(pin.matches, layer.paths))


def test_a_stranger_may_pin_everything_to_thousands_of_layers() -> None:
    closure = closure_of(SHAPE, SIZES)
    pins = [Pin(f"absent{i}", f"layer{i}") for i in range(10_000)]
    pins += [Pin("*", f"layer{i}") for i in range(900)]
    label = PlanRequest("keep", 20, tuple(pins), rates=(("absent", 0.5), ("lib*", 0.2)))
    assert as_found(label, closure, [closure.paths]).rates == (("lib*", 0.2),)
    assert as_found(label, closure, [closure.paths]).pins == ()
    assert as_found(replace(label, pins=(*pins[:9000], pins[-1])), closure, [closure.paths]).pins == (
        pins[-1],
    )


@pytest.mark.parametrize(("budget", "said"), [(12, False), (11, True)])
def test_layers_that_do_not_fit_are_not_merged_silently(tmp_path: Path, *, budget: int, said: bool) -> None:
    text, plan = write(tmp_path, PlanRequest("churn", 12))
    assert len(plan.layers) == 12
    heard = Hearing()
    workspace = open_workspace(OpenRequest((text,), asked=PlanOptions(max_layers=budget)), heard)
    assert len(workspace.priced.plan.layers) == budget
    assert any("those are merged that cost least; --strategy churn" in note for note in heard.notes) == said
