from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.ui.config.config import Config, parse_config, read_config
from nixdive.ui.config.dive import read_dive_keys
from nixdive.ui.config.keymap import Asked

if TYPE_CHECKING:
    from pathlib import Path

THEMES = ("nixdive", "nixdive-light")


def parse(text: str) -> Config:
    return parse_config(text, "c.toml", THEMES).config


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.delenv(name, raising=False)


def keep(tmp_path: Path, **files: str) -> None:
    for name, text in files.items():
        file = tmp_path / {"config": ".config/nixdive/config.toml", "dive": ".dive.yaml"}[name]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def test_all_of_it_is_read() -> None:
    config = parse(
        'theme = "nixdive-light"\nascii = true\n\n[keys]\n"budget.more" = "plus,]"\n'
        'budget.fewer = ["minus"]\n'
        '[dive]\ntoggle-view = "f2"\nleft = "a"'
    )
    assert (config.theme, config.ascii, config.notices) == ("nixdive-light", True, ())
    assert config.keys == (
        Asked("budget.more", ("budget.more",), "plus,]", "c.toml:5"),
        Asked("budget.fewer", ("budget.fewer",), "minus", "c.toml:6"),
        Asked("toggle-view", ("pane.next",), "f2", "c.toml:8", dives=True),
        Asked("left", ("tree.close", "contents.close"), "a", "c.toml:9", dives=True),
    )


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("theme = ", "c.toml:1: invalid value; the whole file is ignored"),
        ('\n\n[keys\n"a" = "b"', "c.toml:3: expected ']' at the end of a table declaration"),
        ('theme = "x"', "c.toml:1: there is no theme 'x'; there are nixdive and nixdive-light"),
        ("theme = 1", "c.toml:1: theme is the name of a theme"),
        ('\nascii = "yes"', "c.toml:2: ascii is true or false"),
        ('\nthemes = "x"', "c.toml:2: there is no setting 'themes'; did you mean theme?"),
        ("keys = 1", "c.toml:1: keys must be a table, [keys]"),
        ("[keys]\nquit = 1", 'c.toml:2: quit: keys are written as a text like "plus,]"'),
        ('[dive]\nquilt = "x"', "c.toml:2: dive has no action called 'quilt'; did you mean quit?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, notice: str) -> None:
    config = parse(text)
    assert [one for one in config.notices if one.startswith(notice)], config.notices
    assert config.keys == ()


def test_what_is_right_beside_it_still_counts() -> None:
    config = parse('theme = 3\nascii = true\n[keys]\nquit = "x"\n')
    assert config.ascii
    assert [one.name for one in config.keys] == ["quit"]


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    parse(text)


def test_without_a_file_nothing_is_said() -> None:
    assert read_config(THEMES) == Config()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    keep(tmp_path, config="")
    (tmp_path / ".config/nixdive/config.toml").write_bytes(b"\xff")
    (notice,) = read_config(THEMES).notices
    assert notice == "~/.config/nixdive/config.toml: it is not UTF-8 text; all of it is ignored"


YAML = """
log:
  level: quiet
keybinding:
  # a comment
  quit: ctrl+c            # as dive has it
  toggle-added-files: "ctrl+t"
  toggle-modified-files: ctrl+m
  up: 'up,k'

  extract-file: x
diff:
  hide: [added]
"""


def test_dives_own_keys_are_read_where_the_user_says_so(tmp_path: Path) -> None:
    keep(tmp_path, config="", dive=YAML)
    assert read_config(THEMES) == Config()
    keep(tmp_path, config='dive-config = true\n[dive]\nextract-file = "f9"')
    config = read_config(THEMES)
    file = tmp_path / ".dive.yaml"
    assert [(one.name, one.keys, one.where) for one in config.keys[1:]] == [
        ("toggle-added-files", "ctrl+t", f"{file}:7"),
        ("toggle-modified-files", "ctrl+m", f"{file}:8"),
        ("extract-file", "x", f"{file}:11"),
    ]
    assert config.keys[0].keys == "f9"  # what is said here counts more
    assert config.notices == ()


def test_dives_other_places_are_looked_at(tmp_path: Path) -> None:
    keep(tmp_path, config="dive-config = true")
    (notice,) = read_config(THEMES).notices
    assert notice == "~/.config/nixdive/config.toml:1: dive has no configuration with a keybinding: block"
    folder = tmp_path / ".config/dive"
    folder.mkdir()
    (folder / "a.yaml").write_text("keybinding:\n  quit: x\n")
    assert [one.keys for one in read_config(THEMES).keys] == ["x"]


@pytest.mark.parametrize(
    ("text", "keys", "notice"),
    [
        ("keybinding: {quit: x, up: [a, 'b']}", {"quit": "x", "up": "a,b"}, None),
        ("base: &b\n    quit: x\nkeybinding:\n    <<: *b\n    up: b", {"quit": "x", "up": "b"}, None),
        (
            "keybinding:\n  quit: {a: 1}\n  up: b",
            {"up": "b"},
            "2: quit: keys are written as a text like ctrl+a,up",
        ),
        ("keybinding: [quit]", {}, "1: keybinding is not a map of names and keys"),
        ("keybinding:\n  quit: x\n   up: y", {}, "3: it is not YAML: "),
        ("keybinding:\n  quit: x\n  quit: y", {}, "3: quit appears twice, first in line 2; its keys"),
        ("keybinding:\n  quit:\n", {}, None),
        ("- a", {}, None),
    ],
)
def test_what_dive_keys_cannot_be_read_is_told(
    tmp_path: Path, text: str, keys: dict[str, str], notice: str | None
) -> None:
    keep(tmp_path, dive=text)
    found, notices = read_dive_keys()
    assert {one.name: one.keys for one in found} == keys
    if notice is None:
        assert notices == ()
    else:
        (found_notice,) = notices
        assert found_notice.startswith(f"{tmp_path}/.dive.yaml:{notice}")


def test_the_system_may_have_a_configuration_of_dive_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, key in (("one", "a"), ("two", "b")):
        (tmp_path / folder / "dive").mkdir(parents=True)
        (tmp_path / folder / "dive" / "c.yml").write_text(f"keybinding: {{quit: {key}}}")
    monkeypatch.setenv("XDG_CONFIG_DIRS", f"{tmp_path}/two:{tmp_path}/one")
    os.mkfifo(tmp_path / ".dive.yaml")
    keys, notices = read_dive_keys()
    assert [one.keys for one in keys] == ["b"]
    assert notices == ()
