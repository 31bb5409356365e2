"""Seconds of pushes and pulls: what holds for every client, link and image, and cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.clients.client import Load, Pull, Push, Reuse, clients
from nixdive.clients.link import Link
from nixdive.clients.seconds import Blobs, load_seconds, pull_seconds, push_seconds
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

PUSHES = [one.push for one in clients().values() if one.push]
PULLS = [one.pull for one in clients().values() if one.pull]
LAYER = st.tuples(st.floats(0, 1e9), st.floats(0.1, 1), st.booleans(), st.booleans())
_ENTRY = 20_000.0  # bytes of a tar
LAYERS = st.lists(LAYER, min_size=1, max_size=30)
RATES = st.floats(1e4, 1e10)
TURNS = st.floats(0, 1)
MORE = st.floats(1, 100)

ONE_BY_ONE = Push(True, 1, 1.0, 2, 1, 3, 0.5, 0.0, 0.0)
TWO_AT_ONCE = Push(True, 2, 0.0, 0, 1, 3, 0.0, 0.0, 0.0)
ANEW = replace(ONE_BY_ONE, keeps_digests=False, tar_byte=1e-3)
CHAIN = Pull(Reuse.CHAIN, 2, True, 1, 1.0, 2, 1, 0.0, 0.1, 1e-3, 0.5)
LINK = Link(1000.0 * 1514 / 1448, 0.1, "made up")  # 1000 bytes of blobs a second, in frames


def blobs(layers: Sequence[tuple[float, float, bool, bool]]) -> Blobs:
    tar = np.array([size for size, *_ in layers])
    return Blobs(tar, tar * np.array([share for _, share, *_ in layers]), tar / _ENTRY)


def by_hand(tar: Sequence[float], wire: Sequence[float], entries: Sequence[float] | None = None) -> Blobs:
    """Return layers of so many bytes; with no entries unless they are said."""
    return Blobs(np.array(tar), np.array(wire), np.array(entries or [0.0] * len(tar)))


def flags(layers: Sequence[tuple[float, float, bool, bool]], which: int) -> np.ndarray:
    return np.array([layer[2 + which] for layer in layers])[:, None]


def close_or_less(one: float, other: float) -> bool:
    return one <= other * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("pull", PULLS)
def test_an_image_without_layers_takes_a_moment(pull: Pull) -> None:
    (seconds,) = pull_seconds(pull, LINK, by_hand([], []), np.ones((0, 1), bool))
    assert 0 <= seconds <= pull.start + pull.start_turns * LINK.round_trip


@pytest.mark.parametrize("pull", PULLS)
def test_pulls_of_many_layers_are_worked_out_in_parts(pull: Pull, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [1e6, 3e5, 7e6, 2e4, 9e5]
    new = np.array([[(i * 7 + case) % 3 == 0 for case in range(50)] for i in range(len(sizes))])
    moved = np.roll(new, 1, axis=1)
    whole = pull_seconds(pull, LINK, by_hand(sizes, sizes), new, moved)
    monkeypatch.setattr("nixdive.clients.seconds._AT_ONCE", 17)
    assert pull_seconds(pull, LINK, by_hand(sizes, sizes), new, moved).tolist() == whole.tolist()
    alone = [pull_seconds(pull, LINK, by_hand(sizes, sizes), new[:, [i]], moved[:, [i]]) for i in range(50)]
    assert [times.item() for times in alone] == whole.tolist()


@examples(200)
@given(LAYERS, RATES, TURNS, MORE, MORE)
def test_a_better_link_never_takes_longer(
    layers: list[tuple[float, float, bool, bool]], rate: float, turn: float, faster: float, nearer: float
) -> None:
    slow, fast = Link(rate, turn, ""), Link(rate * faster, turn / nearer, "")
    made, new = blobs(layers), flags(layers, 0)
    for push in PUSHES:
        assert close_or_less(push_seconds(push, fast, made, new)[0], push_seconds(push, slow, made, new)[0])
    for pull in PULLS:
        assert close_or_less(pull_seconds(pull, fast, made, new)[0], pull_seconds(pull, slow, made, new)[0])


@examples(200)
@given(LAYERS, RATES, TURNS)
def test_what_is_there_never_costs_more_than_what_is_not(
    layers: list[tuple[float, float, bool, bool]], rate: float, turn: float
) -> None:
    link, made = Link(rate, turn, ""), blobs(layers)
    some, more = flags(layers, 0), flags(layers, 0) | flags(layers, 1)
    everything = np.ones_like(some)
    for push in PUSHES:
        least, middle, most = (push_seconds(push, link, made, one)[0] for one in (some, more, everything))
        assert close_or_less(least, middle)
        assert close_or_less(middle, most)
    for pull in PULLS:
        least, middle, most = (pull_seconds(pull, link, made, one)[0] for one in (some, more, everything))
        assert close_or_less(least, middle)
        assert close_or_less(middle, most)
        # a layer that is there above others is at best one that is there
        assert close_or_less(least, pull_seconds(pull, link, made, some, flags(layers, 1))[0])
        assert close_or_less(pull_seconds(pull, link, made, some, flags(layers, 1))[0], most)


@examples(200)
@given(LAYERS, RATES, TURNS)
def test_no_push_and_no_pull_is_faster_than_the_link(
    layers: list[tuple[float, float, bool, bool]], rate: float, turn: float
) -> None:
    link, made, new = Link(rate, turn, ""), blobs(layers), flags(layers, 0)
    least = float(made.wire[new[:, 0]].sum()) / rate
    for seconds in (
        *(push_seconds(push, link, made, new)[0] for push in PUSHES),
        *(pull_seconds(pull, link, made, new)[0] for pull in PULLS),
    ):
        assert close_or_less(least, float(seconds))


@examples(100)
@given(LAYERS, RATES, TURNS)
def test_many_releases_at_once_are_each_by_itself(
    layers: list[tuple[float, float, bool, bool]], rate: float, turn: float
) -> None:
    link, made = Link(rate, turn, ""), blobs(layers)
    both = np.hstack([flags(layers, 0), flags(layers, 1)])
    for push in PUSHES:
        each = [push_seconds(push, link, made, both[:, [i]])[0] for i in (0, 1)]
        assert push_seconds(push, link, made, both).tolist() == each
    for pull in PULLS:
        each = [pull_seconds(pull, link, made, both[:, [i]])[0] for i in (0, 1)]
        assert pull_seconds(pull, link, made, both).tolist() == each


@pytest.mark.parametrize(
    ("push", "seconds"),
    [
        # 1 s and 2 turns; each layer 0.5 s; a turn where it is there, three and its bytes where it is not
        (ONE_BY_ONE, 1.2 + 3 * 0.5 + 0.1 + 2 * 0.3 + 1.0 + 2.0),
        # both new ones wait at the same time, the first one's bytes go first; the third waits for its turn
        (TWO_AT_ONCE, 0.3 + 1.0 + 2.0),
        # all three are packed and sent, of each the slower: its tar or its blob
        (ANEW, 1.2 + 3 * 0.5 + 3 * 0.3 + 2.0 + 4.0 + 1.0),
    ],
)
def test_pushes_worked_out_by_hand(push: Push, seconds: float) -> None:
    made = by_hand([2000.0, 4000.0, 1000.0], [1000.0, 2000.0, 500.0])
    new = np.array([[True], [True], [False]])
    assert push_seconds(push, LINK, made, new)[0] == pytest.approx(seconds)


def test_a_client_that_compresses_anew_pushes_all_whatever_the_registry_has() -> None:
    made = by_hand([2000.0, 4000.0], [1000.0, 2000.0])
    there = push_seconds(ANEW, LINK, made, np.array([[False], [False]]))
    assert there == push_seconds(ANEW, LINK, made, np.array([[True], [True]]))


@pytest.mark.parametrize(
    ("reuse", "seconds"),
    [
        # downloads two of 0.5 s from 0.1 s on, that share the link; unpacks the second, then the third
        (Reuse.CHAIN, 1.2 + 0.1 + 2 * 0.5 + (0.1 + 1.0) + (0.1 + 1.0)),
        # the third is there, and is unpacked above what is new
        (Reuse.BLOB, 1.2 + 0.1 + 0.5 + (0.1 + 1.0) + (0.1 + 1.0)),
    ],
)
def test_pulls_worked_out_by_hand(reuse: Reuse, seconds: float) -> None:
    made = by_hand([9000.0, 1000.0, 1000.0], [9000.0, 500.0, 500.0])
    new = np.array([[False], [True], [False]])
    assert pull_seconds(replace(CHAIN, reuse=reuse), LINK, made, new)[0] == pytest.approx(seconds)


def test_a_client_that_does_not_overlap_unpacks_when_all_is_there() -> None:
    made = by_hand([1000.0, 2000.0], [500.0, 1000.0])
    new = np.array([[True], [True]])
    found = pull_seconds(replace(CHAIN, overlaps=False), LINK, made, new)[0]
    assert found == pytest.approx(1.2 + 0.1 + 0.5 + 1.0 + (0.1 + 1.0) + (0.1 + 2.0))
    meanwhile = pull_seconds(CHAIN, LINK, made, new)[0]
    # the first layer has half the link until it is whole
    assert meanwhile == pytest.approx(1.2 + 0.1 + 2 * 0.5 + max(0.5, 0.1 + 1.0) + (0.1 + 2.0))


@pytest.mark.parametrize(
    ("at_once", "whole"),
    [
        (1, 0.5),
        (2, 0.5 + 0.5),  # what is longest of those above takes half the link
        (3, 0.5 + 0.5 + 0.2),
        (9, 0.5 + 0.5 + 0.2),
    ],
)
def test_layers_that_are_under_way_together_share_the_link(at_once: int, whole: float) -> None:
    """The first layer is unpacked when it is whole, which takes until the others are there too."""
    made = by_hand([10_000.0, 0.0, 0.0, 0.0], [500.0, 200.0, 2000.0, 900.0])
    new = np.array([[True], [True], [True], [False]])
    alone = replace(CHAIN, reuse=Reuse.BLOB, at_once=at_once, turns=0)
    found = pull_seconds(alone, LINK, made, new)[0]
    assert found == pytest.approx(1.2 + whole + (0.1 + 10.0) + 3 * 0.1)
    others = pull_seconds(replace(alone, overlaps=False), LINK, made, new)[0]
    assert others == pytest.approx(1.2 + 0.5 + 0.2 + 2.0 + (0.1 + 10.0) + 3 * 0.1)


def test_where_the_link_is_slow_a_blob_that_is_there_is_not_sent_again() -> None:
    made = by_hand([10.0, 10.0], [500.0, 5000.0])
    new = np.array([[True], [False]])
    blob = pull_seconds(replace(CHAIN, reuse=Reuse.BLOB), LINK, made, new)[0]
    assert pull_seconds(CHAIN, LINK, made, new)[0] == pytest.approx(blob + 5.0 - 0.11, abs=0.2)


def test_loading_takes_time_for_layers_bytes_and_entries() -> None:
    made = by_hand([1000.0, 3000.0], [1.0, 1.0], [10.0, 20.0])
    assert load_seconds(Load(1.0, 0.5, 1e-3, 0.1), made) == pytest.approx(1 + 2 * 0.5 + 4.0 + 3.0)


def test_unpacking_takes_time_for_each_entry() -> None:
    new = np.array([[False], [True], [True]])
    few = pull_seconds(CHAIN, LINK, by_hand([10.0] * 3, [10.0] * 3), new)[0]
    many = pull_seconds(CHAIN, LINK, by_hand([10.0] * 3, [10.0] * 3, [9.0, 3.0, 2.0]), new)[0]
    assert many == pytest.approx(few + 0.5 * (3 + 2))


def test_the_heads_of_frames_pass_the_link_too() -> None:
    made, new = by_hand([1448e3], [1448e3]), np.array([[True]])
    link = Link(1e3, 0.0, "")
    plain = replace(TWO_AT_ONCE, new_turns=0)
    assert push_seconds(plain, link, made, new)[0] == pytest.approx(1514)
    assert pull_seconds(replace(CHAIN, start=0.0, unpack_byte=0.0), link, made, new)[0] == pytest.approx(
        1514.1
    )
