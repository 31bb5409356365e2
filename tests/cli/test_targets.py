"""Targets that cannot be written to are refused before anything is opened: the input here is missing."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from nixdive.image.formats import FORMATS
from tests.nobody import nobody, public_folder
from tests.opening.inputs import archive
from tests.program import run

WRITERS = {
    "plan": ("plan", "/nowhere", "-o"),
    "graph": ("graph", "/nowhere", "--format", "dot", "-o"),
    "emit": ("emit", "/nowhere", "--as", "nix", "-o"),
    "pack": ("pack", "/nowhere", "-o"),
    "dive-json": ("inspect", "/nowhere", "--dive-json"),
    "fleet": ("fleet", "/nowhere", "-o"),
    "fleet --write": ("fleet", "/nowhere", "--write"),
    **{f"write {form}": ("write", "/nowhere", "--format", form, "-o") for form in FORMATS.names()},
}
PLANS = ("plan", "fleet")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("folder/x").touch()
    Path("file").write_text("hello")
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
    return tmp_path


def refused(name: str, target: str, cause: str, status: int = 1) -> None:
    done = run(*WRITERS[name], target, "-q")
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    first, *hint = done.stderr.splitlines()
    assert cause in first
    assert len(hint) <= 1
    assert "this is a bug" not in done.stderr


@pytest.mark.parametrize("name", WRITERS)
def test_the_target_is_looked_at_first(name: str, places: Path) -> None:
    before = sorted(str(one) for one in places.rglob("*"))
    refused(name, "none/x", "none/x: the directory ")
    refused(name, "file/x", "file/x: the directory ")
    refused(name, "", "an empty word does not name anything", status=2)
    refused(name, "/nowhere/x", "/nowhere/x: the directory /nowhere does not exist")
    if name in {"write oci", "pack"}:
        refused(name, "file", "file: it is a file, and a directory is to be written")
        refused(name, "folder", "folder: it ")
        refused(name, "pipe", "pipe: ")
    else:
        refused(name, "folder", "folder: it is a directory, not a file")
        refused(name, "socket", "socket: it is not a regular file")
    if name in PLANS:
        refused(name, "file", "file: it is not TOML")
    if not name.startswith("write"):
        refused(name, "pipe", "pipe: ")
    assert sorted(str(one) for one in places.rglob("*")) == before


@pytest.mark.parametrize("name", WRITERS)
def test_where_nothing_can_be_created_nothing_is_opened(name: str) -> None:
    with public_folder() as folder:
        (folder / "closed").mkdir(mode=0o555)
        with nobody():
            refused(name, f"{folder}/closed/x", f"Permission denied: the folder {folder}/closed cannot be")


@pytest.mark.parametrize("name", WRITERS)
def test_a_target_that_is_good_does_not_hide_the_input(name: str, places: Path) -> None:
    refused(name, "new", "/nowhere: ")
    assert not (places / "new").exists()


def test_extract_looks_at_its_folder_before_it_reads_layers(places: Path) -> None:
    image = str(archive(places))
    for folder in ("file", "file/deep/er"):
        done = run("extract", image, "-o", folder)
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            f"nixdive: {folder}: file is not a directory",
            "hint: name a directory",
        ]
    with public_folder() as open_:
        image = str(archive(open_))
        (open_ / "closed").mkdir(mode=0o555)
        with nobody():
            done = run("extract", image, "-o", f"{open_}/closed/a/b", "-q")
        assert f"the folder {open_}/closed cannot be written to" in done.stderr


@pytest.mark.parametrize("name", ["plan", "why", "graph", "emit", "write", "compare", "fleet"])
def test_a_budget_that_cannot_be_met_is_a_wrong_call(name: str) -> None:
    more = {
        "why": ("x",),
        "graph": ("--format", "dot"),
        "emit": ("--as", "nix"),
        "write": ("-o", "/dev/null"),
        "compare": ("/nowhere",),
    }
    call = (name, "/nowhere", *more.get(name, ()), "-q")
    for option, number in (("--max-layers", n) for n in ("0", "126", "10001", "0000000001", "x", "")):
        done = run(*call, option, number)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "Invalid value for" in done.stderr
        assert "--max-layers" in done.stderr
    assert run(*call, "--reserve", "125").returncode == 2
    assert run(*call, "--max-layers", "120", "--reserve", "6").returncode == 2
    fits = run(*call, "--max-layers", "126", "--client", "podman")
    assert (fits.returncode, fits.stderr.startswith("nixdive: /nowhere: ")) == (1, True), fits.stderr
