"""What all tests share: the folder with extra test data, if there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with extra test data; tests that need it are skipped where it is not set."""
    named = os.environ.get("NIXDIVE_SHARED")
    if not named:
        pytest.skip("NIXDIVE_SHARED names no folder with extra test data")
    return Path(named).absolute()
