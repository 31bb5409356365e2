"""Graphs of closures with layers: a small one, and odd ones drawn by hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.graph.layered import layered
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.store.path import PathGraph, PathInfo, StorePath
from tests.small import SHAPE, SIZES, closure_of, path

if TYPE_CHECKING:
    import networkx as nx

CLOSURE = closure_of(SHAPE, SIZES)
MODEL = ChangeModel.of(CLOSURE)
REQUEST = PlanRequest("each", 3, pins=(Pin("lib*", 'low & "slow\\'),), exclude=(path("data-5"),))
PLAN = solve(CLOSURE, REQUEST, model=MODEL)


def small() -> nx.DiGraph[StorePath]:
    """Two pinned paths, a layer for one and a layer for another; one path is in no layer."""
    graph = layered(CLOSURE, PLAN, MODEL)
    graph.graph["name"] = "small:v1"
    return graph


@st.composite
def odd(draw: st.DrawFn) -> nx.DiGraph[StorePath]:
    """Stores in directories of any name, names and reasons of layers that are any text."""
    folders = draw(st.lists(st.text(min_size=1), min_size=1, max_size=5, unique=True))
    paths = [StorePath(f"/{folder}/{number:032d}-p{number}-1") for number, folder in enumerate(folders)]
    sizes = st.integers(0, 1 << 60)
    infos = tuple(PathInfo(one, draw(sizes), tuple(paths[:number])) for number, one in enumerate(paths))
    closure = Closure.of(PathGraph(draw(st.text()), infos, sized=draw(st.booleans())))
    chances = st.none() | st.floats(0, 1)
    layers = [
        Layer(LayerKind.STORE, (one,), 1, draw(st.text()), change_probability=draw(chances))
        for one in paths[1:]
    ]
    return layered(closure, LayerPlan(PlanRequest(), tuple(layers)))
