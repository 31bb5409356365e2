"""Files that a test has made are read at once: the cache takes those that changed just now for unsettled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.contents import disk

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def settled_files() -> Iterator[None]:
    """Files that were made just now count as settled, in the module that imports this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "_LATELY", 0)
        yield
