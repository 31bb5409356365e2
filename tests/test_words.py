"""Counts and lists in words."""

from __future__ import annotations

import pytest

from nixdive.words import brief_change, counted, listed, percent


def test_only_one_is_one() -> None:
    assert [counted(number, "path") for number in (0, 1, 2)] == ["0 paths", "1 path", "2 paths"]


@pytest.mark.parametrize(
    ("words", "most", "text"),
    [
        ((), None, ""),
        (("a",), None, "a"),
        (("a", "b"), None, "a and b"),
        (("a", "b", "c"), None, "a, b and c"),
        (("a", "b", "c"), 3, "a, b and c"),
        (("a", "b", "c"), 2, "a, b and 1 more"),
        ((1, 2, 3), 1, "1 and 2 more"),
    ],
)
def test_lists_are_those_of_a_sentence(words: tuple[object, ...], most: int | None, text: str) -> None:
    assert listed(iter(words), most) == text


@pytest.mark.parametrize(
    ("chance", "text"),
    [
        (0, "0%"),
        (0.001, "<1%"),
        (0.005, "<1%"),
        (0.0051, "1%"),
        (0.125, "12%"),
        (0.012, "1%"),
        (0.126, "13%"),
        (1, "100%"),
    ],
)
def test_chances_are_whole_and_a_small_one_is_not_none(chance: float, text: str) -> None:
    assert percent(chance) == text


@pytest.mark.parametrize(
    ("now", "was", "text"),
    [
        (4.1, 4.1, ""),
        (4.16, 4.14, ""),
        (4.2, 4.14, "+0.06 s"),
        (8.0, 9.3, "−1.3 s"),
        (720.0, 60.0, "+11 min"),
        (0.2, 0.9, "−0.70 s"),
    ],
)
def test_how_much_longer_something_takes(now: float, was: float, text: str) -> None:
    assert brief_change(now, was) == text
