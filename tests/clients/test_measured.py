"""What the profiles foretell of releases that were really pushed and pulled: the table in docs/clients.md.

`shapes.json` has the layers of version 2 of each image and count, and which of them version 1 lacks or has
above others, as `tests/bench/bench_clients.py` found them when the seconds were measured.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from nixdive.clients.client import client
from nixdive.clients.link import Link
from nixdive.clients.seconds import Blobs, pull_seconds, push_seconds
from tests.bench.client_cases import KNEE_COUNTS

SHAPES = json.loads(Path(__file__).with_name("shapes.json").read_text("utf-8"))
_DOCS = Path(__file__).parents[2] / "docs/clients.md"
_ROW = re.compile(r"^\| (toolbox|media) \| (\S+) \| (\w+), (\w+) \| (.*) \|$", re.MULTILINE)


class Release(NamedTuple):
    """A row of the table: seconds of a push and then a pull with each count, and the best counts."""

    image: str
    link: str
    pushing: str
    pulling: str
    told: tuple[float, ...]
    measured: tuple[float, ...]
    best: tuple[int, int]

    def foretold(self) -> list[float]:
        """Return the seconds that the profiles foretell."""
        return [self._foretold(SHAPES[f"{self.image} {count}"]) for count in KNEE_COUNTS]

    def _foretold(self, shape: dict[str, list[int]]) -> float:
        blobs = Blobs(*(np.array(shape[of], dtype=float) for of in ("tar", "wire", "entries")))
        new, moved = (np.array(shape[of], dtype=bool)[:, None] for of in ("new", "moved"))
        link, push, pull = Link.parse(self.link), client(self.pushing).push, client(self.pulling).pull
        assert push is not None
        assert pull is not None
        return float(push_seconds(push, link, blobs, new)[0] + pull_seconds(pull, link, blobs, new, moved)[0])


def _releases() -> list[Release]:
    found = []
    for image, link, pushing, pulling, rest in _ROW.findall(_DOCS.read_text("utf-8")):
        *pairs, best = [tuple(map(float, cell.split(" / "))) for cell in rest.split(" | ")]
        told, measured = zip(*pairs, strict=True)
        found.append(Release(image, link, pushing, pulling, told, measured, (int(best[0]), int(best[1]))))
    return found


RELEASES = _releases()


def test_all_rows_are_read() -> None:
    assert len(RELEASES) == 2 * 3 * 2


@pytest.mark.parametrize("one", RELEASES, ids=lambda one: " ".join(islice(one, 3)))
def test_the_docs_say_what_the_profiles_foretell(one: Release) -> None:
    assert [round(seconds, 1) for seconds in one.foretold()] == pytest.approx(one.told, abs=0.051)


@pytest.mark.parametrize("one", RELEASES, ids=lambda one: " ".join(islice(one, 3)))
def test_what_is_foretold_is_near_what_was_measured_and_its_best_count_is_the_fastest(one: Release) -> None:
    foretold = one.foretold()
    assert foretold == pytest.approx(one.measured, rel=0.13)
    best = int(np.argmin(foretold))
    assert (KNEE_COUNTS[best],) * 2 == one.best
    assert one.measured[best] == min(one.measured)


def test_in_the_mean_it_is_a_few_percent_off() -> None:
    off = [
        abs(told / seconds - 1)
        for one in RELEASES
        for told, seconds in zip(one.foretold(), one.measured, strict=True)
    ]
    assert sum(off) / len(off) < 0.035
