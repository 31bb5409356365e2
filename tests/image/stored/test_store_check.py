from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.contents.disk import DiskContents
from nixdive.contents.nar import nar_hash
from nixdive.image.readers.found import read_image
from nixdive.image.stored import store_check
from nixdive.progress import NullProgress
from nixdive.store.path import PathGraph, PathInfo, StorePath
from tests.image.made import archive, layer
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    import pytest

GOOD, BAD, NEW = (f"/nix/store/{letter * 32}-lib" for letter in "012")


def _world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an image of three paths: as recorded, with another byte, and not in the store."""
    for path in (GOOD, BAD):
        (folder / path[1:]).mkdir(parents=True)
        (folder / path[1:] / "data").write_text("text")
    disk = DiskContents(folder)

    def query(paths: Sequence[StorePath], *_: Any) -> PathGraph:
        hashes = {path: nar_hash(disk, path, NullProgress()) for path in paths}
        return PathGraph(
            "x", tuple(PathInfo(path, 1, (), nar_hash=f"sha256:{hashes[path]}") for path in paths)
        )

    monkeypatch.setattr(store_check, "query", query)
    monkeypatch.setattr(store_check, "disk_root", lambda _: str(folder))
    names = [name for path in (GOOD, BAD, NEW) for name in (f"{path[1:]}/", f"{path[1:]}/data=text")]
    names[3] = names[3].replace("=text", "=tex!")
    return archive(folder / "image.tar", [layer(*names)], os="linux", architecture="amd64")


def test_a_damaged_path_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = _world(tmp_path, monkeypatch)
    found = store_check.check_store(read_image(image), "image", NullProgress())
    assert [problem.where for problem in found.problems] == [BAD]
    assert "Nix recorded sha256:" in found.problems[0].what
    assert [one.name for one in found.unchecked] == [NEW]
    assert found.checked == 2


def test_verify_says_so_and_ends_with_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = _world(tmp_path, monkeypatch)
    assert run("verify", image, "-q").returncode == 0
    done = run("verify", image, "--check-store", "-q")
    assert done.returncode == 3
    assert done.stdout.splitlines()[0].startswith(f"{BAD}: its NAR hash is ")
    assert f"not checked: {NEW}" in done.stdout
