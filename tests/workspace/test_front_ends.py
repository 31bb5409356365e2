"""The screen and the command line give the same plan, prices and bytes for the same request."""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nixdive.closure.closure import Closure
from nixdive.documents.forms import save_plan
from nixdive.layering.request import Pin
from nixdive.store.path import StorePath
from nixdive.store.sources import read_graph
from nixdive.workspace import edits
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from nixdive.workspace.plan_files import read
from nixdive.workspace.shell_command import shell_command
from tests.opening.images import docker_archive, layer, store_layer
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.workspace.history import Edit
    from nixdive.workspace.workspace import Workspace

CLOSURES = Path(__file__).parents[1] / "data/closures"
TOOLBOX1, TOOLBOX2 = (str(CLOSURES / f"debstore-toolbox-{v}.path-info.json.gz") for v in ("v1", "v2"))
REDIS1, REDIS2, REDIS3 = (str(CLOSURES / f"debstore-redis-{v}.path-info.json.gz") for v in ("v1", "v2", "v3"))
DOT = str(CLOSURES / "formats-redis-v1.dot")
LEFT_OUT = next(iter(Closure.of(read_graph(Path(REDIS1).read_bytes(), "redis")).paths))
PIPELINE = '[["split_paths", ["/nix/store/nothing"]], ["over", "rest", ["popularity_contest"]]]'
NAMES = ("d" * 32 + "-libc-1", "f" * 32 + "-app-1", "g" * 32 + "-data-1")


@dataclass(frozen=True)
class Case:
    """A request in words, and as the screen has it; `steps` are made on the screen."""

    words: tuple[str, ...]
    what: OpenRequest
    steps: tuple[Callable[[Workspace], Edit | None], ...] = ()


def kept(workspace: Workspace) -> int:
    return workspace.priced.layer_marks.index("=")


