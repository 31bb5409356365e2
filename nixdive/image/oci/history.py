"""The history of an image (image-spec, config.md): which entries belong to which layer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nixdive.store.path import StorePath, store_dir_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_LISTED = "store paths: ["  # how a comment of nixpkgs begins


def layer_steps(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries that made a layer, lowest first."""
    return [step for step in _steps(config) if not step.get("empty_layer")]


def _steps(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    history = config.get("history")
    return [one for one in history if isinstance(one, dict)] if isinstance(history, list) else []


def store_paths_of(step: Mapping[str, Any]) -> tuple[StorePath, ...]:
    """Return the store paths that an entry names, as nixdive and as nixpkgs write it."""
    made_by, comment = step.get("created_by"), step.get("comment")
    if isinstance(comment, str) and comment.startswith(_LISTED):
        words: Sequence[str] = re.findall(r"'([^']*)'", comment)
        if len(words) == 1 and words[0].endswith("-customisation-layer"):
            return ()  # it is made of the files in this path, not of the path
    else:
        words = made_by.split(" ") if isinstance(made_by, str) else ()
    try:
        return tuple(dict.fromkeys(map(StorePath.parse, words)))
    except ValueError:
        return ()


def is_foreign(step: Mapping[str, Any]) -> bool:
    """Return whether a layer whose entry lists store paths was made by neither nixpkgs nor nixdive.

    nixpkgs lists the paths in `comment` and leaves `created_by` out; nixdive lists them in `created_by`.
    """
    comment = step.get("comment")
    return isinstance(comment, str) and comment.startswith(_LISTED) and bool(step.get("created_by"))


def listed_paths(config: Mapping[str, Any], layers: int) -> tuple[tuple[StorePath, ...], ...]:
    """Return the store paths that the history lists for each of so many layers, lowest first.

    None are listed for any layer where the history does not have as many entries as there are layers.
    """
    steps = layer_steps(config)
    return tuple(map(store_paths_of, steps)) if len(steps) == layers else ((),) * layers


def store_dir(config: Mapping[str, Any]) -> str:
    """Return the store directory of an image according to its history; else /nix/store."""
    return store_dir_of(path for step in layer_steps(config) for path in store_paths_of(step))


def by_layer(config: Mapping[str, Any], layers: int) -> tuple[tuple[dict[str, Any], ...], ...] | None:
    """Return the entries of each layer, lowest first, or None if their number does not match the layers.

    Entries without a layer go with the one before them, those at the beginning with the first.
    """
    found: list[list[dict[str, Any]]] = []
    leading: list[dict[str, Any]] = []
    for step in _steps(config):
        if not step.get("empty_layer"):
            found.append([*leading, step])
            leading = []
        else:
            (found[-1] if found else leading).append(step)
    return tuple(map(tuple, found)) if len(found) == layers else None


def command(steps: tuple[dict[str, Any], ...]) -> str:
    """Return what made a layer, in one line, from its last history entry; empty if that does not say."""
    for step in reversed(steps):
        if not step.get("empty_layer"):
            text = step.get("created_by") or step.get("comment")
            if not isinstance(text, str):
                return ""
            if text.startswith(_LISTED):  # as nixpkgs lists the store paths of a layer
                return ", ".join(re.findall(r"'[^']*/[0-9a-z]{32}-([^'/]*)'", text))
            # what docker puts before each command
            text = text.removeprefix("/bin/sh -c ").removeprefix("#(nop) ").strip()
            return " ".join(text.split())
    return ""
