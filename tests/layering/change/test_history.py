"""What earlier versions tell."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.change.history import observe
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.change.prior import prior
from nixdive.store.path import PathGraph
from tests import openssl
from tests.layering.made import closure_of, version

if TYPE_CHECKING:
    from nixdive.layering.change.rates import Rates

COUNT = 40  # one path of so many is little, so that a release that changes it alone is a small one
NAMES = [f"lib{i}-1" for i in range(COUNT - 2)] + ["engine-1", "app-1"]
ROWS: list[list[int]] = [[] for _ in range(COUNT - 2)] + [[0], [*range(1, COUNT - 1)]]
ENGINE, APP = COUNT - 2, COUNT - 1


def releases(*changed: int, count: int = 11) -> list[int]:
    """How often each path has changed by itself after so many releases that each changed these."""
    return [count * (i in changed) for i in range(COUNT)]


def story(*changed: int, count: int = 11) -> tuple[Rates, Rates, dict[str, int]]:
    """Rates before and after, and the place of each name: the hashes put the paths into another order."""
    versions = [version(ROWS, NAMES, releases(*changed, count=n)) for n in range(count)]
    last = versions[-1]
    before = prior(last)
    place = {path.name: i for i, path in enumerate(last.paths)}
    return before, observe(versions, before).rates, place


def test_who_changes_by_itself_in_each_step_has_a_high_rate() -> None:
    before, after, place = story(5)
    lib, app, engine = place["lib5-1"], place["app-1"], place["engine-1"]
    assert after.own[lib, 0] == pytest.approx((10 + 3 * before.own[lib, 0]) / 13)
    assert after.own[app] == pytest.approx(before.own[app]), "it changed because of lib5 each time"
    assert after.own[engine, 0] == pytest.approx(3 * before.own[engine, 0] / 13), "nothing changed it"


def test_who_changes_because_of_another_is_not_blamed() -> None:
    before, after, place = story(0)
    assert after.own[place["lib0-1"], 0] > 0.7
    for name in ("engine-1", "app-1"):
        assert after.own[place[name]] == pytest.approx(before.own[place[name]])


def test_the_root_that_changes_alone_is_blamed() -> None:
    before, after, place = story(APP)
    assert after.own[place["app-1"], 0] == pytest.approx((10 + 3 * before.own[place["app-1"], 0]) / 13)
    assert after.kinds[0].share > before.kinds[0].share
    assert sum(kind.share for kind in after.kinds) == pytest.approx(1)


def test_a_release_that_changes_all_is_a_rebuild() -> None:
    before, after, _ = story(*range(COUNT))
    rebuild = [kind.name for kind in before.kinds].index("rebuild")
    assert after.kinds[rebuild].share == pytest.approx((10 + 4 * before.kinds[rebuild].share) / 14)
    assert after.own[:, 0] == pytest.approx(before.own[:, 0]), "and tells nothing of the others"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_versions_that_are_alike_tell_nothing(count: int) -> None:
    closure = version(ROWS, NAMES, releases())
    rates = prior(closure)
    history = observe([closure] * count, rates)
    assert history.releases == 0
    assert not history.bits.any()
    assert history.rates.own == pytest.approx(rates.own)
    assert [kind.share for kind in history.rates.kinds] == pytest.approx([kind.share for kind in rates.kinds])
    model, alone = ChangeModel.of(closure, [closure] * (count - 1)), ChangeModel.of(closure)
    assert model.observed == 0
    assert (model.scenarios.bits == alone.scenarios.bits).all()


def test_only_the_last_64_steps_count() -> None:
    versions = [
        version(ROWS, NAMES, [min(n, 20) if i == 3 else n if i == 5 else 0 for i in range(COUNT)])
        for n in range(100)
    ]
    last = versions[-1]
    history = observe(versions, prior(last))
    place = {path.name: i for i, path in enumerate(last.paths)}
    assert history.releases == 64
    assert int(history.bits[place["lib5-1"]]) == (1 << 64) - 1
    assert int(history.bits[place["lib3-1"]]) == 0
    model = ChangeModel.of(last, versions[:-1])
    assert model.observed == 64
    assert model.scenarios.probability([place["lib5-1"]]) > 0.9


def test_versions_with_nothing_in_common() -> None:
    old = closure_of([[], [0]], ["left-1", "right-1"], hashes=[500, 501])
    new = closure_of([[], [0]], ["up-1", "down-1"])
    history = observe([old, new], prior(new))
    assert history.releases == 1
    assert history.bits.tolist() == [1, 1], "what is new was pushed"
    assert np.isfinite(history.rates.own).all()
    assert ChangeModel.of(new, [old]).observed == 1


def test_bits_are_the_releases_in_their_order() -> None:
    steps = [[0] * COUNT]
    for who in (5, 0, 5):
        steps.append([n + (i == who) for i, n in enumerate(steps[-1])])
    versions = [version(ROWS, NAMES, own) for own in steps]
    bits = {
        path.name: int(row)
        for path, row in zip(
            versions[-1].paths, observe(versions, prior(versions[-1])).bits.tolist(), strict=True
        )
    }
    assert (bits["lib5-1"], bits["lib0-1"], bits["engine-1"], bits["app-1"]) == (0b101, 0b010, 0b010, 0b111)


def test_who_is_still_there_has_not_changed_when_a_newer_version_joins_it() -> None:
    names = ["openssl-1.1", *(f"lib{i}-1" for i in range(30)), "openssl-3.0"]
    old = closure_of([[]] * 31, names[:31])
    new = closure_of([[]] * 32, names)
    history = observe([old, new], prior(new))
    assert [i for i, row in enumerate(history.bits.tolist()) if row] == [31]


def test_history_and_prior_are_blended() -> None:
    """As many releases as the prior is worth: half of the weight is that of what was seen."""
    versions = [version(ROWS, NAMES, releases(5, count=n)) for n in range(11)]
    last = versions[-1]
    model = ChangeModel.of(last, versions[:-1])
    place = {path.name: i for i, path in enumerate(last.paths)}
    sampled = ChangeModel.sampled(last, observe(versions, prior(last)).rates)
    for name, seen in (("lib5-1", 1), ("app-1", 1), ("lib7-1", 0), ("engine-1", 0)):
        before = sampled.scenarios.probability([place[name]])
        assert model.scenarios.probability([place[name]]) == pytest.approx((before + seen) / 2, abs=1e-6)
    assert model.scenarios.total == pytest.approx(sampled.scenarios.total)
    assert float(model.scenarios.scale.weigh(~np.zeros_like(model.scenarios.bits[0]))) == pytest.approx(
        model.scenarios.total + 54 * model.scenarios.scale.weights[-1]
    )


@openssl.ORDERS
def test_what_became_of_a_path_is_that_of_its_series(order: str) -> None:
    """3.0.14 is rebuilt, then one of the two goes on alone."""
    older, old = openssl.olds(order)
    first = openssl.before(order)
    second = openssl.closure_of(openssl.path("g", "app-1.1"), older, openssl.path("h", old.name))
    for library, bits in ((openssl.NEW, 0b11), (openssl.path("c", "openssl-1.1.1x"), 0b10)):
        last = openssl.closure_of(openssl.path("f", "app-2.0"), library)
        history = observe([first, second, last], prior(last))
        assert int(history.bits[last.index[library]]) == bits
        assert int(history.bits[last.index[openssl.DATA]]) == 0


def test_who_was_away_for_a_release_is_still_known() -> None:
    rows: list[list[int]] = [[]] * COUNT
    first, second, last = (version(rows, NAMES, releases(5, count=n)) for n in range(3))
    away = Closure.of(PathGraph("made", tuple(one for one in second.infos if one.path.name != "lib5-1")))
    history = observe([first, second, away, last], prior(last))
    place = {path.name: i for i, path in enumerate(last.paths)}
    assert history.releases == 2
    assert int(history.bits[place["lib5-1"]]) == 0b11


@given(st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), min_size=2, max_size=6))
def test_a_path_has_a_bit_for_each_release_that_changed_it(own: list[list[int]]) -> None:
    names = [f"{letter}-1" for letter in "abcdef"]
    rows: list[list[int]] = [[], [0], [], [1, 2], [], [4]]
    versions = [version(rows, names, [20 * n for n in steps]) for steps in own]
    last = versions[-1]
    history = observe(versions, prior(last))
    changes = []
    for old, new in pairwise(versions):
        step = {path.name for path in new.paths if path not in old.index}
        changes += [step] if step else []
    assert history.releases == len(changes)
    for i, path in enumerate(last.paths):
        assert int(history.bits[i]) == sum(1 << at for at, step in enumerate(changes) if path.name in step)
