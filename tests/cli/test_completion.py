"""What the shells are told, by their protocols: they ask with variables, and read lines."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.image.made import archive, layer
from tests.patience import PATIENCE
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path


def asked(folder: Path, **variables: str) -> list[str]:
    """Return what the program answers to a shell."""
    done = subprocess.run(
        [sys.executable, "-m", "nixdive"],
        cwd=folder,
        env=dict(os.environ) | variables,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
        text=True,
    )
    assert not done.stderr
    return done.stdout.splitlines()


def bash(line: str, folder: Path) -> list[str]:
    return asked(folder, _NIXDIVE_COMPLETE="bash_complete", COMP_LINE=line)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    done = run("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_NIXDIVE_COMPLETE={shell}_complete" in done.stdout
    assert run("completion", "tcsh").returncode == 2


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("nixdive inspect --dive", ["plain,--dive-json"]),
        ("nixdive inspect x --dive-json ", ["file,"]),
        ("nixdive schema comp", ["plain,compare"]),
        ("nixdive plan x --strategy=cht", []),
        ("nixdive plan x --strategy=chu", ["plain,churn"]),
        ("nixdive compare nothing.tar:", ["file,"]),
        ("nixdive write x --compression ", ["plain,none", "plain,gzip", "plain,zstd"]),
        ("nixdive pack x --compression z", ["plain,zstd"]),
        ("nixdive plan x --max-layers ", ["plain,auto"]),
        ("nixdive plan x --exclude ./a", ["file,./a"]),
        ("nixdive inspect x --platform linux/arm64", ["plain,linux/arm64"]),
        ("nixdive write x --architecture arm/", ["plain,arm/v6", "plain,arm/v7"]),
        ("nixdive write x --stop-signal SIGT", ["plain,SIGTERM"]),
        ("nixdive replay x --strategies churn,po", ["plain,churn,popularity"]),
        ("nixdive replay x --strategies churn,churn", []),
        ("nixdive inspect 'a b", ["file,a b"]),
    ],
)
def test_bash_is_answered(line: str, offered: list[str], tmp_path: Path) -> None:
    assert bash(line, tmp_path) == offered


def test_the_first_word_is_a_command_or_an_input(tmp_path: Path) -> None:
    assert bash("nixdive pl", tmp_path) == ["plain,plan", "file,pl"]
    assert {"plain,write", "plain,ci", "file,"} <= set(bash("nixdive ", tmp_path))


def test_images_of_a_file_are_offered_by_name(tmp_path: Path) -> None:
    archive(tmp_path / "image.tar", [layer("a=1")], tag="shop:7")
    (tmp_path / "text.tar").write_text("nothing")
    assert bash("nixdive inspect image.tar:", tmp_path) == ["plain,shop:7"]
    assert bash("nixdive inspect image.tar:x", tmp_path) == []
    assert bash("nixdive inspect text.tar:", tmp_path) == []


def test_store_paths_are_offered(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for name in ("app-1", "app-1.drv", "lib-2"):
        (store / f"{'a' * 32}-{name}").mkdir(parents=True)
    found = asked(
        tmp_path,
        NIX_STORE_DIR=str(store),
        _NIXDIVE_COMPLETE="bash_complete",
        COMP_LINE=f"nixdive plan {store}/aaa",
    )
    assert found == [f"plain,{store}/{'a' * 32}-{name}" for name in ("app-1", "lib-2")]


def test_names_of_a_closure_are_offered_to_why(tmp_path: Path) -> None:
    dump = f"/nix/store/{'a' * 32}-app-1\n{'0' * 64}\n8\n\n0\n"
    (tmp_path / "closure").write_text(dump)
    assert bash("nixdive why closure a", tmp_path) == ["plain,app-1"]
    assert bash("nixdive why nothing a", tmp_path) == []


def test_layers_of_the_plan_file_are_offered_to_pins(tmp_path: Path) -> None:
    dump = f"/nix/store/{'a' * 32}-app-1\n{'0' * 64}\n8\n\n0\n"
    (tmp_path / "closure").write_text(dump)
    words = ("--pin", "app*=top", "-o", tmp_path / "app.plan.toml", "-q")
    assert run("plan", tmp_path / "closure", *words).returncode == 0
    line = "nixdive plan closure --plan app.plan.toml --pin lib*="
    assert bash(line, tmp_path) == ["plain,top"]


def test_zsh_and_fish_ask_as_click_has_it(tmp_path: Path) -> None:
    zsh = {"_NIXDIVE_COMPLETE": "zsh_complete", "COMP_WORDS": "nixdive ver", "COMP_CWORD": "1"}
    assert asked(tmp_path, **zsh)[:2] == ["plain", "verify"]
    fish = {"_NIXDIVE_COMPLETE": "fish_complete", "COMP_WORDS": "nixdive plan --strategy", "COMP_CWORD": "n"}
    assert asked(tmp_path, **fish) == ["plain,nixpkgs"]


def test_an_unknown_question_is_answered_by_nothing(tmp_path: Path) -> None:
    assert asked(tmp_path, _NIXDIVE_COMPLETE="tcsh_complete") == []
