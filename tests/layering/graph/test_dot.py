"""DOT, as its text is; tests/conformance/test_graphviz.py has Graphviz read it."""

from __future__ import annotations

import re

import pytest

from nixdive.errors import MalformedGraphError
from nixdive.layering.graph.dot import dot
from nixdive.store.sources.dot import parse
from tests.layering.graph.drawn import small
from tests.small import path


def test_layers_are_clusters_and_the_rest_stands_outside() -> None:
    lines = dot(small()).splitlines()
    assert lines[0] == 'digraph "small:v1" {'
    start = lines.index("  subgraph cluster_1 {")
    end = lines.index("  }", start)
    assert r'label="layer 1, 2.88 MiB, changes in ' in lines[start + 1]
    assert r'\npinned: low &amp; \"slow\\"' in lines[start + 1]
    assert [line.split('"')[1] for line in lines[start + 2 : end]] == [path("lib-2.0"), path("libc-2.39")]
    assert sum(line.startswith("  subgraph") for line in lines) == 3
    (outside,) = [line for line in lines if line.startswith(f'  "{path("data-5")}" [')]
    assert ' [label="data-5\\n488 KiB", package="data", version="5", root="false", ' in outside


def test_arrows_lead_to_what_is_needed() -> None:
    arrows = re.findall(r'^  "([^"]+)" -> "([^"]+)";$', dot(small()), re.MULTILINE)
    assert set(arrows) == set(small().edges)


def test_it_is_not_taken_for_a_graph_of_nix() -> None:
    """There the arrows lead the other way."""
    with pytest.raises(MalformedGraphError, match="it is not a statement of a Nix graph"):
        parse(dot(small()), "x.dot")
