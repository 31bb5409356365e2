"""What prices amount to."""

from __future__ import annotations

import pytest

from nixdive.layering.verdict import verdict


@pytest.mark.parametrize(
    ("once", "each", "words"),
    [
        (0, 0, "free"),
        (0, -5, "free"),
        (0, 5, "dearer with each release"),
        (10, 0, "never pays back"),
        (10, 3, "never pays back"),
        (10, -5, "pays back in 2 releases"),
        (10, -10, "pays back in 1 release"),
        (11, -10, "pays back in 2 releases"),
        (10_000, -10, "pays back in 1000 releases"),
        (10_001, -10, "pays back in more than 1000 releases"),
        (-10, 0, "saves at once"),
        (-10, -1, "saves at once"),
        (-10, 3, "dearer after 4 releases"),
    ],
)
def test_verdicts(once: int, each: int, words: str) -> None:
    assert verdict(once, each) == words
