"""Draws by name: as often as they should, and the same for ever."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.change.draws import draw

NAMES = st.lists(st.text(max_size=8), min_size=1, max_size=12, unique=True)
RATES = st.floats(0, 1)


def of(name: str, rate: float, words: int) -> list[int]:
    found: list[int] = draw([name], np.array([[rate]]), [words])[0].tolist()
    return found


@given(NAMES)
def test_never_is_never_and_always_is_always(names: list[str]) -> None:
    rates = np.array([[0.0, 1.0]] * len(names))
    assert (draw(names, rates, [3, 2]) == [[0] * 3 + [(1 << 64) - 1] * 2] * len(names)).all()


@pytest.mark.parametrize("rate", [0.001, 0.03, 0.5, 0.97])
def test_it_happens_as_often_as_the_rate_says(rate: float) -> None:
    names = [f"package-{i}" for i in range(600)]
    bits = draw(names, np.full((600, 1), rate), [8])
    count = bits.size * 64
    spread = (rate * (1 - rate) / count) ** 0.5
    assert abs(int(np.bitwise_count(bits).sum()) / count - rate) < 4 * spread + 1 / (1 << 17)
    each = np.bitwise_count(bits).sum(axis=1) / 512
    assert abs(each.var() / (rate * (1 - rate) / 512) - 1) < 0.3, "names draw apart from each other"
    scenarios = np.unpackbits(bits.view(np.uint8), axis=1).mean(axis=0)
    assert abs(scenarios.var() / (rate * (1 - rate) / 600) - 1) < 0.3, "and so do scenarios"


@given(st.text(max_size=12), RATES, RATES)
def test_a_higher_rate_only_adds(name: str, one: float, other: float) -> None:
    low, high = (np.array(of(name, rate, 6), dtype=np.uint64) for rate in sorted((one, other)))
    assert (low & ~high == 0).all()


@given(NAMES, st.data())
def test_nobody_else_matters(names: list[str], data: st.DataObject) -> None:
    rates = np.array([[data.draw(RATES), data.draw(RATES)] for _ in names])
    together = draw(names, rates, [2, 3])
    order = data.draw(st.permutations(range(len(names))))
    some = order[: data.draw(st.integers(1, len(names)))]
    assert (draw([names[i] for i in some], rates[some], [2, 3]) == together[some]).all()


def test_many_names_are_drawn_as_few_are() -> None:
    names = [f"p{i}" for i in range(1300)]
    bits = draw(names, np.full((1300, 1), 0.3), [2])
    for i in (0, 511, 512, 1024, 1299):
        assert bits[i].tolist() == of(names[i], 0.3, 2)
    assert len({row.tobytes() for row in bits}) == 1300


def test_rates_outside_are_clipped_and_odd_names_are_drawn() -> None:
    assert of("x", 7.5, 1) == [(1 << 64) - 1]
    assert of("x", -0.5, 1) == [0]
    assert of("\udcff", 0.5, 1) != of("", 0.5, 1)


def test_no_release_draws_otherwise() -> None:
    """Other draws would change the layers of everybody."""
    assert of("openssl", 0.3, 2) == GOLDEN["openssl"]
    assert of("python3.11-flask", 0.02, 2) == GOLDEN["python3.11-flask"]


GOLDEN = {
    "openssl": [11538648873188934996, 2514384394957886984],
    "python3.11-flask": [2147483680, 8589934592],
}
