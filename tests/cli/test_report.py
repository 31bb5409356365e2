"""nixdive report as a user runs it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.image.made import archive, layer
from tests.program import run

CLOSURES = Path(__file__).parents[1] / "data/closures"
V1, V2, V3 = (CLOSURES / f"debstore-redis-{one}.path-info.json.gz" for one in ("v1", "v2", "v3"))
EARLIER = ("--against", V1, "--against", V2)
ROW = {
    "strategy": "churn",
    "max_layers": 9,
    "carried": False,
    "first": "churn",
    "push_bytes": [1],
    "total": 1,
}


def document(*words: str | Path) -> dict[str, Any]:
    done = run("report", *words, "--json", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_has_the_figures_of_the_plan() -> None:
    found, plan = document(V3, *EARLIER), run("plan", V3, *EARLIER, "--json", "-q").stdout
    assert found["plan"] == json.loads(plan)
    places = {path: i for i, layer in enumerate(found["plan"]["layers"]) for path in layer["paths"]}
    assert {one["path"]: one["layer"] for one in found["paths"]} == places
    assert sum(one["nar_size"] for one in found["paths"]) == found["plan"]["totals"]["nar_size"]
    (root,) = (one for one in found["paths"] if one["root"])
    assert root["closure_size"] == root["added_size"] == found["plan"]["totals"]["nar_size"]


def test_each_version_is_held_against_the_one_before() -> None:
    first, second, third = document(V3, *EARLIER, "--max-layers", "12")["releases"]
    assert (first["name"], first["push_bytes"], first["assumed"]) == (
        str(V1),
        None,
        "assumed: churn in 12 layers",
    )
    (after,) = json.loads(run("plan", V2, "--against", V1, "--max-layers", "12", "--json", "-q").stdout)[
        "against"
    ]
    assert (second["push_bytes"], second["layers_new"]) == (after["push_bytes"], after["layers_new"])
    plan = json.loads(run("plan", V3, *EARLIER, "--max-layers", "12", "--json", "-q").stdout)
    assert third["push_bytes"] == plan["against"][-1]["push_bytes"]
    assert third["assumed"] is None


def test_without_earlier_versions_there_is_no_history() -> None:
    found = document(V1)
    assert (found["releases"], found["layer_marks"]) == ([], [])
    assert {one["mark"] for one in found["paths"]} == {None}


def test_budgets_are_those_of_the_plans() -> None:
    points = {one["max_layers"]: one["push_bytes"] for one in document(V1)["budgets"]["points"]}
    for budget in (2, 8):
        plan = json.loads(run("plan", V1, "--max-layers", str(budget), "--json", "-q").stdout)
        assert points[budget] == plan["cost"]["expected_push"]


def test_of_an_image_it_says_what_no_container_sees(tmp_path: Path) -> None:
    image = archive(tmp_path / "a.tar", [layer("etc/a=" + "x" * 5000), layer("etc/a=short", "etc/b=y")])
    waste, seen = document(image)["waste"], json.loads(run("inspect", image, "--json", "-q").stdout)
    assert waste["reclaimable_bytes"] == seen["efficiency"]["reclaimable_bytes"] == 5000
    assert waste["score"] == seen["efficiency"]["score"]
    assert waste["hidden_files"] == [{"path": "/etc/a", "layers": [0], "bytes": 5000}]


def test_a_closure_without_sizes_has_a_report_too() -> None:
    found = document(CLOSURES / "formats-redis-v1.dot")
    assert (found["sized"], found["budgets"]) == (False, None)
    assert {one["nar_size"] for one in found["paths"]} == {None}


def test_the_page_and_the_document_can_come_from_one_run(tmp_path: Path) -> None:
    done = run("report", V1, "-o", tmp_path / "a.html", "--json")
    assert done.stderr.splitlines()[-1] == f"report saved to {tmp_path / 'a.html'}"
    text = (tmp_path / "a.html").read_text()
    data = text.partition('id="data">')[2].partition("</script>")[0]
    assert json.loads(data) == json.loads(done.stdout)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "-o FILE.html names the page to write"),
        (("-o", "-", "--json"), 2, "--json and -o - both want standard output"),
        (("-o", "/nowhere/at/all.html"), 1, "/nowhere/at does not exist"),
    ],
)
def test_errors(words: tuple[str, ...], status: int, told: str) -> None:
    done = run("report", V1, *words, "-q")
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr


@pytest.mark.usefixtures("_pseudo_terminals")
def test_no_page_goes_to_a_terminal() -> None:
    ours, its = pty.openpty()
    words = [sys.executable, "-m", "nixdive", "report", str(V1), "-o", "-"]
    done = subprocess.run(words, stdout=its, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    os.close(its)
    os.close(ours)
    assert done.returncode == 2
    assert b"standard output is a terminal; name a file" in done.stderr


def test_a_history_that_was_replayed_is_in_the_report(tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    history.write_text(run("replay", V1, V2, "--max-layers", "9", "--json", "-q").stdout)
    told = json.loads(history.read_text())
    found = json.loads(run("report", V2, "--history", history, "--json", "-q").stdout)["replay"]
    assert (found["versions"], found["unavoidable"]) == (told["versions"], told["unavoidable"])
    assert [row["total"] for row in found["rows"]] == [row["total"] for row in told["rows"]]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"format": "nixdive.plan/1"}, "it is not nixdive.replay/1"),
        ({"versions": "v1"}, "versions is not a list of texts"),
        ({"versions": []}, "versions is not a list of texts"),
        ({"unavoidable": [True]}, "unavoidable is not a list of 1 counts"),
        ({"rows": {}}, "rows is not a list"),
        ({"rows": [3]}, "row 0 is not an object"),
        ({"rows": [ROW | {"total": "1"}]}, "total of row 0 is not what it should be"),
        ({"rows": [ROW, ROW | {"push_bytes": []}]}, "push_bytes of row 1 is not a list of 1 counts"),
    ],
)
def test_what_is_no_history_is_refused(tmp_path: Path, change: dict[str, Any], cause: str) -> None:
    history = tmp_path / "history.json"
    whole = {"format": "nixdive.replay/1", "versions": ["a", "b"], "unavoidable": [1], "rows": [ROW]}
    history.write_text(json.dumps(whole | change))
    done = run("report", V1, "--history", history, "-o", tmp_path / "r.html", "-q")
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, f"nixdive: {history}: {cause}")
    assert not (tmp_path / "r.html").exists()
