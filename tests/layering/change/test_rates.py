"""How often paths change by themselves."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.change.rates import (
    KINDS,
    Kind,
    PackageSet,
    Rates,
    granted,
    is_data,
    is_own,
    is_prone,
    observe,
    package_set,
    prior,
)
from nixdive.store.path import PathGraph
from tests import openssl
from tests.layering.made import SEEDS, closure_of, random_closure, version


def test_all_releases_are_of_some_kind() -> None:
    assert sum(kind.share for kind in KINDS) == pytest.approx(1)
    assert all(kind.words > 0 for kind in KINDS)


@given(SEEDS)
def test_rates_are_chances(seed: int) -> None:
    closure = random_closure(seed)
    rates = prior(closure)
    assert rates.own.shape == (len(closure), len(KINDS))
    assert (rates.own >= 0).all()
    assert (rates.own <= 1).all()
    assert sum(rates.own[:, 2]) >= 1 - 1e-9, "a security release has a cause"
    for one in rates.sets:
        assert len(set(one.members)) == len(one.members) > 2


def test_applications_change_more_than_libraries_and_those_more_than_data() -> None:
    names = ["glibc-2.40", "tzdata-2024a", *(f"lib{i}-1" for i in range(30)), "app-1", "image-env"]
    rows: list[list[int]] = [[], [], *([0] for _ in range(30)), [*range(2, 32), 1], [32]]
    rates = prior(closure_of(rows, names, [1 << 20] * 34))
    own = rates.own[:, 0]
    assert own[32] == own[33] == 0.5
    assert own[32] > own[5] > own[1]
    assert own[0] < own[5], "what all need changes less by itself"
    assert rates.own[0, 4] > rates.own[5, 4], "but a rebuild begins there"


@pytest.mark.parametrize(
    ("lineage", "data"),
    [
        ("tzdata", True),
        ("nss-cacert", True),
        ("dejavu-fonts", True),
        ("hunspell-dict-en-us", True),
        ("glibc-locales", True),
        ("curl-man", True),
        ("source", True),
        ("python3.11-multidict", False),
        ("python3.11-frozendict", False),
        ("fontconfig", False),
        ("datamash", False),
        ("openssl", False),
        ("source-highlight", False),
    ],
)
def test_data(lineage: str, data: bool) -> None:  # noqa: FBT001  of a table
    assert is_data(lineage) is data


@pytest.mark.parametrize(
    ("lineage", "version", "own"),
    [
        ("nginx.conf", "", True),
        ("image-env", "", True),
        ("entrypoint.sh", "", True),
        ("my-service", "0.0.0", True),
        ("config", "", True),
        ("fontconfig", "2.15", False),
        ("bash", "5.2", False),
        ("app", "", True),
    ],
)
def test_what_people_write_themselves(lineage: str, version: str, own: bool) -> None:  # noqa: FBT001  of a table
    assert is_own(lineage, version) is own


@pytest.mark.parametrize(
    ("lineage", "name"),
    [
        ("python3.11-flask", "python"),
        ("python3", None),
        ("libpython3.11-minimal", "python"),
        ("perl5.38-URI", "perl"),
        ("liburi-perl", "perl"),
        ("node_modules", "node"),
        ("nodejs", None),
        ("ruby3.1-rails", "ruby"),
        ("texlive-bin", "texlive"),
        ("libqt5core", "qt"),
        ("glibc", None),
    ],
)
def test_sets(lineage: str, name: str | None) -> None:
    assert package_set(lineage) == name


def test_who_gets_security_updates() -> None:
    assert all(map(is_prone, ("openssl", "libssl3", "libexpat1", "curl", "python3.11", "git-doc")))
    assert not any(map(is_prone, ("opensslx", "gitea", "tarsnap", "libfoo")))


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


WISHED = (
    "openssl-3.0.14",
    "openssl-3.0.14-bin",
    "python3.11-a-1",
    "python3.11-b-1",
    "python3.11-c-1",
    "app-1",
)
NEEDS: tuple[list[int], ...] = ([], [0], [0], [2], [3], [1, 4])


def mean(rates: Rates, i: int) -> float:
    return float(sum(rates.own[i, at] * kind.share for at, kind in enumerate(rates.kinds)))


@given(SEEDS, st.sampled_from([0.0, 1e-4, 0.3, 0.99, 1.0]))
def test_a_path_changes_by_itself_as_often_as_wished(seed: int, wished: float) -> None:
    closure = random_closure(seed, 12)
    rates = granted(closure, prior(closure), [(closure.paths[0], wished)])
    assert mean(rates, 0) == pytest.approx(wished, abs=1e-6)
    assert (rates.own >= 0).all()
    assert (rates.own <= 1 + 1e-9).all()


@given(
    st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1)), min_size=5, max_size=5),
    st.one_of(st.sampled_from([0.0, 0.3, 1.0]), st.floats(0, 1)),
    st.integers(0, 64),
)
def test_whatever_the_kinds_of_release_are(own: list[float], wished: float, releases: int) -> None:
    # shares as a history leaves them: they add up to 1 but for rounding
    kinds = tuple(
        Kind(kind.name, (kind.share * 4 + (releases if i == 0 else 0)) / (releases + 4), 4)
        for i, kind in enumerate(KINDS)
    )
    rates = granted(closure_of([[]]), Rates(kinds, np.array([own])), [("*", wished)])
    assert mean(rates, 0) == pytest.approx(wished, abs=1e-6)
    assert rates.own.min() >= 0
    assert rates.own.max() <= 1 + 1e-9


def test_the_kinds_of_release_keep_their_proportions() -> None:
    closure = closure_of(NEEDS, WISHED)
    before = prior(closure)
    after = granted(closure, before, [("openssl-bin", 0.01)])
    assert after.own[1] / before.own[1] == pytest.approx(np.full(5, after.own[1, 0] / before.own[1, 0]))
    assert (after.own[[0, 2, 3, 4, 5]] == before.own[[0, 2, 3, 4, 5]]).all()
    assert granted(closure, before, []) is before


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("openssl", {0, 1}),
        ("openssl-bin", {1}),
        ("openssl-3.0.14", {0}),
        ("openssl*", {0, 1}),
        ("/nix/store/*-app-1", {5}),
        ("python3.11-[ab]", {2, 3}),
        ("App", set()),
        ("", set()),
        ("nothing", set()),
    ],
)
def test_patterns_are_those_of_pins(pattern: str, matched: set[int]) -> None:
    closure = closure_of(NEEDS, WISHED)
    rates = granted(closure, prior(closure), [(pattern, 0.123)])
    assert {i for i in range(6) if mean(rates, i) == pytest.approx(0.123)} == matched


def test_the_first_match_holds() -> None:
    closure = closure_of(NEEDS, WISHED)
    rates = granted(closure, prior(closure), [("app", 0.2), ("openssl-bin", 0), ("*", 0.4), ("openssl", 1)])
    assert [round(mean(rates, i), 6) for i in range(6)] == [0.4, 0.0, 0.4, 0.4, 0.4, 0.2]


def test_who_has_a_wish_leaves_its_set() -> None:
    closure = closure_of(NEEDS, WISHED)
    python = PackageSet("python", (2, 3, 4), (0.0, 0.5, 0.0, 0.3, 0.3), 0.12)
    rates = replace(prior(closure), sets=(python,))
    assert granted(closure, rates, [("app", 0.5)]).sets == (python,)
    assert granted(closure, rates, [("python3.11-b", 0.5)]).sets == (replace(python, members=(2, 4)),)
    assert granted(closure, rates, [("python*", 0.5)]).sets == ()


@pytest.mark.parametrize("count", range(8))
def test_always_is_always_whatever_was_seen(count: int) -> None:
    past = [version(NEEDS, WISHED, [at, at, at, 0, 0, 9 - at]) for at in range(count)]
    closure = version(NEEDS, WISHED, [50] * 6)
    rates = observe((*past, closure), prior(closure)).rates
    for wished in (0.0, 1.0):
        found = granted(closure, rates, [("*", wished)])
        assert [mean(found, i) for i in range(6)] == pytest.approx([wished] * 6)
    alone = ChangeModel.of(closure_of(NEEDS, WISHED), (), [("app", 1), ("*", 0)])
    chances = alone.scenarios.chances
    assert chances[:5].tolist() == [0] * 5
    assert chances[5] == 1
