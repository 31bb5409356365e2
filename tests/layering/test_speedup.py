"""The loops in C lay out as numpy does, bit for bit; and where they are not there, numpy does it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering import speedup
from nixdive.layering.change.scenarios import Scale
from nixdive.layering.churn import moves
from nixdive.layering.churn.atoms import Atoms, best_cut
from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.hierarchy import BottomUp
from nixdive.layering.churn.search import Search
from nixdive.layering.fleet.draft import Charge, FleetDraft
from nixdive.layering.fleet.fit import fit
from nixdive.layering.fleet.search import search
from tests.examples import examples
from tests.layering.made import SEEDS, random_scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

needs_c = pytest.mark.skipif(not speedup.IN_C, reason="there was no C compiler when nixdive was installed")
pytestmark = needs_c
REDIS = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"


@pytest.fixture(autouse=True)
def _same_loops_afterwards() -> Iterator[None]:
    yield
    speedup.kernel.use(speedup.kernel.kinds()[-1])


def both(work: Callable[[], Any]) -> list[Any]:
    """Return what some work has as its result by numpy, and by the loops for each kind of processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speedup, "IN_C", False)
        found = [work()]
    for kind in speedup.kernel.kinds():
        speedup.kernel.use(kind)
        found.append(work())
    return found


@st.composite
def atoms(draw: st.DrawFn, most: int = 40) -> Atoms:
    """Atoms with any bits, bytes and scale."""
    words = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    weights = draw(st.lists(st.integers(0, 1_000_000), min_size=len(words), max_size=len(words)))
    count = draw(st.integers(3, most))
    dice = np.random.default_rng(draw(SEEDS))
    bits = dice.integers(0, 1 << 64, (count, sum(words)), dtype=np.uint64)
    for _ in range(draw(st.integers(0, 5))):  # few scenarios for each, as there are
        bits &= dice.integers(0, 1 << 64, bits.shape, dtype=np.uint64)
    sizes = dice.integers(0, draw(st.sampled_from([3, 1 << 20, 1 << 36])), count).astype(np.float64)
    scale = Scale.of(zip(words, weights, strict=True))
    return Atoms(tuple((i,) for i in range(count)), sizes, bits, scale)


def layers_of(some: Atoms, seed: int) -> list[Any]:
    """Return the atoms in some layers, none of them empty."""
    dice = np.random.default_rng(seed)
    order, count = dice.permutation(len(some)), int(dice.integers(1, len(some), endpoint=True))
    return np.split(order, np.sort(dice.choice(np.arange(1, len(some)), count - 1, replace=False)))


@examples(200)
@given(atoms(), SEEDS)
def test_every_loop_finds_the_same(some: Atoms, seed: int) -> None:
    layers = layers_of(some, seed)

    def found() -> list[Any]:
        draft = Draft(some, layers)
        row = np.ones(some.bits.shape[1], dtype=np.uint64)
        united = [(some.unite(layer, row), row.tolist()) for layer in layers]
        cuts = [best_cut(some, layer) for layer in layers]
        users = np.ones((len(layers), 2), dtype=bool)
        fleet = FleetDraft(some, Charge(np.ones(2, dtype=np.int64)), zip(layers, users, strict=True))
        rows = np.array(fleet.rows)
        return [
            united,
            [(cut.gain, cut.low.tolist(), cut.high.tolist()) for cut in cuts],
            [draft.merges(0, start).tolist() for start in range(len(draft))],
            draft.pairs().tolist(),
            fleet.unions(rows, rows[::-1].copy()).tolist(),
            [values.tolist() for values in moves._leavers(draft)],
            moves._promising(draft).tolist() if len(draft) > 1 else [],
        ]

    plain, *fast = both(found)
    assert fast == [plain] * len(fast)


@examples(200)
@given(atoms(), SEEDS)
def test_moves_are_the_same(some: Atoms, seed: int) -> None:
    layers = layers_of(some, seed)

    def moved() -> list[Any]:
        draft = Draft(some, layers)
        moves.move(draft, some.thinned(2))
        values = (draft.sizes, draft.weights, draft.bits)
        return [[sorted(layer.tolist()) for layer in draft.layers], *(value.tolist() for value in values)]

    plain, *fast = both(moved)
    assert fast == [plain] * len(fast)


