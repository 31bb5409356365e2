"""Another user, so that tests run by root meet what may not be read."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Be a user who may not read everything, whoever runs the tests."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that everybody may enter; those of pytest are for its user alone."""
    with tempfile.TemporaryDirectory(prefix="nixdive-test-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder
