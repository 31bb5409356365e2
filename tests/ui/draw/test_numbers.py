"""Numbers as people type them."""

from __future__ import annotations

import pytest

from nixdive.ui.draw.figures import number_in, per_cent


@pytest.mark.parametrize("text", ["", "0", "128", "-1", "1.5", " 1", "1e2", "²", "9" * 5000])
def test_what_is_no_number_of_a_layer_is_none(text: str) -> None:
    assert number_in(text, 127) is None


def test_both_ends_count() -> None:
    assert (number_in("1", 127), number_in("127", 127)) == (1, 127)


@pytest.mark.parametrize(("text", "chance"), [("", None), ("0", 0.0), (" 12.5 % ", 0.125), ("100", 1.0)])
def test_per_cent(text: str, chance: float | None) -> None:
    assert per_cent(text) == chance


@pytest.mark.parametrize("text", ["x", "-1", "101", "nan", "inf", "1 2"])
def test_what_is_no_rate_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="from 0 to 100"):
        per_cent(text)
