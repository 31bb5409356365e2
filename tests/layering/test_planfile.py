from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import PlanFileError, WriteError
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.planfile import read_plan
from nixdive.layering.planwriter import write_plan
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.store.path import StorePath
from tests.layering.made import closure_of

if TYPE_CHECKING:
    from pathlib import Path

GLIBC, LIBGCC, APP = (
    StorePath(f"/nix/store/{letter * 32}-{name}")
    for letter, name in (("a", "glibc-2.39"), ("b", "libgcc-13"), ("c", "app-1.0"))
)
WRITTEN = """\
# reviewed by the release team
format = "nixdive.plan/1"
max_layers = 60   # leaves room for the base
strategy = 'size'

[[pin]]
layer = "runtime"
paths = ["python3-3.*", "openssl-*"]   # bumped together

[rates]
myapp = 1.0   # every release
glibc = 0.02

[[layer]]
packages = ["glibc", "libgcc"]
"""


def plan_of(request: PlanRequest) -> LayerPlan:
    return LayerPlan(
        request,
        (
            Layer(LayerKind.BASE, (), 5, "base"),
            Layer(LayerKind.STORE, (GLIBC, LIBGCC), 9, "test"),
            Layer(LayerKind.STORE, (APP,), 1, "test"),
        ),
    )


