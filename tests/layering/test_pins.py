"""Pins and patterns against a closure."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.errors import PinError
from nixdive.layering import pins
from nixdive.layering.pins import claim, remarks
from nixdive.layering.request import Pin, PlanRequest
from nixdive.store.path import PathGraph, PathInfo, StorePath
from tests.layering.made import closure_of

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = ("openssl-3.0.14", "openssl-3.0.14-dev", "libssl-1", "Openssl-3", "glibc-2.39", "glibc-2.40", "a[b]")
PATHS = [StorePath(f"/nix/store/{number * 32}-{name}") for number, name in zip("0123456", NAMES, strict=True)]
CLOSURE = Closure.of(PathGraph("test", tuple(PathInfo(path, 1, ()) for path in PATHS)))

PATTERNS = (
    st.sampled_from([*PATHS, *NAMES, *(path.package for path in PATHS)])
    | st.text("opensl-3.*?[]!g", min_size=1, max_size=8)
    | st.builds(lambda name, cut: f"{name[:cut]}*", st.sampled_from(NAMES), st.integers(0, 12))
)


@given(PATTERNS, st.sets(st.integers(0, len(PATHS) - 1)))
def test_a_pin_takes_what_it_matches_and_no_excluded_path(pattern: str, excluded: set[int]) -> None:
    pin = Pin(pattern, "low")
    matched = [i for i, path in enumerate(CLOSURE.paths) if pin.matches(path) and i not in excluded]
    if matched:
        assert claim(CLOSURE, [pin], excluded) == {"low": matched}
    else:
        with pytest.raises(PinError, match="matches no store path"):
            claim(CLOSURE, [pin], excluded)


def test_layers_come_in_the_order_of_their_first_pins() -> None:
    pins = [Pin("libssl", "b"), Pin("glibc", "a"), Pin("libssl-*", "b"), Pin("openssl-3.0.14", "b")]
    layers = claim(CLOSURE, pins, ())
    assert list(layers.items()) == [("b", [2, 0]), ("a", [4, 5])]


def test_case_counts() -> None:
    assert claim(CLOSURE, [Pin("Openssl*", "x")], ()) == {"x": [3]}


def test_two_layers_cannot_claim_one_path() -> None:
    with pytest.raises(PinError, match=r"pins openssl-\*=a and \*-dev=b both claim .*-dev"):
        claim(CLOSURE, [Pin("openssl-*", "a"), Pin("*-dev", "b")], ())


def test_a_pin_without_paths_offers_what_is_near() -> None:
    with pytest.raises(PinError) as caught:
        claim(CLOSURE, [Pin("opensll", "a")], ())
    assert caught.value.hint == "did you mean openssl?"
    with pytest.raises(PinError) as caught:
        claim(CLOSURE, [Pin("libssl", "a")], {2})
    assert caught.value.hint == "everything that it matches is excluded"


@pytest.mark.parametrize("text", ["openssl", "=a", "openssl=", "openssl=\udcff"])
def test_what_is_no_pin_is_told(text: str) -> None:
    with pytest.raises(PinError, match="is not"):
        Pin.parse(text)


def test_the_last_equals_sign_ends_the_pattern() -> None:
    assert Pin.parse("a=b=low") == Pin("a=b", "low")
    assert str(Pin("a=b", "low")) == "a=b=low"


LAID = closure_of([(), (0,)], ["glibc-2.39", "openssl-3.0.14-bin"]).paths


def test_what_is_as_its_words_say_needs_no_remark() -> None:
    rates = (("glibc", 0.1), ("openssl-*", 0.5), ("openssl-bin", 0.5), (LAID[0], 1.0))
    assert remarks(LAID, PlanRequest(max_layers=2, rates=rates), 2) == ()


def test_a_rate_that_matches_nothing_is_named_with_what_may_be_meant() -> None:
    rates = (("glibcc", 0.1), ("glibc", 0.5), ("zzz*", 0.5))
    assert remarks(LAID, PlanRequest(rates=rates), 0) == (
        "rates: glibcc matches no store path; did you mean glibc?",
        "rates: zzz* matches no store path",
    )


def test_more_layers_than_the_budget_are_named() -> None:
    (remark,) = remarks(LAID, PlanRequest(max_layers=2), 3)
    assert remark.startswith("3 layers are carried on into a budget of 2: ")


def test_names_are_held_against_a_pattern_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counting(names: Iterable[str], pattern: str) -> list[str]:
        asked.append(pattern)
        return fnmatch.filter(names, pattern)

    monkeypatch.setattr(pins, "matching", counting)
    closure = Closure.of(PathGraph("test", tuple(PathInfo(path, 1, ()) for path in PATHS)))
    one, two = Pin("glibc-*", "low"), Pin("openssl*", "high")
    assert claim(closure, [one], ()) == {"low": [4, 5]}
    assert claim(closure, [one, two], ()) == {"low": [4, 5], "high": [0, 1]}
    assert claim(closure, [one], {4}) == {"low": [5]}
    assert asked == ["glibc-*", "openssl*"]
