from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.request import PlanRequest
from nixdive.workspace.history import Edit, EditHistory


def step(layers: int) -> Edit:
    return Edit(PlanRequest(max_layers=layers), f"budget {layers}")


START = EditHistory.of(PlanRequest(max_layers=100))


def test_a_step_can_be_undone_and_redone() -> None:
    history = START.did(step(10)).did(step(20))
    assert history.request.max_layers == 20
    assert history.undo().request.max_layers == 10
    assert history.undo().redo() == history
    assert history.undo().undone == step(20)


def test_a_new_step_forgets_what_was_undone() -> None:
    history = START.did(step(10)).undo().did(step(20))
    assert [edit.request.max_layers for edit in history.edits] == [100, 20]
    assert history.undone is None


def test_a_step_that_is_unmade_was_never_made() -> None:
    assert START.did(step(10)).unmade() == START
    assert START.unmade() == START


def test_the_steps_that_count_are_those_that_a_drop_keeps_and_what_came_after() -> None:
    history = START.did(step(10)).did(step(20)).did(step(30))
    assert history.steps == (step(10), step(20), step(30))
    drop = replace(step(30), what="drop", kept=(step(10), step(30)))
    dropped = history.did(drop)
    assert dropped.steps == (step(10), step(30))
    assert dropped.did(step(40)).steps == (step(10), step(30), step(40))
    assert dropped.undo().steps == history.steps
    assert START.steps == ()


def test_a_step_in_between_can_be_taken_out() -> None:
    history = START.did(step(10)).did(step(20)).did(step(30)).saved()
    shorter = history.without(2)
    assert [edit.request.max_layers for edit in shorter.edits] == [100, 10, 30]
    assert (shorter.now, shorter.unwritten) == (step(30), 0)


def test_unwritten_steps_are_counted_from_what_was_written() -> None:
    assert START.unwritten == 0
    history = START.did(step(10)).did(step(20))
    assert history.unwritten == 2
    saved = history.saved()
    assert saved.unwritten == 0
    assert saved.undo().unwritten == 1
    assert saved.undo().did(step(30)).unwritten == 2, "what was written can no longer be reached"


@given(st.lists(st.sampled_from(["edit", "undo", "redo", "save", "unmake"]), max_size=40))
def test_every_walk_stays_within_its_steps(walk: list[str]) -> None:
    history = START
    for number, word in enumerate(walk):
        moves = {"undo": history.undo, "redo": history.redo, "save": history.saved, "unmake": history.unmade}
        history = history.did(step(number + 1)) if word == "edit" else moves[word]()
        assert 0 <= history.at < len(history.edits)
        assert history.edits[0] == START.now
        assert history.written is None or 0 <= history.written < len(history.edits)
