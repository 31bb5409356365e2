"""`nixdive fleet` as a user runs it."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.layering.fleet import solve as solve_module
from nixdive.opening import open as open_module
from tests import program
from tests.image.made import archive
from tests.opening.images import store_layer
from tests.patience import PATIENCE
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.program import Done


def run(*words: str | Path) -> Done:
    return program.run("fleet", *words)


def seeded(seed: str, *words: str | Path) -> str:
    """Return what the program prints in a process of its own, with a seed for the hashes of strings."""
    argv = [sys.executable, "-m", "nixdive", "fleet", *map(str, words)]
    env = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(
        argv, stdout=subprocess.PIPE, text=True, env=env, timeout=PATIENCE, check=True
    ).stdout


def path(letter: str, name: str) -> str:
    return f"/nix/store/{letter * 32}-{name}"


LIBC, LIB = path("c", "libc-3.0"), path("b", "lib-2.0")


def closure(file: Path, letter: str, name: str) -> Path:
    """An application that needs lib and libc, in a closure file."""
    app = path(letter, name)
    file.write_text(
        json.dumps(
            [
                {"path": app, "narSize": 1000, "references": [app, LIB, LIBC]},
                {"path": LIB, "narSize": 20000, "references": [LIBC]},
                {"path": LIBC, "narSize": 300000, "references": [LIBC]},
            ]
        )
    )
    return file


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return closure(tmp_path / "shop.json", "a", "shop-1.0")


@pytest.fixture
def search(tmp_path: Path) -> Path:
    return closure(tmp_path / "search.json", "d", "search-1.0")


def test_document_is_that_of_the_design(shop: Path, search: Path) -> None:
    done = run(shop, search, "--json", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["format"] == "nixdive.fleet/1"
    assert [one["input"] for one in document["images"]] == [str(shop), str(search)]
    for number, one in enumerate(document["images"]):
        layers = [document["layers"][i] for i in one["layers"]]
        assert all(number in layer["images"] for layer in layers)
        assert sum(layer["nar_size"] for layer in layers) == 321000
    (libc,) = (layer for layer in document["layers"] if layer["paths"] == [LIBC])
    assert (libc["images"], libc["nar_size"]) == ([0, 1], 300000)
    assert 0 < libc["change_probability"] < 1
    cost = document["cost"]
    assert cost["registry_bytes"] == 322000
    assert cost["lower_bound"] <= cost["expected_push"] <= cost["separate"]


def test_table_tells_what_it_costs_beside_other_ways(shop: Path, search: Path) -> None:
    done = run(shop, search)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "2 images  4 paths  4 layers, at most 100 in each image  churn"
    assert [line.split("  ")[0] for line in lines[2:6]] == [
        "NAR bytes expected per release",
        "this plan",
        "each alone, churn",
        "each alone, nixpkgs",
    ]
    assert lines[-1].startswith("no plan is expected to push less than ")


def test_same_words_same_output_and_any_order_the_same_layers(shop: Path, search: Path) -> None:
    first, again = (seeded(seed, shop, search, "--json", "-q") for seed in ("1", "2"))
    assert first == again
    other = json.loads(run(search, shop, "--json", "-q").stdout)
    assert [one["paths"] for one in other["layers"]] == [one["paths"] for one in json.loads(first)["layers"]]


def test_plan_is_kept_and_carried(shop: Path, search: Path, tmp_path: Path) -> None:
    plan = tmp_path / "fleet.toml"
    assert "plan saved to" in run(shop, search, "--max-layers", "2", "-o", plan).stderr
    newer = closure(tmp_path / "newer.json", "f", "shop-1.1")
    done = run(newer, search, "--plan", plan, "--against", shop, "--against", search, "--json", "-q")
    document = json.loads(done.stdout)
    assert document["max_layers"] == 2
    assert document["against"]["layers_new"] == 1
    assert document["against"]["layers_reused"] == 2


def test_another_strategy_pins_and_exclusions(shop: Path, search: Path) -> None:
    done = run(shop, search, "--strategy", "single", "--pin", "libc=base", "--exclude", LIB, "--json", "-q")
    document = json.loads(done.stdout)
    assert document["strategy"] == "single"
    assert [(len(one["images"]), one["pinned"]) for one in document["layers"]] == [
        (2, True),
        (1, False),
        (1, False),
    ]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "Missing argument"),
        (("/nowhere",), 1, "/nowhere: no such file"),
        (("SHOP", "--name", "a:1", "--name", "b:1"), 2, "2 names for 1 images"),
        (("SHOP", "--write", "x.tar"), 1, "not on this machine"),
        (("SHOP", "--write", "-"), 2, "not to standard output"),
        (("SHOP", "--write", "docker://localhost/x"), 2, "skopeo copy"),
        (("SHOP", "--plan", "SHOP"), 1, "it is not TOML"),
        (("SHOP", "--max-layers", "126"), 2, "126"),
    ],
)
def test_errors_are_short_lines(words: tuple[str, ...], status: int, told: str, shop: Path) -> None:
    done = run(*(str(shop) if word == "SHOP" else word for word in words), "-q")
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert done.stderr.startswith("nixdive: ")


def test_what_of_a_plan_file_has_no_effect_is_said(shop: Path, search: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    assert run(shop, search, "-o", plan, "-q").returncode == 0
    plan.write_text(plan.read_text().replace("max_layers = 100", "max_layers = 2\nrates.libcc = 0.1"))
    done = run(shop, search, "--plan", plan)
    assert done.returncode == 0
    assert "rates: libcc matches no store path; did you mean libc?\n" in done.stderr
    assert "3 layers are carried on into a budget of 2: " in done.stderr


def test_earlier_versions_in_a_registry_are_read_by_manifest_and_config(shop: Path, search: Path) -> None:
    plan = json.loads(run(shop, search, "--json", "-q").stdout)
    number = plan["images"][1]["layers"]
    laid = [plan["layers"][i]["paths"] for i in number]
    history = [{"comment": f"store paths: {paths}"} for paths in laid]
    with RegistryHere() as here:
        here.add_image("search:1", [b"%d" % i for i in number], {"history": history})
        done = run(shop, search, "--against", here.url("search:1"), "--json", "-q")
        assert [one.method for one in here.log] == ["GET", "GET"]  # manifest and config, and no layer
    document = json.loads(done.stdout)
    same = [layer["paths"] for layer in document["layers"] if layer["paths"] in laid]
    assert document["against"]["layers_reused"] == len(same) == len(laid)
    assert document["assumed"] is None


OLD = [[LIBC, LIB], [path("e", "search-0.9")]]  # neither the layers nor the order that are planned anew
LISTED = [{"comment": f"store paths: {paths}"} for paths in OLD]


@pytest.mark.parametrize("form", ["archive", "registry", "layers that nothing lists"])
def test_layers_of_an_earlier_image_are_carried_on(
    form: str, shop: Path, search: Path, tmp_path: Path
) -> None:
    blobs = [store_layer(*((one[11:], {"x": b"1"}) for one in paths)) for paths in OLD]
    with RegistryHere() as here:
        here.add_image("find:1", blobs, {"history": LISTED})
        earlier: dict[str, str | Path] = {
            "archive": archive(tmp_path / "a.tar", blobs, tag="find:1", history=LISTED),
            "registry": here.url("find:1"),
            "layers that nothing lists": archive(tmp_path / "b.tar", blobs, tag="search:1"),
        }
        words = (search, "--against", earlier[form], "--json", "-q")
        alone, again = (json.loads(run(*words, *more).stdout) for more in ((), ("--replan",)))
        both = json.loads(run(shop, *words).stdout)
    assert (alone["against"]["layers_reused"], alone["against"]["push_bytes"]) == (1, 1000)
    assert OLD[0] in [layer["paths"] for layer in alone["layers"]]
    assert again["against"]["layers_reused"] == 0
    assert [one["images"] for one in both["layers"] if one["paths"] == OLD[0]] == [[0, 1]]


def test_what_is_assumed_of_earlier_closures_is_said(shop: Path, search: Path) -> None:
    words = (shop, search, "--against", shop, "--max-layers", "3", "-q")
    assert json.loads(run(*words, "--json").stdout)["assumed"] == "assumed: churn in 3 layers"
    assert "assumed: churn in 3 layers" in run(*words).stdout.splitlines()
    assert json.loads(run(shop, search, "--json", "-q").stdout)["assumed"] is None


def test_cycles_are_not_looked_for_while_images_are_opened_and_planned(
    shop: Path, search: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def noting(work: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **named: Any) -> Any:
            seen.append(gc.isenabled())
            return work(*given, **named)

        return noted

    monkeypatch.setattr(open_module, "open_subject", noting(open_module.open_subject))
    monkeypatch.setattr(solve_module, "solve_fleet", noting(solve_module.solve_fleet))
    assert run(shop, search, "-q").returncode == 0
    assert seen == [False] * 3
    assert gc.isenabled()
