"""Which keys do what: the user's wishes laid over the bindings that there are."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.keys import Keys, _character_to_key, format_key

from nixdive.ui.verbs import BY_ID, UNBOUND, VERBS
from nixdive.visible import visible
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_EVERYWHERE: Final = ""
_ALIKE: Final = {"ctrl+m": "enter", "ctrl+i": "tab", "ctrl+h": "backspace", "ctrl+j": "enter"}
_SPELLINGS: Final = {
    "esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "pgdown": "pagedown",
    "page-up": "pageup", "page-down": "pagedown", "del": "delete", "ins": "insert", "bs": "backspace",
    "arrowup": "up", "arrowdown": "down", "arrowleft": "left", "arrowright": "right", "spacebar": "space",
    "ctrl+space": "ctrl+@", "ctrl+slash": "ctrl+underscore", "ctrl+/": "ctrl+underscore",
}  # fmt: skip
_NAMED: Final = frozenset(key.value for key in Keys if not key.value.startswith("<"))
_SIGNS: Final = {
    "escape": "esc", "ctrl+underscore": "ctrl+/", "ctrl+@": "ctrl+space",
    "pageup": "pgup", "pagedown": "pgdn",
    "up": "up", "down": "down", "left": "left", "right": "right", "enter": "enter", "tab": "tab",
    "space": "space", "backspace": "backspace", "delete": "delete", "home": "home", "end": "end",
    "shift+tab": "shift+tab",
}  # fmt: skip


class Asked(NamedTuple):
    """Other keys for an action.

    Attributes:
        name: the action as it was named: an id of a binding, or a name of dive's.
        ids: the bindings that the name stands for.
        keys: the keys as they were written, separated by commas; empty for none.
        where: file and line, for notices.
        dives: whether the name is one of dive's.
    """

    name: str
    ids: tuple[str, ...]
    keys: str
    where: str
    dives: bool = False


class Bound(NamedTuple):
    """An action with the keys that it has by itself.

    Attributes:
        id: of the binding.
        keys: its keys.
        contexts: the panes in which they hold; the empty one is everywhere.
    """

    id: str
    keys: tuple[str, ...]
    contexts: frozenset[str]


class Remapped(NamedTuple):
    """What became of the wishes.

    Attributes:
        keymap: for each binding whose keys are others now all of them, as App.set_keymap takes them.
        notices: which wishes cannot be met, and which action has lost a key.
    """

    keymap: Mapping[str, str]
    notices: tuple[str, ...]


def key_named(text: str) -> str | None:
    """Return the key that a user has named, as Textual calls it; None where there is no such key."""
    text = text.strip()
    if len(text) == 1:
        return _character_to_key(text)
    *modifiers, last = (
        text.replace("-", "+").split("+") if text.lower().startswith("ctrl-") else text.split("+")
    )
    if not last and modifiers and not modifiers[-1]:  # ctrl++
        last, modifiers = "+", modifiers[:-1]
    modifiers = [one.strip().lower() for one in modifiers]
    name = "+".join((*modifiers, last.lower()))
    if modifiers == ["shift"] and len(last) == 1 and last.isalpha():
        return last.upper()
    name = _SPELLINGS.get(name, name)
    if name in _NAMED or name in _ALIKE or name == "ctrl+@":
        return name
    *modifiers, last = name.split("+")
    if not set(modifiers) <= {"ctrl", "shift", "alt", "super"}:
        return None
    last = _SPELLINGS.get(last, last)
    if len(last) == 1:
        return "+".join((*modifiers, _character_to_key(last)))
    # a sign by its name: plus, question_mark
    named = last in _NAMED or len(format_key(last)) == 1
    return "+".join((*modifiers, last)) if named else None


def sign(key: str) -> str:
    """Return a key as the screen writes it: ctrl+s, ], esc."""
    if key == UNBOUND:
        return ""
    *modifiers, last = key.split("+")
    written = _SIGNS.get(key) or "+".join((*modifiers, _SIGNS.get(last) or format_key(last)))
    return visible(written)


def signs(keys: str) -> str:
    """Return the keys of a binding as the screen writes them, with a blank between."""
    return " ".join(filter(None, dict.fromkeys(map(sign, keys.split(",")))))


@dataclass(frozen=True, slots=True)
class KeySigns:
    """The keys that verbs have now, as the screen writes them.

    Attributes:
        keymap: all keys of those whose keys are others than in the table, as App.set_keymap takes them.
    """

    keymap: Mapping[str, str] = field(default_factory=dict)

    def all(self, verb: str) -> str:
        """Return all keys of a verb, with a blank between."""
        return signs(self.keymap.get(verb, BY_ID[verb].keys))

    def first(self, verb: str) -> str:
        """Return the key that comes first: ^s, esc; nothing where the verb has none."""
        return sign(self.keymap.get(verb, BY_ID[verb].keys).partition(",")[0]).replace("ctrl+", "^")


def remap(asked: Sequence[Asked], bound: Iterable[Bound], others: Iterable[str] = ()) -> Remapped:
    """Lay wishes over bindings.

    A key that is asked for goes to who asks first; it is taken from an action that has it by itself in the
    same pane. An action of a pane only covers one that holds everywhere.

    Args:
        asked: the wishes; what stands earlier counts more.
        bound: the bindings that there are.
        others: ids of bindings of other screens, whose keys meet none of these.
    """
    known = {one.id: one for one in bound}
    elsewhere = set(others)
    notices: list[str] = []
    wanted: dict[str, list[str]] = {}
    places: dict[str, Asked] = {}
    for wish in asked:
        ids = [one for one in wish.ids if one in known or one in elsewhere]
        if not ids and not (wish.dives and wish.ids):
            near = difflib.get_close_matches(wish.name, [*known, *elsewhere], n=1)
            hint = f"; did you mean {near[0]}?" if near else "; ? lists the actions"
            notices.append(f"{wish.where}: no action is called {visible(wish.name)!r}{hint}")
        keys = _keys(wish, notices) if ids else None
        for one in ids:
            if keys is not None and one not in wanted:
                wanted[one], places[one] = list(keys), wish
    for one in tuple(wanted):
        if one in known:
            _settle(one, known, wanted, places, notices)
    # Textual takes a key from all actions on it when one of them is given another
    for one in tuple(wanted):
        for other, bound_keys in ((other, of.keys) for other, of in known.items() if other not in wanted):
            if one in known and set(bound_keys) & set(known[one].keys):
                wanted[other] = list(bound_keys)
    return Remapped({one: ",".join(keys) or UNBOUND for one, keys in wanted.items()}, tuple(notices))


def _keys(wish: Asked, notices: list[str]) -> list[str] | None:
    """Return the keys that are asked for; None where there are none but such that cannot be had."""
    texts = [text for text in wish.keys.split(",") if text.strip()]
    keys = []
    for text in texts:
        key = key_named(text)
        if key is None:
            notices.append(f"{wish.where}: {wish.name}: there is no key {visible(text.strip())!r}")
        elif key in _ALIKE:
            cause = f"a terminal sends {_ALIKE[key]} for {key}"
            notices.append(f"{wish.where}: {wish.name}: {cause}; ignored")
        elif key not in keys:
            keys.append(key)
    return keys if keys or not texts else None


def _settle(
    one: str,
    known: Mapping[str, Bound],
    wanted: dict[str, list[str]],
    places: Mapping[str, Asked],
    notices: list[str],
) -> None:
    """Decide for each key of an action who has it."""
    mine, order = known[one].contexts, tuple(places)
    for key in tuple(wanted[one]):
        for other, bound in known.items():
            keys = wanted.get(other, bound.keys)
            meets = bool(mine & bound.contexts) or _EVERYWHERE in mine | bound.contexts
            if other == one or key not in keys or not meets:
                continue
            covers = _EVERYWHERE in bound.contexts and _EVERYWHERE not in mine
            told = f"{places[one].where}: {sign(key)} is {one} now"
            if covers:
                where = listed(sorted(mine))
                notices.append(f"{told} in {where}; elsewhere it stays {other}")
            elif other not in places:
                left = wanted[other] = [rest for rest in keys if rest != key]
                rest = f"keeps {' '.join(map(sign, left))}" if left else "has no key left"
                notices.append(f"{told}; {other} {rest}")
            elif order.index(other) < order.index(one):
                wanted[one].remove(key)
                notices.append(f"{places[one].where}: {sign(key)} is {other} already; {one} goes without it")
                break
    if not wanted[one] and places[one].keys.strip():
        taken = {key for other, keys in wanted.items() if other != one for key in keys}
        wanted[one] = [key for key in known[one].keys if key not in taken]


def keys_page() -> str:
    """Return docs/keys.md, which `python -m nixdive.ui.config.keymap docs/keys.md` writes."""
    lines = [
        "# Keys",
        "",
        "Every key can be given another action in `config.toml`, by the name in the last column:",
        "",
        "```toml",
        "[keys]",
        '"budget.more" = "plus"',
        'sort = ["s", "f6"]',
        "```",
        "",
        "Below `[dive]` the names of dive's own configuration do the same.",
    ]
    for where in dict.fromkeys(verb.where for verb in VERBS):
        lines += ["", f"## {where}", "", "| keys | what | name | dive's name |", "|---|---|---|---|"]
        for verb in VERBS:
            if verb.where == where:
                shown = " ".join(f"`{key}`" for key in signs(verb.keys).replace("|", "\\|").split())
                dive = f"`{verb.dive}`" if verb.dive else ""
                lines.append(f"| {shown} | {verb.words} | `{verb.id}` | {dive} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(keys_page(), "utf-8")