def test_a_file_is_read_as_it_is_meant(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(WRITTEN)
    assert read_plan(file) == PlanRequest(
        "size",
        60,
        (Pin("python3-3.*", "runtime"), Pin("openssl-*", "runtime")),
        rates=(("myapp", 1.0), ("glibc", 0.02)),
        carried=(("glibc", "libgcc"),),
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
    request = PlanRequest(
        strategy, layers, tuple(sorted(pins, key=lambda pin: pin.layer)), tuple(sorted(exclude)), pipeline
    )
    write_plan(plan_of(request), file)
    assert read_plan(file) == replace(request, carried=(("glibc", "libgcc"), ("app",)))


def test_what_people_wrote_stays(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(WRITTEN)
    file.chmod(0o640)
    request = read_plan(file)
    write_plan(plan_of(request), file)
    assert file.read_text() == WRITTEN + '\n[[layer]]\npackages = ["app"]\n'
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

# the app moves
[[layer]]
packages = ["app"] # often

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


SPELLINGS = (
    ("strategy = 'each' # s", '"strategy" = "size"'),
    ("max_layers = 0x10 # m", "max_layers = 60"),
    ('pipeline = """\n[["reverse"]]\n""" # p', "pipeline = '[]'"),
    (f'exclude = [\n  # why\n  "{APP}",\n] # e', "exclude = []"),
    ("rates.glibc = 0.5 # r", 'rates = {glibc = 0.5, "a.b" = 1}'),
    ('pin = [{layer = "x", paths = ["a", "b"]}, {layer = "y", paths = ["c"]}]', "pin = []"),
    ('layer = [{packages = ["glibc", "libgcc"]}] # l',),
)
TABLES = (
    '# pins\n[[pin]]\nlayer = "x" # name\npaths = ["a", "b"] # patterns\n',
    '[[pin]]\npaths = ["q"]\nlayer = "y"\n\n',
    '[[layer]] # first\npackages = ["glibc", "libgcc"]\n',
    '\n[[layer]]\npackages = ["app"]\n',
    "[rates] # how often\nglibc = 0.5 # slow\n",
)


@given(
    st.permutations(SPELLINGS),
    st.permutations(TABLES),
    st.tuples(st.integers(0, 7), st.integers(0, 5)),
    st.lists(st.sampled_from([Pin("a", "x"), Pin("z", "x"), Pin("q", "y"), Pin("n", "new")]), unique=True),
    st.sets(st.sampled_from([GLIBC, APP])),
    st.none() | TEXT,
    st.data(),
)
def test_any_spelling_is_written_over(
    tmp_path_factory: pytest.TempPathFactory,
    spellings: list[tuple[str, ...]],
    tables: list[str],
    some: tuple[int, int],
    pins: list[Pin],
    exclude: set[StorePath],
    pipeline: str | None,
    data: st.DataObject,
) -> None:
    below = tables[: some[1]]
    above = [data.draw(st.sampled_from(words)) for words in spellings[: some[0]]]
    taken = {table.split("]")[0].rpartition("[")[2] for table in below}
    above = [line for line in above if not line.startswith(tuple(taken))]
    file = tmp_path_factory.mktemp("plan") / "plan.toml"
    file.write_text("\n".join(['# head\nformat = "nixdive.plan/1"', *above, *below, ""]))
    rates = read_plan(file).rates
    pins.sort(key=lambda pin: pin.layer)
    plan = plan_of(PlanRequest("size", 60, tuple(pins), tuple(sorted(exclude)), pipeline))
    write_plan(plan, file)
    once = file.read_text()
    assert read_plan(file) == replace(plan.request, carried=(("glibc", "libgcc"), ("app",)), rates=rates)
    assert once.startswith("# head\n")
    assert all(
        comment in once for comment in ("# s\n", "# m\n", "# slow") if comment in "\n".join(above + below)
    )
    write_plan(plan, file)
    assert file.read_text() == once, "saved again, nothing changes"


def test_pins_that_are_gone_are_gone(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(WRITTEN)
    write_plan(plan_of(PlanRequest("size", 60)), file)
    assert read_plan(file).pins == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = x", "it is no TOML: .*line 1"),
        ("strategy = 'size'", "format: it names no format"),
        ("format = 'nixdive.plan/2'", r"format: its format is 'nixdive\.plan/2'"),
        ("{}max_layer = 3", "max_layer: no plan file has this key"),
        ("{}max_layers = 126", "max_layers: 126 is not between 1 and 125"),
        ("{}max_layers = 'many'", "max_layers: it is a number of layers, not 'many'"),
        ("{}max_layers = true", "max_layers: it is a number of layers"),
        ("{}strategy = 3", "strategy: it is a name, not 3"),
        ("{}strategy = 'popularty'", "strategy: no strategy is called 'popularty'"),
        (f"{{}}max_layers = {'9' * 5000}", "it has a number that is too large"),
        (f"{{}}exclude = {'[' * 100_000}", "it is nested too deeply"),
        ("{}pin = 3", "pin: it is a list of tables"),
        ("{}pin = [3]", "pin: it is a list of tables"),
        ("{}[[pin]]\npaths = ['a']", "pin 1: layer is the name of a layer"),
        ("{}[[pin]]\nlayer = 'x'", "pin 1: paths lists what is pinned"),
        ("{}[[pin]]\nlayer = 'x'\npaths = 'a'", "pin 1: paths is a list of texts"),
        ("{}[[pin]]\nlayer = 'x'\npath = ['a']", "pin 1: path: no plan file has this key"),
        ("{}exclude = ['/tmp/x']", "exclude: '/tmp/x' is no store path"),
        ("{}[rates]\nglibc = 2", "rates.glibc: a rate is a number from 0 to 1"),
        ("{}[[layer]]\npackages = [1]", "layer 1: packages is a list of texts"),
    ],
)
def test_errors_name_file_key_and_cause(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text.replace("{}", "format = 'nixdive.plan/1'\n"))
    with pytest.raises(PlanFileError, match=f"plan.toml: {message}") as caught:
        read_plan(file)
    assert "\n" not in str(caught.value)


def test_what_is_no_plan_file_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[project]\n")
    with pytest.raises(PlanFileError, match="names no format"):
        write_plan(plan_of(PlanRequest()), file)
    assert file.read_text() == "[project]\n"


def test_what_holds_where_a_file_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('format = "nixdive.plan/1"\n')
    assert read_plan(file) == PlanRequest()
    assert read_plan(file, "keep") == PlanRequest("keep")


def test_what_the_toml_writer_gets_wrong_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(WRITTEN)
    for wrong in (WRITTEN, "no toml"):
        monkeypatch.setattr("tomlkit.dumps", lambda _, wrong=wrong: wrong)
        with pytest.raises(PlanFileError, match="its form cannot be kept"):
            write_plan(plan_of(PlanRequest("each")), file)
    assert file.read_text() == WRITTEN


def test_an_empty_file_is_written(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.touch()
    write_plan(plan_of(PlanRequest("size")), file)
    assert read_plan(file).strategy == "size"


def test_devices_and_directories_are_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, tmp_path):
        with pytest.raises(PlanFileError, match="no regular file"):
            write_plan(plan_of(PlanRequest()), place)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="too long"):
        write_plan(plan_of(PlanRequest()), tmp_path / ("a" * 300))
    with pytest.raises(WriteError, match="does not exist"):
        write_plan(plan_of(PlanRequest()), tmp_path / "no" / "plan.toml")
    assert list(tmp_path.iterdir()) == []


def test_missing_binary_and_endless_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="No such file"):
        read_plan(tmp_path / "none.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PlanFileError, match="not UTF-8"):
        read_plan(tmp_path / "x.toml")


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


def test_a_frozen_layer_lists_store_paths(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('format = "nixdive.plan/1"\n[[layer]]\npackages = ["a"]\nfrozen = ["a-1"]\n', "utf-8")
    with pytest.raises(PlanFileError, match=r"layer 1: frozen: 'a-1' is no store path"):
        read_plan(file)
