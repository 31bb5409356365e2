"""What is compiled lays out as numpy does; and where it cannot be had, numpy does it."""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from importlib import invalidate_caches
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.child import started
from nixdive.errors import Cancelled
from nixdive.layering import speedup
from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.hierarchy import BottomUp
from nixdive.layering.churn.search import Search
from nixdive.layering.fleet.draft import Charge, FleetDraft
from nixdive.layering.fleet.fit import fit
from nixdive.layering.fleet.search import search
from nixdive.progress import NullProgress, wanted
from tests.examples import examples
from tests.layering.made import SEEDS, random_scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from subprocess import Popen


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's own, on a Python that is newer than it
        pytest.importorskip("numba")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(speedup, "_LOADED", [])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as above
            # not while nobody else wants the processors: others may want them for as long as the tests run
            patch.setattr(speedup, "_COMPILES", speedup._COMPILES.replace("compile_idly", "load"))
            assert not speedup.load_kept()
            assert speedup.load_beside()
            assert speedup.load_kept()
        yield speedup._LOADED


def both(compiled: list[Any], work: Callable[[], Any]) -> tuple[Any, Any]:
    found = []
    for loaded in ([], compiled):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(speedup, "_LOADED", loaded)
            found.append(work())
    return found[0], found[1]


@pytest.mark.slow  # it compiles
@examples(40)
@given(SEEDS, st.integers(12, 120), st.integers(1, 30))
def test_layers_are_the_same(compiled: list[Any], seed: int, paths: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)

    def layers() -> list[list[int]]:
        found = Search(scenarios, sizes, range(paths)).layers(count)
        return [sorted(layer) for layer in found]

    plain, fast = both(compiled, layers)
    assert plain == fast


@pytest.mark.slow  # as above
@examples(15)
@given(SEEDS, st.integers(20, 80), st.integers(2, 5), st.integers(1, 12))
def test_layers_of_fleets_are_the_same(
    compiled: list[Any], seed: int, paths: int, images: int, limit: int
) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    held = [[i for i in range(paths) if i % images != one or i % 7 == one] for one in range(images)]

    def layers() -> list[tuple[list[int], list[int]]]:
        charge = Charge(np.ones(images, dtype=np.int64))
        found = search(scenarios, sizes, held, [limit] * images, charge=charge)
        return sorted((sorted(members), users) for members, users in found)

    plain, fast = both(compiled, layers)
    assert plain == fast


@pytest.mark.slow  # as above
@examples(20)
@given(SEEDS, st.integers(2, 60))
def test_all_merges_and_what_they_cost_are_the_same(compiled: list[Any], seed: int, paths: int) -> None:
    scenarios, sizes = random_scenarios(seed, paths)
    atoms = Atoms.apart(scenarios, sizes, range(paths))
    alone = list(np.arange(paths)[:, None])
    again = np.arange(paths, dtype=np.float64) * 1e6

    def merged() -> tuple[list[float], list[list[int]], list[list[float]]]:
        way = BottomUp(atoms, alone, again)
        half = [sorted(layer.tolist()) for layer in way.layers(paths // 2 + 1)]
        return way.costs, half, Draft(atoms, alone).pairs().tolist()

    plain, fast = both(compiled, merged)
    assert plain == fast


@pytest.mark.slow  # as above
def test_what_comes_from_another_process_may_be_read_only(compiled: list[Any]) -> None:
    scenarios, sizes = random_scenarios(7, 60)
    for values in (scenarios.bits, scenarios.scale.starts, scenarios.scale.weights, scenarios.scale.whole):
        values.setflags(write=False)
    plain, fast = both(compiled, lambda: Search(scenarios, sizes, range(60)).layers(9))
    assert list(map(sorted, plain)) == list(map(sorted, fast))


@pytest.fixture
def numba(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have numba there, and nothing kept."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        pytest.importorskip("numba")
    monkeypatch.setattr(speedup, "_LOADED", [])
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path))
    for name in speedup._KERNELS.values():
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.slow  # it loads numba
@pytest.mark.usefixtures("numba")
def test_what_has_to_be_compiled_is_left_alone_where_only_what_is_kept_is_wanted(tmp_path: Path) -> None:
    assert not speedup.load_kept()
    assert speedup.kernel() is None
    assert not [*tmp_path.rglob("*.nbi")]
    assert speedup.pays(100_000), "it can be asked for again"


@pytest.mark.slow  # as above
@pytest.mark.usefixtures("numba")
def test_the_process_that_compiles_ends_where_nobody_wants_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    children: list[Popen[bytes]] = []

    class Unwanted(NullProgress):
        """Is stopped as soon as another process compiles."""

        def cancelled(self) -> bool:
            return bool(children)

    def begun(words: Sequence[str]) -> Popen[bytes]:
        children.append(started([*words[:2], "import time; time.sleep(1000)"]))
        half = tmp_path / "compiled/churn_0/kernel.cut.nbi.tmp.0123456789abcdef"
        half.parent.mkdir()
        half.touch()
        return children[0]

    monkeypatch.setattr("nixdive.child.started", begun)
    with pytest.raises(Cancelled), wanted(Unwanted()):
        speedup.load_beside()
    assert children[0].returncode is not None
    assert not [*tmp_path.rglob("*.nbi*")], "nothing half written stays"
    assert speedup.pays(100_000), "it can be asked for again"


@pytest.mark.slow  # as above
@pytest.mark.usefixtures("numba")
def test_what_was_compiled_with_another_file_is_compiled_again_when_that_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    head = "from numba import njit, types\nlast = njit(types.int64(), cache=True)\n"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    names = "inner_loop", "outer_loop"
    monkeypatch.setattr(speedup, "_KERNELS", dict(zip(("churn", "fleet"), names, strict=True)))
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)  # so that they are not there afterwards
    (tmp_path / "outer_loop.py").write_text(
        f"{head}from inner_loop import inner\n@last\ndef outer(): return 10 * inner()\n"
    )
    for value in (1, 2, 1):
        (tmp_path / "inner_loop.py").write_text(f"{head}@last\ndef inner(): return {value}\n")
        invalidate_caches()
        monkeypatch.setattr(speedup, "_LOADED", [])
        for name in names:
            sys.modules.pop(name, None)
        assert speedup.load()
        assert speedup.kernel("fleet").outer() == 10 * value
    assert len([*(tmp_path / "compiled").glob("*/*/outer_loop.*.nbi")]) == 2


