"""Counts and lists in words."""

from __future__ import annotations

import pytest

from nixdive.words import counted, listed, percent


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
