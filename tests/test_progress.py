"""Work that is many calls away from who wants it."""

from __future__ import annotations

import pytest

from nixdive.errors import Cancelled
from nixdive.progress import NullProgress, go_on, wanted


class Stopped(NullProgress):
    """Nobody wants it."""

    def cancelled(self) -> bool:
        return True


def test_work_goes_on_where_it_is_wanted_and_where_nobody_says() -> None:
    go_on()
    with wanted(NullProgress()):
        go_on()
        with wanted(Stopped()), pytest.raises(Cancelled):
            go_on()
        go_on()
    go_on()