CASES = {
    "as it is": Case((TOOLBOX2,), OpenRequest((TOOLBOX2,))),
    "budget": Case((TOOLBOX2, "--max-layers", "24"), OpenRequest((TOOLBOX2,), PlanOptions(max_layers=24))),
    "strategy": Case((REDIS2, "--strategy", "popularity"), OpenRequest((REDIS2,), PlanOptions("popularity"))),
    "pins": Case(
        (TOOLBOX2, "--max-layers", "20", "--pin", "libssl*=tls", "--pin", "perl*=perl"),
        OpenRequest(
            (TOOLBOX2,), PlanOptions(max_layers=20, pins=(Pin("libssl*", "tls"), Pin("perl*", "perl")))
        ),
    ),
    "earlier version": Case(
        (REDIS2, "--against", REDIS1, "--max-layers", "12"),
        OpenRequest((REDIS2,), PlanOptions(max_layers=12), (REDIS1,)),
    ),
    "two earlier versions": Case(
        (REDIS3, "--against", REDIS1, "--against", REDIS2, "--max-layers", "12"),
        OpenRequest((REDIS3,), PlanOptions(max_layers=12), (REDIS1, REDIS2)),
    ),
    "two earlier versions, pins": Case(
        (REDIS3, "--against", REDIS1, "--against", REDIS2, "--pin", "redis*=app"),
        OpenRequest((REDIS3,), PlanOptions(pins=(Pin("redis*", "app"),)), (REDIS1, REDIS2)),
    ),
    "two earlier versions, as nixpkgs": Case(
        (REDIS3, "--against", REDIS1, "--against", REDIS2, "--strategy", "nixpkgs"),
        OpenRequest((REDIS3,), PlanOptions("nixpkgs"), (REDIS1, REDIS2)),
    ),
    "planned from scratch": Case(
        (TOOLBOX2, "--against", TOOLBOX1, "--max-layers", "25", "--replan"),
        OpenRequest((TOOLBOX2,), PlanOptions(max_layers=25), (TOOLBOX1,), replan=True),
    ),
    "pipeline": Case(
        (REDIS1, "--pipeline", "pipeline.json"),
        OpenRequest((REDIS1,), PlanOptions(pipeline=Path("pipeline.json"))),
    ),
    "sizes unknown": Case((DOT, "--max-layers", "9"), OpenRequest((DOT,), PlanOptions(max_layers=9))),
    "left out": Case(
        (REDIS1, "--exclude", LEFT_OUT, "--strategy", "size", "--max-layers", "5"),
        OpenRequest((REDIS1,), PlanOptions("size", 5, exclude=(StorePath(LEFT_OUT),))),
    ),
    "image kept": Case(("image.tar",), OpenRequest(("image.tar",))),
    "image laid out anew": Case(
        ("image.tar", "--strategy", "churn", "--max-layers", "3"),
        OpenRequest(("image.tar",), PlanOptions("churn", 3)),
    ),
    "image after an image": Case(
        ("image.tar", "--against", "old.tar"), OpenRequest(("image.tar",), against=("old.tar",))
    ),
    "merged by hand": Case(
        (TOOLBOX2, "--plan", "saved.toml"),
        OpenRequest((TOOLBOX2,), PlanOptions(max_layers=18)),
        (lambda w: edits.merge(w.situation, {2, 3, 5}),),
    ),
    "split by hand": Case(
        (TOOLBOX2, "--plan", "saved.toml"),
        OpenRequest((TOOLBOX2,), PlanOptions(max_layers=9)),
        (lambda w: edits.split(w.situation, 4),),
    ),
    "moved and pinned by hand": Case(
        (TOOLBOX2, "--plan", "saved.toml"),
        OpenRequest((TOOLBOX2,), PlanOptions(max_layers=12)),
        (
            lambda w: edits.move(w.situation, 3, 2),
            lambda w: edits.pin(w.situation, ["libssl*"], "tls"),
        ),
    ),
    "a budget by keys after a closure": Case(
        (TOOLBOX2, "--against", TOOLBOX1, "--max-layers", "28"),
        OpenRequest((TOOLBOX2,), against=(TOOLBOX1,)),
        (
            lambda w: edits.budget(w.situation, 40),
            lambda w: edits.budget(w.situation, 28),
        ),
    ),
    "churn by keys after closures": Case(
        (REDIS3, "--against", REDIS1, "--against", REDIS2, "--max-layers", "12"),
        OpenRequest((REDIS3,), PlanOptions("nixpkgs"), (REDIS1, REDIS2)),
        (
            lambda w: edits.strategy(w.situation, "churn"),
            lambda w: edits.budget(w.situation, 12),
        ),
    ),
    "nixpkgs by keys after a closure": Case(
        (TOOLBOX2, "--against", TOOLBOX1, "--strategy", "nixpkgs"),
        OpenRequest((TOOLBOX2,), against=(TOOLBOX1,)),
        (lambda w: edits.strategy(w.situation, "nixpkgs"),),
    ),
    "churn by keys after an image": Case(
        ("image.tar", "--against", "old.tar", "--strategy", "churn"),
        OpenRequest(("image.tar",), against=("old.tar",)),
        (lambda w: edits.strategy(w.situation, "churn"),),
    ),
    "from scratch and carried on again by keys": Case(
        (TOOLBOX2, "--against", TOOLBOX1, "--max-layers", "30"),
        OpenRequest((TOOLBOX2,), PlanOptions(max_layers=30), against=(TOOLBOX1,)),
        (
            lambda w: edits.replan(w.situation),
            lambda w: edits.strategy(w.situation, "size"),
            lambda w: edits.strategy(w.situation, "churn"),
        ),
    ),
    "frozen after an earlier version": Case(
        (REDIS2, "--plan", "saved.toml", "--against", REDIS1),
        OpenRequest((REDIS2,), PlanOptions(max_layers=12), (REDIS1,)),
        (lambda w: edits.freeze(w.situation, kept(w)),),
    ),
    "rated and unpinned": Case(
        (TOOLBOX2, "--plan", "saved.toml"),
        OpenRequest((TOOLBOX2,), PlanOptions(max_layers=12)),
        (
            lambda w: edits.rate(w.situation, "git", 0.9),
            lambda w: edits.pin(w.situation, ["git", "perl*"], "tools"),
            lambda w: edits.unpin(w.situation, lambda pin: pin.pattern == "git"),
        ),
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, and a pipeline."""
    place = tmp_path_factory.mktemp("front-ends")
    root = layer({"etc/": None, "etc/x": b"x"})
    old = [store_layer((NAMES[0], {"a": b"a" * 900})), store_layer((NAMES[1], {"b": b"b" * 90}))]
    new = [*old[:1], store_layer((NAMES[1], {"b": b"c" * 99})), store_layer((NAMES[2], {"d": b"d" * 9}))]
    docker_archive(place / "old.tar", {"app:1": [root, *old]})
    docker_archive(place / "image.tar", {"app:2": [root, *new]})
    (place / "pipeline.json").write_text(PIPELINE)
    return place


def on_screen(case: Case) -> Workspace:
    """Return the workspace after the steps of a case, each planned as the screen plans it."""
    workspace = open_workspace(case.what)
    for step in case.steps:
        edit = step(workspace)
        assert edit is not None
        workspace.wanted = workspace.wanted.did(edit)
        workspace.accept(workspace.wanted, workspace.plan(workspace.wanted.request).worked_out())
    return workspace


@pytest.mark.parametrize("name", CASES)
def test_the_screen_writes_what_the_command_line_prints(name: str, folder: Path, tmp_path: Path) -> None:
    case = CASES[name]
    with chdir(folder):
        workspace = on_screen(case)
        if case.steps:
            (folder / "saved.toml").unlink(missing_ok=True)
            save_plan(
                "plan file", workspace.subject, workspace.priced, workspace.subject.spec, Path("saved.toml")
            )
        save_plan(
            "JSON", workspace.subject, workspace.priced, workspace.subject.spec, tmp_path / "screen.json"
        )
        printed = run("plan", *case.words, "--json", "-q")
        assert (printed.returncode, printed.stderr) == (0, "")
        assert (tmp_path / "screen.json").read_text() == printed.stdout
        save_plan(
            "plan file", workspace.subject, workspace.priced, workspace.subject.spec, tmp_path / "screen.toml"
        )
        printed = run("plan", *case.words, "-o", "-", "-q")
        assert (printed.returncode, printed.stderr) == (0, "")
        assert (tmp_path / "screen.toml").read_text() == printed.stdout


def test_a_plan_that_was_saved_has_the_same_baseline_when_it_is_opened(tmp_path: Path) -> None:
    workspace = open_workspace(OpenRequest((TOOLBOX2,), against=(TOOLBOX1,)))
    edit = edits.budget(workspace.situation, 28)
    assert edit is not None
    priced = workspace.plan(edit.request)
    assert priced.assumption == "assumed: churn in 28 layers"
    save_plan("plan file", workspace.subject, priced, workspace.subject.spec, tmp_path / "a.toml")
    asked = PlanOptions(plan_file=tmp_path / "a.toml")
    again = open_workspace(OpenRequest((TOOLBOX2,), asked, (TOOLBOX1,))).priced
    assert again.baseline is not None
    assert priced.baseline is not None
    assert again.baseline.plan.layers == priced.baseline.plan.layers
    assert (again.assumption, again.cost, again.release) == (priced.assumption, priced.cost, priced.release)
    more = PlanOptions(max_layers=40, plan_file=tmp_path / "a.toml")  # what it assumes is said there
    assert open_workspace(OpenRequest((TOOLBOX2,), more, (TOOLBOX1,))).priced.assumption == again.assumption


def test_a_budget_that_is_chosen_for_the_clients_is_assumed_of_the_earlier_version_too() -> None:
    chosen = open_workspace(OpenRequest((TOOLBOX2,), PlanOptions(max_layers="auto"), (TOOLBOX1,)))
    budget = chosen.shown.request.max_layers
    said = open_workspace(OpenRequest((TOOLBOX2,), PlanOptions(max_layers=budget), (TOOLBOX1,)))
    assert (chosen.priced.cost, chosen.priced.assumption) == (said.priced.cost, said.priced.assumption)


def test_a_plan_file_opened_on_the_screen_is_that_of_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "a.plan.toml"
    assert run("plan", TOOLBOX1, "--max-layers", "14", "--pin", "perl*=p", "-o", file, "-q").returncode == 0
    asked = PlanOptions(max_layers=20, plan_file=file)  # it is the plan of the earlier version
    workspace = open_workspace(OpenRequest((TOOLBOX2,), asked, against=(TOOLBOX1,)))
    opened = workspace.plan(read(file, workspace)).worked_out()
    save_plan("JSON", workspace.subject, opened, workspace.subject.spec, tmp_path / "screen.json")
    printed = run("plan", TOOLBOX2, "--plan", file, "--against", TOOLBOX1, "--json", "-q")
    assert (tmp_path / "screen.json").read_text() == printed.stdout


@pytest.mark.parametrize("name", CASES)
def test_the_screen_names_the_command_that_plans_the_same(name: str, folder: Path) -> None:
    case = CASES[name]
    with chdir(folder):
        command = shell_command(on_screen(case), case.what, "saved.toml")
    assert command.words[:2] == ("nixdive", "plan")
    assert sorted(command.words[2:]) == sorted(case.words)
    assert command.plan_file == ("saved.toml" if "saved.toml" in case.words else "")


def test_the_command_names_what_the_plan_does_not_depend_on_too() -> None:
    what = OpenRequest((), PlanOptions(pins=(Pin("perl*", "a b"),)), demo=True, reserve=3)
    workspace = open_workspace(what)
    command = shell_command(workspace, what, "x")
    assert command.text == "nixdive plan demo --pin 'perl*=a b' --reserve 3"
