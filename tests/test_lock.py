"""What CI installs is locked: every dependency in a version that the project allows, with its hashes."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
_VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def _locked() -> list[tuple[Requirement, list[str]]]:
    """Return each package of the lock with its hashes."""
    text = re.sub(r"(?m)^\s*#.*\n?", "", (ROOT / ".ci/requirements.txt").read_text())
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    found = []
    for line in lines:
        words, *hashes = line.split(" --hash=sha256:")
        found.append((Requirement(words.strip()), hashes))
    return found


def _wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [
        *project["dependencies"],
        *(one for more in project["optional-dependencies"].values() for one in more),
    ]
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    return [Requirement(one) for one in (*named, *built)]


def test_every_package_has_one_version_and_hashes() -> None:
    for requirement, hashes in _locked():
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in hashes), requirement
        assert requirement.url is None


@pytest.mark.parametrize("version", _VERSIONS)
def test_what_the_project_needs_is_locked_in_a_version_that_it_allows(version: str) -> None:
    here = {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": sys.platform}
    locked = {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one, _ in _locked()
        if one.marker is None or one.marker.evaluate(here)
    }
    for wanted in _wanted():
        if wanted.marker is None or wanted.marker.evaluate(here):
            found = locked.get(canonicalize_name(wanted.name))
            assert found is not None, f"{wanted.name} is not locked: run .ci/lock"
            assert wanted.specifier.contains(found, prereleases=True), f"{wanted}, locked is {found}"
