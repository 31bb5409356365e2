"""nixdive emit as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.program import Done, run

REDIS = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"


def emit(*words: str) -> Done:
    return run("emit", *words)


def layers(*words: str) -> list[list[str]]:
    done = run("plan", REDIS, "--json", *words)
    return [layer["paths"] for layer in json.loads(done.stdout)["layers"]]


def test_the_pipeline_is_read_by_plan(tmp_path: Path) -> None:
    options = ("--max-layers", "9", "--pin", "lib*=libraries")
    done = emit(str(REDIS), "--as", "pipeline", "-q", *options)
    assert (done.returncode, done.stderr) == (0, "")
    file = tmp_path / "pipeline.json"
    file.write_text(done.stdout)
    assert layers("--pipeline", str(file)) == layers(*options)


@pytest.mark.parametrize("form", ["nix", "pipeline"])
def test_a_file_gets_what_standard_output_gets(form: str, tmp_path: Path) -> None:
    file = tmp_path / "emitted"
    done = emit(str(REDIS), "--as", form, "-o", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1] == f"plan saved to {file}"
    assert file.read_text() == emit(str(REDIS), "--as", form).stdout


def test_the_result_is_called_like_the_image() -> None:
    assert 'name ? "app-redis.tar",' in emit(str(REDIS), "--as", "nix").stdout


def test_against_is_told_beside_it() -> None:
    done = emit(str(REDIS), "--as", "pipeline", "--against", str(REDIS))
    assert json.loads(done.stdout)
    assert "0 new layers" in done.stderr


def test_layers_are_to_be_packed_as_the_image_would_have_them() -> None:
    words = ("--mtime", "now", "--uid", "7", "--format", "docker-archive", "--label", "a=b")
    document = json.loads(emit(str(REDIS), "--as", "layers", "-q", *words).stdout)
    assert document["compression"] == "none"
    stamp = document["stamp"]
    assert stamp.pop("mtime") > 1 << 30
    assert stamp == {"uid": 7, "gid": 0, "uname": "root", "gname": "root"}


@pytest.mark.parametrize("word", ["--mtime=1", "--title=shop"])
def test_what_no_layout_depends_on_is_refused_where_nothing_is_packed(word: str) -> None:
    done = emit(str(REDIS), "--as", "nix", word)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{word.partition('=')[0]} changes no layout" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "Missing option '--as'"),
        (("--as", "guix"), 2, "guix"),
        (("--as", "nix", "--strategy", "keep"), 1, "keep needs layers to keep"),
        (("--as", "nix", "-o", "/nowhere/at/all.nix"), 1, "/nowhere/at does not exist"),
    ],
)
def test_errors(words: tuple[str, ...], status: int, told: str) -> None:
    done = emit(str(REDIS), "-q", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 2
