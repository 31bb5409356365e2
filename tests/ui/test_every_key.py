"""Every binding has an id and a description, means one thing in one place, and is pressed here.

What a key does is checked in `tests/ui/keys`: a function for each binding, entered in its table by the id.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from textual.actions import parse
from textual.binding import BindingsMap
from textual.keys import _character_to_key

from nixdive.ui.app import NixdiveApp
from nixdive.ui.verbs import BY_ID, FOOTER_RIGHT, FOOTERS, UNBOUND, VERBS
from nixdive.ui.verbs import bindings as verb_bindings
from tests.ui import bindings
from tests.ui.keys.table import KEYS, stage

HERE = Path(__file__).parent
MODULES = sorted(file.stem for file in (HERE / "keys").glob("*.py") if file.stem != "table")
for _module in MODULES:
    importlib.import_module(f"tests.ui.keys.{_module}")

# a key of a pane that stands before the same key of what is around it, on purpose
INNER_FIRST = {
    ("why.next", "filter.next"): "the next chain",
    ("why.previous", "filter.previous"): "the previous chain",
    ("share.next", "filter.next"): "the next image",
    ("share.previous", "filter.previous"): "the previous image",
    ("contents.sort", "sort"): "it sorts files by orders of their own",
    ("contents.added", "compare.all"): "dive's key of the files; in Layers it is dive's key of the layers",
    ("diff.stop", "whole"): "it stops what is being read; else the key goes on to the screen",
    ("leave.leave", "dialog.close"): "ctrl+c twice leaves, as programs do",
}


def test_every_binding_has_an_id_and_a_description() -> None:
    for bound in bindings.stated():
        assert bound.binding.id, bound
        assert bound.binding.description, bound


def test_an_id_means_one_action() -> None:
    meant: dict[str, set[tuple[str, str]]] = {}
    for owner, binding in bindings.stated():
        meant.setdefault(binding.id or "", set()).add((owner.__name__, binding.action))
    assert {one: actions for one, actions in meant.items() if len(actions) > 1} == {}


@pytest.mark.parametrize(("name", "bound"), [pytest.param(*one, id=one[0]) for one in bindings.contexts()])
def test_a_key_means_one_thing_in_one_place(name: str, bound: list[bindings.Bound]) -> None:
    first: dict[str, str] = {}
    for _, binding in bound:
        if binding.key == UNBOUND:
            continue
        inner = first.setdefault(binding.key, binding.id or "")
        assert inner == binding.id or (inner, binding.id) in INNER_FIRST, f"{name}: {binding.key}"


def test_what_stands_before_another_key_is_there() -> None:
    assert {one for pair in INNER_FIRST for one in pair} <= set(bindings.ids())


def test_every_binding_is_pressed() -> None:
    found = {one for one, keys in bindings.ids().items() if keys}
    assert found - set(KEYS) == set(), "bindings without a check in tests/ui/keys"
    assert set(KEYS) - found == set(), "checks of bindings that are no longer there"


def test_all_keys_of_a_verb_lead_to_the_same_action() -> None:
    for where in {verb.where for verb in VERBS}:
        reached = BindingsMap(verb_bindings(where)).key_to_bindings
        for verb in VERBS:
            if verb.where == where:
                names = [_character_to_key(key) if len(key) == 1 else key for key in verb.bound]
                actions = {one.action for key in names for one in reached[key] if one.id == verb.id}
                assert len(actions) == bool(names), verb


def has(kinds: list[type[Any]], action: str) -> bool:
    """Return whether one of some classes has an action that takes the arguments."""
    _, name, arguments = parse(action)
    for kind in kinds:
        method = getattr(kind, f"action_{name}", None) or getattr(kind, f"_action_{name}", None)
        if method is not None:
            inspect.signature(method).bind(None, *arguments)
            return True
    return False


def reached(owner: type[Any], action: str) -> list[type[Any]]:
    """Return the classes that an action of a class may be of."""
    namespace = parse(action)[0]
    if namespace == "app":
        return [NixdiveApp]
    return list(bindings.screens()) if namespace == "screen" else [owner]


def test_every_action_of_a_binding_is_there() -> None:
    for owner, binding in bindings.stated():
        kinds = [kind for kind in bindings.classes() if issubclass(kind, owner)]
        found = any(has(reached(kind, binding.action), binding.action) for kind in kinds)
        assert found, f"{owner.__name__}: {binding.action}"


def test_every_key_of_a_footer_is_of_a_verb() -> None:
    for foot in (*FOOTER_RIGHT, *(foot for feet in FOOTERS.values() for foot in feet)):
        assert {*foot.ids, foot.does or foot.ids[0]} <= set(BY_ID), foot


def test_every_action_that_a_click_runs_is_there() -> None:
    named = Counter(
        words
        for file in (HERE.parents[1] / "nixdive" / "ui").rglob("*.py")
        for words in re.findall(r"[\"']screen\.(?:do\('[\w.-]+'\)|\w+(?=[\"(]))", file.read_text("utf-8"))
    )
    assert len(named) > 5
    for words in set(named) - {'"screen.tcss'}:
        name, _, verb = words[8:].partition("(")
        assert any(hasattr(kind, f"action_{name}") for kind in bindings.screens()), words
        assert not verb or verb.strip("'\")") in BY_ID, words


@pytest.mark.parametrize("module", MODULES)
async def test_every_key_does_what_it_says(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    failed = []
    async with stage() as at:
        for one, keys in bindings.ids().items():
            check = KEYS.get(one)
            if check is None or check.__module__ != f"tests.ui.keys.{module}":
                continue
            await at.set()
            try:
                await check(at, keys[0])
            except Exception as error:  # noqa: BLE001  all keys that fail are told at once
                error.add_note(f"{one}: {keys[0]}")
                failed.append(error)
    if failed:
        raise ExceptionGroup(f"{len(failed)} keys do something else", failed)
