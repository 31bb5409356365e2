"""Real clients in a network namespace, each with a store of its own in memory, emptied between runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tests.bench.narrow_link import CLIENT, PORT

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = Path("/dev/shm/nixdive-clients")
_PIVOT = (
    'mount --rbind "$0" "$0" && cd "$0" && mkdir -p .old && pivot_root . .old && umount -l .old && exec "$@"'
)
_READY = 30.0


def repository(app: str) -> str:
    """Return where in the registry the image of an application is, or of several, which "+" joins."""
    return app.replace("+", "/")


def name(app: str, tag: str) -> str:
    """The name of an image in the registry, as clients see it."""
    return f"127.0.0.1:{PORT}/{repository(app)}:{tag}"


class MeasuredClient(Protocol):
    """A client that is measured; its name is that of its profile."""

    def fresh(self) -> None:
        """Forget everything."""

    def has(self, archive: Path) -> None:
        """Get ready to push an image, where that takes a store; not measured."""

    def push(self, archive: Path, image: str) -> None:
        """Push an image."""

    def pull(self, image: str) -> None:
        """Pull an image until it can run."""

    def load(self, archive: Path) -> None:
        """Load an image from a file."""

    def stop(self) -> None:
        """Stop what was started."""


class Inside:
    """Runs programs in the client's namespace, below another root where one is named."""

    def __init__(self, root: Path | None = None, **variables: str) -> None:
        self._words = ["ip", "netns", "exec", CLIENT]
        if root is not None:
            self._words += ["unshare", "-m", "--propagation", "private", "sh", "-c", _PIVOT, str(root)]
        self._env = os.environ | variables

    def run(self, *words: str | Path) -> str:
        """Run a program to its end, and return what it prints."""
        done = subprocess.run(
            [*self._words, *map(str, words)], capture_output=True, text=True, env=self._env, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{words[0]}: {done.stderr[-600:]}")
        return done.stdout

    def start(self, log: Path, *words: str | Path) -> subprocess.Popen[bytes]:
        """Start a program in a process group of its own."""
        with log.open("wb") as out:
            return subprocess.Popen(
                [*self._words, *map(str, words)],
                stdout=out,
                stderr=out,
                env=self._env,
                process_group=0,
            )


def _emptied(folder: Path) -> Path:
    for mount in Path("/proc/self/mounts").read_text("utf-8").splitlines():
        place = mount.split()[1]
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "-l", place], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _wait(ready: Inside, *words: str | Path) -> None:
    end = time.monotonic() + _READY
    while True:
        try:
            ready.run(*words)
        except RuntimeError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


class _Nothing:
    """What clients without a store need not do."""

    def has(self, archive: Path) -> None:
        pass

    def pull(self, image: str) -> None:
        raise NotImplementedError

    def load(self, archive: Path) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        pass


class Skopeo(_Nothing):
    def __init__(self) -> None:
        self._home = PLACE / "skopeo"

    def fresh(self) -> None:
        _emptied(self._home)

    def push(self, archive: Path, image: str) -> None:
        inside = Inside(HOME=str(self._home), XDG_DATA_HOME=str(self._home), _CONTAINERS_ROOTLESS_UID="65534")
        inside.run(
            *("skopeo", "copy", "--preserve-digests", "--dest-tls-verify=false"),
            *(f"oci-archive:{archive}", f"docker://{image}"),
        )


class Nixdive(_Nothing):
    """Our own push; its layers come out of the cache, as after a write.

    Args:
        words: what is laid out, and how, for the archive of an image.
    """

    def __init__(self, words: Callable[[Path], list[str]]) -> None:
        self._words = words
        self._cache = PLACE / "nixdive"

    def _write(self, archive: Path, target: str) -> None:
        inside = Inside(NIXDIVE_CACHE_DIR=str(self._cache))
        inside.run(sys.executable, "-m", "nixdive", "write", "-q", *self._words(archive), "-o", target)

    def fresh(self) -> None:
        _emptied(self._cache)

    def has(self, archive: Path) -> None:
        self._write(archive, str(self._cache / "image.tar"))

    def push(self, archive: Path, image: str) -> None:
        self._write(archive, f"docker://{image}")


