"""What keys do to the plan, without an app: a desk that makes each step at once."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import NixdiveError, PlanError
from nixdive.layering.request import Pin
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.dialogs.pin import PinDialog
from nixdive.ui.main.editing import FILTER, Editing
from nixdive.ui.main.selection import Selection
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.workspace.history import Edit
    from nixdive.workspace.workspace import Workspace


class Desk:
    """Makes steps at once, and answers dialogs as the test says."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.selection = Selection()
        self.keys = KeySigns()
        self.refused: list[NixdiveError] = []
        self.dialogs: list[Any] = []
        self.answer: Any = None

    def edit(self, step: Edit | None) -> None:
        if step is not None:
            history = self.workspace.wanted.did(step)
            self.workspace.wanted = history
            self.workspace.accept(history, self.workspace.plan(history.request))

    def edit_when_shown(self, make: Callable[[], Edit | None]) -> None:
        try:
            self.edit(make())
        except PlanError as error:
            self.refuse(error)

    def refuse(self, error: NixdiveError) -> None:
        self.refused.append(error)

    def ask(self, dialog: Any, decided: Callable[[Any], None], *, classes: str | None = None) -> None:
        assert classes is None
        self.dialogs.append(dialog)
        decided(self.answer)

    def path(self, package: str) -> int:
        paths = self.workspace.subject.closure.paths
        return next(i for i, path in enumerate(paths) if path.package == package)

    def pinned(self) -> tuple[str, ...]:
        """Take the patterns of the last dialog for the pins, as pressing enter does."""
        dialog = self.dialogs[-1]
        assert isinstance(dialog, PinDialog)
        return tuple(dialog._patterns)


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return open_workspace(OpenRequest((), PlanOptions(max_layers=20), demo=True))


@pytest.fixture
def desk(workspace: Workspace) -> Desk:
    return Desk(copy.copy(workspace))


@pytest.fixture
def editing(desk: Desk) -> Editing:
    return Editing(desk)


def test_the_budget_goes_up_and_down_and_stops_at_one(desk: Desk, editing: Editing) -> None:
    for more, expected in ((1, 21), (10, 31), (-10, 21)):
        editing.budget(more)
        assert desk.workspace.shown.request.max_layers == expected
    editing.ask_budget()
    assert desk.workspace.shown.request.max_layers == 21, "a dialog that is left changes nothing"
    desk.answer = 30
    editing.ask_budget()
    assert desk.workspace.shown.request.max_layers == 30


def test_a_strategy_is_taken_and_only_those_that_can_be_are_offered(desk: Desk, editing: Editing) -> None:
    assert "churn" in editing.strategies()
    assert not {"keep", "pipeline"} & set(editing.strategies()), "no layers were found, no pipeline was named"
    desk.answer = "nixpkgs"
    editing.ask_strategy()
    assert desk.workspace.shown.request.strategy == "nixpkgs"


def test_a_pin_is_of_the_path_or_of_all_paths_of_the_layer(desk: Desk, editing: Editing) -> None:
    closure = desk.workspace.subject.closure
    desk.selection = Selection(path=desk.path("musl"))
    editing.pin()
    assert desk.pinned() == ("musl",)
    layers = desk.workspace.priced.plan.layers
    number = next(i for i, layer in enumerate(layers) if len(layer.paths) > 1)
    desk.selection = Selection(number, desk.path("musl"), in_layers=True)
    editing.pin()
    assert {
        path for path in closure.paths for pattern in desk.pinned() if Pin(pattern, "x").matches(path)
    } == {*layers[number].paths}


def test_a_pin_with_added_takes_what_only_the_path_needs(desk: Desk, editing: Editing) -> None:
    closure, path = desk.workspace.subject.closure, desk.path("app-env")
    desk.selection = Selection(path=path)
    editing.pin_with_added()
    taken = [i for i, one in enumerate(closure.paths) if any(Pin(p, "x").matches(one) for p in desk.pinned())]
    assert sum(closure.nar_sizes[i] for i in taken) == closure.measures.added_sizes[path]
    desk.dialogs.clear()
    desk.selection = Selection(path=path, in_layers=True)
    editing.pin_with_added()
    assert desk.dialogs == [], "in the layers it is about no path"


