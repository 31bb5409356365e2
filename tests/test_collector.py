"""What the collector of cycles is told."""

from __future__ import annotations

import gc

from nixdive.collector import settle, uncollected


def test_what_has_settled_is_looked_at_no_more() -> None:
    before = gc.get_threshold()
    here: list[list[int]] = [[] for _ in range(1000)]
    gc.set_threshold(700)
    try:
        settle()
        assert not {id(one) for one in gc.get_objects()}.intersection(map(id, here))
        assert gc.get_threshold()[0] > 700
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_the_collector_rests_and_goes_on() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
