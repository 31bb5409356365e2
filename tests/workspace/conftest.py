"""A closure small enough to be seen through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.small import SHAPE, SIZES, closure_of, path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nixdive.closure.closure import Closure


@pytest.fixture
def closure() -> Closure:
    """A closure of five paths."""
    return closure_of(SHAPE, SIZES)


@pytest.fixture
def index(closure: Closure) -> Callable[[str], int]:
    """Give the index of a path of the closure by its name."""
    return lambda name: closure.index[path(name)]


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
