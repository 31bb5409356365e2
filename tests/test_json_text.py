"""JSON, read strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import SourceError
from nixdive.json_text import parsed

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=9)


def parse(text: str | bytes) -> Any:
    return parsed(text, lambda cause: SourceError(f"x: {cause}"))


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner)))
def test_json_is_read(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert parse(text) == parse(text.encode()) == parse(b"\xef\xbb\xbf" + text.encode()) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"path": }]', "x: line 1, column 11: it is not JSON"),
        ("[1,\n2", "x: line 2, column 2: it is not JSON"),
        ("[] []", "x: line 1, column 4: it is not JSON: Extra data"),
        ("[NaN]", "x: it is not JSON: NaN is not a number"),
        ("[-Infinity]", "x: it is not JSON: -Infinity is not a number"),
        ("[" * 100_000, "x: it is nested too deeply"),
        (f"[{'1' * 5000}]", "x: it contains a number with too many digits"),
        ('{"a": 1, "b": 2, "a": 1}', "x: a: it appears twice in one JSON object"),
        ('[{"k": {"b": 2, "b": 3}}]', "x: b: it appears twice in one JSON object"),
        (json.dumps({"k" * 9000: 1})[:-1] + ', "' + "k" * 9000 + '": 2}', "x: kkk"),
        ("[1e400]", "x: it contains a number that is too large"),
        (r'["\ud800"]', "x: it contains text that is not Unicode"),
        (r'["\uDC00\ud800"]', "x: it contains text that is not Unicode"),
        (r'{"a\\\ud83d": 1}', "x: it contains text that is not Unicode"),
        (b"[\xff]", "x: byte 1: it is not UTF-8"),
        (b"\xff\xfe[\0]\0", "x: byte 0: it is not UTF-8"),
    ],
)
def test_what_is_refused_is_told_with_its_place(text: str | bytes, told: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(text)
    assert len(str(caught.value)) < 200
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_whole_pairs_of_surrogates_are_a_character() -> None:
    assert parse(r'["\ud83d\ude00", "\\ud800", "\\\ud83d\ude00"]') == [
        "\U0001f600",
        r"\ud800",
        "\\\U0001f600",
    ]
