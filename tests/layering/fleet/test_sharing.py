from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.fleet.sharing import sharing
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath

PATHS = [StorePath(f"/nix/store/{'a' * 32}-p{i}") for i in range(6)]
SIZES = {path: 10**i for i, path in enumerate(PATHS)}


def plan(*layers: str) -> LayerPlan:
    """A plan whose layers hold the paths of these numbers, in this order."""
    return LayerPlan(
        PlanRequest(),
        tuple(
            Layer(LayerKind.STORE, paths, sum(SIZES[path] for path in paths), "")
            for paths in (tuple(PATHS[int(one)] for one in layer) for layer in layers)
        ),
    )


def test_layers_are_shared_where_paths_and_order_are_the_same() -> None:
    found = sharing(plan("01", "23", "4"), plan("4", "10", "23", "5"), SIZES)
    assert found.layers == ((1, 2), (2, 0))
    assert found.layers_size == 1_100 + 10_000
    assert found.common == 11_111
    assert found.apart == (PATHS[1], PATHS[0])
    assert found.pull == 11


def test_nothing_is_shared_with_other_paths() -> None:
    found = sharing(plan("01"), plan("23"), SIZES)
    assert (found.common, found.layers, found.pull, found.apart) == (0, (), 11, ())


layouts = st.permutations(range(6)).flatmap(
    lambda order: st.lists(st.integers(1, 5), max_size=3).map(
        lambda cuts: [
            "".join(map(str, order[a:b]))
            for a, b in zip([0, *sorted(set(cuts))], [*sorted(set(cuts)), 6], strict=True)
        ]
    )
)


@given(layouts, layouts)
def test_what_is_not_pulled_is_shared(one: list[str], other: list[str]) -> None:
    here, there = plan(*one), plan(*other[:-1])
    found = sharing(here, there, SIZES)
    assert found.pull + found.layers_size == here.nar_size
    shared = {path for i, _ in found.layers for path in here.layers[i].paths}
    both = set(here.layer_of()) & set(there.layer_of())
    assert shared | set(found.apart) == both
    assert not shared & set(found.apart)
    assert found.common == sum(SIZES[path] for path in both)
