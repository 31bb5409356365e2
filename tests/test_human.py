"""Times, ages and lists as people say them."""

from __future__ import annotations

import time

from nixdive.human import ago, duration, exactly, number, several


def test_what_nobody_knows_for_certain_is_said_in_one_unit() -> None:
    assert [duration(seconds) for seconds in (-3, 0.2, 8, 59.4, 125, 3720)] == [
        "a moment",
        "a moment",
        "8 seconds",
        "59 seconds",
        "2 minutes",
        "an hour",
    ]


def test_what_was_measured_is_said_to_the_tenth() -> None:
    assert [exactly(seconds) for seconds in (0.0, 8.31, 125)] == [
        "0 seconds",
        "8.3 seconds",
        "2 minutes and 5 seconds",
    ]


def test_what_never_ends_takes_a_hundred_years() -> None:
    assert duration(float("inf")) == "100 years"
    assert exactly(1e30) == "100 years"


def test_ages() -> None:
    now = time.time()
    assert ago(now - 190) == "3 minutes ago"
    assert ago(now - 3 * 86400 - 10) == "3 days ago"
    assert ago(now + 100) == "now", "a clock that was set back"


def test_numbers_have_their_thousands_apart() -> None:
    assert [number(count) for count in (0, 999, 1000, 1234567)] == ["0", "999", "1,000", "1,234,567"]


def test_only_so_many_are_named() -> None:
    assert [several(list("abcdef")[:count], 2) for count in (0, 1, 2, 3, 6)] == [
        "",
        "a",
        "a and b",
        "a, b and 1 more",
        "a, b and 4 more",
    ]
