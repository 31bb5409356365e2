"""The pipeline: nixpkgs' own results, and errors that say where."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.closure.closure import Closure
from nixdive.errors import BudgetError, PipelineError
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = json.loads(
    gzip.decompress((Path(__file__).parents[2] / "data/golden/pipelines-nixpkgs.json.gz").read_bytes())
)
CASES = [pytest.param(case, id=f"{case['closure'].split('.')[0]}-{case['case']}") for case in GOLDEN]

# the worked example of nixpkgs: A needs B and G, B needs C and E, C needs D and E, D and E need F
ARROWS = {"A": "BG", "B": "CE", "C": "DE", "D": "F", "E": "F", "F": "", "G": ""}


def path(letter: str) -> StorePath:
    digit = str(ord(letter) - ord("A"))
    return StorePath(f"/nix/store/{digit * 32}-{letter}")


LETTERS = Closure.of(
    PathGraph(
        "letters",
        tuple(
            PathInfo(path(letter), 10 * number, tuple(map(path, below)))
            for number, (letter, below) in enumerate(ARROWS.items(), 1)
        ),
    )
)


def layers(pipeline: Any, **request: Any) -> str:
    plan = solve(LETTERS, PlanRequest("pipeline", 100, pipeline=json.dumps(pipeline), **request))
    return " ".join("".join(one.name for one in layer.paths) for layer in plan.layers)


@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_nixpkgs(case: dict[str, Any], closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named(case["closure"])
    request = PlanRequest(
        "pipeline",
        125,
        exclude=tuple(map(StorePath, case.get("exclude_paths", ()))),
        pipeline=json.dumps(case["pipeline"]),
    )
    if "error" in case:
        with pytest.raises(PipelineError):
            solve(closure, request)
        return
    plan = solve(closure, request)
    assert [[closure.index[one] for one in layer.paths] for layer in plan.layers] == case["layers"]


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        ([["popularity_contest"]], "F E D C B G A"),
        ([["popularity_contest"], ["limit_layers", 4]], "F E D CBGA"),
        ([["popularity_contest"], ["limit_layers", 1]], "FEDCBGA"),
        ([["popularity_contest"], ["reverse"], ["limit_layers", 3]], "A G BCDEF"),
        ([["split_every", 3]], "ABC DEF G"),
        ([["split_paths", [path("C")]]], "CD EF ABG"),
        ([["split_paths", [path("E")]]], "E F ABCDG"),
        ([["split_paths", [path("F"), path("C")]]], "CDF E ABG"),
        ([["split_paths", [{"children_of": path("B")}]]], "CDEF ABG"),
        ([["split_paths", [path("A")]]], "ABCDEFG"),
        ([["subcomponent_out", [path("C")]]], "CDEF ABG"),
        ([["subcomponent_in", [path("C")]]], "ABC DEFG"),
        (
            [
                ["subcomponent_out", [path("C")]],
                ["over", "rest", ["popularity_contest"]],
                ["over", "main", ["split_every", 2]],
            ],
            "CD EF B G A",
        ),
        ([["split_paths", [path("C")]], ["flatten"], ["limit_layers", 2]], "CD EFABG"),
        ([["remove_paths", path("C")], ["split_every", 9]], "ABDEFG"),
        ([["pipe", [["split_every", 3], ["map", ["split_every", 2]]]]], "AB C DE F G"),
        ([["split_every", 3], ["map", ["split_every", 2]], ["limit_layers", 2]], "AB C DEFG"),
        ([["split_every", 3], ["map", ["popularity_contest"]], ["limit_layers", 9]], "C B A F D E G"),
        ([["split_every", 4], ["limit_layers", 1], ["map", ["popularity_contest"]]], "D C B F A E G"),
        ([["remove_paths", path("A")], ["split_paths", [path("B"), path("G")]]], "BCDEFG"),
        ([["remove_paths", path("A")], ["split_paths", [path("C")]]], "CD EF BG"),
        ([["remove_paths", path("A")], ["split_paths", [path("B")]]], "BCDEF G"),
        ([["split_every", 3], ["remove_paths", []], ["split_paths", []]], "ABC DEF G"),
        ([["split_every", 3], ["split_paths", [{"children_of": []}]], ["flatten"]], "ABC DEF G"),
        # there is an empty group, which counts
        ([["popularity_contest"], ["limit_layers", 9], ["reverse"], ["limit_layers", 3]], "A GBCDEF"),
        # with their arrows the order would be F E D C B
        ([["split_paths", [path("B"), path("E")]], ["over", "main", ["popularity_contest"]]], "F D C B E AG"),
        (
            [["split_paths", [path("C"), path("D")]], ["over", "main", ["subcomponent_out", [path("C")]]]],
            "C D EF ABG",
        ),
    ],
)
def test_every_stage_does_what_nixpkgs_says(pipeline: Any, expected: str) -> None:
    assert layers(pipeline) == expected


def test_excluded_and_pinned_paths_are_not_in_the_graph() -> None:
    assert layers([["popularity_contest"]], exclude=(path("F"),)) == "E D C B G A"
    assert layers([["popularity_contest"]], pins=(Pin("F", "low"),)) == "F E D C B G A"


def test_what_a_pipeline_removes_is_told() -> None:
    pipeline = json.dumps([["remove_paths", [path("C"), path("G")]], ["popularity_contest"]])
    plan = solve(LETTERS, PlanRequest("pipeline", 9, pipeline=pipeline))
    assert plan.left_out == (path("C"), path("G"))


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        ("[", "line 1, column 2: it is not JSON"),
        ("7", "a pipeline is a list of stages, not 7"),
        ("[[]]", "stage 1 of 1: a stage is a list"),
        ('[["popularity"]]', "stage 1 of 1, popularity: no stage has this name"),
        ('[["reverse", 1]]', "stage 1 of 1, reverse: it takes nothing, not 1 argument"),
        ('[["popularity_contest"], ["limit_layers", 0]]', "stage 2 of 2, limit_layers: .* at least 1, not 0"),
        ('[["limit_layers", "3"]]', 'stage 1 of 1, limit_layers: .* not "3"'),
        ('[["limit_layers", true]]', "not true"),
        ('[["split_every"]]', "stage 1 of 1, split_every: it takes a number, not 0 arguments"),
        ('[["split_paths", "/nix/store/x"]]', "split_paths: it takes a list of store paths, not"),
        ('[["split_paths", [{"parents_of": "x"}]]]', "each is a store path or"),
        (
            '[["split_paths", []], ["over", "main", ["split_every", 2]]]',
            "stage 2 of 2, over: there is no part 'main', only 'rest'",
        ),
        ('[["split_every", 2], ["over", "main", ["reverse"]]]', "stage 2 of 2, over: it needs named parts"),
        (
            '[["split_paths", []], ["map", ["reverse"]]]',
            "stage 2 of 2, map: it needs a list of groups, not the parts 'rest'",
        ),
        (
            '[["pipe", [["split_every", 2], ["map", ["pipe", [["limit_layers", 2]]]]]]]',
            "stage 1 of 1, pipe: stage 2 of 2, map: stage 1 of 1, pipe: stage 1 of 1, limit_layers",
        ),
        ('[["flatten"]]', "stage 1 of 1, flatten: there is one graph"),
        ("[]", "ends with one graph"),
        ('[["remove_paths", []]]', "ends with one graph"),
        ('[["split_every", 2], ["map", ["split_paths", []]], ["limit_layers", 1]]', "3 of 3.* named parts"),
        (f'[["limit_layers", {"9" * 5000}]]', "a number with too many digits"),
        ("[" * 100_000, "nested too deeply"),
        *[("[" * depth + "]" * depth, "nested too deeply") for depth in (101, 500, *range(900, 1000, 7))],
        ('[["pipe", ' * 60 + "[]" + "]]" * 60, "nested too deeply"),
    ],
)
def test_errors_name_the_stage_and_its_position(pipeline: str, message: str) -> None:
    with pytest.raises(PipelineError, match=message):
        solve(LETTERS, PlanRequest("pipeline", 100, pipeline=pipeline))


def test_a_pipeline_is_needed_and_keeps_to_the_budget() -> None:
    with pytest.raises(PipelineError, match="needs a pipeline"):
        solve(LETTERS, PlanRequest("pipeline"))
    with pytest.raises(BudgetError, match="makes 7 layers, the budget has room for 6"):
        solve(LETTERS, PlanRequest("pipeline", 6, pipeline='[["popularity_contest"]]'))
