"""Manual pages: all that the help says, in a form that man shows as it is."""

from __future__ import annotations

import re

import pytest

from nixdive import __version__
from nixdive.cli.examples import EXAMPLES
from nixdive.cli.group import COMMANDS
from nixdive.cli.manual import pages
from tests.program import run

PAGES = pages()
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def plain(page: str) -> str:
    r"""The text of a page without requests and escapes."""
    return re.sub(r"\\f[BR]", "", page).replace(r"\-", "-").replace(r"\e", "\\").replace(r"\&", "")


def test_there_is_one_for_each_command() -> None:
    assert list(PAGES) == ["nixdive.1", *(f"nixdive-{name}.1" for name in COMMANDS)]
    assert all(f'"nixdive {__version__}"' in page.splitlines()[0] for page in PAGES.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_has_every_option_and_example(name: str) -> None:
    page = plain(PAGES[f"nixdive-{name}.1"])
    inner = ("show", "prune", "clear") if name == "cache" else ()
    helps = [run(name, "--help"), *(run(name, one, "--help") for one in inner)]
    asked = {option for done in helps for option in OPTION.findall(done.stdout)}
    assert asked
    assert asked <= set(OPTION.findall(page))
    assert all(line in page for line in EXAMPLES[name])


@pytest.mark.parametrize("name", PAGES)
def test_no_line_of_text_is_a_request(name: str) -> None:
    requests = {line.split()[0] for line in PAGES[name].splitlines() if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".TP", ".PP", ".nf", ".fi"}
