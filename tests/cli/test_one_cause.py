"""One cause has one wording, whichever command and option names the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nobody import nobody, public_folder
from tests.opening.inputs import archive, closure_file
from tests.program import run

# of a file with settings
SETTINGS = """
plan closure.json --plan PLACE
plan closure.json --pipeline PLACE
fleet closure.json --plan PLACE
write image.tar --config PLACE -o /dev/null
inspect image.tar --ci --ci-config PLACE
"""
CASES = [line for line in SETTINGS.splitlines() if line]
CAUSES = {
    "none": "none: no such file",
    "closure.json/none": "closure.json/none: no such file",
    "folder": "folder: it is a directory, not a file",
    "empty": "empty: it is empty",
    "blank": "blank: it is empty",
}


def words(case: str, place: str) -> list[str]:
    return [place if word == "PLACE" else word for word in case.split()]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    archive(tmp_path)
    closure_file(tmp_path)
    Path("folder").mkdir()
    Path("empty").touch()
    Path("blank").write_text(" \n\n")
    return tmp_path


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("places")
def test_files_with_settings(case: str) -> None:
    for place, cause in CAUSES.items():
        if "--ci-config" in case and cause.endswith("it is empty"):
            continue  # a gate without rules is a gate: test_inspect.py
        done = run(*words(case, place), "-q")
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert done.stderr.splitlines()[0] == f"nixdive: {cause}"


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_may_not_be_read(case: str) -> None:
    with public_folder() as folder:
        archive(folder)
        closure_file(folder)
        (folder / "secret").write_text("x")
        (folder / "secret").chmod(0)
        there = {"closure.json", "image.tar", "secret"}
        full = [f"{folder}/{word}" if word in there else word for word in words(case, "secret")]
        with nobody():
            done = run(*full, "-q")
        assert done.returncode == 1
        assert done.stderr.splitlines()[0] == f"nixdive: {folder}/secret: Permission denied"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("places")
def test_an_empty_word_is_a_wrong_call(case: str) -> None:
    more = ["plan closure.json --against PLACE", "write image.tar --from PLACE -o new.tar"]
    for one in (case, *more):
        done = run(*words(one, ""), "-q")
        assert (done.returncode, done.stdout) == (2, "")
        assert "an empty word does not name anything" in done.stderr


@pytest.mark.usefixtures("places")
def test_a_pipeline_that_cannot_run_names_its_file() -> None:
    Path("wrong.json").write_text('[["limit_layer", 3]]')
    done = run("plan", "closure.json", "--pipeline", "wrong.json", "-q")
    assert done.returncode == 1
    assert done.stderr.startswith("nixdive: wrong.json: ")


@pytest.mark.usefixtures("places")
def test_a_missing_version_is_said_before_kinds_are_compared() -> None:
    for missing in (("none", "image.tar"), ("image.tar", "none")):
        done = run("replay", *missing, "-q")
        assert done.returncode == 1
        assert done.stderr.startswith("nixdive: none: no such file")
    assert run("replay", "closure.json", "image.tar", "-q").returncode == 2
