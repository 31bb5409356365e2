"""Closures for the tests of layering."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nixdive.closure.closure import Closure
from nixdive.store.info import PathGraph, PathInfo
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[1] / "data"


def _closure_of(file: Path) -> Closure:
    rows = json.loads(gzip.decompress(file.read_bytes()))
    infos = tuple(
        PathInfo(StorePath(row["path"]), row["narSize"], tuple(map(StorePath, row["references"])))
        for row in rows
    )
    return Closure.of(PathGraph(file.name, infos))


@pytest.fixture(scope="session")
def closure_named() -> Callable[[str], Closure]:
    """Give a closure of the test data by the name of its file."""
    return lambda name: _closure_of(DATA / "closures" / name)
