from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.cli.columns import columns
from nixdive.cli.table import load_lines, push_lines, summary_lines, written_lines
from nixdive.closure.closure import Closure
from nixdive.image.written import WrittenImage, WrittenLayer
from nixdive.layering.compare import PushCost
from nixdive.layering.cost import ReleaseCost, Replan
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    import pytest


def path(letter: str, name: str) -> StorePath:
    return StorePath.parse(f"/nix/store/{letter * 32}-{name}")


SMALL, BIG, MORE, LAST = path("a", "small-1"), path("b", "big-2"), path("c", "more-3"), path("d", "last-4")
SIZES = {SMALL: 10, BIG: 1 << 20, MORE: 4096, LAST: 1}
CLOSURE = Closure.of(PathGraph("test", tuple(PathInfo(p, size, ()) for p, size in SIZES.items())))
PLAN = LayerPlan(
    PlanRequest(max_layers=9),
    (
        Layer(LayerKind.STORE, (BIG,), 1 << 20, "used by 3", pin="runtime"),
        Layer(LayerKind.STORE, (LAST, SMALL, MORE), 4107, "the rest"),
        Layer(LayerKind.CUSTOMISATION, (), 10240, "links at the root"),
    ),
)


def test_columns_are_aligned_and_end_without_blanks() -> None:
    assert columns([("a", "1", ""), ("bcd", "20", "x")], frozenset({1})) == ["a     1", "bcd  20  x"]
    assert columns([]) == []


def test_plan_as_people_read_it() -> None:
    against = [("old\x1b.json", PushCost(4107, 2, 1, (False, True, False)))]
    assert summary_lines("redis:v1", CLOSURE, PLAN, against=against) == [
        "redis:v1  4 paths  1.00 MiB  3 of 9 layers  churn",
        "",
        "#  size       paths  pin      why                largest",
        "1  1.00  MiB      1  runtime  used by 3          big-2",
        "2  4.01  KiB      3           the rest           more-3, small-1 and last-4",
        "3  10.0  KiB                  links at the root",
        "",
        "after old\\x1b.json  push  4.01 KiB  NAR bytes  1 new layer  2 reused",
    ]


def test_paths_without_sizes_are_counted_as_paths() -> None:
    lines = push_lines(
        [("old", PushCost(13, 6, 4, (False, True)))], "assumed: churn in 9 layers", sized=False
    )
    assert lines == [
        "after old  push  13  paths, as their sizes are unknown  4 new layers  6 reused",
        "assumed: churn in 9 layers",
    ]


def test_prices_as_people_read_them() -> None:
    layers = [replace(layer, change_probability=0.126) for layer in PLAN.layers[:2]]
    plan = LayerPlan(PlanRequest(max_layers=9, carried=(("big",),)), (*layers, PLAN.layers[2]))
    cost = ReleaseCost(5 << 20, 4 << 20, 10 << 20, None, 2, 1, 2 << 20)
    lines = summary_lines("redis:v1", CLOSURE, plan, cost=cost, replan=Replan(1 << 20, -1 << 19))
    assert lines == [
        "redis:v1  4 paths  1.00 MiB  3 of 9 layers  churn, carried on",
        "",
        "#  size       changes  paths  pin      why                largest",
        "1  1.00  MiB      13%      1  runtime  used by 3          big-2",
        "2  4.01  KiB      13%      3           the rest           more-3, small-1 and last-4",
        "3  10.0  KiB                           links at the root",
        "",
        "each release  5.00 MiB  an estimate in NAR bytes, about 2.00 MiB compressed; 1 release seen",
        "at least      4.00 MiB  under any plan of 9 layers",
        "nixpkgs       10.0 MiB  what dockerTools does today",
        "2 layers would cost the same, within 1 %",
        "planned from scratch: +1.00 MiB once, −512 KiB each release, pays back in 2 releases (--replan)",
    ]


def test_many_paths_are_counted() -> None:
    layer = Layer(LayerKind.STORE, (SMALL, BIG, MORE, LAST), 5, "all")
    lines = summary_lines("x:1", CLOSURE, LayerPlan(PlanRequest(), (layer,)))
    assert lines[-1].endswith("big-2, more-3, small-1 and 1 more")


def test_paths_that_a_pipeline_removed_are_told() -> None:
    plan = LayerPlan(PlanRequest("pipeline"), PLAN.layers[:1], left_out=(SMALL, MORE, LAST, BIG))
    told = "in no layer, removed by the pipeline: small-1, more-3, last-4 and 1 more"
    assert summary_lines("x:1", CLOSURE, plan)[-1] == told


def test_unknown_sizes_are_not_told() -> None:
    lines = summary_lines("x:1", CLOSURE, LayerPlan(PlanRequest(), PLAN.layers, sized=False))
    assert "sizes unknown" in lines[0]
    assert "MiB" not in lines[3]


def test_written_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    written = WrittenImage("/tmp/a b.tar", "redis:v1", "hybrid", "sha256:c", "sha256:m", (), 3 << 20, 1.5)
    assert written_lines(written) == [
        "/tmp/a b.tar  redis:v1  hybrid  0 layers  3.00 MiB in 1.5 seconds, 2.00 MiB/s",
        "config    sha256:c",
        "manifest  sha256:m",
        "push it:  skopeo copy --preserve-digests oci-archive:'/tmp/a b.tar' docker://HOST/redis:v1",
        "load it:  docker load -i '/tmp/a b.tar'  # a push from Docker's overlay2 store compresses anew",
        "          podman load -i '/tmp/a b.tar'  # a push from podman compresses anew",
    ]


def test_layers_that_old_engines_cannot_read_are_told() -> None:
    layer = WrittenLayer("sha256:d", "sha256:b", "application/vnd.oci.image.layer.v1.tar+zstd", 1, 1, ())
    written = WrittenImage("x.tar", "redis:v1", "hybrid", "sha256:c", "sha256:m", (layer,), 3, 0.0)
    lines = written_lines(written)
    assert "  1 layer  " in lines[0]
    assert lines[-1] == "docker loads zstd layers from version 23 on"


def test_every_format_says_how_to_load_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    layer = WrittenLayer("sha256:d", "sha256:b", "application/vnd.oci.image.layer.v1.tar+gzip", 1, 1, ())
    made = WrittenImage("x", "x:1", "hybrid", "sha256:c", "sha256:m", (layer,), 1, 1.0, "1")
    assert load_lines(replace(made, target="-")) == []
    assert load_lines(replace(made, target="docker://x/y:1")) == []
    layout = load_lines(replace(made, image_format="oci"))
    assert layout[0] == "push it:  skopeo copy --preserve-digests oci:x:1 docker://HOST/x:1"
    archive = load_lines(replace(made, image_format="docker-archive"))
    assert archive[0] == "push it:  skopeo copy docker-archive:x docker://HOST/x:1  # skopeo compresses anew"
    assert archive[1].startswith("load it:  docker load -i x  # ")
    assert load_lines(replace(made, image_format="oci-archive"))[2] == "          ctr images import x"
