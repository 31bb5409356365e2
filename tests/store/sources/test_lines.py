"""Texts of one fact per line."""

from __future__ import annotations

import pytest

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.lines import Lines


@pytest.mark.parametrize("text", ["a\n7\nb\nc\n", "a\n7\nb\nc", "a\n7\nb\nc\n\n\n"])
def test_lines_are_taken_one_after_the_other(text: str) -> None:
    lines = Lines(text, "x")
    assert lines.take("a path") == "a"
    assert lines.number("its size", "a") == 7
    assert lines.many(2, "references", "a") == ["b", "c"]
    assert not lines


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "many", "1 ", "¹", "٣", "1" * 20])
def test_what_is_no_number(text: str) -> None:
    lines = Lines(f"a\n{text}\nb", "x")
    lines.take("a path")
    with pytest.raises(MalformedGraphError) as caught:
        lines.number("its size", "a")
    assert str(caught.value) == f"x: a: line 2: its size should stand here, not {text!r}"


def test_the_end_is_told_with_what_should_stand_there() -> None:
    with pytest.raises(MalformedGraphError, match="x: a: the file ends before its size"):
        Lines("", "x").number("its size", "a")
    with pytest.raises(MalformedGraphError, match="x: a: the file ends after 2 of 1000000000000 references"):
        Lines("b\nc", "x").many(10**12, "references", "a")
