"""The store paths of one layer, as words name them, with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.contents.disk import DiskContents
from nixdive.errors import SourceError
from nixdive.opening.recognise import Form, recognise, root_of
from nixdive.store.nix.disk import disk_root
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.entry import Contents


def layer_paths(words: Sequence[str]) -> tuple[tuple[StorePath, ...], Contents]:
    """Return store paths in the order of the words, each once, and what has their files.

    Nix is not asked where the paths are below the root of the machine.

    Raises:
        SourceError: a word names no store path, or they lie in different stores.
    """
    named = [recognise(word) for word in words]
    for one in named:
        if one.form is not Form.STORE_PATH:
            raise SourceError(f"{one.text}: it is not a store path", hint="a layer is made of store paths")
    paths = tuple(dict.fromkeys(StorePath(one.place) for one in named))
    return paths, DiskContents(root_of(named) or disk_root(paths))
