"""Real clients, each with stores and sockets of its own, started once and ended by their process ids.

A client that is missing skips its tests; with NIXDIVE_REQUIRE_CLIENTS=1 it fails them.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.conformance import engines, registries
from tests.conformance.programs import isolated, own_folder, run
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.conformance.engines import Client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("conformance")


def missing(reason: str) -> NoReturn:
    if os.environ.get("NIXDIVE_REQUIRE_CLIENTS") == "1":
        pytest.fail(f"required, but {reason}")
    pytest.skip(reason)


def need(*programs: str, root: bool = False) -> None:
    for program in programs:
        if shutil.which(program) is None:
            missing(f"{program} is not installed")
    if root and os.geteuid() != 0:
        missing(f"{programs[0]} needs root here")


@pytest.fixture(scope="session")
def nixdive() -> Callable[..., str]:
    """Run nixdive as a user does; `umask` among the variables is set, not passed on."""

    def call(*words: str | Path, env: Mapping[str, str] | None = None) -> str:
        variables = dict(env or {})
        start = f'umask {variables.pop("umask", "022")}; exec "$@"'
        return run("sh", "-c", start, "sh", sys.executable, "-m", "nixdive", *words, env=variables)

    return call


@pytest.fixture(scope="session")
def refused() -> Callable[..., str]:
    """Run nixdive, which must end with 1, or the status that is named, and return what it told."""

    def call(*words: str | Path, status: int = 1, env: Mapping[str, str] | None = None) -> str:
        argv = [sys.executable, "-m", "nixdive", *map(str, words)]
        variables = os.environ | dict(env or {})
        done = subprocess.run(
            argv, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert (done.returncode, done.stdout) == (status, "")
        return done.stderr

    return call


@pytest.fixture(scope="session")
def podman() -> Iterator[Client]:
    need("podman", "runc", root=True)
    with engines.podman() as client:
        yield client


@pytest.fixture(scope="session")
def docker() -> Iterator[Client]:
    need("dockerd", "docker", root=True)
    with engines.docker() as client:
        yield client


@pytest.fixture(scope="session")
def containerd() -> Iterator[Client]:
    need("containerd", "ctr", "runc", root=True)
    with engines.containerd() as client:
        yield client


@pytest.fixture(scope="session")
def skopeo() -> Iterator[Callable[..., str]]:
    need("skopeo")
    with own_folder("skopeo") as folder:
        env = isolated(folder) | {"_CONTAINERS_ROOTLESS_UID": "65534"}
        yield lambda *words: run("skopeo", *words, env=env)


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """HOST:PORT of a registry that is empty at first."""
    need("docker-registry")
    with registries.registry() as place:
        yield place


@dataclass(frozen=True)
class App:
    """An application of the Debian store.

    Attributes:
        path: its store path.
        name: what nixdive calls its image.
        command: runs it.
        says: part of what the command prints.
    """

    path: str
    name: str
    command: tuple[str, ...]
    says: str


@pytest.fixture(scope="session")
def debstore() -> Mapping[str, Any]:
    """The manifest of a real store made of Debian packages."""
    named = os.environ.get("NIXDIVE_DEBSTORE")
    if not named:
        missing("NIXDIVE_DEBSTORE names no manifest.json of a Debian store")
    manifest: Mapping[str, Any] = json.loads(Path(named).read_text("utf-8"))
    return manifest


@pytest.fixture(scope="session")
def apps(debstore: Mapping[str, Any]) -> Mapping[str, App]:
    redis, flaskapp = (debstore["apps"][name] for name in ("redis", "flaskapp"))
    imports = "import flask, sqlalchemy, psycopg2; print('all imported')"
    return {
        "redis": App(
            redis["v1"],
            "app-redis:v1",
            (f"{redis['v1']}/{redis['entrypoint']}", "--version"),
            "Redis server v=",
        ),
        "flaskapp": App(
            flaskapp["v1"],
            "app-flaskapp:v1",
            (f"{flaskapp['v1']}/{flaskapp['entrypoint']}", "-c", imports),
            "all imported",
        ),
    }


@pytest.fixture(scope="session")
def busybox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base image made by hand: busybox alone, in a plain docker-archive."""
    found = shutil.which("busybox")
    if found is None:
        missing("busybox is not installed")
    return docker_archive(Path(found), tmp_path_factory.mktemp("base") / "busybox.tar")


@pytest.fixture(scope="session")
def merged_busybox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same base with its programs in /usr/bin, and /bin a link to it."""
    found = shutil.which("busybox")
    if found is None:
        missing("busybox is not installed")
    return docker_archive(Path(found), tmp_path_factory.mktemp("base") / "merged.tar", merged=True)


def docker_archive(binary: Path, target: Path, *, merged: bool = False) -> Path:
    """Write a docker-archive with one layer: the binary as /bin/busybox, and /bin/sh as a link to it."""
    programs = "usr/bin" if merged else "bin"
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in ("usr", "usr/bin") if merged else ("bin",):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o711 if name == "usr/bin" else 0o755
            tar.addfile(folder)
        if merged:
            shortcut = tarfile.TarInfo("bin")
            shortcut.type, shortcut.linkname = tarfile.SYMTYPE, "usr/bin"
            tar.addfile(shortcut)
        program = tarfile.TarInfo(f"{programs}/busybox")
        program.mode, program.size = 0o755, binary.stat().st_size
        with binary.open("rb") as file:
            tar.addfile(program, file)
        link = tarfile.TarInfo(f"{programs}/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
    diff_id = hashlib.sha256(layer.getvalue()).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=/bin", "FROM_BASE=yes"], "Cmd": ["/bin/sh"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
        }
    ).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": ["busybox:base"], "Layers": [f"{diff_id}/layer.tar"]}]
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in (
            (f"{diff_id}/layer.tar", layer.getvalue()),
            (config_name, config),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return target
