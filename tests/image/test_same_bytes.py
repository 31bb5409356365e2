"""The same image has the same bytes, whoever writes it, where and how: whole files of separate processes.

With NIXDIVE_SAME_BYTES=FILE digests are kept in that file, or compared with what another run has kept there:
with another Python, or on another machine.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import made_image
from tests.nobody import public_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.slow

_FORMS = ("hybrid", "docker-archive", "oci-archive", "oci")
_METHODS = ("none", "gzip", "zstd")
_LIBRARIES = ("deflate", "zstandard")
"""What compresses; another version of these may give other bytes."""

_PROGRAM = """
import importlib.abc, json, os, resource, sys
said = json.loads(sys.argv[1])

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in said["absent"]:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
from nixdive.cli import main

def write(words):
    try:
        main(words)
    except SystemExit as stop:
        if stop.code:
            sys.exit(f"{words}: {stop.code}")

os.umask(said["umask"])
if said["user"]:
    write(said["all"][0])  # so that all is loaded that only root may read
    os.remove(said["all"][0][said["all"][0].index("-o") + 1])
    os.setegid(said["user"])
    os.seteuid(said["user"])
for words in said["all"]:
    write(words)
"""


@dataclass(frozen=True)
class Surroundings:
    """What differs from process to process, and must not matter.

    Attributes:
        variables: of the environment; "" stands for unset.
        words: more options.
        umask: of the process.
        user: who writes, if not the user of the tests.
        absent: modules that are not installed.
        cache: whether there is a cache, and whether it has the layers already.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    umask: int = 0o022
    user: int = 0
    absent: tuple[str, ...] = ()
    cache: str = "none"


_SURROUNDINGS = {
    "hash seed": Surroundings({"PYTHONHASHSEED": "1"}),
    "another hash seed": Surroundings({"PYTHONHASHSEED": "20000"}),
    "C locale": Surroundings({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}),
    "UTF-8 locale": Surroundings({"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}),
    "time zone": Surroundings({"TZ": "Asia/Kathmandu"}),
    "time zone that is none": Surroundings({"TZ": "Not/A_Zone"}),
    "umask 077": Surroundings(umask=0o077),
    "umask 000": Surroundings(umask=0),
    "another user": Surroundings(user=65534),
    "one thread": Surroundings(words=("--jobs", "1")),
    "many threads": Surroundings(words=("--jobs", "7")),
    "an empty cache": Surroundings(cache="empty"),
    "a full cache": Surroundings(cache="full"),
    "another temporary folder": Surroundings({"TMPDIR": "elsewhere"}),
    "neither home nor terminal": Surroundings({"HOME": "", "TERM": "", "COLUMNS": "20"}),
    "Python without isal": Surroundings(absent=("isal",)),
    "numpy without its processor's features": Surroundings({"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F"}),
}


@dataclass(frozen=True)
class Place:
    """A folder with inputs, that everybody may read.

    Attributes:
        folder: the folder.
        closure: a file with a closure, whose store is in the folder.
        image: an archive.
    """

    folder: Path
    closure: Path
    image: Path

    def written(self, surroundings: Surroundings) -> dict[str, str]:
        """Write every image in a process with these surroundings; return the digests of all files."""
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        out.chmod(0o777)
        said = [
            ["write", str(source), "-o", str(out / f"{name}-{form}-{method}"), "-q", "--max-layers", "5",
             "--format", form, "--compression", method, *surroundings.words]
            for (name, source), form, method in itertools.product(
                (("closure", self.closure), ("image", self.image)), _FORMS, _METHODS
            )
            if (form, method) != ("docker-archive", "zstd")
        ]  # fmt: skip
        if surroundings.cache == "none":
            said = [[*words, "--no-cache"] for words in said]
        program = json.dumps(
            {
                "all": said,
                "umask": surroundings.umask,
                "user": surroundings.user,
                "absent": surroundings.absent,
            }
        )
        done = subprocess.run(
            [sys.executable, "-P", "-W", "ignore", "-c", _PROGRAM, program],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=self.folder,
            env=self._environment(surroundings),
        )
        assert done.returncode == 0, done.stderr
        return {
            str(one.relative_to(out)): hashlib.sha256(one.read_bytes()).hexdigest()
            for one in sorted(out.rglob("*"))
            if one.is_file()
        }

    def _environment(self, surroundings: Surroundings) -> dict[str, str]:
        named = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "NIXDIVE_CACHE_DIR": str(self.folder / "cache"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            **surroundings.variables,
        }
        if "TMPDIR" in named:
            named["TMPDIR"] = str(self.folder / named["TMPDIR"])
            Path(named["TMPDIR"]).mkdir(exist_ok=True)
        return {name: text for name, text in named.items() if text}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with public_folder() as folder:
        closure = folder / "closure.json"
        closure.write_text(json.dumps(_store(folder)))
        image = made_image(folder / "image.tar", 1)
        for one in (closure, image):
            one.chmod(0o644)
        (folder / "home").mkdir()
        yield Place(folder, closure, image)


def _store(folder: Path) -> list[dict[str, object]]:
    """Make store paths with files of all kinds; return what is known of them."""
    infos: list[dict[str, object]] = []
    for number in range(6):
        path = folder / f"store/{'0123abcd'[number] * 32}-lib-{number}"
        (path / "bin").mkdir(parents=True)
        (path / "bin/run").write_text(f"#!/bin/sh\necho {number}\n")
        (path / "bin/run").chmod(0o555)
        (path / "empty").touch()
        (path / "large").write_bytes(bytes(range(256)) * 800)
        Path(os.fsdecode(os.fsencode(path) + b"/\xff \xc3\xa9 name")).write_text("odd name")
        (path / "deep" / ("long" * 30)).mkdir(parents=True)
        (path / "link").symlink_to("bin/run")
        (path / "twice").hardlink_to(path / "large")
        references = [one["path"] for one in infos[-2:]]
        infos.append({"path": str(path), "narSize": 300_000 + number, "references": references})
    return infos


@pytest.fixture(scope="module")
def usual(place: Place) -> Mapping[str, str]:
    """What is written where nothing is special."""
    found = place.written(Surroundings())
    assert len({name.partition("/")[0] for name in found}) == 2 * (len(_FORMS) * len(_METHODS) - 1)
    return found


@pytest.mark.parametrize("name", _SURROUNDINGS)
def test_surroundings_do_not_matter(place: Place, usual: Mapping[str, str], name: str) -> None:
    surroundings = _SURROUNDINGS[name]
    if surroundings.user and os.geteuid():
        pytest.skip("only root can be somebody else")
    cache = place.folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    if surroundings.cache == "full":
        place.written(surroundings)
        assert any(cache.iterdir())
    assert place.written(surroundings) == usual
    assert surroundings.cache == "none" or any(cache.iterdir())


def test_another_python_and_another_machine_give_the_same(usual: Mapping[str, str]) -> None:
    kept = os.environ.get("NIXDIVE_SAME_BYTES")
    if not kept:
        pytest.skip("NIXDIVE_SAME_BYTES names no file to compare with")
    # paths of the closure are below a folder with a random name
    found = {name: digest for name, digest in usual.items() if name.startswith("image-")}
    libraries = {name: version(name) for name in _LIBRARIES}
    if Path(kept).exists():
        before = json.loads(Path(kept).read_text())
        if before["libraries"] != libraries:
            found = {name: digest for name, digest in found.items() if "-none" in name}
        assert found == {name: before["files"][name] for name in found}
    else:
        Path(kept).write_text(json.dumps({"libraries": libraries, "files": found}))
