"""Two versions of a package before, one now: of which comes from which, everything says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from nixdive.closure.closure import Closure
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = pytest.mark.parametrize("order", ["ab", "ba"])
"""The hashes of 1.1.1w and 3.0.14 in both orders."""


def path(letter: str, name: str) -> StorePath:
    """A store path whose hash is one letter."""
    return StorePath(f"/nix/store/{letter * 32}-{name}")


DATA = path("k", "data-1")
NEW = path("c", "openssl-3.0.15")


def olds(order: str) -> tuple[StorePath, StorePath]:
    """Openssl 1.1.1w and 3.0.14."""
    return path(order[0], "openssl-1.1.1w"), path(order[1], "openssl-3.0.14")


def closure_of(app: StorePath, *libraries: StorePath) -> Closure:
    """An app that needs libraries, and data that stays."""
    infos = [PathInfo(DATA, 50_000, ()), *(PathInfo(one, 1_000, ()) for one in libraries)]
    root = PathInfo(app, 10, tuple(one.path for one in infos))
    return Closure.of(PathGraph("test", (root, *infos)))


def before(order: str) -> Closure:
    """The version with 1.1.1w and 3.0.14."""
    return closure_of(path("d", "app-1.0"), *olds(order))


def now() -> Closure:
    """The version with 3.0.15 alone."""
    return closure_of(path("f", "app-2.0"), NEW)


def saved(closure: Closure, file: Path) -> str:
    """Write a closure as `nix path-info --json` prints it, and return the name of the file."""
    infos = [
        {"path": one.path, "narSize": one.nar_size, "references": list(one.references)}
        for one in closure.infos
    ]
    file.write_text(json.dumps(infos))
    return str(file)