@examples(40)
@given(SEEDS, st.integers(12, 120), st.integers(1, 30))
def test_layers_are_the_same(seed: int, paths: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)

    def layers() -> list[list[int]]:
        found = Search(scenarios, sizes, range(paths)).layers(count)
        return [sorted(layer) for layer in found]

    plain, *fast = both(layers)
    assert fast == [plain] * len(fast)


@examples(15)
@given(SEEDS, st.integers(20, 80), st.integers(2, 5), st.integers(1, 12))
def test_layers_of_fleets_are_the_same(seed: int, paths: int, images: int, limit: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    held = [[i for i in range(paths) if i % images != one or i % 7 == one] for one in range(images)]

    def layers() -> list[tuple[list[int], list[int]]]:
        charge = Charge(np.ones(images, dtype=np.int64))
        found = search(scenarios, sizes, held, [limit] * images, charge=charge)
        return sorted((sorted(members), users) for members, users in found)

    plain, *fast = both(layers)
    assert fast == [plain] * len(fast)


@examples(20)
@given(SEEDS, st.integers(2, 60))
def test_all_merges_and_what_they_cost_are_the_same(seed: int, paths: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.apart(scenarios, sizes, range(paths))
    alone = list(np.arange(paths)[:, None])
    again = np.arange(paths, dtype=np.float64) * 1e6

    def merged() -> tuple[list[float], list[list[int]], list[list[float]]]:
        way = BottomUp(atoms, alone, again)
        half = [sorted(layer.tolist()) for layer in way.layers(paths // 2 + 1)]
        return way.costs, half, Draft(atoms, alone).pairs().tolist()

    plain, *fast = both(merged)
    assert fast == [plain] * len(fast)


def test_what_comes_from_another_process_may_be_read_only() -> None:
    scenarios, sizes = random_scenarios(7, 60)
    for values in (scenarios.bits, scenarios.scale.starts, scenarios.scale.weights, scenarios.scale.whole):
        values.setflags(write=False)
    plain, *fast = both(lambda: [*map(sorted, Search(scenarios, sizes, range(60)).layers(9))])
    assert fast == [plain] * len(fast)


@examples(20)
@given(SEEDS, st.integers(2, 80), st.integers(1, 9), st.booleans())
def test_a_fleet_is_fitted_alike(
    seed: int,
    images: int,
    limit: int,
    pushed: bool,  # noqa: FBT001
) -> None:
    scenarios, sizes = random_scenarios(seed, 40)
    atoms = Atoms.apart(scenarios, sizes, range(40))
    held = np.random.default_rng(seed).random((40, images)) < 0.4
    renewal = {np.array([atom]).tobytes(): 1e9 * atom for atom in range(0, 40, 3)} if pushed else {}

    def fitted() -> list[tuple[list[int], list[int]]]:
        layers = [(np.array([atom]), users) for atom, users in enumerate(held)]
        draft = FleetDraft(atoms, Charge(np.ones(images, dtype=np.int64)), layers, renewal=renewal)
        assert fit(draft, np.full(images, limit))
        return [(draft.layers[row].tolist(), np.flatnonzero(draft.users[row]).tolist()) for row in draft.rows]

    plain, *fast = both(fitted)
    assert fast == [plain] * len(fast)


def test_the_weights_of_words_are_those_of_the_parts() -> None:
    scenarios, _ = random_scenarios(3, 20)
    assert scenarios.scale.whole.tolist() == scenarios.scale.each.tolist()
    assert len(scenarios.scale.whole) == scenarios.bits.shape[1]


ROWS, WORDS = 5, 3


def right() -> dict[str, list[Any]]:
    """Return arguments for each loop that it takes."""
    bits = np.arange(ROWS * WORDS, dtype=np.uint64).reshape(ROWS, WORDS)
    other, row = bits.copy(), np.zeros(WORDS, dtype=np.uint64)
    sizes, costs, more = np.ones(ROWS), np.full(ROWS, 2.0), np.full(ROWS, 3.0)
    scale, some = np.ones(WORDS, dtype=np.int64), np.arange(ROWS)
    table, found = np.zeros((ROWS, ROWS)), np.zeros(ROWS)
    made, best = np.zeros((ROWS - 1, 2), dtype=np.int64), np.zeros(ROWS, dtype=np.int64)
    wanted = np.array([[0, 0, 1], [2, 2, 3]])
    images, needy = np.ones((ROWS, 2), dtype=np.uint64), np.ones(2, dtype=np.uint64)
    return {
        "unite": [bits, sizes, some, scale, row],
        "best_cut": [bits, sizes, np.array([some, some[::-1]]), scale],
        "unions": [bits, sizes, some, some[::-1].copy(), scale, found],
        "merges": [bits, sizes, costs, 1, 0, scale, found],
        "pairs": [bits, sizes, costs, scale, table],
        "merge_all": [bits, sizes, costs, table, more, scale, made, found[1:]],
        "weigh_others": [bits, some, np.array([2, 5]), scale, found],
        "homes": [bits, sizes, costs, other, more, some, some.copy(), found, scale, best, found.copy()],
        "move_all": [bits, sizes, costs, other, more, some, best - 1, wanted, scale, 0.9],
        "scores": [
            *(images, bits, sizes, costs, more, found.copy(), 0.2, needy, np.arange(1.0, 4.0)),
            *(some, some.copy(), table, 1, scale, np.zeros((ROWS, ROWS))),
        ],
    }


INDICES = {  # which arguments name atoms, layers or rows
    "unite": [2],
    "best_cut": [2],
    "unions": [2, 3],
    "merges": [],
    "pairs": [],
    "merge_all": [],
    "weigh_others": [1, 2],
    "homes": [5],
    "move_all": [5, 6, 7],
    "scores": [9, 10],
}
SHORTER = {("unite", 2), ("best_cut", 2), ("move_all", 7)}  # fewer atoms, orders or moves are none too few


@pytest.mark.parametrize("name", INDICES)
def test_what_is_wrong_is_refused_before_a_loop_begins(name: str) -> None:
    loop = getattr(speedup.kernel, name)
    loop(*right()[name])
    for at, value in enumerate(right()[name]):
        others: list[Any] = ["words"]
        if isinstance(value, np.ndarray):
            others += [np.array(0), value.tolist(), value.astype(np.float32), value[..., None].copy()]
            others += [np.repeat(value, 2, axis=-1)[..., ::2], value[..., :0]]
            others += [] if (name, at) in SHORTER else [value[:-1].copy()]
        if at in INDICES[name]:
            others += [np.full_like(value, far) for far in (-2, 1000, -(1 << 63), (1 << 63) - 1)]
        for other in others:
            given = right()[name]
            given[at] = other
            if (name, at) == ("unite", 2) and isinstance(other, np.ndarray) and other.shape == (0,):
                continue
            with pytest.raises((ValueError, IndexError, TypeError)):
                loop(*given)
    with pytest.raises(TypeError):
        loop(*right()[name][1:])


def test_arrays_that_are_written_share_no_memory() -> None:
    bits, sizes, _, scale, _ = right()["unite"]
    with pytest.raises(ValueError, match="share memory"):
        speedup.kernel.unite(bits, sizes, np.arange(ROWS), scale, bits[1])
    sizes.setflags(write=False)
    with pytest.raises((ValueError, BufferError)):
        speedup.kernel.pairs(bits, sizes, sizes, scale, np.broadcast_to(sizes, (ROWS, ROWS)))


@pytest.mark.parametrize(("at", "start"), [(ROWS, 0), (-1, 0), (1, -1), (1, ROWS + 1)])
def test_what_is_not_there_is_merged_with_nothing(at: int, start: int) -> None:
    bits, sizes, costs, *_, scale, found = right()["merges"]
    with pytest.raises(IndexError):
        speedup.kernel.merges(bits, sizes, costs, at, start, scale, found)


def test_lists_that_go_in_circles_end() -> None:
    given = right()["move_all"]
    given[5][:] = 0
    given[6][:] = [1, 2, 0, 4, 3]
    assert speedup.kernel.move_all(*given) >= 0


def test_loops_that_no_processor_has_are_refused() -> None:
    with pytest.raises(ValueError, match="quick"):
        speedup.kernel.use("quick")
    assert speedup.kernel.kinds()[0] == "plain"


def test_a_process_without_them_makes_the_same_plan() -> None:
    code = (
        "import sys\n{}\nfrom nixdive.layering import speedup\nassert speedup.IN_C == {}\n"
        "from nixdive.cli import main\nmain(sys.argv[1:])"
    )
    words = ["plan", str(REDIS), "--json", "--max-layers", "20"]
    found = [
        subprocess.run(
            [sys.executable, "-c", code.format(first, in_c), *words],
            capture_output=True,
            check=True,
            timeout=600,
        ).stdout
        for first, in_c in (("", True), (f"sys.modules['{speedup.__package__}.kernel'] = None", False))
    ]
    assert found[0] == found[1] != b""
