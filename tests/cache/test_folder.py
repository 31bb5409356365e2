"""Nobody else can put anything into the directory of the cache."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from nixdive.cache.folder import Folder
from nixdive.errors import CacheError
from tests.nobody import nobody, public_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_made_for_its_user_alone(tmp_path: Path) -> None:
    Folder.open(tmp_path / "a/b")
    for folder in (tmp_path / "a/b", tmp_path / "a/b/layers"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert (
        (tmp_path / "a/b/layers/CACHEDIR.TAG")
        .read_bytes()
        .startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    )
    assert [one.name for one in Folder.open(tmp_path / "a/b").files()] == ["CACHEDIR.TAG"]


def test_one_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers").chmod(0o755)
    Folder.open(tmp_path)
    assert (tmp_path / "layers").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_one_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers").chmod(mode)
    for opened in (Folder.open, Folder.existing):
        with pytest.raises(CacheError, match="other users may write to it"):
            opened(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(0o700)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/layers").symlink_to(tmp_path / "mine")
    for opened in (Folder.open, Folder.existing):
        with pytest.raises(CacheError, match="layers: it is a link"):
            opened(tmp_path / "cache")
    assert not list((tmp_path / "mine").iterdir())


def test_ones_own_link_to_another_disk_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "disk")
    Folder.open(tmp_path / "cache")
    assert (tmp_path / "disk/layers").is_dir()


def test_a_link_that_another_user_has_put_there_is_refused(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can make what belongs to another user")
    (tmp_path / "mine").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "mine")
    os.lchown(tmp_path / "cache", 65534, 65534)
    for opened in (Folder.open, Folder.existing):
        with pytest.raises(CacheError, match="a link that belongs to another user"):
            opened(tmp_path / "cache")
    assert not list((tmp_path / "mine").iterdir())


def test_one_of_another_user_is_refused() -> None:
    if os.geteuid():
        pytest.skip("only root can make what belongs to another user")
    with public_folder() as place:
        (place / "layers").mkdir(0o700)
        os.chown(place / "layers", 65534, 65534)
        for opened in (Folder.open, Folder.existing):
            with pytest.raises(CacheError, match="it belongs to another user"):
                opened(place)


def test_where_nothing_can_be_made_it_is_said_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CacheError, match="no such file"):
        Folder.open(tmp_path / "file/cache")
    with pytest.raises(CacheError, match="File exists"):
        Folder.open(tmp_path / "file")
    with public_folder() as place, nobody(), pytest.raises(CacheError, match="Permission denied"):
        Folder.open(place / "cache")


def test_looking_makes_nothing(tmp_path: Path) -> None:
    assert Folder.existing(tmp_path / "cache") is None
    assert not list(tmp_path.iterdir())


def test_the_directory_stays_the_one_that_was_checked(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path / "cache")
    (tmp_path / "cache/layers").rename(tmp_path / "moved")
    (tmp_path / "cache/layers").mkdir()
    folder.save("a.json", b"{}")
    assert (tmp_path / "moved/a.json").read_bytes() == b"{}"
    assert not list((tmp_path / "cache/layers").iterdir())
