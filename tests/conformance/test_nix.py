"""The Nix of this machine, and a newer one where newer_nix.sh has made it, each with a store of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from nixdive import there
from nixdive.errors import SourceError
from tests.conformance.conftest import missing
from tests.conformance.programs import run
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWER = os.environ.get("NIXDIVE_NEWER_NIX", "")
SETTINGS = """
build-users-group =
sandbox = false
substituters =
experimental-features = nix-command flakes
"""
FLAKE = """
{
  outputs = { self }:
    let
      made = attributes: derivation ({ system = builtins.currentSystem or "x86_64-linux"; builder = "/bin/sh";
        PATH = "/bin:/usr/bin"; } // attributes);
      sh = script: [ "-ec" "${script}; :" ]; # what ends with a program may be killed, see test_flake.py
    in {
      packages.x86_64-linux = rec {
        lib = made { name = "lib-2.0"; args = sh "mkdir $out; echo lib > $out/data"; };
        app = made { name = "app-1.0"; outputs = [ "out" "dev" ];
          args = sh "mkdir -p $out/bin; ln -s ${lib}/data $out/bin/data; echo dev > $dev"; };
        default = app;
        link = made { name = "link"; args = sh "ln -s ${app} $out"; };
        digraph = made { name = "setting.json"; args = sh "echo '{\\"references\\": []}' > $out"; };
        bad = made { name = "bad-1.0"; args = sh "echo one; echo two >&2; exit 3"; };
        waits = made { name = "waits-1.0"; args = sh "cat ${bad} > $out"; };
        slow = made { name = "slow-1.0"; args = sh "echo begun; sleep 61.25; echo > $out"; };
      };
    };
}
"""


class Nix:
    """A Nix with a store of its own, and nixdive beside it."""

    def __init__(self, folder: Path, programs: str) -> None:
        self.folder = folder
        self.env = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "NIX_CONFIG": SETTINGS,
            "NIX_STORE_DIR": str(folder / "store"),
            "NIX_STATE_DIR": str(folder / "var"),
            "NIX_LOG_DIR": str(folder / "log"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "NIX_REMOTE": "",
        }
        (folder / "flake").mkdir()
        (folder / "flake/flake.nix").write_text(FLAKE)

    def run(self, *words: str | Path, **env: str) -> str:
        return run(*words, env=self.env | env).strip()

    def named(self, attribute: str) -> str:
        return f"path:{self.folder}/flake#{attribute}"

    def build(self, attribute: str) -> str:
        return self.run(
            "nix", "build", "--out-link", self.folder / "kept" / attribute, self.named(attribute)
        ) or str((self.folder / "kept" / attribute).readlink())

    def nixdive(self, *words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "nixdive", *map(str, words)]
        variables = os.environ | self.env | env
        return subprocess.run(
            argv, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def paths(self, *words: str | Path, **env: str) -> set[str]:
        done = self.nixdive("plan", "--json", "-q", *words, **env)
        assert done.returncode == 0, done.stderr
        plan: dict[str, Any] = json.loads(done.stdout)
        return {path for layer in plan["layers"] for path in layer["paths"]}

    def closure(self, path: str) -> set[str]:
        return set(self.run("nix-store", "--query", "--requisites", path).splitlines())


@pytest.fixture(scope="module", params=["here", "newer"])
def nix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nix]:
    programs = NEWER
    if request.param == "here":
        found = shutil.which("nix-store")
        if found is None:
            missing("nix is not installed")
        programs = os.path.dirname(found)  # noqa: PTH120
    elif not programs:
        missing("NIXDIVE_NEWER_NIX names no folder with a newer nix; newer_nix.sh makes one")
    if not there.exists("/bin/sh", SourceError) or os.uname().machine != "x86_64":
        missing("the packages of these tests are for x86_64")
    folder = tmp_path_factory.mktemp("nix")
    (folder / "kept").mkdir()
    yield Nix(folder, programs)
    subprocess.run(["chmod", "-R", "u+w", folder / "store"], check=True)  # so that pytest can remove it


def test_a_closure_is_what_nix_says(nix: Nix) -> None:
    app = nix.build("app")
    assert nix.paths(app) == nix.closure(app) == nix.paths(f"{app}/bin/data") == nix.paths(nix.named("app"))
    assert len(nix.closure(app)) == 2
    plan = json.loads(nix.nixdive("plan", "--json", "-q", app).stdout)
    sizes = {path: int(nix.run("nix-store", "--query", "--size", path)) for path in nix.closure(app)}
    assert plan["totals"]["nar_size"] == sum(sizes.values())


def test_a_closure_file_of_the_hint_opens(nix: Nix, tmp_path: Path) -> None:
    app = nix.build("app")
    command = f"nix-store --dump-db $(nix-store --query --requisites {app})"
    (tmp_path / "closure").write_text(nix.run("sh", "-c", command) + "\n")
    assert nix.paths(tmp_path / "closure") == nix.closure(app)


def test_a_root_that_is_a_link_stays_what_it_is(nix: Nix, tmp_path: Path) -> None:
    link = nix.build("link")
    (tmp_path / "result").symlink_to(link)
    for word in (link, tmp_path / "result", f"{link}/bin/data"):
        assert nix.paths(word) == nix.closure(link)
    assert link in nix.closure(link)
    assert len(nix.closure(link)) == 3


def test_a_file_in_the_store_is_a_store_path(nix: Nix) -> None:
    setting = nix.build("digraph")
    assert nix.paths(setting) == nix.paths(nix.named("digraph")) == {setting}


def test_derivations_are_what_they_build(nix: Nix, tmp_path: Path) -> None:
    app = nix.build("app")
    derivation = nix.run("nix-store", "--query", "--deriver", app)
    dev = next(
        path for path in nix.run("nix-store", "--query", "--outputs", derivation).split() if path != app
    )
    both = nix.closure(app) | nix.closure(dev)
    assert nix.paths(f"{derivation}^out") == nix.closure(app)
    assert nix.paths(f"{derivation}^out,dev") == nix.paths(f"{derivation}^*") == both
    done = nix.nixdive("plan", derivation)
    assert f"what it builds is opened, and path:{derivation} is what it is built from" in done.stderr
    needed = set(nix.run("nix-store", "--query", "--requisites", derivation).split())
    assert nix.paths(f"path:{derivation}") == needed > {derivation}
    assert nix.paths(f"path:{derivation}", app) == needed | nix.closure(app)
    assert done.stdout.startswith("app:1.0  3 paths")
    built = nix.run("nix", "build", "--no-link", "--json", nix.named("app"))
    (tmp_path / "built.json").write_text(built)
    assert nix.paths(tmp_path / "built.json") >= nix.closure(app)
    folder = nix.folder / "flake"
    assert nix.paths(folder) == nix.paths(f"path:{folder}") == nix.closure(app)


def test_the_build_that_failed_is_told(nix: Nix) -> None:
    done = nix.nixdive("plan", nix.named("waits"))
    first, *rest = done.stderr.splitlines()[-4:]
    assert done.returncode == 1
    assert first.startswith(f"nixdive: {nix.named('waits')}: {nix.folder}/store/")
    assert first.endswith("-bad-1.0.drv does not build: builder failed with exit code 3")
    assert rest[:2] == ["  | one", "  | two"]
    command = rest[2].removeprefix("hint: ").removesuffix(" shows the whole log")
    assert nix.run("sh", "-c", command) == "one\ntwo"
    done = nix.nixdive("plan", nix.named("nothing"))
    assert "does not provide attribute" in done.stderr.splitlines()[-2]


def sleepers() -> list[str]:
    """Return the processes of the slow build."""
    return run("sh", "-c", "ps -eo args | grep -F 'sleep 61.25' | grep -v -F 'grep -F' || true").splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_build_is_stopped_with_all_that_it_started(nix: Nix, number: signal.Signals) -> None:
    argv = [sys.executable, "-m", "nixdive", "plan", nix.named("slow")]
    with subprocess.Popen(argv, env=os.environ | nix.env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not (line := process.stderr.readline()).startswith("building slow-1.0"):
            assert line, "it ended before it built"
        until = time.monotonic() + PATIENCE
        while not sleepers() and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 130
        assert process.stderr.read().split() == ["nixdive:", "stopped"]
    assert sleepers() == []
    roots = nix.folder / "state/nixdive/roots"
    assert list(roots.iterdir()) == []


def test_what_is_built_survives_the_garbage_collector_while_it_is_open(nix: Nix) -> None:
    code = (
        "import subprocess, sys\nimport nixdive\n"
        "workspace = nixdive.open(sys.argv[1])\n"
        "subprocess.run(['nix-store', '--gc'], check=True, capture_output=True)\n"
        "print(*workspace.subject.closure.paths, workspace.subject.missing)\n"
        "assert all(map(workspace.subject.contents.has, workspace.subject.closure.paths))\n"
    )
    for kept in (nix.folder / "kept").iterdir():
        kept.unlink()
    *paths, lost = nix.run(sys.executable, "-c", code, nix.named("app")).split()
    assert (len(paths), lost) == (2, "0")
    nix.run("nix-store", "--gc")
    assert not any(map(os.path.lexists, paths))


def test_an_image_of_this_store_opens_again(nix: Nix, tmp_path: Path) -> None:
    app = nix.build("app")
    assert nix.nixdive("write", app, "-q", "-o", tmp_path / "image.tar").returncode == 0
    assert nix.paths(tmp_path / "image.tar") == nix.closure(app)
    assert nix.nixdive("extract", "-q", tmp_path / "image.tar", "/", "-o", tmp_path / "root").returncode == 0
    assert not os.path.lexists(tmp_path / "root/nix")
    assert (tmp_path / f"root{app}/bin/data").is_symlink()


def test_a_store_below_another_root(nix: Nix, tmp_path: Path) -> None:
    """What is there is named as if it were here; it is found by a setting, and by where a link leads."""
    usual = {"NIX_STORE_DIR": "", "NIX_STATE_DIR": "", "NIX_LOG_DIR": ""}
    for name in usual:
        del nix.env[name]
    root = tmp_path / "root"
    try:
        (tmp_path / "made").write_text("x")
        path = nix.run("nix-store", "--store", root, "--add", tmp_path / "made")
        (tmp_path / "result").symlink_to(path)
        (tmp_path / "into").symlink_to(f"{root}{path}")
        assert path.startswith("/nix/store/")
        assert not os.path.lexists(path)
        assert nix.paths(tmp_path / "into") == {path}
        remote = {"NIX_REMOTE": str(root)}
        for word in (path, tmp_path / "result", tmp_path / "into"):
            assert nix.paths(word, **remote) == {path}
        done = nix.nixdive("write", "-q", tmp_path / "into", "-o", tmp_path / "image.tar")
        assert done.returncode == 0, done.stderr
        assert nix.paths(tmp_path / "image.tar") == {path}
    finally:
        nix.env |= {
            "NIX_STORE_DIR": str(nix.folder / "store"),
            "NIX_STATE_DIR": str(nix.folder / "var"),
            "NIX_LOG_DIR": str(nix.folder / "log"),
        }
        subprocess.run(["chmod", "-R", "u+w", root], check=True)
