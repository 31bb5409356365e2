"""The table of verbs: each does something, and all that is made of it fits."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from textual.actions import parse

from nixdive.ui.config.keymap import keys_page
from nixdive.ui.main.arrangement import Arrangement
from nixdive.ui.main.browsing import Browsing
from nixdive.ui.main.editing import Editing
from nixdive.ui.main.files import Files
from nixdive.ui.main.palette import Palette
from nixdive.ui.main.planning import Planning
from nixdive.ui.main.saving import Saving
from nixdive.ui.main.sharing import Sharing
from nixdive.ui.main.telling import REMEDIES, Telling
from nixdive.ui.verbs import BY_ID, DIVE, FOOTERS, PANES, UNBOUND, VERBS, Verb, bindings

ROOT = Path(__file__).parents[2]
PARTS: dict[str, type[Any]] = {
    "arrangement": Arrangement, "browsing": Browsing, "editing": Editing, "files": Files, "palette": Palette,
    "planning": Planning, "saving": Saving, "sharing": Sharing, "telling": Telling,
}  # fmt: skip


@pytest.mark.parametrize("verb", [verb for verb in VERBS if "." in verb.does], ids=lambda verb: verb.id)
def test_what_a_part_does_is_there_and_takes_what_it_is_given(verb: Verb) -> None:
    part, method, values = parse(verb.does)
    inspect.signature(getattr(PARTS[part], method)).bind(None, *values)


def test_an_id_is_used_once_and_every_place_has_bindings() -> None:
    assert len(BY_ID) == len(VERBS)
    for where in {verb.where for verb in VERBS}:
        assert [one.id for one in bindings(where)] == [verb.id for verb in VERBS if verb.where == where]


def test_names_of_dive_and_remedies_lead_to_verbs() -> None:
    assert {one for ids in DIVE.values() for one in ids} <= set(BY_ID)
    assert {one for ids in REMEDIES.values() for one in ids} <= set(BY_ID)
    assert set(FOOTERS) <= {"", "start", "loading", "found", *PANES}


def test_the_page_of_keys_is_that_of_the_table() -> None:
    page = (ROOT / "docs" / "keys.md").read_text("utf-8")
    assert page == keys_page(), "python -m nixdive.ui.config.keymap docs/keys.md"


async def test_verbs_without_a_key_can_be_chosen_too(demo: Any) -> None:
    async with demo() as (pilot, screen):
        for verb in VERBS:
            if verb.keys == UNBOUND:
                await screen.action_do(verb.id)
                await pilot.pause()
                kind, _, name = verb.id.partition(".")
                shown = screen.shown_tab.id if kind == "tab" else screen.diff_pane.section.lower()
                assert shown == name


def test_the_core_names_no_keys() -> None:
    """What can be done is said in words there; the screen adds the keys that do it."""
    for file in (ROOT / "nixdive").rglob("*.py"):
        if "ui" not in file.parts:
            text = file.read_text("utf-8")
            for phrase in (" thaws it", " takes the pins away", " marks layers", " filters the closure"):
                assert phrase not in text, file
