"""buildImage of nix/, built by the real Nix without nixpkgs: offline, in its sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.conftest import need
from tests.conformance.engines import run
from tests.conformance.test_emit import NIX, ROOT, digest, made, package, sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("made", "package")  # fixtures

EXPRESSION = """
{{ app, layout, linked }}:
let
  nixdive = import {library} {{ nixdive = "{program}"; }};
  path = builtins.storePath app;
in
nixdive.buildImage {{
  name = "team/shop";
  tag = "7";
  contents = if linked then [ path ] else [ ];
  config = {{ Cmd = [ "${{path}}/bin/redis" "--version" ]; Env = [ "A=b c" ]; }};
  plan = /. + layout;
  directories = [ "/tmp:1777" ];
  users = [ "app:1000" ];
  perms = [ {{ path = "/tmp"; mode = "0770"; uid = 1000; }} ];
  includeNixDB = true;
  uid = 5;
  compression = "zstd";
}}
"""


@pytest.mark.parametrize("linked", [True, False])
def test_a_build_by_a_committed_plan_has_the_bytes_of_write(
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    package: Path,
    made: list[str],
    tmp_path: Path,
    *,
    linked: bool,
) -> None:
    need("nix-build", root=True)
    app, plan, file = apps["redis"].path, tmp_path / "shop.plan.toml", tmp_path / "image.nix"
    nixdive("plan", app, "-o", plan, "-q", "--max-layers", "14")
    program = str(package / "bin/nixdive")
    file.write_text(EXPRESSION.format(library=ROOT / "nix", program=program))
    words = ("--argstr", "app", app, "--argstr", "layout", str(plan), "--arg", "linked", str(linked).lower())
    derivation = run("nix-instantiate", file, *NIX, *words).strip()
    made.append(derivation)
    shown = ("--option", "sandbox", "true", "--option", "sandbox-paths", sandbox(package))
    made.append(run("nix-store", "--realise", derivation, *NIX, *shown).strip())
    config = tmp_path / "config.json"
    config.write_text(f'{{"Cmd": ["{app}/bin/redis", "--version"], "Env": ["A=b c"]}}')
    root = ("--mkdir", "/tmp:1777", "--add-user", "app:1000", "--perm", "/tmp=0770:1000:1000", "--nix-db")
    image = (
        "--name",
        "team/shop:7",
        "--config",
        config,
        "--uid",
        "5",
        *(("--contents", app) if linked else ()),
    )
    nixdive(
        "write", app, "--plan", plan, "-q", *image, *root, "--compression", "zstd", "-o", tmp_path / "x.tar"
    )
    assert digest(Path(made[-1])) == digest(tmp_path / "x.tar")
    assert made[-1].endswith("-shop.tar")


def test_what_nix2container_has_built_opens_as_the_image_that_it_is(
    apps: Mapping[str, Any],
    nixdive: Callable[..., str],
    made: list[str],
    tmp_path: Path,
) -> None:
    file = tmp_path / "image-redis.json"
    layers = [
        {"paths": [{"path": apps["redis"].path}], "digest": "sha256:0", "size": 1, "diff_ids": "sha256:0"}
    ]
    image = {"version": 1, "image-config": {"Cmd": ["x"]}, "layers": layers, "arch": "amd64"}
    file.write_text(json.dumps(image))
    made.append(run("nix-store", "--add", file).strip())
    plan = json.loads(nixdive("plan", made[-1], "--json", "-q"))
    assert [layer["paths"] for layer in plan["layers"]] == [[apps["redis"].path]]