def test_what_compiles_gives_way_to_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(os, "nice", given.append)
    monkeypatch.setattr(os, "sched_setscheduler", lambda _, policy, __: given.append(policy), raising=False)
    monkeypatch.setattr(speedup, "load", lambda: len(given))
    assert speedup.compile_idly() == (2 if sys.platform == "linux" else 1), "it loads after that"
    assert given == [19, *([os.SCHED_IDLE] if sys.platform == "linux" else [])]


def test_without_numba_numpy_does_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(speedup, "_LOADED", [])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "numba", None)
    assert not speedup.load()
    assert speedup.kernel() is None


def test_nothing_is_compiled_that_cannot_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(speedup, "_LOADED", [])
    monkeypatch.delenv("NIXDIVE_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "not there"))
    assert not speedup.load()
    assert not (tmp_path / "not there").exists()


@pytest.mark.parametrize("place", ["cache", "cache/compiled"])
def test_nothing_is_run_that_others_can_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    monkeypatch.setattr(speedup, "_LOADED", [])
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place).chmod(0o777)
    assert not speedup.load()
    assert not [*tmp_path.rglob("*.nbi")]


def test_the_weights_of_words_are_those_of_the_parts() -> None:
    scenarios, _ = random_scenarios(3, 20)
    assert scenarios.scale.whole.tolist() == scenarios.scale.each.tolist()
    assert len(scenarios.scale.whole) == scenarios.bits.shape[1]


@pytest.mark.parametrize("damaged", [1, 2])
def test_what_is_damaged_is_compiled_again_once(
    damaged: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        pytest.importorskip("numba")
    module, tries = object(), []

    def imported(name: str) -> object:
        tries.append(name)
        if len(tries) <= damaged:
            raise pickle.UnpicklingError("pickle data was truncated")
        return module

    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(speedup, "_LOADED", [])
    monkeypatch.setattr(speedup, "import_module", imported)
    kept = tmp_path / "compiled/churn_0/kernel.cut.nbi"
    kept.parent.mkdir(parents=True, mode=0o700)
    kept.parent.parent.chmod(0o700)
    kept.write_bytes(b"x")
    assert speedup.load() == (damaged == 1)
    assert speedup.kernel() is (module if damaged == 1 else None)
    assert not kept.exists()
    assert tries[:2] == ["nixdive.layering.churn.kernel"] * 2


@pytest.mark.slow  # as above
@examples(20)
@given(SEEDS, st.integers(2, 80), st.integers(1, 9), st.booleans())
def test_a_fleet_is_fitted_alike(
    compiled: list[Any],
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

    plain, fast = both(compiled, fitted)
    assert plain == fast
