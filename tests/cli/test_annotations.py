"""Annotations as a user sets them with nixdive write."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.image.made import archive, layer
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

OCI = "org.opencontainers.image."


def documents(image: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the config of an archive with one image."""
    with tarfile.open(image) as tar:

        def read(name: str) -> dict[str, Any]:
            file = tar.extractfile(name)
            assert file is not None
            found: dict[str, Any] = json.loads(file.read())
            return found

        (entry,) = read("index.json")["manifests"]
        manifest = read(f"blobs/sha256/{entry['digest'][7:]}")
        return manifest, read(f"blobs/sha256/{manifest['config']['digest'][7:]}")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return archive(tmp_path / "in.tar", [layer("etc/a=1")])


FLAGS = (
    "title",
    "description",
    "source",
    "revision",
    "url",
    "documentation",
    "authors",
    "vendor",
    "licenses",
)


def test_each_option_is_an_annotation_and_a_label(tmp_path: Path, image: Path) -> None:
    words = [word for name in FLAGS for word in (f"--{name}", f"the {name}")]
    done = run("write", image, "-o", tmp_path / "out.tar", *words, "--image-version", "1.2", "-q")
    assert done.returncode == 0, done.stderr
    manifest, config = documents(tmp_path / "out.tar")
    expected = {f"{OCI}{name}": f"the {name}" for name in FLAGS} | {f"{OCI}version": "1.2"}
    assert manifest["annotations"] == expected
    labels = config["config"]["Labels"]
    assert {key: labels[key] for key in expected} == expected


def test_annotations_are_added_to_those_of_the_image(tmp_path: Path, image: Path) -> None:
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"
    words = ("--annotation", "a=1", "--annotation", "b=x=y", "--title", "t", "--annotation", f"{OCI}title=u")
    assert run("write", image, "-o", first, *words, "-q").returncode == 0
    assert documents(first)[0]["annotations"] == {"a": "1", "b": "x=y", f"{OCI}title": "u"}
    assert documents(first)[1]["config"]["Labels"][f"{OCI}title"] == "t"
    assert run("write", first, "-o", second, "--annotation", "a=2", "-q").returncode == 0
    assert documents(second)[0]["annotations"] == {"a": "2", "b": "x=y", f"{OCI}title": "u"}
    assert run("verify", second, "-q").returncode == 0


def test_without_annotations_the_manifest_has_none(tmp_path: Path, image: Path) -> None:
    assert run("write", image, "-o", tmp_path / "out.tar", "-q").returncode == 0
    assert "annotations" not in documents(tmp_path / "out.tar")[0]


def test_a_format_without_a_place_for_them_says_so(tmp_path: Path, image: Path) -> None:
    words = ("--format", "docker-archive", "--annotation", "a=1")
    lost = "annotations of the image are lost: a docker-archive has no place for them"
    assert lost in run("write", image, "-o", tmp_path / "out.tar", *words).stderr.splitlines()
    assert lost in run("write", image, "-o", tmp_path / "out.tar", *words, "-q").stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--annotation", "a"), 2, "'a' is not K=V"),
        (("--annotation", "=a"), 2, "'=a' is not K=V"),
        (("--title", ""), 2, "--title"),
        (("--annotation", "a=\udcff"), 1, "not Unicode"),
    ],
)
def test_errors(tmp_path: Path, image: Path, words: tuple[str, ...], status: int, said: str) -> None:
    done = run("write", image, "-o", tmp_path / "out.tar", *words, "-q")
    assert done.returncode == status
    assert said in done.stderr
    assert not (tmp_path / "out.tar").exists()
