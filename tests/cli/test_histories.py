"""compare, replay, and plans that are carried on, as people and scripts call them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from nixdive.cli.replay import budgets, strategies
from nixdive.cli.values import size
from nixdive.image.write import write_image
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo
from tests import openssl
from tests.program import Done, run

DATA = Path(__file__).parents[1] / "data/closures"
OLD, NEW = (str(DATA / f"debstore-toolbox-{version}.path-info.json.gz") for version in ("v1", "v2"))


def nixdive(*words: str, status: int = 0) -> Done:
    done = run(*words)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done


def document(*words: str, status: int = 0) -> Any:
    return json.loads(nixdive(*words, "--json", "-q", status=status).stdout)


def image(target: Path, request: PlanRequest, **changes: Any) -> Path:
    demo = open_demo()
    plan = solve(demo.closure, request, demo.frame)
    spec = replace(demo.spec, **changes)
    write_image(demo.to_write(plan, spec), target)
    return target


def test_closures_are_compared_as_they_would_be_laid_out() -> None:
    found = document("compare", OLD, NEW, "--max-layers", "24")
    assert (found["format"], found["exact"]) == ("nixdive.compare/1", False)
    plan = document("plan", NEW, "--against", OLD, "--max-layers", "24")["against"][0]
    assert {key: found[key] for key in ("push_bytes", "layers_reused", "layers_new")} == {
        key: plan[key] for key in ("push_bytes", "layers_reused", "layers_new")
    }
    changed = {one["name"]: one for one in found["paths"]["changed"]}
    assert (changed["libssl3"]["old"], changed["libssl3"]["new"]) == ("3.0.17-1-deb12u2", "3.0.22-1-deb12u2")
    assert found["paths"]["added"] == found["paths"]["removed"] == []
    lines = nixdive("compare", OLD, NEW, "-q").stdout.splitlines()
    assert any(line.startswith("~  libssl3") and "3.0.17-1-deb12u2 -> 3.0.22" in line for line in lines)
    assert "NAR bytes" in lines[-2]
    assert lines[-1] == found["assumed"].replace("24", "100") == "assumed: churn in 100 layers"


def test_other_strategies_are_compared_without_carrying() -> None:
    asked = ("--strategy", "nixpkgs", "--max-layers", "24")
    replayed = document("replay", OLD, NEW, "--strategies", "nixpkgs", "--max-layers", "24")
    assert document("compare", OLD, NEW, *asked)["push_bytes"] == replayed["rows"][0]["total"]


def test_images_are_compared_by_their_blobs(tmp_path: Path) -> None:
    one = image(tmp_path / "one", PlanRequest("churn", 12))
    two = image(tmp_path / "two", PlanRequest("churn", 13))
    found = document("compare", str(one), str(two))
    assert found["exact"] is True
    assert 0 < found["push_bytes"] < two.stat().st_size
    assert found["layers_new"] + found["layers_reused"] == 13
    assert found["paths"] == {"added": [], "removed": [], "changed": []}
    same = document("compare", str(one), str(one))
    assert (same["push_bytes"], same["layers_new"]) == (0, 0)
    plain = image(
        tmp_path / "plain", PlanRequest("churn", 13), image_format="docker-archive", compression="none"
    )
    assert document("compare", str(one), str(plain))["exact"] is False
    replayed = document("replay", str(one), str(two))
    assert [row["push_bytes"] for row in replayed["rows"]] == [[found["push_bytes"]]]


def test_the_same_contents_in_other_blobs_are_said_and_not_exact(tmp_path: Path) -> None:
    # what `docker save` writes with the containerd store: an OCI layout whose blobs are not compressed
    saved = image(tmp_path / "saved", PlanRequest("churn", 12), compression="none")
    packed = image(tmp_path / "packed", PlanRequest("churn", 12))
    found = document("compare", str(saved), str(packed))
    assert (found["layers_reused"], found["layers_new"], found["push_bytes"]) == (12, 0, 0)
    assert (found["exact"], found["bytes_of"], found["layers_repacked"]) == (False, "wire", 12)
    assert 0 < found["repacked_bytes"] < packed.stat().st_size
    lines = nixdive("compare", str(saved), str(packed), "-q").stdout.splitlines()
    assert lines[-1].startswith("12 layers with the same contents in other blobs: a client")


def test_a_push_that_is_too_large_is_told_by_the_status() -> None:
    done = nixdive("compare", OLD, NEW, "--fail-over", "1M", status=3)
    assert "more than 977 KiB" in done.stderr  # M is a power of 1000 here too
    nixdive("compare", OLD, NEW, "--fail-over", "1G")
    assert "not a size" in nixdive("compare", OLD, NEW, "--fail-over", "much", status=2).stderr


def test_a_history_is_replayed() -> None:
    found = document("replay", OLD, NEW, OLD, "--strategies", "churn,each", "--max-layers", "10,125")
    assert found["versions"] == [OLD, NEW, OLD]
    assert [(row["max_layers"], row["strategy"], row["carried"], row["first"]) for row in found["rows"]] == [
        (layers, *way)
        for layers in (10, 125)
        for way in (
            ("churn", False, "churn"),
            ("churn", True, "churn"),
            ("churn", True, "nixpkgs"),
            ("each", False, "each"),
            ("each", True, "each"),
        )
    ]
    for row in found["rows"]:
        assert row["total"] == sum(row["push_bytes"])
        assert row["push_bytes"][1] == 0
        assert row["push_bytes"][0] >= found["unavoidable"][0]
    assert found["unavoidable"] == [74_007_480, 0]
    lines = nixdive("replay", OLD, NEW, "-q").stdout.splitlines()
    assert lines[-1].split()[0] == "unavoidable"
    assert lines[2].split()[-4:] == ["x", "least", "x", "nixpkgs"]
    (usual,) = (line.split() for line in lines if line.split()[:3] == ["25", "nixpkgs", "anew"])
    (taken_over,) = (line for line in lines if "carried on from nixpkgs" in line and line.split()[0] == "25")
    share = float(taken_over.split()[-2]) / float(usual[-2])
    bounds = [line.split() for line in lines if line.split()[:4] == ["at", "least", "after", "nixpkgs"]]
    assert 0 < float(bounds[0][-1]) <= float(taken_over.split()[-1])
    assert usual[-1] == "1.000"
    assert float(taken_over.split()[-1]) == pytest.approx(share, abs=0.002)


def test_without_nixpkgs_nothing_is_held_against_it() -> None:
    heads = nixdive("replay", OLD, NEW, "-q", "--strategies", "each,churn").stdout.splitlines()[2]
    assert heads.split()[-2:] == ["x", "least"]


def test_what_cannot_be_replayed_is_told(tmp_path: Path) -> None:
    assert "at least two" in nixdive("replay", OLD, status=2).stderr
    target = image(tmp_path / "image.tar", PlanRequest("single"))
    assert "is an image" in nixdive("replay", OLD, str(target), status=2).stderr
    assert "not one of" in nixdive("replay", OLD, NEW, "--strategies", "keep", status=2).stderr
    assert "not a number from 1 to" in nixdive("replay", OLD, NEW, "--max-layers", "0", status=2).stderr


def test_plans_carry_on_from_a_file_and_from_an_image(tmp_path: Path) -> None:
    kept = str(tmp_path / "plan.toml")
    nixdive("plan", OLD, "--max-layers", "24", "-o", kept)
    carried = document("plan", NEW, "--plan", kept, "--against", OLD)
    by_itself = document("plan", NEW, "--against", OLD, "--max-layers", "24")
    assert carried["layers"] == by_itself["layers"]
    assert carried["replan"]["once"] > 0 > carried["replan"]["each_release"]
    anew = document("plan", NEW, "--plan", kept, "--against", OLD, "--replan")
    assert anew["replan"] is None
    extra = anew["against"][0]["push_bytes"] - carried["against"][0]["push_bytes"]
    assert extra == carried["replan"]["once"]
    assert "--replan changes nothing" in nixdive("plan", NEW, "--replan").stderr
    assert "changes nothing" not in nixdive("plan", NEW, "--plan", kept, "--replan").stderr
    assert "carried on" in nixdive("plan", NEW, "--plan", kept, "-q").stdout.splitlines()[0]
    other = nixdive("plan", NEW, "--plan", kept, "--strategy", "size", "-q").stdout.splitlines()[0]
    assert "carried on" not in other


def test_rates_in_a_plan_file_move_the_chances(tmp_path: Path) -> None:
    kept = tmp_path / "plan.toml"
    kept.write_text('format = "nixdive.plan/1"\nmax_layers = 24\n[rates]\ngit = 0.0\nlibperl = 1.0\n')
    found = document("plan", OLD, "--plan", str(kept))
    (layer,) = (one for one in found["layers"] if any("-git-2" in path for path in one["paths"]))
    usual = document("plan", OLD, "--max-layers", "24")
    (before,) = (one for one in usual["layers"] if any("-git-2" in path for path in one["paths"]))
    assert layer["change_probability"] < before["change_probability"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("50M", 50 * 10**6), ("1.5 GiB", 3 << 29), ("7", 7), ("3kb", 3000), ("2 T", 2 * 10**12)],
)
def test_sizes_are_read(text: str, found: int) -> None:
    assert size(text) == found


@pytest.mark.parametrize("text", ["", "M", "-1", "1X", "1e3", "٣"])
def test_what_is_no_size_is_told(text: str) -> None:
    with pytest.raises(click.BadParameter):
        size(text)


def test_lists_are_read() -> None:
    assert strategies("churn, nixpkgs,churn,") == ("churn", "nixpkgs")
    assert budgets("25,100, 25") == (25, 100)
    for wrong in ("0", "10001", "x", "٣", "", ","):
        with pytest.raises(click.BadParameter):
            budgets(wrong)


@openssl.ORDERS
def test_the_newest_is_compared_with_the_newest(order: str, tmp_path: Path) -> None:
    older, old = openssl.olds(order)
    files = [
        openssl.saved(closure, tmp_path / f"{number}.json")
        for number, closure in enumerate((openssl.before(order), openssl.now()))
    ]
    paths = document("compare", *files)["paths"]
    changed = {one["name"]: (one["old"], one["new"], one["old_path"]) for one in paths["changed"]}
    assert changed["openssl"] == ("3.0.14", "3.0.15", old)
    assert (paths["removed"], paths["added"]) == ([older], [])


@pytest.mark.parametrize(
    "words", [("plan", ".#app", "--against", "git:"), ("replay", ".#app", "--revisions", ",")]
)
def test_no_revision_at_all_is_said(words: tuple[str, ...]) -> None:
    if words[0] == "plan":
        words = ("plan", OLD, *words[2:])
    done = run(*words)
    assert done.returncode == 1
    assert f"{words[1]}: no revision is named" in done.stderr


def test_an_empty_address_names_no_store() -> None:
    done = run("plan", OLD, "--store", "")
    assert done.returncode == 2
    assert "an empty word does not name anything" in done.stderr
