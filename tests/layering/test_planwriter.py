from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import PlanFileError, WriteError
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.planfile import SEVERAL_IMAGES, PlanFile, PlannedLayer, read_plan, read_plan_file
from nixdive.layering.planwriter import write_plan, write_plan_file
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.stamp import layer_hash, stamp
from nixdive.store.path import StorePath
from tests.layering.made import PLAN_FILE, closure_of

if TYPE_CHECKING:
    from pathlib import Path

GLIBC, LIBGCC, APP = (
    StorePath(f"/nix/store/{letter * 32}-{name}")
    for letter, name in (("a", "glibc-2.39"), ("b", "libgcc-13"), ("c", "app-1.0"))
)


def plan_of(request: PlanRequest) -> LayerPlan:
    return LayerPlan(
        request,
        (
            Layer(LayerKind.BASE, (), 5, "base"),
            Layer(LayerKind.STORE, (GLIBC, LIBGCC), 9, "test"),
            Layer(LayerKind.STORE, (APP,), 1, "test"),
        ),
    )


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@given(
    st.sampled_from(["nixpkgs", "size", "pipeline"]),
    st.integers(1, 125),
    st.lists(st.builds(Pin, TEXT, TEXT), max_size=4, unique=True),
    st.sets(st.sampled_from([GLIBC, APP])),
    st.none() | TEXT,
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    strategy: str,
    layers: int,
    pins: list[Pin],
    exclude: set[StorePath],
    pipeline: str | None,
) -> None:
    file = tmp_path_factory.mktemp("plan") / "plan.toml"
    request = PlanRequest(strategy, layers, tuple(pins), tuple(sorted(exclude)), pipeline, spare=layers // 3)
    write_plan(plan_of(request), file)
    stored = [layer.paths for layer in plan_of(request).layers if layer.kind is LayerKind.STORE]
    hashes = tuple(map(layer_hash, stored))
    assert read_plan(file) == replace(request, carried=(("glibc", "libgcc"), ("app",)), hashes=hashes)


def test_a_layer_that_people_have_changed_is_not_known_again(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    write_plan(plan_of(PlanRequest()), file)
    text = file.read_text()
    file.write_text(text.replace('"libgcc"', '"libgcc", "zlib"'))
    known = read_plan(file).hashes
    assert known[0] == ""
    assert known[1] != ""
    file.write_text("\n".join(line for line in text.splitlines() if not line.startswith("stamp")))
    assert read_plan(file).hashes == ()


def test_what_people_wrote_stays(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN_FILE)
    file.chmod(0o640)
    request = read_plan(file)
    write_plan(plan_of(request), file)
    stamps = [stamp(("glibc", "libgcc"), (GLIBC, LIBGCC)), stamp(("app",), (APP,))]
    layer = f'stamp = "{stamps[0]}"\n\n[[layer]]\npackages = ["app"]\nstamp = "{stamps[1]}"\n'
    assert file.read_text() == PLAN_FILE + layer
    assert file.stat().st_mode & 0o777 == 0o640
    write_plan(plan_of(PlanRequest("each", 60, request.pins)), file)
    text = file.read_text()
    assert 'strategy = "each"' in text
    for comment in ("# reviewed by", "# leaves room", "# bumped together", "# every release"):
        assert comment in text


BEFORE = """\
format = "nixdive.plan/1"
strategy = "each"
max_layers = 60
exclude = [
  "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-glibc-2.39", # the host has it
]

# low
[[layer]]
packages = ["glibc"] # seldom

# was split
[[layer]]
packages = ["other"]

# the app moves
[[layer]]
packages = ["app", "gone"] # often

# one more
[[pin]]
layer = "runtime" # shared
paths = [
  "python3-*", # with its libraries
  "gone-*",
]
# the end
"""
AFTER = """\
format = "nixdive.plan/1"
strategy = "size"
max_layers = 60
exclude = [
  "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-glibc-2.39", # the host has it
  "/nix/store/cccccccccccccccccccccccccccccccc-app-1.0",
]

# low
[[layer]]
packages = ["glibc", "libgcc"] # seldom
stamp = "f1971b818f699323"

# the app moves
[[layer]]
packages = ["app"] # often
stamp = "b46d12a55bd4f4b6"

# one more
[[pin]]
layer = "runtime" # shared
paths = [
  "python3-*", # with its libraries
  "new",
]
# the end
"""


def test_comments_stay_with_what_they_are_about(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(BEFORE)
    request = PlanRequest("size", 60, (Pin("python3-*", "runtime"), Pin("new", "runtime")), (GLIBC, APP))
    write_plan(plan_of(request), file)
    assert file.read_text() == AFTER


def test_pins_that_are_gone_are_gone(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN_FILE)
    write_plan(plan_of(PlanRequest("size", 60)), file)
    assert read_plan(file).pins == ()


def test_rates_stay_where_the_plan_has_none(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN_FILE)
    write_plan(plan_of(PlanRequest("size", 60)), file)
    assert read_plan(file).rates == (("myapp", 1.0), ("glibc", 0.02))
    write_plan(plan_of(PlanRequest("size", 60, rates=(("glibc", 0.5), ("new", 1.0)))), file)
    assert read_plan(file).rates == (("glibc", 0.5), ("new", 1.0))


SEVERAL = """\
# two shops
format = "nixdive.fleet/1"
strategy = "churn"
max_layers = 60

# below all
[[layer]]
images = ["one", "two"] # both
packages = [
  "glibc", # seldom
]

[[layer]]
images = ["two"]
packages = ["gone"]
"""


def test_the_file_of_several_images_keeps_its_comments(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(SEVERAL)
    layers = (PlannedLayer(("app",), ("one",)), PlannedLayer(("glibc", "libgcc"), ("one", "two")))
    write_plan_file(file, SEVERAL_IMAGES, PlanRequest("churn", 60), layers)
    assert read_plan_file(file, SEVERAL_IMAGES, "churn") == PlanFile(PlanRequest("churn", 60), layers)
    assert (
        file.read_text()
        == """\
# two shops
format = "nixdive.fleet/1"
strategy = "churn"
max_layers = 60

[[layer]]
images = ["one"]
packages = ["app"]

# below all
[[layer]]
images = ["one", "two"] # both
packages = [
  "glibc", # seldom
  "libgcc",
]
"""
    )


def test_one_form_is_not_written_over_the_other(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(SEVERAL)
    with pytest.raises(PlanFileError, match=r"its format is 'nixdive\.fleet/1'"):
        write_plan(plan_of(PlanRequest()), file)
    assert file.read_text() == SEVERAL


def test_what_is_no_plan_file_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[project]\n")
    with pytest.raises(PlanFileError, match="names no format"):
        write_plan(plan_of(PlanRequest()), file)
    assert file.read_text() == "[project]\n"


def test_what_the_toml_writer_gets_wrong_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN_FILE)
    for wrong in (PLAN_FILE, "no toml"):
        monkeypatch.setattr("nixdive.layering.planwriter.written_over", lambda *_, wrong=wrong: wrong)
        with pytest.raises(PlanFileError, match="it cannot be changed without losing its form"):
            write_plan(plan_of(PlanRequest("each")), file)
    assert file.read_text() == PLAN_FILE


def test_an_empty_file_is_written(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.touch()
    write_plan(plan_of(PlanRequest("size")), file)
    assert read_plan(file).strategy == "size"


def test_devices_and_directories_are_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place, cause in ((pipe, "not a regular file"), (tmp_path, "a directory, not a file")):
        with pytest.raises(WriteError, match=cause):
            write_plan(plan_of(PlanRequest()), place)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="too long"):
        write_plan(plan_of(PlanRequest()), tmp_path / ("a" * 300))
    with pytest.raises(WriteError, match="does not exist"):
        write_plan(plan_of(PlanRequest()), tmp_path / "no" / "plan.toml")
    assert list(tmp_path.iterdir()) == []


def test_frozen_layers_are_kept_path_by_path(tmp_path: Path) -> None:
    closure = closure_of([()] * 3, names=["a-1", "b-1", "c-1"])
    layer = (closure.paths[1], closure.paths[0])
    plan = solve(closure, PlanRequest("churn", 3, frozen=(layer,)))
    file = tmp_path / "plan.toml"
    write_plan(plan, file)
    request = read_plan(file)
    assert request.frozen == (layer,)
    assert solve(closure, request).layers == plan.layers
    write_plan(solve(closure, replace(request, frozen=())), file)
    assert "frozen" not in file.read_text("utf-8")


def test_a_comment_stays_with_its_package_whatever_its_version(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"

    def write(*what: str) -> str:
        closure = closure_of([()] * len(what), names=what)
        write_plan(solve(closure, PlanRequest("each", 9)), file)
        return file.read_text("utf-8")

    text = write("x-1.0", "x-2.0")
    assert '["x@1.0"]' in text
    assert '["x@2.0"]' in text
    file.write_text(text.replace('["x@1.0"]', '["x@1.0"]  # the old one'), "utf-8")
    (line,) = (one for one in write("x-1.1", "x-3.0", "x-2.0").splitlines() if "old one" in one)
    assert line == 'packages = ["x@1.1"]  # the old one'
