from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.ui.config.keymap import Asked, Bound, key_named, remap, sign, signs
from nixdive.ui.verbs import UNBOUND

EVERYWHERE = frozenset({""})
BOUND = (
    Bound("quit", ("q",), EVERYWHERE),
    Bound("pin", ("p",), EVERYWHERE),
    Bound("filter", ("slash", "ctrl+f"), EVERYWHERE),
    Bound("tree.sort", ("s",), frozenset({"Closure"})),
    Bound("tree.fold", ("space",), frozenset({"Closure"})),
    Bound("layers.mark", ("space",), frozenset({"Layers"})),
)


def ask(name: str, keys: str, *, dives: bool = False) -> Asked:
    return Asked(name, (name,), keys, "c.toml:3", dives)


@pytest.mark.parametrize(
    ("text", "key", "shown"),
    [
        ("]", "right_square_bracket", "]"),
        ("plus", "plus", "+"),
        ("?", "question_mark", "?"),
        ("shift+a", "A", "A"),
        ("Ctrl+Space", "ctrl+@", "ctrl+space"),
        ("ctrl+slash", "ctrl+underscore", "ctrl+/"),
        ("esc", "escape", "esc"),
        ("pgup", "pageup", "pgup"),
        ("comma", "comma", ","),
        ("alt+x", "alt+x", "alt+x"),
        ("f5", "f5", "f5"),
    ],
)
def test_keys_are_named_as_people_write_them(text: str, key: str, shown: str) -> None:
    assert key_named(text) == key
    assert sign(key) == shown


@pytest.mark.parametrize("text", ["foo", "ctrl+foo", "hyper+x", "ctrl+", "", "+x"])
def test_other_words_are_no_keys(text: str) -> None:
    assert key_named(text) is None


def test_an_action_gets_other_keys() -> None:
    keymap, notices = remap([ask("pin", "plus, f5")], BOUND)
    assert keymap == {"pin": "plus,f5"}
    assert notices == ()
    assert signs(keymap["pin"]) == "+ f5"


def test_no_key_at_all_can_be_asked_for() -> None:
    assert remap([ask("pin", "")], BOUND).keymap == {"pin": UNBOUND}
    assert signs(UNBOUND) == ""


@pytest.mark.parametrize("key", ["ctrl+m", "ctrl+i", "ctrl+h", "ctrl+j"])
def test_keys_that_terminals_cannot_tell_apart_are_passed_over(key: str) -> None:
    keymap, (notice,) = remap([ask("pin", f"{key},x")], BOUND)
    assert keymap == {"pin": "x"}
    assert notice.startswith("c.toml:3: pin: a terminal sends ")
    assert notice.endswith(f" for {key}; ignored")
    assert remap([ask("pin", key)], BOUND).keymap == {}


def test_what_nobody_knows_is_told_with_what_may_be_meant() -> None:
    keymap, (name, key) = remap([ask("pon", "x"), ask("quit", "nokey")], BOUND)
    assert keymap == {}
    assert name == "c.toml:3: no action is called 'pon'; did you mean pin?"
    assert key == "c.toml:3: quit: there is no key 'nokey'"


def test_names_of_dive_that_mean_nothing_here_are_passed_over() -> None:
    assert remap([Asked("extract-file", ("contents.extract",), "x", "d", dives=True)], BOUND) == ({}, ())


def test_a_key_is_taken_from_who_has_it_by_itself() -> None:
    keymap, (notice,) = remap([ask("pin", "q")], BOUND)
    assert keymap == {"pin": "q", "quit": UNBOUND}
    assert notice == "c.toml:3: q is pin now; quit has no key left"
    keymap, (notice,) = remap([ask("pin", "/")], BOUND)
    assert keymap == {"pin": "slash", "filter": "ctrl+f"}
    assert notice == "c.toml:3: / is pin now; filter keeps ctrl+f"


def test_an_action_everywhere_takes_a_key_from_a_pane() -> None:
    keymap, (notice,) = remap([ask("pin", "s")], BOUND)
    assert keymap == {"pin": "s", "tree.sort": UNBOUND}
    assert "tree.sort" in notice


def test_an_action_of_a_pane_covers_one_that_holds_everywhere() -> None:
    keymap, (notice,) = remap([ask("tree.sort", "q")], BOUND)
    assert keymap == {"tree.sort": "q"}
    assert notice == "c.toml:3: q is tree.sort now in Closure; elsewhere it stays quit"


def test_two_that_ask_for_one_key_are_told() -> None:
    keymap, (notice,) = remap([ask("pin", "x"), ask("quit", "x")], BOUND)
    assert keymap == {"pin": "x", "quit": "q"}
    assert notice == "c.toml:3: x is pin already; quit goes without it"


def test_keys_can_be_swapped() -> None:
    assert remap([ask("pin", "q"), ask("quit", "p")], BOUND) == ({"pin": "q", "quit": "p"}, ())


def test_panes_do_not_disturb_each_other() -> None:
    keymap, notices = remap([ask("tree.fold", "f")], BOUND)
    assert notices == ()
    assert keymap["tree.fold"] == "f"
    assert keymap.get("layers.mark", "space") == "space"


KEYS = st.lists(st.sampled_from(["q", "p", "slash", "s", "space", "x", "f5"]), max_size=3).map(",".join)


@given(st.lists(st.builds(ask, st.sampled_from([one.id for one in BOUND]), KEYS), max_size=6))
def test_no_key_has_two_actions_in_one_place(asked: list[Asked]) -> None:
    keymap, _ = remap(asked, BOUND)
    held: dict[tuple[str, str], str] = {}
    for one in BOUND:
        for key in keymap.get(one.id, ",".join(one.keys)).split(","):
            for context in one.contexts:
                if key != UNBOUND:
                    assert held.setdefault((context, key), one.id) == one.id
