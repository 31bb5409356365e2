"""Every command that takes an image takes the same words for it."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from tests.image.layouts import NAME, Layout
from tests.image.made import archive, layer
from tests.opening.inputs import closure_file
from tests.program import Done, run

if TYPE_CHECKING:
    from collections.abc import Iterator

# each with what it prints of an image that it has opened
COMMANDS = {
    "inspect WORD": "1 layer ",
    "verify WORD": "every digest, size and diff_id is right",
    "extract WORD -o out --force": "out: ",
    "plan WORD": "keep",
    "write WORD -o new.tar": "new.tar  ",
    "compare WORD image.tar": "push  ",
    "compare image.tar WORD": "push  ",
    "replay WORD image.tar": "bytes of the blobs",
    "replay image.tar WORD": "bytes of the blobs",
    "fleet WORD closure.json": "2 images",
    "plan closure.json --against WORD": "3 paths",
    "inspect image.tar --ci --against WORD": "PASS",
    # the base image is opened first
    "write closure.json --from WORD -o new.tar": "not on this machine",
}
NAMED = "shop:1"
TAR = layer("etc/a=x")


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    archive(Path("image.tar"), [TAR], tag=NAMED)
    closure_file(tmp_path)
    data = Path("image.tar").read_bytes()
    shutil.copy("image.tar", "with:colon.tar")
    Path("image.tar.gz").write_bytes(gzip.compress(data))
    Path("image.tar.xz").write_bytes(lzma.compress(data))
    Path("image.tar.bz2").write_bytes(bz2.compress(data))
    Path("image.tar.zst").write_bytes(zstandard.compress(data))
    layout = Layout(Path("layout"))
    layout.list(layout.image(TAR, annotations={NAME: "host:5000/shop:1"}))
    subprocess.run(["tar", "-cf", "oci.tar", "-C", "layout", "."], check=True)
    # as skopeo writes it: containers-transports(5)
    folder = Path("folder")
    folder.mkdir()
    entry = json.loads(Path("layout/index.json").read_text())["manifests"][0]["digest"]
    for blob in Path("layout/blobs/sha256").iterdir():
        shutil.copy(blob, folder / ("manifest.json" if entry.endswith(blob.name) else blob.name))
    (folder / "version").write_text("Directory Transport Version: 1.1\n")


WORDS = """
image.tar
./image.tar
image.tar:shop:1
image.tar:shop
image.tar:1
image.tar:docker.io/library/shop:1
docker-archive:image.tar
docker-archive:image.tar:shop:1
docker-archive:image.tar:@0
image:image.tar
image:image.tar:shop:1
with:colon.tar
with:colon.tar:shop:1
docker-archive:with:colon.tar:shop:1
image.tar.gz
image.tar.xz
image.tar.bz2
image.tar.zst
docker-archive:image.tar.gz
layout
oci:layout
oci:layout:host:5000/shop:1
layout:host:5000/shop:1
oci.tar
oci-archive:oci.tar
oci-archive:oci.tar:host:5000/shop:1
folder
dir:folder
"""


def opened(done: Done, printed: str) -> None:
    assert "this is a bug" not in done.stderr
    assert printed in done.stdout + done.stderr, done.stdout + done.stderr
    assert done.returncode in ({1} if "machine" in printed else {0})


@pytest.mark.parametrize("command", COMMANDS)
def test_files_and_directories(command: str) -> None:
    for word in WORDS.split():
        opened(run(*(word if one == "WORD" else one for one in command.split()), "-q"), COMMANDS[command])


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[str]:
    """A pipe through which an archive comes once."""
    place = tmp_path / "pipe"
    os.mkfifo(place)

    def write() -> None:
        with place.open("wb") as file:
            file.write(Path("image.tar.gz").read_bytes())

    writer = threading.Thread(target=write)
    writer.start()
    yield str(place)
    writer.join()


@pytest.mark.parametrize("prefix", ["", "docker-archive:", "image:"])
@pytest.mark.parametrize("command", COMMANDS)
def test_pipes(command: str, prefix: str, pipe: str) -> None:
    word = prefix + pipe
    opened(run(*(word if one == "WORD" else one for one in command.split()), "-q"), COMMANDS[command])


@pytest.mark.parametrize("word", ["-", "docker-archive:-", "image:-", "docker-archive:-:shop:1"])
@pytest.mark.parametrize("command", COMMANDS)
def test_standard_input(command: str, word: str) -> None:
    for name in ("image.tar", "image.tar.zst"):
        words = [word if one == "WORD" else one for one in command.split()]
        opened(run(*words, "-q", stdin=Path(name).read_bytes()), COMMANDS[command])


def test_standard_input_can_be_named_twice() -> None:
    data = Path("image.tar.gz").read_bytes()
    assert "push  0 B" in run("compare", "-", "-", "-q", stdin=data).stdout
    assert run("replay", "-", "-", "-q", stdin=data).returncode == 0
    assert run("inspect", "-", "--ci", "--against", "-", "-q", stdin=data).returncode == 0
    twice = run("write", "-", "--from", "-", "-o", "new.tar", "-q", stdin=data)
    assert (twice.returncode, "it is a finished image" in twice.stderr) == (1, True)
    closure = Path("closure.json").read_bytes()
    assert "push  0 B" in run("compare", "-", "-", "-q", stdin=closure).stdout


# each with what is said of it, whichever command and option has the word
WRONG = {
    "none": "none: no such file",
    "dir:none": "dir:none: no such file",
    "oci:none": "oci:none: no such file",
    "docker-archive:none": "docker-archive:none: no such file",
    "docker-archive:text": "docker-archive:text: it is not an image",
    "dir:empty-folder": "dir:empty-folder: it is not an image",
    "empty": "empty: it is empty",
    "-": "-: it is empty",
    "/dev/null": "/dev/null: it is empty",
    "image.tar:other": "image.tar: it contains no image 'other', only shop:1",
    "image.tar:@1": "image.tar: it contains no image '@1', only shop:1",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_one_cause_is_said_in_one_way(command: str) -> None:
    Path("empty").touch()
    Path("text").write_text("hello")
    Path("empty-folder").mkdir()
    for word, cause in WRONG.items():
        done = run(*(word if one == "WORD" else one for one in command.split()), "-q")
        assert (done.returncode, done.stdout) == (1, ""), (word, done)
        first, *hint = done.stderr.splitlines()
        assert first == f"nixdive: {cause}"
        assert len(hint) <= 1
    text = run(*("text" if one == "WORD" else one for one in command.split()), "-q")
    assert text.stderr.startswith(
        ("nixdive: text: it is not an image", "nixdive: text: it is neither an image")
    )
    nothing = run(*("" if one == "WORD" else one for one in command.split()), "-q")
    assert "an empty word does not name anything" in nothing.stderr
    assert nothing.returncode == (2 if "--" in command.split("WORD", maxsplit=1)[0] else 1)


def test_what_is_written_again_is_called_as_it_was() -> None:
    for word in ("oci-archive:oci.tar", "oci:layout", "oci.tar:host:5000/shop:1"):
        assert run("write", word, "-o", "new.tar", "-q").returncode == 0
        assert run("inspect", "new.tar", "-q").stdout.startswith("host:5000/shop:1  ")
    for word in ("docker-archive:image.tar", "image:image.tar", "docker-archive:image.tar:@0"):
        assert run("write", word, "-o", "new.tar", "-q").returncode == 0
        assert "docker.io/library/shop:1" in run("inspect", "new.tar", "-q").stdout
