"""Emitted expressions, built by the real Nix: offline, in its sandbox where the machine allows one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.conftest import need
from tests.conformance.programs import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parents[2]
NIX = ("--option", "substitute", "false", "--option", "build-users-group", "")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with bin/nixdive, as a package of it has."""
    program = tmp_path_factory.mktemp("package") / "bin/nixdive"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from nixdive.cli import main\nsys.exit(main())\n"
    )
    program.chmod(0o755)
    return program.parents[1]


@pytest.fixture
def made() -> Iterator[list[str]]:
    """Store paths that a test has made; they are deleted at the end, the last one first."""
    need("nix-build", root=True)
    paths: list[str] = []
    yield paths
    for path in reversed(paths):
        subprocess.run(["nix-store", "--delete", path], capture_output=True, check=False)


def sandbox(package: Path) -> str:
    """What Python and nixdive need of the machine, as sandbox-paths."""
    libraries = (place for place in ("/lib", "/lib64", "/usr/lib") if Path(place).exists())
    shown = [*libraries, sys.prefix, sys.base_prefix, str(ROOT / "nixdive"), str(package)]
    return " ".join(dict.fromkeys(f"{place}={os.path.realpath(place)}" for place in shown))


def build(made: list[str], package: Path, file: Path, *arguments: str) -> tuple[Path, Path]:
    """Return the plan file that the derivation has, and the image that it built."""
    derivation = run("nix-instantiate", file, *NIX, *arguments).strip()
    inputs = run("nix-store", "--query", "--references", derivation).split()
    (plan,) = (one for one in inputs if one.endswith("-plan.toml"))
    made += [plan, derivation]
    words = ("--option", "sandbox", "true", "--option", "sandbox-paths", sandbox(package))
    made.append(run("nix-store", "--realise", derivation, *NIX, *words).strip())
    return Path(plan), Path(made[-1])


def digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


@pytest.mark.parametrize("options", [(), ("--max-layers", "25", "--pin", "lib*=it's '' ${x} $${y} \\ é")])
@pytest.mark.parametrize("name", ["redis", "flaskapp"])
def test_a_build_writes_the_bytes_that_write_writes(
    name: str,
    options: tuple[str, ...],
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    package: Path,
    made: list[str],
    tmp_path: Path,
) -> None:
    app, file = apps[name].path, tmp_path / "image.nix"
    nixdive("emit", app, "--as", "nix", "-o", file, "-q", *options)
    program = str(package / "bin/nixdive")
    plan, image = build(made, package, file, "--argstr", "roots", app, "--argstr", "nixdive", program)
    assert image.name.endswith(f"-app-{name}.tar")
    nixdive("write", app, "-o", tmp_path / "image.tar", "-q", *options)
    assert digest(image) == digest(tmp_path / "image.tar")
    nixdive("plan", app, "-o", tmp_path / "plan.toml", "-q", *options)
    assert plan.read_text("utf-8") == (tmp_path / "plan.toml").read_text("utf-8")


def test_packages_and_options(
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    package: Path,
    made: list[str],
    tmp_path: Path,
) -> None:
    redis, file = apps["redis"].path, tmp_path / "image.nix"
    nixdive("emit", redis, "--as", "nix", "--strategy", "popularity", "-o", file, "-q")
    added = run("nix-store", "--add", package).strip()
    made.append(added)
    arguments = {
        "nixdive": f'{{ outPath = builtins.storePath "{added}"; system = builtins.currentSystem; }}',
        "roots": f'[ {{ outPath = builtins.storePath "{redis}"; }} ]',
        "options": '[ "--name" "cache:7" "--compression" "none" ]',
        "name": '"cache.tar"',
    }
    words = [word for name, value in arguments.items() for word in ("--arg", name, value)]
    _, image = build(made, package, file, *words)
    assert image.name.endswith("-cache.tar")
    more = ("--name", "cache:7", "--compression", "none", "--strategy", "popularity")
    nixdive("write", redis, "-o", tmp_path / "image.tar", "-q", *more)
    assert digest(image) == digest(tmp_path / "image.tar")


@pytest.mark.parametrize("strategy", ["nixpkgs", "popularity", "size"])
def test_a_pipeline_makes_the_same_bytes(
    strategy: str, apps: Mapping[str, Any], nixdive: Callable[..., str], tmp_path: Path
) -> None:
    app, options = apps["redis"].path, ("--max-layers", "12", "-q")
    file = tmp_path / "pipeline.json"
    nixdive("emit", app, "--as", "pipeline", "--strategy", strategy, "-o", file, *options)
    ways = {"plan": ("--strategy", strategy), "pipeline": ("--pipeline", file)}
    made = [
        json.loads(nixdive("write", app, "-o", tmp_path / f"{name}.tar", "--json", *words, *options))
        for name, words in ways.items()
    ]
    # the images bear different plans, so their configs differ
    assert made[0]["layers"] == made[1]["layers"]


STUB = """
let
  described = layer: { deps = layer.deps; listed = map (one: one.text) layer.layers; };
in
map (layer: { inherit (layer) deps listed nestedLayers; }) (import %s {
  buildLayer = layer: described layer // { nestedLayers = layer.layers; };
  writeTextDir = name: text: { inherit name text; };
})
"""


@pytest.mark.parametrize("strategy", ["churn", "size"])
def test_layers_of_nix2container_have_just_the_paths_of_the_plan(
    strategy: str, apps: Mapping[str, Any], nixdive: Callable[..., str], tmp_path: Path
) -> None:
    app, options = apps["flaskapp"].path, ("--strategy", strategy, "--max-layers", "14", "-q")
    file = tmp_path / "layers.nix"
    nixdive("emit", app, "--as", "nix2container", "-o", file, *options)
    words = ("--eval", "--strict", "--json", "--expr", STUB % file)
    made = json.loads(run("nix-instantiate", *words, *NIX))
    plan = json.loads(nixdive("plan", app, "--json", *options))["layers"]
    assert len(made) == len(plan)
    for layer, planned in zip(made, plan, strict=True):
        # what its buildLayer does: the closure of the paths, without what other layers list
        closure = set(run("nix-store", "--query", "--requisites", *layer["deps"]).split())
        others = {
            one["path"] for text in layer["listed"] for other in json.loads(text) for one in other["paths"]
        }
        assert closure - others == set(planned["paths"])
        assert layer["nestedLayers"] == []
