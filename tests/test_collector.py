"""What the collector of cycles is told."""

from __future__ import annotations

import gc

from nixdive.collector import settle, uncollected


def test_what_has_settled_is_looked_at_no_more() -> None:
    here: list[list[int]] = [[] for _ in range(1000)]
    try:
        settle()
        assert not {id(one) for one in gc.get_objects()}.intersection(map(id, here))
    finally:
        gc.unfreeze()


def test_the_collector_rests_and_goes_on() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
