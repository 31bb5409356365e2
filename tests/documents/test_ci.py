"""What `nixdive ci` says in Markdown and in JUnit's XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.documents.ci import code


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("redis:v2", "`redis:v2`"),
        ("a|b", r"`a\|b`"),
        ("a`b", "`` a`b ``"),
        ("``", "``` `` ```"),
        ("<img src=x>", "`<img src=x>`"),
        ("a\nb\x1b[2J", r"`a\nb\x1b[2J`"),
        ("", ""),
    ],
)
def test_a_code_span_holds_any_text(text: str, span: str) -> None:
    assert code(text) == span


@given(st.text())
def test_no_text_leaves_its_code_span(text: str) -> None:
    span = code(text)
    fence = len(span) - len(span.lstrip("`"))
    inner = span[fence : len(span) - fence]
    assert "\n" not in span
    assert "`" * fence not in inner or not fence
    assert inner.replace("\\|", "").count("|") == 0
    ET.fromstring("<a/>").set("b", span)
