"""Files that an input refers to, and files that become something else: nothing is waited for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from nixdive import there
from nixdive.contents.disk import DiskContents
from nixdive.errors import MalformedImageError, UnreadablePathError
from nixdive.image.readers.archive import files_of
from nixdive.store.path import StorePath
from tests.faults.attack import one_line
from tests.opening.inputs import conf_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.attack import Field

_ODD = {
    "pipe": "it is not a regular file",
    "/dev/zero": "it is not a regular file",
    "text": "it is not a tar that can be read",
    "absent": "no such file",
    "/": "it has neither manifest.json nor index.json",
}


@pytest.mark.parametrize("what", _ODD)
@pytest.mark.parametrize("key", ["from_image", "customisation_layer"])
def test_what_a_conf_refers_to_is_opened_as_what_it_is(
    field: Field, tmp_path: Path, key: str, what: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "text").write_text("no tar " * 200)
    conf = conf_file(tmp_path, store_layers=[], **{key: what})
    done = field.run("write", conf, "-o", "image.tar")
    assert done.status == 1
    one_line(done)
    assert str(tmp_path) in done.err or what in done.err
    if key == "from_image" and what != "absent":
        assert _ODD[what] in done.err
    assert not (field.folder / "image.tar").exists()


def test_a_folder_that_is_no_image_is_not_walked(tmp_path: Path) -> None:
    (tmp_path / "deep/below").mkdir(parents=True)
    (tmp_path / "deep/below/index.json").touch()
    (tmp_path / "top").touch()
    assert files_of(tmp_path).names() == {"top"}
    (tmp_path / "index.json").touch()
    assert files_of(tmp_path).names() == {"top", "index.json", "deep/below/index.json"}


def test_a_pipe_in_place_of_a_blob_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "index.json").touch()
    (tmp_path / "blob").write_text("data")
    files = files_of(tmp_path)
    assert files.head("blob", 4) == b"data"
    (tmp_path / "blob").unlink()
    os.mkfifo(tmp_path / "blob")
    for read in (
        lambda: files.head("blob", 4),
        lambda: files.place("blob"),
        lambda: list(files.chunks("blob")),
    ):
        with pytest.raises(MalformedImageError, match="blob"):
            read()
    with pytest.raises(OSError, match="it is not a regular file"):
        there.opened(tmp_path / "blob")


def test_a_pipe_in_place_of_a_file_of_the_store_is_not_waited_for(tmp_path: Path) -> None:
    path = StorePath.parse(f"/nix/store/{'0' * 32}-lib")
    folder = tmp_path / str(path)[1:]
    folder.mkdir(parents=True)
    (folder / "data").write_text("data")
    contents = DiskContents(tmp_path)
    _, entry = contents.entries(path)
    (folder / "data").unlink()
    os.mkfifo(folder / "data")
    assert contents.read_into(entry, memoryview(bytearray(4))) == 0  # the writer says that its size changed
    with pytest.raises(UnreadablePathError, match="a device, pipe or socket"):
        contents.entries(path)
