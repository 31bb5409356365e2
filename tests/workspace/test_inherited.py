"""What the plan of an earlier image asks for holds on in the next version, as that of a plan file does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nixdive.image.write import write_image
from nixdive.layering.planwriter import plan_toml
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from nixdive.workspace.shell_command import shell_command
from tests.hearing import Hearing
from tests.opening.images import docker_archive, store_layer

if TYPE_CHECKING:
    from pathlib import Path

PINS = (Pin("musl", "base"), Pin("lua*", "scripts"))
NOTHING = PlanOptions()
ASKED = PlanRequest("churn", 11, PINS, rates=(("sqlite", 0.7),))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo as it was pushed, with its plan in the label."""
    demo, file = open_demo(), tmp_path_factory.mktemp("pushed") / "image.tar"
    spec = replace(demo.spec, compression="none")
    write_image(demo.to_write(solve(demo.closure, ASKED, demo.frame), spec), file)
    return str(file)


def asks(
    image: str, options: PlanOptions = NOTHING, *, replan: bool = False
) -> tuple[PlanRequest, list[str]]:
    """What is asked of the next version, and what is said of it."""
    heard = Hearing()
    what = OpenRequest((), options, (image,), demo=True, replan=replan)
    workspace = open_workspace(what, heard)
    return workspace.priced.plan.request, [note for note in heard.notes if note.startswith(f"{image}: ")]


def test_pins_budget_and_rates_hold_on_and_a_line_says_so(image: str, tmp_path: Path) -> None:
    request, notes = asks(image)
    assert (request.max_layers, request.pins, request.rates) == (11, PINS, ASKED.rates)
    assert notes == [f"{image}: kept from its plan: budget 11, 2 pins and 1 rate"]
    file = tmp_path / "demo.plan.toml"
    again = open_workspace(OpenRequest((), against=(image,), demo=True)).priced.plan
    file.write_text(plan_toml(again))
    saved, _ = asks(image, PlanOptions(plan_file=file))
    assert (saved.max_layers, saved.pins, saved.rates) == (11, PINS, ASKED.rates)


def test_planned_from_scratch_they_hold_as_those_of_a_plan_file(image: str) -> None:
    request, _ = asks(image, replan=True)
    assert (request.max_layers, request.pins, request.carry_on) == (11, PINS, False)


def test_options_go_before_them(image: str) -> None:
    request, (note,) = asks(image, PlanOptions(max_layers=15, pins=(Pin("musl*", "libc"),)))
    assert (request.max_layers, request.pins) == (15, (PINS[1], Pin("musl*", "libc")))
    assert "budget" not in note
    assert note.endswith(
        ": kept from its plan: 1 pin and 1 rate; pins that match nothing here, or claim what another pin"
        " has, are dropped: musl=base"
    )
    more, _ = asks(image, PlanOptions(pins=(Pin("sqlite*", "db"),)))
    assert more.pins == (*PINS, Pin("sqlite*", "db"))


def test_a_pin_of_which_everything_is_excluded_is_dropped(image: str) -> None:
    gone = tuple(path for path in open_demo().closure.paths if PINS[1].matches(path))
    request, (note,) = asks(image, PlanOptions(exclude=gone))
    assert request.pins == PINS[:1]
    assert note.endswith("are dropped: lua*=scripts")


def test_an_image_that_keeps_its_layers_and_one_without_a_plan_stay_as_they_were(
    image: str, tmp_path: Path
) -> None:
    kept = open_workspace(OpenRequest((image,), against=(image,))).priced.plan.request
    assert (kept.strategy, kept.max_layers, kept.pins) == ("keep", 11, PINS)
    other = docker_archive(tmp_path / "b.tar", {"b:1": [store_layer(("a" * 32 + "-musl-1", {"x": b""}))]})
    request, notes = asks(str(other))
    assert (request.max_layers, request.pins, notes) == (open_demo().budget, (), [])
    onto = OpenRequest((str(other),), against=(image,))
    assert open_workspace(onto).priced.plan.request.pins == ()


def test_the_command_for_a_shell_does_not_repeat_them(image: str) -> None:
    what = OpenRequest((), PlanOptions(), (image,), demo=True)
    command = shell_command(open_workspace(what), what, "x.toml")
    assert command.words == ("nixdive", "plan", "demo", "--against", image)
