#!/usr/bin/env bash
# Textual: text in square brackets vanishes from what is shown, and not everywhere alike.
#
# Guess: a str handed to Static, Tree, OptionList or DataTable is shown as it is.
# What happens: each of them reads it as markup. "pages/[id].js" is shown as "pages/.js", "[a-z]*" as "*", and a closing tag such as
#   "[/usr]" raises MarkupError. There are two parsers: Static and OptionList use Textual's own,
#   which takes "[A]" for a tag, Tree and DataTable use rich's, which shows it. Content(...) and rich's Text(...) are shown as they are.
# Why it matters: file names in image layers come from strangers, and brackets are common in them (routes of web frameworks, globs).
#   A screen that shows them as str hides parts of names, and some names end in an error.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
python_packages textual==8.2.8

python - <<'END'
import asyncio

from rich.text import Text
from textual.app import App
from textual.content import Content
from textual.markup import MarkupError
from textual.widgets import DataTable, OptionList, Static, Tree

NAMES = ["pages/[id].js", "[a-z]*", "[1].so", "[A].txt"]


class Shown(App):
    def __init__(self, name):
        super().__init__()
        self.shown = name

    def compose(self):
        yield Static(f"<{self.shown}>")
        yield OptionList(f"<{self.shown}>")
        yield Tree(f"<{self.shown}>")
        yield DataTable()
        yield Static(Content(f"<{self.shown}>"))
        yield Tree(Text(f"<{self.shown}>"))

    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_column("")
        table.add_row(f"<{self.shown}>")


async def shown(name):
    app = Shown(name)
    async with app.run_test(size=(60, 40)) as pilot:
        await pilot.pause()
        lines = ("".join(part.text for part in line) for line in app.screen._compositor.render_strips())
        return [line[line.index("<") + 1 : line.index(">")] for line in lines if "<" in line]


for name in NAMES:
    found = asyncio.run(shown(name))
    labels = ("Static", "OptionList", "Tree", "DataTable", "Content", "Text")
    print(f"{name}:", dict(zip(labels, found, strict=True)))
    expected = {
        "pages/[id].js": ["pages/.js"] * 4,
        "[a-z]*": ["*"] * 4,
        "[1].so": ["[1].so"] * 4,
        "[A].txt": [".txt", ".txt", "[A].txt", "[A].txt"],
    }[name]
    assert found == [*expected, name, name], found
try:
    Content.from_markup("lib[/usr]")
except MarkupError as error:
    print("lib[/usr]: MarkupError:", error)
else:
    raise AssertionError("a closing tag without an opening one is taken")
END
