from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.image.oci.config_values import command, command_text, directory, pair, pairs, pairs_text, signal

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(TEXT, max_size=4))
def test_a_command_comes_back(words: list[str]) -> None:
    assert command(command_text(words)) == words
    assert command_text(words).isprintable()


@given(st.lists(st.builds("{}={}".format, TEXT.filter(lambda key: key and "=" not in key), TEXT), max_size=4))
def test_lines_come_back(lines: list[str]) -> None:
    text = pairs_text(lines)
    assert pairs(text) == [pair(line) for line in lines]
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("text", ["A", "=1", '"A=1', '"A"', "[1]"])
def test_what_is_no_line_is_told(text: str) -> None:
    with pytest.raises(ValueError):
        pairs(f"B=1\n{text}")


@pytest.mark.parametrize("text", ["SIGTERM", "KILL", "9", "SIGRTMIN+3"])
def test_signals(text: str) -> None:
    assert signal(text) == text


@pytest.mark.parametrize("text", ["SIGFOO", "RTMIN+99", "SIG TERM", "", "123", "65", "0"])
def test_what_is_no_signal(text: str) -> None:
    with pytest.raises(ValueError, match="not a signal"):
        signal(text)


def test_directories_begin_at_the_root() -> None:
    assert directory("/srv/data") == "/srv/data"
    with pytest.raises(ValueError, match="is not an absolute path"):
        directory("srv")
