#!/usr/bin/env bash
# Textual: a keymap that takes a key from another binding, or names what does not exist, is taken without a word.
#
# Guess: set_keymap() checks ids and keys, and handle_bindings_clash() is called when two bindings want one key.
# What happens: with {"save": "z"} the binding "finish", whose key z is, loses it, and handle_bindings_clash() is not called: it is called
#   only for bindings without an id. An id that no binding has is passed over. A key that does not exist ("contrl+s")
#   takes the old key away, so that the action cannot be reached any more.
# Why it matters: keymaps are written by users, in a file. The program that reads the file has to check ids, keys and clashes
#   before it hands them on, or a slip of the pen costs a user the key to quit.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages textual==8.2.8

python - <<'END'
import asyncio

from textual.app import App
from textual.binding import Binding


class Keys(App):
    BINDINGS = [
        Binding("s", "note('save')", id="save"),
        Binding("z", "note('finish')", id="finish"),
        Binding("x", "note('nameless')"),
    ]

    def __init__(self):
        super().__init__()
        self.noted, self.clashes = [], set()

    def action_note(self, what):
        self.noted.append(what)

    def handle_bindings_clash(self, clashed_bindings, node):
        self.clashes |= {binding.action for binding in clashed_bindings}


async def pressed(keymap):
    app = Keys()
    async with app.run_test() as pilot:
        app.set_keymap(keymap)
        await pilot.press("s", "z", "x")
        await pilot.pause()
    print(f"{keymap}: s, z, x do {app.noted}; clashes {app.clashes or 'none'}")
    return app.noted, app.clashes


nameless = {"note('nameless')"}
assert asyncio.run(pressed({})) == (["save", "finish", "nameless"], set())
assert asyncio.run(pressed({"save": "z"})) == (["save", "nameless"], set())
assert asyncio.run(pressed({"save": "x"})) == (["finish", "save"], nameless)
assert asyncio.run(pressed({"sav": "z"})) == (["save", "finish", "nameless"], set())
assert asyncio.run(pressed({"save": "contrl+s"})) == (["finish", "nameless"], set())
END
