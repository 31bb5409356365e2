from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nixdive.image.written import CacheUse
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.ui.dialogs.writing import LAYERS, layers_at_work
from nixdive.ui.dialogs.written import facts
from nixdive.ui.draw.line import plain
from nixdive.ui.draw.line import width as cells
from nixdive.ui.draw.progress import Reading, gauge
from nixdive.ui.jobs import Meter

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure

MEBI = 1 << 20


def test_the_gauge_has_share_bytes_rate_and_the_time_that_is_left() -> None:
    bar, figures = gauge(Reading("writing", 96 * MEBI, 155 * MEBI, 1.0), 74)
    assert plain(bar).count("━") == round(74 * 96 / 155)
    assert plain(figures).startswith("62 %   96.0 MiB of 155 MiB   96.0 MiB/s")
    assert plain(figures).endswith("a moment left")
    assert cells(figures) == 74


def test_the_gauge_says_what_it_does_not_know() -> None:
    assert "looking at the files" in plain(gauge(Reading(), 74)[1])
    early = plain(gauge(Reading("hashing", 5, 10, 0.01), 74)[1])
    assert "left" not in early
    assert "hashing" in early
    assert plain(gauge(Reading("writing", 12, 10, 1.0), 74)[1]).startswith("100 %")


def test_the_layers_that_were_begun_last_are_shown(closure: Closure) -> None:
    plan = Planner(closure).solve(PlanRequest("each", 5))
    sizes = [10, 20, 30, 40, 50]
    reading = Reading("writing", 60, 150, 1.0, ((4, 50), (0, 10), (2, 15)))
    lines = [plain(line) for line in layers_at_work(reading, plan, closure, sizes, verb="gzip", width=74)]
    assert len(lines) == LAYERS + 3
    assert "✓ done" in lines[1]
    assert lines[3].split()[0] == "3"
    assert lines[3].endswith(" 50%")
    assert "gzip" in lines[3]
    assert lines[-1] == "2 done   1 at work   2 waiting"
    assert max(map(len, lines)) <= 74


@pytest.mark.parametrize("width", [30, 54, 60, 120])
def test_the_layers_fit_into_narrow_places(closure: Closure, width: int) -> None:
    plan = Planner(closure).solve(PlanRequest("each", 5))
    reading = Reading("writing", 60, 150, 1.0, ((4, 50), (0, 10), (2, 15)))
    lines = layers_at_work(reading, plan, closure, [10, 20, 30, 40, 50], verb="zstd", width=width)
    assert max(map(cells, lines)) <= max(width, 50)


def test_a_meter_counts_each_layer() -> None:
    meter = Meter()
    meter.start("writing", 30)
    meter.advance(10, 3)
    meter.advance(5, 1)
    meter.advance(5, 3)
    reading = meter.read()
    assert (reading.what, reading.done, reading.total) == ("writing", 20, 30)
    assert reading.parts == ((3, 15), (1, 5))


def test_a_meter_says_whether_the_work_is_wanted() -> None:
    stopped = Meter()
    assert not stopped.cancelled()
    stopped.stop()
    assert stopped.cancelled()


@pytest.mark.parametrize("width", [86, 74])
def test_digests_are_whole_at_any_width(width: int) -> None:
    image: Any = type(
        "Image",
        (),
        {
            "target": "x" * 200,
            "bytes_written": 5,
            "layers": (1, 2),
            "seconds": 2.13,
            "cache": CacheUse(1, 1, 5),
            "pushed": None,
            "config_digest": f"sha256:{'a' * 64}",
            "manifest_digest": f"sha256:{'b' * 64}",
        },
    )
    lines = [plain(line) for line in facts(image, None, "", width)]
    assert all(any(f"sha256:{letter * 64}" in line for line in lines) for letter in "ab")
    assert max(map(len, lines)) <= width
    assert lines[0].endswith("5 B   2 layers   2.1 seconds   1 from the cache")
