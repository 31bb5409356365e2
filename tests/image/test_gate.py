from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.errors import ImageError
from nixdive.image.gate import Figures, Rule, Status, evaluate, go_float
from tests.image.made import archive, inspected, layer

if TYPE_CHECKING:
    from pathlib import Path

BIG = "x" * 1000


@pytest.fixture
def wasteful(tmp_path: Path) -> Figures:
    """Two of three copies of a file are hidden, in layers of 10 KiB each."""
    layers = [layer(f"a={BIG}", "b=1"), layer(f"a={BIG}"), layer(f"a={BIG}", "c=22")]
    return Figures(inspected(archive(tmp_path / "image", layers)), push_bytes=500)


def status(figures: Figures, rule: str, value: str) -> str:
    (result,) = [
        result for result in evaluate({rule: Rule.parse(rule, value)}, figures) if result.rule == rule
    ]
    return result.status.value


def test_rules_without_a_file_are_dives(wasteful: Figures) -> None:
    assert [(result.rule, result.status) for result in evaluate({}, wasteful)] == [
        ("highestUserWastedPercent", Status.FAIL),
        ("highestWastedBytes", Status.SKIP),
        ("lowestEfficiency", Status.FAIL),
    ]


@pytest.mark.parametrize(
    ("rule", "passes", "fails"),
    [
        ("lowestEfficiency", "0.3", "0.34"),
        ("highestWastedBytes", "3000", "2999"),
        ("highestWastedBytes", "3kB", "2.9K"),
        ("highestWastedBytes", "2.93KiB", "2.92 kib"),
        ("highestReclaimableBytes", "2000", "1999"),
        ("highestLayerSize", "10KiB", "10KB"),
        ("highestLayerCount", "3", "2"),
        ("highestPushBytes", "500", "499"),
    ],
)
def test_a_threshold_that_is_met_passes(wasteful: Figures, rule: str, passes: str, fails: str) -> None:
    assert status(wasteful, rule, passes) == "PASS"
    assert status(wasteful, rule, fails) == "FAIL"
    for off in ("disabled", "OFF", " false ", ""):
        assert status(wasteful, rule, off) == "SKIP"


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("lowestEfficiency", "high"),
        ("lowestEfficiency", "1.5"),
        ("lowestEfficiency", "nan"),
        ("highestUserWastedPercent", "-1"),
        ("highestWastedBytes", "20 elephants"),
        ("highestWastedBytes", "-1"),
        ("highestLayerCount", "3.5"),
        ("highestLayerCount", "²"),
        ("highestLayerCount", "9" * 5000),
        ("highestWastedBytes", "9" * 5000),
        ("lowestEfficiency", "9" * 5000),
        ("highestWastedBytes", "true"),
    ],
)
def test_a_threshold_that_cannot_be_read_is_an_error(rule: str, value: str) -> None:
    with pytest.raises(ImageError, match=rule) as caught:
        Rule.parse(rule, value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90), (" 30 s ", 30), ("30sec", 30), ("1.5min", 90), ("2m", 120), ("2 minutes", 120),
        ("1h", 3600), ("1h30m", 5400), ("1h 30min", 5400), ("1m30.5s", 90.5), ("500ms", 0.5),
        (".5h", 1800), ("1H", 3600),
    ],
)  # fmt: skip
def test_times_are_written_in_many_ways(text: str, seconds: float) -> None:
    assert Rule.parse("highestPushSeconds", text).threshold == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["-1s", "1:30", "s", "1 day", "1s2", "1.2.3s", "\u0661s", "1e3", "9" * 50 + "s"]
)
def test_what_is_no_time_is_refused_with_how_times_are_written(text: str) -> None:
    with pytest.raises(ImageError, match="invalid highestPushSeconds") as caught:
        Rule.parse("highestPushSeconds", text)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("times are written like 30s")


def test_a_share_of_more_than_all_fails_every_threshold(wasteful: Figures) -> None:
    assert status(wasteful, "highestUserWastedPercent", "1") == "FAIL"


def test_pushes_need_an_earlier_image(wasteful: Figures) -> None:
    with pytest.raises(ImageError, match="earlier image"):
        evaluate(
            {"highestPushBytes": Rule.parse("highestPushBytes", "1")}, wasteful._replace(push_bytes=None)
        )


def test_an_image_of_one_layer_passes(tmp_path: Path) -> None:
    image = inspected(archive(tmp_path / "image", [layer("a=1")]))
    assert {result.status for result in evaluate({}, Figures(image))} == {Status.PASS, Status.SKIP}


def test_waste_in_layers_that_bring_nothing_fails(tmp_path: Path) -> None:
    image = inspected(archive(tmp_path / "image", [layer("a=1"), layer(".wh.a=")]))
    (failed, *_) = evaluate({}, Figures(image))
    assert failed.status is Status.FAIL
    assert "(%-user-wasted-bytes=+Inf > threshold=0.1)" in failed.message


def test_numbers_are_written_as_go_writes_them() -> None:
    assert [go_float(value) for value in (0.1, 1.0, 0.95, 1e-05)] == ["0.1", "1", "0.95", "1e-05"]
    assert go_float(float("nan"), ".2f") == "NaN"
