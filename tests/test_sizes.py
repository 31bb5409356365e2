"""Sizes as people write them."""

from __future__ import annotations

import pytest

from nixdive.sizes import size_in


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("800", 800),
        ("2GB", 2 * 10**9),
        (" 2 GB ", 2 * 10**9),
        ("2g", 2 * 10**9),
        ("1.5 MiB", 3 << 19),
        (".5k", 500),
        ("1,000 kB", 10**6),
    ],
)
def test_bytes_are_read(text: str, size: int) -> None:
    assert size_in(text) == size


@pytest.mark.parametrize("text", ["", "much", "2 i", "2ib", "-1", "1e3", "GB", "2GBB", "9" * 41])
def test_what_is_no_size_is_none(text: str) -> None:
    assert size_in(text) is None
