"""exportReferencesGraph among structured attributes."""

from __future__ import annotations

from typing import Any

import pytest

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.path_info import structured

APP, LIB, TOOL = (
    f"/nix/store/{letter * 32}-{name}" for letter, name in (("a", "app-1"), ("b", "lib-2"), ("c", "tool-3"))
)


def info(path: str, *references: str, size: int = 10) -> dict[str, Any]:
    return {
        "path": path,
        "narHash": "sha256:0",
        "narSize": size,
        "closureSize": 99,
        "references": [*references],
    }


GRAPH = [info(APP, APP, LIB), info(LIB)]
OTHER = [info(TOOL, LIB), info(LIB)]
REST: dict[str, Any] = {"builder": "/bin/sh", "outputs": {"out": "/nix/store/x"}, "args": ["-e", "x"]}


def test_one_graph_with_its_roots() -> None:
    graph = structured(REST | {"closure": GRAPH, "exportReferencesGraph": {"closure": [APP]}}, "x")
    assert [one.path for one in graph.infos] == [APP, LIB]
    assert graph.infos[0].references == (APP, LIB)
    assert graph.roots == (APP,)


def test_several_graphs_are_one() -> None:
    asked = {"one": APP, "two": [TOOL, LIB]}
    graph = structured({"one": GRAPH, "two": OTHER, "exportReferencesGraph": asked}, "x")
    assert {one.path for one in graph.infos} == {APP, LIB, TOOL}
    assert graph.roots == (APP, TOOL, LIB)


@pytest.mark.parametrize("asked", [None, {}, {"closure": "/nix/store/elsewhere"}, {"closure": [7]}, [APP]])
def test_roots_that_are_not_told(asked: Any) -> None:
    assert structured({"closure": GRAPH, "exportReferencesGraph": asked}, "x").roots == ()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (REST, "x: none of its keys holds a closure"),
        ({"one": GRAPH, "two": [info(LIB, size=11)]}, f"x: {LIB}: two graphs say different things of it"),
        ({"one": [info(LIB), info(LIB)]}, f"x: one: {LIB}: it is listed twice"),
        ({"one": [info(LIB), 7]}, "x: one: entry 2: 7 stands where an object"),
        ({"one": [], "exportReferencesGraph": {"one": [APP]}}, "x: one: it holds no store paths"),
    ],
)
def test_broken(document: Any, told: str) -> None:
    with pytest.raises(MalformedGraphError) as caught:
        structured(document, "x")
    assert str(caught.value).startswith(told)
