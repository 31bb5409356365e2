"""Closures for the tests of layering."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nixdive.closure.closure import Closure
from nixdive.store.sources import read_graph

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def closure_named(request: pytest.FixtureRequest) -> Callable[[str], Closure]:
    """Give a closure of the test data by the name of its file."""
    read: dict[str, Closure] = {}

    def closure_of(name: str) -> Closure:
        if name not in read:
            file = DATA / "closures" / name
            if not file.exists():
                file = request.getfixturevalue("shared") / "data/closures" / name
            read[name] = Closure.of(read_graph(file.read_bytes(), name))
        return read[name]

    return closure_of
