"""The programs that nixdive is measured beside: what is installed, and what the Go module proxy has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs

MODULES = {
    "crane": "github.com/google/go-containerregistry/cmd/crane@v0.22.1",
    "regctl": "github.com/regclient/regclient/cmd/regctl@v0.11.7",
    "dive": "github.com/wagoodman/dive@v0.13.1",
}
INSTALLED = ("skopeo", "docker-registry")
_VERSIONS = {"dive": "--version", "skopeo": "--version", "docker-registry": "--version"}
_SECONDS = 600


def peers() -> dict[str, str]:
    """Return the path of each program that is there, by its name; what Go can make is made once."""
    found = {name: path for name in INSTALLED if (path := shutil.which(name))}
    for name, module in MODULES.items():
        if path := shutil.which(name) or _made(name, module):
            found[name] = path
    return found


def version(name: str, path: str) -> str:
    """Return the version that a program states."""
    if name in MODULES and path.startswith(str(_folder())):
        return MODULES[name].rpartition("@")[2].removeprefix("v")
    done = subprocess.run([path, _VERSIONS.get(name, "version")], capture_output=True, text=True, check=False)
    words = (word.removeprefix("v") for word in (done.stdout + done.stderr).split())
    return next((word for word in words if word[:1].isdigit()), "?")


def _folder() -> Path:
    return Path(platformdirs.user_cache_dir("nixdive")) / "bench"


def _made(name: str, module: str) -> str | None:
    place = _folder() / name
    if not place.exists():
        go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
        if go is None:
            return None
        print(f"go install {module}", file=sys.stderr)
        env = {**os.environ, "GOBIN": str(_folder())}
        done = subprocess.run(
            [go, "install", module], env=env, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if done.returncode:
            print(done.stderr[-500:], file=sys.stderr)
            return None
    return str(place)
