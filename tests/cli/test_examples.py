"""The examples of the help are run, each in a folder with what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.cli.examples import EXAMPLES
from nixdive.cli.group import COMMANDS
from tests.given import done, fill, there
from tests.program import run
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKED = "/nix/store/...-openssl-3.0.14"


@pytest.fixture
def given(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    with RegistryHere() as here:
        fill(tmp_path, here)
        yield tmp_path, {"HOST": here.host}


def test_every_command_has_one() -> None:
    assert list(EXAMPLES) == [name for name in COMMANDS if name in EXAMPLES] == list(COMMANDS)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "serve"])  # tests/cli/test_serve.py
def test_it_does_what_it_shows(name: str, given: tuple[Path, dict[str, str]]) -> None:
    folder, named = given
    for line in EXAMPLES[name]:
        if PACKED in line:
            path = next(there("openssl"), None)
            if path is None:
                pytest.skip("no openssl in /nix/store")
            named[PACKED] = str(path)
        found = done(line, folder, named)
        assert found.returncode == 0, f"{line}: {found.stderr}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_help_ends_with_it(name: str) -> None:
    text = run(name, "--help").stdout
    head = "Example:" if len(EXAMPLES[name]) == 1 else "Examples:"
    assert text.endswith(f"\n  {head}\n" + "".join(f"    {line}\n" for line in EXAMPLES[name]))
