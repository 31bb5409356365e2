"""The store paths of one layer, as words name them, with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.contents.disk import DiskContents
from nixdive.errors import SourceError
from nixdive.opening.recognise import Form, Named, comes_through_pipe, recognise, root_of
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
    for word in words:
        if comes_through_pipe(word):  # it would be waited for
            raise _no_path(word)
    named = [recognise(word) for word in words]
    paths = tuple(dict.fromkeys(map(_path, named)))
    return paths, DiskContents(root_of(named) or disk_root(paths))


def _path(named: Named) -> StorePath:
    try:
        # a file may lie in a store in another directory, as a build with such a store finds it
        return StorePath.parse(named.place if named.form is Form.STORE_PATH else named.text)
    except ValueError:
        raise _no_path(named.text) from None


def _no_path(word: str) -> SourceError:
    return SourceError(f"{word}: it is not a store path", hint="a layer is made of store paths")
