"""Real clients, each with stores and sockets of its own, started once and ended by their process ids.

A client that is missing skips its tests; with NIXDIVE_REQUIRE_CLIENTS=1 it fails them.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ULIMITS = """
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
netns = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
"""


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


def run(*words: str | Path, env: Mapping[str, str] | None = None, timeout: float = 120) -> str:
    """Run a program and return its standard output; its standard error is part of a failure."""
    done = subprocess.run(
        [str(word) for word in words],
        env=None if env is None else {**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


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
    """Run nixdive, which must end with 1, and return what it told."""

    def call(*words: str | Path) -> str:
        argv = [sys.executable, "-m", "nixdive", *map(str, words)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    return call


@contextlib.contextmanager
def daemon(*words: str | Path, log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """Run a daemon until the block ends; it is ended by its process id, killed if it does not listen."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            [str(word) for word in words],
            stdout=told,
            stderr=told,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 30
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"{words[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def own_folder(name: str) -> Iterator[Path]:
    """A short-named folder (sockets have short names) that is unmounted and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"nixdive-{name}-"))
    try:
        yield folder
    finally:
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        for line in reversed(mounts):
            if (place := line.split(" ")[1]).startswith(f"{folder}/"):
                subprocess.run(["umount", "-l", place], check=False)
        shutil.rmtree(folder)


def succeeds(*words: str, env: Mapping[str, str]) -> bool:
    done = subprocess.run(words, env={**os.environ, **env}, capture_output=True, timeout=30, check=False)
    return done.returncode == 0


@dataclass(frozen=True)
class Client:
    """A client that loads an image from a file and runs a command in it."""

    env: Mapping[str, str]
    load_words: tuple[str, ...]
    run_words: tuple[str, ...]
    remove_words: tuple[str, ...]
    prefix: str = ""

    def load(self, file: Path) -> str:
        return run(*self.load_words, file, env=self.env)

    def run(self, name: str, *command: str) -> str:
        words = [name if word == "NAME" else word for word in self.run_words]
        words = [f"{self.prefix}{word}" if word == name else word for word in words]
        return run(*words, *command, env=self.env)

    def remove(self, name: str) -> None:
        run(*self.remove_words, f"{self.prefix}{name}", env=self.env)


@pytest.fixture(scope="session")
def podman() -> Iterator[Client]:
    need("podman", "runc", root=True)
    with own_folder("podman") as folder:
        (folder / "containers.conf").write_text(_ULIMITS)
        (folder / "runtime").mkdir()
        env = {"CONTAINERS_CONF": str(folder / "containers.conf"), **isolated(folder)}
        places = ("--root", f"{folder}/root", "--runroot", f"{folder}/run", "--tmpdir", f"{folder}/tmp")
        base = ("podman", "--storage-driver", "overlay", *places)
        yield Client(
            env,
            (*base, "load", "-q", "-i"),
            (*base, "run", "--rm", "NAME"),
            (*base, "rmi", "-f"),
        )


@pytest.fixture(scope="session")
def docker() -> Iterator[Client]:
    need("dockerd", "docker", root=True)
    with own_folder("docker") as folder:
        host = f"unix://{folder}/docker.sock"
        env = {"DOCKER_HOST": host}
        words = ["dockerd", "-H", host, "--data-root", f"{folder}/root", "--exec-root", f"{folder}/exec"]
        words += ["--pidfile", f"{folder}/pid", "--iptables=false", "--ip6tables=false", "--ip-forward=false"]
        words += ["--ip-masq=false", "--bridge=none", "--storage-driver", "overlay2"]
        words += ["--exec-opt", "native.cgroupdriver=cgroupfs", "--default-ulimit", "nofile=20000:20000"]
        with daemon(*words, log=folder / "log", ready=lambda: succeeds("docker", "version", env=env)):
            yield Client(
                env,
                ("docker", "load", "-i"),
                ("docker", "run", "--rm", "--network", "none", "NAME"),
                ("docker", "rmi", "-f"),
            )


@pytest.fixture(scope="session")
def containerd() -> Iterator[Client]:
    need("containerd", "ctr", "runc", root=True)
    with own_folder("ctr") as folder:
        (folder / "config.toml").write_text(
            f'version = 2\nroot = "{folder}/root"\nstate = "{folder}/state"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\naddress = "{folder}/c.sock"\n[ttrpc]\naddress = "{folder}/t.sock"\n'
        )
        env = {"CONTAINERD_ADDRESS": f"{folder}/c.sock"}
        words = ["containerd", "-c", f"{folder}/config.toml"]
        with daemon(*words, log=folder / "log", ready=lambda: succeeds("ctr", "version", env=env)):
            yield Client(
                env,
                ("ctr", "images", "import"),
                ("ctr", "run", "--rm", "NAME", "nixdive-conformance"),
                ("ctr", "images", "rm", "--sync"),
                "docker.io/library/",
            )


def isolated(folder: Path) -> dict[str, str]:
    """Variables that keep skopeo and podman away from the blob cache of the machine."""
    return {
        "HOME": str(folder),
        "XDG_DATA_HOME": f"{folder}/data",
        "XDG_RUNTIME_DIR": f"{folder}/runtime",
    }


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
    with own_folder("registry") as folder:
        (folder / "config.yml").write_text(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            'http: {addr: "127.0.0.1:0"}\n'
        )
        log = folder / "log"
        marker = "listening on "
        words = ["docker-registry", "serve", f"{folder}/config.yml"]
        with daemon(*words, log=log, ready=lambda: marker in log.read_text()):
            yield log.read_text().partition(marker)[2].partition('"')[0].split()[0]


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
