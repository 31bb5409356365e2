"""JSON, read strictly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.json_text import parse

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=9)


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner)))
def test_json_is_read(value: object) -> None:
    assert parse(json.dumps(value), "x") == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"path": }]', "x: line 1, column 11: it is not JSON"),
        ("[1,\n2", "x: line 2, column 2: it is not JSON"),
        ("[] []", "x: line 1, column 4: it is not JSON: Extra data"),
        ("[NaN]", "x: it is not JSON: NaN is no number"),
        ("[-Infinity]", "x: it is not JSON: -Infinity is no number"),
        ("[" * 100_000, "x: it is nested too deeply"),
        (f"[{'1' * 5000}]", "x: it holds a number of too many digits"),
        ('{"a": 1, "b": 2, "a": 1}', "x: a: it is listed twice in one JSON object"),
        ('[{"k": {"b": 2, "b": 3}}]', "x: b: it is listed twice in one JSON object"),
    ],
)
def test_what_is_none_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(MalformedGraphError) as caught:
        parse(text, "x")
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
