"""What is over a bound says which one, and is taken when the bound is raised as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nixdive.bounds import BOUNDS, most, over
from nixdive.errors import NixdiveError
from nixdive.places import config_file
from nixdive.ui.config.config import parse_config
from tests.image.made import archive, inspected, layer
from tests.program import run

DOCS = Path(__file__).parent.parent / "docs/bounds.md"


def test_the_table_in_the_docs_is_the_one_that_holds() -> None:
    said = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert said == [(name, bound.said(bound.usual), bound.what) for name, bound in BOUNDS.items()]


def test_what_is_said_can_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in BOUNDS.items():
        words = re.search(r"NIXDIVE_BOUNDS=(\S+) doubles it", over(name, "more than {}"))
        assert words is not None
        with monkeypatch.context() as patch:
            patch.setenv("NIXDIVE_BOUNDS", words[1])
            assert most(name) == 2 * bound.usual


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("tar-entrys=5", "no bound is called 'tar-entrys'; did you mean tar-entries?"),
        ("tar-entries", "tar-entries is a whole number, more than 0"),
        ("closure-file=-1", 'closure-file is a size like "1 GiB", more than 0'),
        (f"closure-file={'9' * 30}", "closure-file is a size"),
    ],
)
def test_what_is_no_bound_is_said(monkeypatch: pytest.MonkeyPatch, words: str, told: str) -> None:
    monkeypatch.setenv("NIXDIVE_BOUNDS", words)
    with pytest.raises(NixdiveError, match=f"^NIXDIVE_BOUNDS: {re.escape(told)}"):
        most("ratio")


def test_the_file_of_the_user_counts_less_than_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    file = config_file()
    assert file is not None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[bounds]\ntar-entries = 7\ndocument = "1 kB"\n')
    monkeypatch.setenv("NIXDIVE_BOUNDS", "tar-entries=8")
    assert (most("tar-entries"), most("document"), most("ratio")) == (8, 1000, 20_000)


def test_the_screen_says_what_is_wrong_in_the_file() -> None:
    text = '[bounds]\ntar-entries = 7\nratoi = 5\nratio = "x"\n'
    assert parse_config(text, "f", ()).config.notices == (
        "f:3: no bound is called 'ratoi'; did you mean ratio?",
        "f:4: ratio is a whole number, more than 0",
    )
    assert parse_config("bounds = 1", "f", ()).config.notices == ("f:1: bounds must be a table, [bounds]",)


@pytest.mark.parametrize(
    ("name", "value"), [("image-entries", 3), ("archive-entries", 3), ("document", 20), ("tar-entries", 1)]
)
def test_images_over_a_bound_are_refused_and_taken_when_it_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    file = archive(tmp_path / "a.tar", [layer("a=1", "b=2"), layer("c=1", "d=2")])
    monkeypatch.setenv("NIXDIVE_BOUNDS", f"{name}={value}")
    with pytest.raises(NixdiveError, match=rf"a\.tar: .*\(the bound {name}; "):
        inspected(file)
    monkeypatch.setenv("NIXDIVE_BOUNDS", f"{name}={100 * value}")
    assert len(inspected(file).layers) == 2


def test_the_program_says_it_in_one_line(tmp_path: Path) -> None:
    file = archive(tmp_path / "a.tar", [layer("a=1", "b=2")])
    done = run("inspect", file, "-q", NIXDIVE_BOUNDS="image-entries=1")
    assert done.returncode == 1
    assert done.stderr == (
        f"nixdive: {file}: its layers have more than 1 files "
        "(the bound image-entries; NIXDIVE_BOUNDS=image-entries=2 doubles it)\n"
    )
