"""Folders that may not be entered and names that are too long, wherever a command takes a place.

Root enters every folder, so the commands run in a process that has not the capabilities for that.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.opening.inputs import archive, closure_file

TOP = Path(__file__).parent.parent.parent
LONG = "n" * 300
# CLOSED is a folder that may not be entered
WORDS = """
plan PLACE
plan closure.json --against PLACE
plan closure.json --plan PLACE
plan closure.json --pipeline PLACE
plan closure.json -o PLACE
plan image:PLACE
plan closure:PLACE
plan docker-archive:PLACE
plan PLACE:name
write closure.json --from PLACE -o new.tar
write closure.json --from PLACE:name -o new.tar
write image.tar --config PLACE -o new.tar
write closure.json --contents PLACE -o new.tar
write image.tar -o PLACE
write image.tar -o PLACE --format oci
inspect PLACE
inspect image.tar --dive-json PLACE
inspect image.tar --ci --ci-config PLACE
inspect image.tar --ci --against PLACE
verify PLACE
extract PLACE / -o out
extract image.tar / -o PLACE
compare PLACE closure.json
compare closure.json PLACE
replay PLACE closure.json
why PLACE app
emit PLACE --as nix
graph PLACE -o new.dot
graph closure.json -o PLACE.dot
fleet PLACE closure.json
fleet closure.json --against PLACE
fleet closure.json -o PLACE
"""
# what is not there at all comes before what cannot be looked at
CASES = [line for line in WORDS.splitlines() if line]
SCRIPT = """
import json, os, sys
from tests.program import run
os.chdir(sys.argv[1])
done = [run(*words, "-q") for words in json.load(sys.stdin)]
print(json.dumps([[one.returncode, one.stdout, one.stderr] for one in done]))
"""


def told(folder: Path, commands: list[list[str]]) -> list[tuple[int, str, str]]:
    words = [sys.executable, "-c", SCRIPT, str(folder)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed")
        without = "-dac_override,-dac_read_search"
        words = ["setpriv", "--bounding-set", without, "--inh-caps", without, *words]
    done = subprocess.run(
        words, input=json.dumps(commands), cwd=TOP, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return [(status, out, err) for status, out, err in found]


def test_each_is_told_in_one_line(tmp_path: Path) -> None:
    closure_file(tmp_path)
    archive(tmp_path)
    (tmp_path / "closed").mkdir(mode=0)
    places = {
        "closed/x": "the folder {}/closed cannot be entered",
        "closed/deep/x": "the folder {}/closed cannot be entered",
        LONG: "File name too long: ",
        f"{tmp_path}/{LONG}": "File name too long: ",
    }
    cases = [(words, place) for words in CASES for place in places]
    commands = [[word.replace("PLACE", place) for word in words.split()] for words, place in cases]
    for (words, place), (status, out, err) in zip(cases, told(tmp_path, commands), strict=True):
        case = f"{words} with {place}: {err}"
        assert (status, out) == (1, ""), case
        assert "this is a bug" not in err, case
        assert "mkdir" not in err, case
        first, *hint = err.splitlines()
        assert places[place].format(tmp_path) in first, case
        assert len(hint) <= 1, case
    left = {"closure.json", "image.tar", "closed"}
    assert {one.name for one in tmp_path.iterdir()} == left