class Crane(_Nothing):
    """It is given an OCI layout, because it reads an archive as docker's."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._layout = PLACE / "crane"

    def fresh(self) -> None:
        pass

    def has(self, archive: Path) -> None:
        subprocess.run(["tar", "-xf", archive, "-C", _emptied(self._layout)], check=True)

    def push(self, archive: Path, image: str) -> None:
        Inside().run(self._program, "push", "--insecure", self._layout, image)


class Docker:
    def __init__(self, root: Path | None, *, containerd: bool) -> None:
        self._root = root
        self._home = PLACE / ("docker-containerd" if containerd else "docker")
        self._containerd = containerd
        self._daemon: subprocess.Popen[bytes] | None = None
        self._client = Inside(DOCKER_HOST=f"unix://{self._home}/docker.sock")

    def fresh(self) -> None:
        self.stop()
        home = _emptied(self._home)
        features = '{"features": {"containerd-snapshotter": %s}}' % ("true" if self._containerd else "false")
        (home / "daemon.json").write_text(features)
        network = (
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
            "--ip-masq=false",
            "--bridge=none",
        )
        store = () if self._containerd else ("--storage-driver", "overlay2")
        self._daemon = Inside(self._root).start(
            home / "log",
            *("dockerd", "--config-file", home / "daemon.json", "-H", f"unix://{home}/docker.sock"),
            *("--data-root", home / "root", "--exec-root", home / "exec", "--pidfile", home / "pid"),
            *("--exec-opt", "native.cgroupdriver=cgroupfs", *network, *store),
        )
        _wait(self._client, "docker", "version")
        # its containerd begins a session of its own, which would not go before other work
        pid = (home / "exec/containerd/containerd.pid").read_text("utf-8")
        with suppress(OSError):  # not every kernel has such groups
            nice = Path("/proc/self/autogroup").read_text("utf-8").split()[-1]
            Path(f"/proc/{pid}/autogroup").write_text(nice, "utf-8")

    def has(self, archive: Path) -> None:
        self.load(archive)

    def push(self, archive: Path, image: str) -> None:
        self._client.run("docker", "push", image)

    def pull(self, image: str) -> None:
        self._client.run("docker", "pull", image)

    def load(self, archive: Path) -> None:
        self._client.run("docker", "load", "-i", archive)

    def stop(self) -> None:
        if self._daemon is not None:
            _ended(self._daemon)
            self._daemon = None


class Podman(_Nothing):
    def __init__(self, root: Path | None, called: str) -> None:
        self._home = PLACE / called
        self._inside = Inside(
            root, HOME=str(self._home), XDG_DATA_HOME=f"{self._home}/data", TMPDIR=str(PLACE)
        )

    def fresh(self) -> None:
        _emptied(self._home)

    def _run(self, *words: str | Path) -> None:
        home = self._home
        places = ("--root", home / "root", "--runroot", home / "run", "--tmpdir", home / "tmp")
        self._inside.run("podman", "--storage-driver", "overlay", *places, *words)

    def has(self, archive: Path) -> None:
        self.load(archive)

    def push(self, archive: Path, image: str) -> None:
        self._run("push", "-q", "--tls-verify=false", image)

    def pull(self, image: str) -> None:
        self._run("pull", "-q", "--tls-verify=false", image)

    def load(self, archive: Path) -> None:
        self._run("load", "-q", "-i", archive)


class Containerd(_Nothing):
    def __init__(self, root: Path | None) -> None:
        self._inside = Inside(root)
        self._home = PLACE / "containerd"
        self._daemon: subprocess.Popen[bytes] | None = None

    def fresh(self) -> None:
        self.stop()
        home = _emptied(self._home)
        (home / "config.toml").write_text(
            f'version = 2\nroot = "{home}/root"\nstate = "{home}/state"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", '
            '"io.containerd.cri.v1.runtime"]\n'
            f'[grpc]\naddress = "{home}/sock"\n[ttrpc]\naddress = "{home}/ttrpc"\n'
        )
        self._daemon = self._inside.start(home / "log", "containerd", "-c", home / "config.toml")
        _wait(self._inside, "ctr", "-a", home / "sock", "version")

    def push(self, archive: Path, image: str) -> None:
        raise NotImplementedError

    def pull(self, image: str) -> None:
        self._inside.run("ctr", "-a", self._home / "sock", "images", "pull", "--plain-http", image)

    def load(self, archive: Path) -> None:
        self._inside.run("ctr", "-a", self._home / "sock", "images", "import", archive)

    def stop(self) -> None:
        if self._daemon is not None:
            _ended(self._daemon)
            self._daemon = None


def _ended(daemon: subprocess.Popen[bytes]) -> None:
    os.killpg(daemon.pid, signal.SIGTERM)
    try:
        daemon.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(daemon.pid, signal.SIGKILL)
        daemon.wait()
