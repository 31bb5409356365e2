"""Where words lead in a store; the rest stands with what recognises words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.errors import SourceError
from nixdive.store.located import Located
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

PATH = StorePath("/nix/store/00000000000000000000000000000000-x")


def test_names_count_and_not_what_is_there() -> None:
    for word, below in ((PATH, ""), (f"{PATH}/", ""), (f"{PATH}/a//b/", "/a/b"), (f"/nix/../{PATH}", "")):
        assert Located.of(word) == Located(PATH, "", below), word
    for word in ("/nix/store", "/nix/store/short", "/etc/passwd", "/etc/passwd/x", "nothing/here", "/"):
        assert Located.of(word) is None, word


def test_links_go_up_and_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/up").symlink_to("../../out")
    (tmp_path / "out").symlink_to(f"{PATH}/share")
    (tmp_path / "round").symlink_to("round")
    monkeypatch.chdir(tmp_path / "a")
    assert Located.of("b/up/man") == Located(PATH, "", "/share/man")
    assert Located.of("../a/b/up") == Located(PATH, "", "/share")
    with pytest.raises(SourceError, match="round: its symbolic links form a loop"):
        Located.of(str(tmp_path / "round"))
    with pytest.raises(SourceError, match="NUL"):
        Located.of("a\0b")
