"""The jobs in docs/ci.md: their lines run in the shells of the systems, against a registry with a login.

What installs nixdive, builds the image and logs in for Docker are stand-ins; all else is what stands there.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.image.made import archive, layer
from tests.program import Done, run
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
SYSTEMS = {".github/workflows/image.yml", ".gitlab-ci.yml", ".woodpecker/image.yaml"}
USER, PASSWORD = "shop", 'it\'s a "secret"'
# what stands at the top of .gitlab-ci.yml with a meaning of its own, so that no job can have that name
NO_JOBS = {
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "pages",
    "services",
    "spec",
}
NO_JOBS |= {"stages", "types", "variables", "workflow"}
# a mistake in how they are called is an error, too
INSTALLS = """#!/bin/sh
[ "$*" = "install ./nixdive" ] || { echo "$0 $*" >&2; exit 9; }
printf '#!/bin/sh\\nexec "%s" -m nixdive "$@"\\n' "$PYTHON" > "$BIN/nixdive"
chmod +x "$BIN/nixdive"
"""
BUILDS = """#!/bin/sh
[ "$1 $2" = "build .#image" ] || { echo "$0 $*" >&2; exit 9; }
ln -s "$BUILT" result
"""
LOGS_IN = """#!/bin/sh
[ "$1 $3 $5" = "login --username --password-stdin" ] || { echo "$0 $*" >&2; exit 9; }
mkdir -p ~/.docker
auth=$({ printf %s: "$4"; head -c -1; } | base64 -w 0)
printf '{"auths": {"%s": {"auth": "%s"}}}' "$2" "$auth" > ~/.docker/config.json
"""


@dataclass(frozen=True)
class Script:
    """What a system gives to a shell.

    Attributes:
        shell: how it starts the shell; the name of a file follows.
        text: what is in the file.
        variables: what is set besides.
    """

    shell: tuple[str, ...]
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)


def files() -> dict[str, Any]:
    """Each file of the page."""
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    found = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return {name: yaml.safe_load(text) for name, text in found}


def scripts(name: str) -> list[Script]:
    """What is run one after the other."""
    file = files()[name]
    if name.startswith(".github"):
        (job,) = file["jobs"].values()
        return [
            Script(("bash", "-e"), step["run"], step.get("env", {})) for step in job["steps"] if "run" in step
        ]
    if name.startswith(".gitlab"):
        found = [job for job in file.values() if "script" in job]
        shell = ("bash", "-eo", "pipefail")
        return [Script(shell, "\n".join(job["script"]), job.get("variables", {})) for job in found]
    return [Script(("sh", "-e"), "\n".join(step["commands"])) for step in file["steps"]]


def test_each_system_has_its_file() -> None:
    assert set(files()) == SYSTEMS


def test_no_job_of_gitlab_has_a_name_with_a_meaning() -> None:
    jobs = {name for name, value in files()[".gitlab-ci.yml"].items() if "script" in value}
    assert jobs
    assert not jobs & NO_JOBS


@pytest.fixture(name="registry")
def _registry(tmp_path: Path) -> Iterator[RegistryHere]:
    """A registry with a login, and the earlier image in it."""
    old = archive(tmp_path / "old.tar", [layer(f"nix/store/{'a' * 32}-libc-2.39/lib={'x' * 9000}")])
    login = tmp_path / "login.json"
    with RegistryHere(user=f"{USER}:{PASSWORD}") as here:
        auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        login.write_text(json.dumps({"auths": {here.host: {"auth": auth}}}))
        for name in ("shop:main", "shop/shop:main"):
            pushed = run("write", old, "-o", here.url(name), "-q", REGISTRY_AUTH_FILE=str(login))
            assert pushed.returncode == 0, pushed.stderr
        yield here


@pytest.fixture(name="machine")
def _machine(registry: RegistryHere, tmp_path: Path) -> dict[str, str]:
    """The variables of a machine of the three systems, with a home and programs of its own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("pip", INSTALLS), ("pipx", INSTALLS), ("nix", BUILDS), ("docker", LOGS_IN)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    layers = [layer(f"nix/store/{'a' * 32}-libc-2.39/lib={'x' * 9000}"), layer(f"etc/shop={'y' * 9000}")]
    outside = {
        key: value for key, value in os.environ.items() if key not in {"DOCKER_CONFIG", "REGISTRY_AUTH_FILE"}
    }
    return outside | {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / ".config"),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "BIN": str(programs),
        "BUILT": str(archive(tmp_path / "built.tar", layers)),
        "GITHUB_ACTOR": USER,
        "GITHUB_REPOSITORY": "Shop/Shop",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "CI_REGISTRY": registry.host,
        "CI_REGISTRY_IMAGE": f"{registry.host}/shop/shop",
        "CI_REGISTRY_USER": USER,
        "CI_REGISTRY_PASSWORD": PASSWORD,
        "PASSWORD": PASSWORD,
    }


@pytest.mark.parametrize(("most", "status"), [("50MB", 0), ("5kB", 3)])
@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_its_lines_judge_the_image(
    name: str, most: str, status: int, registry: RegistryHere, machine: dict[str, str], tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    instead = {
        "docker://ghcr.io": f"docker://{registry.host}",
        "login ghcr.io": f"login {registry.host}",
        "registry.example.org": registry.host,
        "=50MB": f"={most}",
    }
    *before, last = [ended(one, instead, machine, work) for one in scripts(name)]
    assert {one.returncode for one in before} == {0}, before
    assert last.returncode == status, last.stderr
    summary = tmp_path / "summary.md"
    assert "highestPushBytes" in (summary.read_text() if name.startswith(".github") else last.stdout)
    if not name.startswith(".woodpecker"):
        (suite,) = ET.parse(work / "report.xml").getroot()
        assert suite.get("failures") == ("1" if status else "0")


def ended(script: Script, instead: Mapping[str, str], machine: Mapping[str, str], work: Path) -> Done:
    """Run it in a folder, with what is here in place of what is named there."""
    text = script.text
    for there, here in instead.items():
        text = text.replace(there, here)
    file = work.parent / "script"
    file.write_text(f"{text}\n")
    variables = {
        key: value.replace("${{ github.token }}", PASSWORD) for key, value in script.variables.items()
    }
    words = [*script.shell, str(file)]
    done = subprocess.run(
        words,
        cwd=work,
        env={**machine, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
