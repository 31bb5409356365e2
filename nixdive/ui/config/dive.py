"""dive's names for keys: what they are called here, and how dive's own configuration is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nixdive import there
from nixdive.errors import NixdiveError
from nixdive.places import dive_files
from nixdive.ui.config.keymap import Asked
from nixdive.ui.verbs import DIVE
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nixdive.yaml_text import Said

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


def is_default(name: str, keys: str) -> bool:
    """Return whether dive does this on these keys by itself."""
    return _DEFAULTS.get(name, "").split(",") == [key.strip() for key in keys.split(",")]


def read_dive_keys() -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """Return the keys in dive's own configuration, and what of it cannot be read."""
    from nixdive.yaml_text import YamlError, read_yaml  # few people ask for it

    keys: dict[str, Asked] = {}
    notices: list[str] = []
    for file in dive_files():
        shown = visible(str(file))
        try:
            if not there.is_file(file, NixdiveError):  # a pipe would be waited for
                continue
            said = read_yaml(file)
        except NixdiveError as error:
            notices.append(visible(str(error)))
        except OSError as error:
            notices.append(f"{shown}: {there.cause(error, file)}")
        except YamlError as error:
            place = shown if error.line is None else f"{shown}:{error.line}"
            notices.append(f"{place}: {visible(error.cause)}; its keys are ignored")
        else:
            for asked in _keys(said, shown, notices):
                keys.setdefault(asked.name, asked)
    return tuple(keys.values()), tuple(notices)


def _keys(said: Said, file: str, notices: list[str]) -> Iterator[Asked]:
    """Yield the keys in the map `keybinding`, but dive's own defaults."""
    block = said.value.get("keybinding") if isinstance(said.value, dict) else None
    if block is None or block.value is None:
        return
    if not isinstance(block.value, dict):
        notices.append(f"{file}:{block.line}: keybinding is not a map of names and keys")
        return
    for name, wanted in block.value.items():
        texts = wanted.value if isinstance(wanted.value, tuple) else (wanted,)
        written = [one.value for one in texts if isinstance(one.value, str)]
        if len(written) == len(texts):
            keys = ",".join(written)
            if keys and not is_default(name, keys):
                yield Asked(name, DIVE.get(name, ()), keys, f"{file}:{wanted.line}", dives=True)
        elif wanted.value is not None:
            notices.append(
                f"{file}:{wanted.line}: {visible(name)}: keys are written as a text like ctrl+a,up"
            )
