"""A report as an HTML file: nothing from elsewhere, and nothing of the input as markup."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import MissingExtraError
from nixdive.page import charts, page
from nixdive.visible import visible
from tests.program import run

LIBRARY = "window.Plotly = { react() {} }; // </scrip"
REDIS = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"


class Read(HTMLParser):
    """What an HTML reader finds: the elements with their attributes, and the texts in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.inside = ""  # of which element a text is, as long as no other one has begun or ended
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[self.inside][-1] += data

    def attribute(self, tag: str, name: str) -> list[str]:
        return [value for one, attrs in self.elements if one == tag and (value := attrs.get(name))]


def policy(found: Read) -> dict[str, list[str]]:
    (one,) = (attrs for tag, attrs in found.elements if tag == "meta" and "http-equiv" in attrs)
    assert one["http-equiv"] == "Content-Security-Policy"
    words = [rule.split() for rule in str(one["content"]).split(";")]
    return {first: rest for first, *rest in words}


def shown(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [shown(one) for one in value]
    return {key: shown(one) for key, one in value.items()} if isinstance(value, dict) else value


JSON = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(st.text(), JSON, st.sampled_from(["</script>", "<!--", "<script>", "&lt;", "]]>", "@library@", ""]))
def test_no_text_of_the_input_is_markup(name: str, more: Any, piece: str) -> None:
    document = {"name": name + piece, "more": [more, piece + name]}
    empty, full = Read(page({"name": ""}, LIBRARY)), Read(page(document, LIBRARY))
    assert full.elements == empty.elements
    data, library, ours = full.texts["script"]
    assert json.loads(data) == shown(document)
    assert (library, ours) == tuple(empty.texts["script"][1:])
    assert full.texts["title"] == [visible(name + piece)]


def test_its_policy_allows_the_scripts_in_it_and_no_request() -> None:
    found = Read(page({"name": "app:1"}, LIBRARY))
    rules = policy(found)
    _, *scripts = found.texts["script"]
    hashes = [base64.b64encode(sha256(one.encode()).digest()).decode() for one in scripts]
    assert rules == {
        "default-src": ["'none'"],
        "script-src": [f"'sha256-{one}'" for one in hashes],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    named = [value for _, attrs in found.elements for name in ("src", "href") if (value := attrs.get(name))]
    assert named == []
    assert found.attribute("script", "id") == ["data"]


def test_the_library_can_stand_in_a_page() -> None:
    library = charts()
    assert not re.search(r"</script|<!--|\r|\0", library, re.IGNORECASE)
    assert "treemap" in library


def test_the_same_input_gives_the_same_page() -> None:
    first, again = (run("report", REDIS, "-o", "-", "-q") for _ in range(2))
    assert first.returncode == 0
    assert first.stdout == again.stdout


def test_a_missing_package_is_named_with_the_way_to_install_it(tmp_path: Path) -> None:
    with mock.patch.dict("sys.modules", {"plotly.offline": None}):
        with pytest.raises(MissingExtraError):
            charts()
        done = run("report", REDIS, "-o", tmp_path / "report.html", "-q")
        assert run("report", REDIS, "--json", "-q").returncode == 0
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "nixdive: a report needs the package plotly, which is not installed",
        "hint: pip install 'nixdive[report]', or plotly beside nixdive",
    ]
    assert list(tmp_path.iterdir()) == []
