"""Python's collector of cycles, which looks through all objects again and again while many are made."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SELDOM = (20_000, 10, 10)  # values made between two looks at the young ones; of the others as often as usual


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave cycles uncollected meanwhile: for making tens of thousands of values that are in none.

    It is for the whole process; where two threads do it, the first one that is done ends it.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Take all that is there for what stays until the process ends: the collector looks at it no more.

    Cycles among it that nobody needs later are kept. It looks at the rest less often: what a screen makes for
    a key are tens of thousands of values, nearly all of them in no cycle.
    """
    gc.freeze()
    gc.set_threshold(*_SELDOM)
