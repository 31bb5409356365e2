from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.ui.paste import PasteCleaner, cleaned

START, END = "\x1b[200~", "\x1b[201~"
TEXT = st.text(alphabet="ab\x1b[201~\t\n\x00\x7f\x9b;mA")


@given(
    st.lists(st.tuples(st.sampled_from(["a", "\x1b", "\x1b[A", "\x1b[20", "\x1b[<0;1;1M"]), TEXT)), st.data()
)
def test_a_paste_is_cleaned_wherever_reads_end_and_keys_are_not(
    typed: list[tuple[str, str]], data: st.DataObject
) -> None:
    pastes = [(keys, text.replace(END, "")) for keys, text in typed]
    pastes = [(keys, text) for keys, text in pastes if END not in f"{text}{END[:-1]}"]
    whole = "".join(f"{keys}{START}{text}{END}" for keys, text in pastes)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    cleaner = PasteCleaner()
    fed = [cleaner.feed(whole[a:b]) for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert "".join(fed) == "".join(f"{keys}{START}{cleaned(text)}{END}" for keys, text in pastes)


@pytest.mark.parametrize("key", ["\x1b", "\x1b[", "\x1b[200", "a"])
def test_keys_are_passed_on_at_once(key: str) -> None:
    assert PasteCleaner().feed(key) == key


@given(TEXT)
def test_clean_text_has_lines_and_no_other_controls(text: str) -> None:
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", cleaned(text))
    assert cleaned("a\tb\x1b[31mc\nd") == "a b[31mc\nd"