def test_what_a_filter_found_is_pinned_and_without_it_a_remedy_is_said(desk: Desk, editing: Editing) -> None:
    editing.pin_matches()
    assert [(str(error), error.hint) for error in desk.refused] == [("no filter has found anything", FILTER)]
    desk.selection = Selection(found=[desk.path("musl"), desk.path("jq")])
    desk.answer = (Pin("musl", "base"), Pin("jq", "base"))
    editing.pin_matches()
    assert desk.workspace.shown.request.pins == desk.answer


def test_pins_are_taken_away_by_path_and_by_layer(desk: Desk, editing: Editing) -> None:
    desk.answer = (Pin("musl", "base"),)
    desk.selection = Selection(path=desk.path("musl"))
    editing.pin()
    editing.unpin()
    assert desk.workspace.shown.request.pins == ()
    editing.pin()
    layers = desk.workspace.priced.plan.layers
    desk.selection = Selection(next(i for i, one in enumerate(layers) if one.pin == "base"), in_layers=True)
    editing.unpin()
    assert desk.workspace.shown.request.pins == ()


def test_one_mark_and_the_selected_layer_are_merged(desk: Desk, editing: Editing) -> None:
    layers = len(desk.workspace.priced.plan.layers)
    editing.merge()
    assert [error.hint for error in desk.refused] == ["mark the layers first"]
    desk.selection = Selection(2, in_layers=True, marked=[0])
    editing.merge()
    assert len(desk.workspace.priced.plan.layers) == layers - 1


def test_a_path_is_split_off_its_layer_and_a_layer_cut_in_two(desk: Desk, editing: Editing) -> None:
    layers = desk.workspace.priced.plan.layers
    number = next(i for i, layer in enumerate(layers) if len(layer.paths) > 1)
    path = desk.workspace.subject.closure.index[layers[number].paths[0]]
    desk.selection = Selection(number, path)
    editing.split()
    needed = len(layers) + 1
    asked = desk.workspace.shown.before
    assert asked is not None
    words = "" if needed <= asked.request.max_layers else f", budget {needed}"
    assert desk.workspace.shown.now.result == f"a layer of its own{words}"
    desk.selection = Selection(0, None)
    editing.split()
    assert str(desk.refused[-1]) == "nothing is selected"


def test_what_changed_cannot_be_frozen_and_what_is_kept_can(desk: Desk, editing: Editing) -> None:
    marks = desk.workspace.priced.layer_marks
    desk.selection = Selection(marks.index("="), in_layers=True)
    editing.freeze()
    assert desk.workspace.priced.plan.layers[desk.selection.layer].frozen
    editing.split()
    assert desk.refused[-1].hint == "thaw it first"
    editing.freeze()
    assert not desk.workspace.priced.plan.layers[desk.selection.layer].frozen
    desk.refused.clear()
    changed = desk.workspace.priced.layer_marks.index("~")
    desk.selection = Selection(changed, in_layers=True)
    editing.freeze()
    frozen = desk.workspace.priced.plan.layers[changed].frozen
    assert frozen or "the earlier layer cannot stay" in str(desk.refused[-1])


def test_in_the_layers_a_key_is_about_the_largest_path_of_the_layer(desk: Desk) -> None:
    workspace, path = desk.workspace, desk.path("musl")
    closure = workspace.subject.closure
    assert Selection(0, path).asked(workspace) == path
    for number, layer in enumerate(workspace.priced.plan.layers):
        asked = Selection(number, path, in_layers=True).asked(workspace)
        if layer.paths:
            assert asked is not None
            assert closure.nar_sizes[asked] == max(
                closure.nar_sizes[closure.index[one]] for one in layer.paths
            )
        else:
            assert asked is None
    assert Selection(999, path, in_layers=True).layer_in(workspace) is None
