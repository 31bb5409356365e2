"""Words that name nothing, or that must be told apart by their form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import SourceError
from nixdive.opening.content import is_archive
from nixdive.opening.open import open_subject
from nixdive.opening.recognise import Form, recognise
from tests.nobody import nobody, public_folder
from tests.opening.inputs import APP

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/nowhere/closure.json", "name a store path"),
        ("nixpkgs/branch", "nixpkgs/branch#default"),
    ],
)
def test_what_is_not_there_is_told_with_what_it_looks_like(text: str, hint: str) -> None:
    with pytest.raises(SourceError, match="no such file") as caught:
        open_subject([text])
    assert hint in (caught.value.hint or "")


def test_an_empty_word_is_told_as_such() -> None:
    """What a variable that is not set leaves on a command line."""
    with pytest.raises(SourceError, match="an empty word does not name anything"):
        open_subject([""])


def test_broken_store_path_is_told() -> None:
    with pytest.raises(SourceError, match="it is not a store path"):
        open_subject(["/nix/store/short-name"])


def test_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "result").symlink_to("/nix/store/nothing")
    with pytest.raises(SourceError, match="the link leads to nothing"):
        open_subject([str(tmp_path / "result")])


@pytest.mark.parametrize("prefix", ["", "path:", "image:", "closure:", "docker-archive:", "oci:"])
def test_a_folder_that_may_not_be_entered_is_no_missing_file(prefix: str) -> None:
    with public_folder() as folder:
        (folder / "closed").mkdir(mode=0)
        for name in ("closed/x", "closed/x.drv", "closed/deep/x.tar:app"):
            with nobody(), pytest.raises(SourceError) as caught:
                open_subject([f"{prefix}{folder}/{name}"])
            assert f"Permission denied: the folder {folder}/closed cannot be entered" in str(caught.value)


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    for word in ("n" * 300, f"{tmp_path}/{'n' * 300}", f"closure:{'n' * 300}"):
        with pytest.raises(SourceError, match="File name too long: 300 bytes"):
            open_subject([word])
    assert recognise(f".#{'n' * 300}").form is Form.INSTALLABLE


@given(st.binary(max_size=600))
def test_any_head_is_an_archive_or_none(data: bytes) -> None:
    assert is_archive(data) in {True, False}


def test_installable_is_recognised_by_its_mark(tmp_path: Path) -> None:
    assert recognise(".#app").form is Form.INSTALLABLE
    (tmp_path / "a#b").write_text("[]")
    assert recognise(str(tmp_path / "a#b")).form is Form.FILE
    assert recognise(APP + "/").place == APP
