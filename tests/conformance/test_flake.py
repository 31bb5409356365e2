"""The flake of nixdive: its package, overlay and shell, built with stand-ins for what nixpkgs gives."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nixdive import __version__
from tests.conformance.programs import run
from tests.conformance.test_nix import nix

if TYPE_CHECKING:
    from tests.conformance.test_nix import Nix

__all__ = ("nix",)  # a fixture

ROOT = Path(__file__).parents[2]
# Scripts end with a command of the shell's own: Nix may kill a builder whose last program closes its streams
# before it ends, as those of coreutils do. What a package of Python is there: its source in a folder, and
# programs that start this Python with it.
NIXPKGS = """
{
  outputs = { self }:
    let
      made = attributes: derivation ({ system = "x86_64-linux"; builder = "/bin/sh"; PATH = "/bin:/usr/bin"; }
        // removeAttrs attributes [ "passthru" ]) // (attributes.passthru or { });
      program = name: made { inherit name; args = [ "-ec" "mkdir -p $out; ln -s /usr/bin $out/bin; :" ]; };
      library = name: made { inherit name; args = [ "-ec" "echo > $out" ]; };
      names = [ "click" "hatchling" "humanize" "isal" "networkx" "numpy" "platformdirs" "pyyaml" "textual"
        "tomlkit" "urllib3" "zstandard" "scikit-build-core" "setuptools" "cmake" "ninja" "hypothesis"
        "import-linter" "jsonschema" "mypy" "pyte" "pytest" "pytest-asyncio" "pytest-xdist" ];
      packages = builtins.listToAttrs (map (name: { inherit name; value = library name; }) names) // {
        buildPythonPackage = package: library "${package.pname}-${package.version}";
        buildPythonApplication = package: made {
          name = "${package.pname}-${package.version}";
          inherit (package) src passthru dependencies;
          args = [ "-ec" ''
            mkdir -p $out/bin
            cp -r $src $out/source
            printf '#!PYTHON\\nimport sys\\nsys.dont_write_bytecode = True\\n' > $out/run
            printf 'sys.path[:0] = ["%s/source"]\\nfrom nixdive.cli import main\\nmain()\\n' $out >> $out/run
            install -m 755 $out/run $out/bin/nixdive
            :
          '' ];
        };
      };
      pkgs = {
        lib = { removePrefix = prefix: text: builtins.substring (builtins.stringLength prefix) (-1) text;
          licenses.mit = { }; };
        python3.pkgs = packages;
        fetchPypi = { pname, version, hash }: library "${pname}-${version}.tar.gz";
        bash = program "bash"; coreutils = program "coreutils"; fakeroot = program "fakeroot";
        cacert = program "cacert"; gnutar = program "gnutar"; ruff = program "ruff";
        mkShell = { inputsFrom, packages }: library "shell" // { inherit inputsFrom packages; };
        callPackage = file: given:
          let function = import file; in
          function (builtins.intersectAttrs (builtins.functionArgs function) pkgs // given);
      };
    in
    { legacyPackages = builtins.listToAttrs (map (name: { inherit name; value = pkgs; })
        [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ]); };
}
"""
IMAGE = """
{
  inputs.nixdive.url = "path:FLAKE";
  inputs.nixdive.inputs.nixpkgs.follows = "nixpkgs";
  inputs.nixpkgs.url = "path:NIXPKGS";
  outputs = { nixdive, nixpkgs, ... }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux // nixdive.overlays.default pkgs { };
      arguments = {
        name = "shop";
        config.Cmd = [ "${pkgs.python3.pkgs.click}" ];
        extraCommands = "mkdir -m 1777 tmp; mkdir data";
        fakeRootCommands = "chown 1000 data";
      };
    in
    { packages.x86_64-linux = { image = pkgs.nixdive.tools.buildImage arguments;
        layered = pkgs.nixdive.tools.buildLayeredImage arguments; }; };
}
"""


@pytest.fixture
def flake(nix: Nix, tmp_path: Path) -> tuple[Nix, Path, Path]:
    """A Nix, the flake of nixdive, and a stand-in for that of nixpkgs."""
    place, nixpkgs = tmp_path / "flake", tmp_path / "nixpkgs"
    nixpkgs.mkdir()
    (nixpkgs / "flake.nix").write_text(NIXPKGS.replace("PYTHON", sys.executable))
    place.mkdir()
    for name in ("flake.nix", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    for name in ("nix", "nixdive", "docs"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return nix, place, nixpkgs


def test_the_package_is_built_and_runs(flake: tuple[Nix, Path, Path]) -> None:
    nix, place, nixpkgs = flake
    words = ("--no-write-lock-file", "--override-input", "nixpkgs", f"path:{nixpkgs}", "--no-link", "--json")
    (built,) = json.loads(nix.run("nix", "build", f"path:{place}", *words))
    out = built["outputs"]["out"]
    assert out.endswith(f"-nixdive-{__version__}")
    assert run(f"{out}/bin/nixdive", "--version").strip() == f"nixdive {__version__}"
    names = {one.name for one in Path(out, "source").iterdir()}
    assert names == {"LICENSE", "README.md", "hatch_build.py", "nixdive", "pyproject.toml"}
    shell = nix.run("nix", "build", f"path:{place}#devShells.x86_64-linux.default", *words)
    assert "-shell" in shell


def test_what_is_neither_program_nor_library_changes_no_package(flake: tuple[Nix, Path, Path]) -> None:
    nix, place, nixpkgs = flake
    words = ("--no-write-lock-file", "--override-input", "nixpkgs", f"path:{nixpkgs}", "--raw")
    name = f"path:{place}#packages.x86_64-linux.default.outPath"
    before = nix.run("nix", "eval", name, *words)
    (place / "docs/nix.md").write_text("other words")
    assert nix.run("nix", "eval", name, *words) == before
    with (place / "nixdive/__main__.py").open("a") as file:
        file.write("\n")
    assert nix.run("nix", "eval", name, *words) != before


def test_a_flake_has_images_by_the_overlay(flake: tuple[Nix, Path, Path], tmp_path: Path) -> None:
    nix, place, nixpkgs = flake
    shop = tmp_path / "shop"
    shop.mkdir()
    text = IMAGE.replace("FLAKE", str(place)).replace("NIXPKGS", str(nixpkgs))
    (shop / "flake.nix").write_text(text)
    built = [
        json.loads(nix.run("nix", "build", f"path:{shop}#{name}", "--no-link", "--json"))[0]["outputs"]["out"]
        for name in ("image", "layered")
    ]
    assert Path(built[0]).read_bytes() == Path(built[1]).read_bytes()
    assert {path.rpartition("-")[2] for path in nix.paths(f"image:{built[0]}")} == {"click"}
