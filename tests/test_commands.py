"""Every command of nixdive in README and docs: run where what it names can be here, else a call that exists.

Commands on store paths run where Nix and the store of the tests are.
"""

from __future__ import annotations

import re
import shutil
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from nixdive.cli.group import COMMANDS, DEFAULT_COMMAND, nixdive
from tests.given import done, fill, there, words_of
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SPAN = re.compile(r"`(nixdive [^`]+)`")
# words that stand for many, or for what only another machine has: these calls are parsed, and not run
GENERAL = re.compile(
    r"/nix/store/\.\.\.|\.#|INPUT|IMAGE|\bNAME\b|\bPATH\b|\bDIR\b|\bFILE\b|\bOLD\b|\bNEW\b|PLAN\.toml|TARGET"
    r"|BASE:TAG|docker-daemon:|registry\.example|\$|\bV1\b|SHELL|\[|\.\.\.|RATE"
)
# what is asked for only of a closure with its files
ON_STORE = re.compile(r"--from|--passwd|--mkdir|--pipeline|--as nix")
ALONE = {"demo", "cache", "completion", "schema"}  # they need no input
SERVERS = {"serve"}  # they run until they are ended: tests/cli/test_serve.py
FILES = {"inspect": {0, 3}, "compare": {0, 3}, "ci": {0, 3}, "verify": {0}}  # a gate may say no


@cache
def commands() -> dict[str, list[str]]:
    """The commands of each page: those of its blocks of code, and those between backticks."""
    found = {}
    for page in PAGES:
        text = re.sub(r"\\\n\s*", "", page.read_text("utf-8"))
        blocks = [
            line.strip().removeprefix("$ ") for line in text.splitlines() if re.match(r"(?: {4,}|\t)", line)
        ]
        fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        lines = [line.strip() for block in fenced for line in block.splitlines()]
        steps = [re.sub(r"^- (?:run: )?", "", line) for line in lines]
        wanted = [line for line in (*blocks, *steps) if line.startswith("nixdive ")]
        spans = [one.replace("\\|", "|") for one in SPAN.findall(text)]
        found[page.name] = list(dict.fromkeys(part for line in (*wanted, *spans) for part in parts(line)))
    return found


def parts(line: str) -> Iterator[str]:
    """Yield the commands of nixdive in a line, without comments, explanations and what they are piped into.

    `show|clear` stands for two commands.
    """
    line = re.split(r"\s{3,}|\s#\s", line)[0]
    for one in re.split(r"\s*(?:&&|\|\s|;)\s*", line):
        if one.startswith("nixdive ") or one == "nixdive":
            words = [word.split("|") for word in one.rstrip(".,:").split(" ")]
            yield from map(" ".join, product(*words))


def test_pages_have_commands() -> None:
    counts = {name: len(found) for name, found in commands().items()}
    assert counts["README.md"] > 10
    assert sum(counts.values()) > 100


def runs(line: str) -> bool:
    """Whether a command is whole: it names what it works on, and that can be here."""
    name, *words = line.split()[1:] or [""]
    named = (
        name in ALONE
        or name not in COMMANDS
        or any(
            not (word.startswith("-") or before.startswith("-")) for before, word in pairwise(["", *words])
        )
    )
    return named and not GENERAL.search(line.replace("docker://HOST/", "docker://"))


CALLS = [(name, line) for name, found in commands().items() for line in found]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("given")
    with RegistryHere() as here:
        fill(folder, here)
        yield folder, {"HOST": here.host}


@pytest.mark.parametrize(("page", "line"), [call for call in CALLS if runs(call[1])])
def test_what_can_be_run_is_run(page: str, line: str, given: tuple[Path, dict[str, str]]) -> None:
    folder, named = given
    if ON_STORE.search(line):
        named = named | {"./result": on_store()}
    words, _ = words_of(line, named)
    if words and words[0] in SERVERS:
        assert_call(line)
        return
    found = done(line, folder, named)
    good = FILES.get(words[0] if words else "", {0})
    assert found.returncode in good, f"{page}: {line}: {found.stderr}"


@pytest.mark.parametrize(("page", "line"), [call for call in CALLS if not runs(call[1])])
def test_what_is_general_names_commands_and_options_that_there_are(page: str, line: str) -> None:
    assert_call(line)


def on_store() -> str:
    """A store path with its files."""
    path = next(there("app-redis"), None)
    if path is None or shutil.which("nix-store") is None:
        pytest.skip("there is no store with an application, or no Nix")
    return str(path)


def assert_call(line: str) -> None:
    """A command that exists, with options that it has."""
    words = line.split()[1:]
    name = words[0] if words and words[0] in COMMANDS else DEFAULT_COMMAND
    with click.Context(nixdive, info_name="nixdive", **nixdive.context_settings) as context:
        command = nixdive.get_command(context, name)
    assert command is not None
    options = {option for one in command.params for option in one.opts} | {"--help", "-h", "--version"}
    if isinstance(command, click.Group):
        options |= {
            option for one in command.commands.values() for param in one.params for option in param.opts
        }
    if name == "serve":
        options |= {option for one in screen_options() for option in one}
    asked = {
        re.split(r"[=\]\[|,)]", word.lstrip("["))[0] for word in words if word.lstrip("[").startswith("-")
    }
    assert asked - {"-", "--"} <= options, line


def screen_options() -> list[list[str]]:
    with click.Context(nixdive, info_name="nixdive") as context:
        screen = nixdive.get_command(context, "screen")
    assert screen is not None
    return [one.opts for one in screen.params]
