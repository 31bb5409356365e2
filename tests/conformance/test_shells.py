"""Words as bash and fish really complete them; zsh, which completes on a terminal only, reads its script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.conftest import need
from tests.image.made import archive, layer
from tests.patience import PATIENCE

pytestmark = pytest.mark.conformance

BASH = """
eval "$(nixdive completion bash)"
compopt() { :; }
COMP_LINE=$1 COMP_POINT=${#1}
_nixdive_completion nixdive
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = 'nixdive completion fish | source; complete --do-complete "$argv[1]"'
ZSH = 'nixdive completion zsh | zsh -n && echo "$1"'


def completed(shell: str, script: str, line: str, folder: Path) -> list[str]:
    """Return the words that a shell offers, without what they mean."""
    need(shell)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    variables = dict(os.environ) | {"PATH": path, "TERM": "xterm", "HOME": str(folder)}
    after = [line] if shell == "fish" else ["-", line]
    done = subprocess.run(
        [shell, "-c", script, *after],
        cwd=folder,
        env=variables,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    return [one.partition("\t")[0] for one in done.stdout.decode().splitlines()]


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    archive(tmp_path / "image.tar", [layer("a=1")], tag="shop:7")
    return tmp_path


@pytest.mark.parametrize(("shell", "script"), [("bash", BASH), ("fish", FISH)])
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("nixdive ver", {"verify"}),
        ("nixdive --max", {"--max-layers"}),
        ("nixdive plan x --strategy n", {"nixpkgs"}),
        ("nixdive plan x --client podman", {"podman", "podman-4"}),
        ("nixdive ci x --rule highestPullS", {"highestPullSeconds="}),
    ],
)
def test_bash_and_fish_offer(shell: str, script: str, line: str, offered: set[str], folder: Path) -> None:
    assert set(completed(shell, script, line, folder)) == offered


def test_names_inside_an_archive(folder: Path) -> None:
    line = "nixdive inspect image.tar:sh"
    assert completed("fish", FISH, line, folder) == ["image.tar:shop:7"]
    assert completed("bash", BASH, line, folder) == ["shop:7"]  # bash replaces what follows the colon


def test_zsh_reads_its_script(folder: Path) -> None:
    assert completed("zsh", ZSH, "all is well", folder) == ["all is well"]
