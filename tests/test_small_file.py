from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdive.errors import RegistryError
from nixdive.remote.credentials import credentials
from nixdive.small_file import read_small
from tests.image.made import archive, layer
from tests.program import run

ENDLESS = Path("/dev/zero")


def test_what_is_small_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    assert read_small(tmp_path / "file", "document") == b"text"


def test_what_is_too_large_says_which_bound_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXDIVE_BOUNDS", "document=3")
    (tmp_path / "file").write_bytes(b"text")
    with pytest.raises(OSError, match="the bound document"):
        read_small(tmp_path / "file", "document")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return archive(tmp_path / "image.tar", [layer("a=b")], os="linux", architecture="amd64")


@pytest.mark.parametrize(
    "words", [("write", "-o", "new.tar", "--config"), ("plan", "--pipeline"), ("plan", "--plan")]
)
def test_no_option_reads_without_an_end(words: tuple[str, ...], image: Path) -> None:
    bounds = "document=1000 plan-file=1000"
    done = run(words[0], image, *words[1:], ENDLESS, NIXDIVE_BOUNDS=bounds)
    assert done.returncode == 1
    assert f"nixdive: {ENDLESS}: it is larger than 0.98 KiB" in done.stderr


@pytest.mark.parametrize("name", ["index.json", "oci-layout"])
@pytest.mark.parametrize("what", ["pipe", "endless", "large"])
def test_a_layout_that_is_added_to_is_read_within_bounds(
    name: str, what: str, image: Path, tmp_path: Path
) -> None:
    words = ("write", image, "-o", tmp_path / "layout", "--format", "oci", "-q")
    assert run(*words).returncode == 0
    document = tmp_path / "layout" / name
    before = document.read_bytes()
    document.unlink()
    if what == "pipe":
        os.mkfifo(document)
    elif what == "endless":
        document.symlink_to(ENDLESS)
    else:
        document.write_bytes(before + b" " * 10_000)
    done = run(*words, NIXDIVE_BOUNDS="document=9000")
    cause = "it is larger than 8.79 KiB" if what == "large" else "it is not a regular file"
    assert done.returncode == 1
    assert f"{name}: {cause}" in done.stderr


def test_no_configuration_of_registries_is_waited_for(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("inspect", "docker://localhost:1/a:1", CONTAINERS_REGISTRIES_CONF=str(pipe))
    assert (done.returncode, f"{pipe}: it is not a regular file" in done.stderr) == (1, True)
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(pipe))
    with pytest.raises(RegistryError, match="pipe: it is not a regular file"):
        credentials("localhost:1", "a")


def test_no_configuration_of_the_user_is_waited_for(tmp_path: Path, image: Path) -> None:
    (tmp_path / "nixdive").mkdir()
    os.mkfifo(tmp_path / "nixdive/config.toml")
    done = run("plan", image, "-q", XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_a_packed_layer_is_not_made_of_what_comes_through_a_pipe(pipe: Path, tmp_path: Path) -> None:
    done = run("pack", pipe, "-o", tmp_path / "new")
    assert (done.returncode, f"{pipe}: it is not a store path" in done.stderr) == (1, True)


@pytest.mark.parametrize("option", ["--uid", "--gid"])
def test_owners_are_those_that_engines_take(option: str, image: Path, tmp_path: Path) -> None:
    words = ("write", image, "-o", tmp_path / "new.tar", "--strategy", "single", "-q", option)
    assert run(*words, f"{2**32}").returncode == 2
    assert run(*words, f"{2**32 - 1}").returncode == 0
