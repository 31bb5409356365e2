"""nixdive extract as a user runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.image.made import archive, layer
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_of_a_layer(tmp_path: Path) -> None:
    image = str(archive(tmp_path / "image", [layer("etc/a=old", "etc/lost=>nowhere"), layer("etc/a=new")]))
    out = tmp_path / "out"
    done = run("extract", image, "/etc/a", "-o", str(out), "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{out}: 1 name, 3 B\n", "")
    assert (out / "a").read_text() == "new"
    again = run("extract", image, "/etc/a", "-o", str(out), "--layer", "1", "-q")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == f"nixdive: {out}/a: it already exists\nhint: --force replaces files\n"
    assert run("extract", image, "/etc/a", "-o", str(out), "--layer", "1", "--force").returncode == 0
    assert (out / "a").read_text() == "old"
    whole = run("extract", image, "-o", str(tmp_path / "all"))
    assert "left out, devices or links to nothing: /etc/lost" in whole.stderr
    missing = run("extract", image, "/etc/x\x1b[2J", "-o", str(out), "-q")
    assert missing.stderr == f"nixdive: {image}: /etc/x\\x1b[2J: there is no such file in the image\n"


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    image = str(archive(tmp_path / "image", [layer("etc/a=old")]))
    assert run("extract", image, "/etc/x", "-o", str(tmp_path / "new/out")).returncode == 1
    assert not (tmp_path / "new").exists()
    empty = run("extract", image, "-o", "")
    assert empty.returncode == 2
    assert "an empty word does not name anything" in empty.stderr
