"""dive's names for keys: what they are called here, and how dive's own configuration is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nixdive.ui.config.keymap import Asked
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "quit": ("quit",),
    "toggle-view": ("pane.next",),
    "filter-files": ("filter",),
    "close-filter-files": ("filter.close",),
    "up": ("list.up",),
    "down": ("list.down",),
    "left": ("tree.close", "contents.close"),
    "right": ("tree.open", "contents.open"),
    "page-up": ("list.page-up",),
    "page-down": ("list.page-down",),
    "compare-all": ("compare.all",),
    "compare-layer": ("compare.layer",),
    "toggle-collapse-dir": ("contents.fold",),
    "toggle-collapse-all-dir": ("contents.fold-all",),
    "toggle-added-files": ("contents.added",),
    "toggle-removed-files": ("contents.removed",),
    "toggle-modified-files": ("contents.modified",),
    "toggle-unmodified-files": ("contents.unmodified",),
    "toggle-filetree-attributes": ("contents.attributes",),
    "toggle-sort-order": ("contents.sort",),
    "toggle-wrap-tree": ("contents.wrap",),
    "extract-file": ("contents.extract",),
}
"""For each name of dive's the bindings that do it here."""

# a file that only repeats these says nothing new; the two that cannot be had here are told of
_DEFAULTS: Final[Mapping[str, str]] = {
    "quit": "ctrl+c",
    "toggle-view": "tab",
    "filter-files": "ctrl+f,ctrl+slash",
    "close-filter-files": "esc",
    "up": "up,k",
    "down": "down,j",
    "left": "left,h",
    "right": "right,l",
    "page-up": "pgup,u",
    "page-down": "pgdn,d",
    "compare-all": "ctrl+a",
    "compare-layer": "ctrl+l",
    "toggle-collapse-dir": "space",
    "toggle-collapse-all-dir": "ctrl+space",
    "toggle-added-files": "ctrl+a",
    "toggle-removed-files": "ctrl+r",
    "toggle-unmodified-files": "ctrl+u",
    "toggle-filetree-attributes": "ctrl+b",
    "toggle-sort-order": "ctrl+o",
    "extract-file": "ctrl+e",
}
_PAIR = re.compile(r"""(?P<key>[A-Za-z0-9_."'-]+)\s*:(?:\s+(?P<value>.*))?$""")
_COMMENT = re.compile(r"""((?:"[^"]*"|'[^']*'|[^'"#]|(?<=\S)#)*)""")


def is_default(name: str, keys: str) -> bool:
    """Return whether dive does this on these keys by itself."""
    return _DEFAULTS.get(name, "").split(",") == [key.strip() for key in keys.split(",")]


def dive_files(environment: Mapping[str, str]) -> list[Path]:
    """Return the files that dive reads, the one that counts most first."""
    home = Path(environment.get("HOME", "/"))
    folders = [environment.get("XDG_CONFIG_HOME", ""), str(home / ".config")]
    found = [home / ".dive.yaml", home / ".dive.yml"]
    for folder in dict.fromkeys(folder for folder in folders if folder.startswith("/")):
        place = Path(folder) / "dive"
        try:
            found += sorted(file for file in place.iterdir() if file.suffix in {".yaml", ".yml"})
        except OSError:
            continue
    return found


def read_dive_keys(environment: Mapping[str, str]) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """Return the keys in dive's own configuration, and what of it cannot be read."""
    keys: list[Asked] = []
    notices: list[str] = []
    for file in dive_files(environment):
        try:
            text = file.read_text("utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            cause = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
            notices.append(f"{visible(str(file))}: {cause}")
            continue
        known = {asked.name for asked in keys}
        keys += (asked for asked in parse_dive_keys(text, visible(str(file))) if asked.name not in known)
    return tuple(keys), tuple(notices)


def parse_dive_keys(text: str, file: str) -> Iterator[Asked]:
    """Yield the keys in the block `keybinding:` of a YAML text, but dive's own defaults.

    Understood is a block of plain values, as dive's documentation has it; all else is passed over.
    """
    inside, indent = False, 0
    for number, raw in enumerate(text.splitlines(), 1):
        matched = _COMMENT.match(raw)
        line = (matched[1] if matched else raw).rstrip()
        depth = len(line) - len(line.lstrip(" "))
        pair = _PAIR.match(line.strip())
        if not line.strip():
            continue
        if not depth:
            inside, indent = pair is not None and _plain(pair["key"]) == "keybinding", 0
        elif inside and pair is not None:
            indent = indent or depth
            name, keys = _plain(pair["key"]), _plain(pair["value"] or "")
            if depth == indent and keys and not is_default(name, keys):
                yield Asked(name, ACTIONS.get(name, ()), keys, f"{file}:{number}", dives=True)


def _plain(text: str) -> str:
    text = text.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text
