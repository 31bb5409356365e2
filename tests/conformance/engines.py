"""Container engines with stores and sockets of their own, on this machine or in a newer Debian beside it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# where no limit of a process may be raised, the usual ones of podman and docker are too high
_LIMITS = ("nofile=20000:20000", "nproc=20000:20000")
_PODMAN = f"""
[containers]
default_ulimits = ["{_LIMITS[0]}", "{_LIMITS[1]}"]
netns = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
"""
_LOAD = 600.0  # seconds: images of hundreds of layers take minutes on a slow disk
_NEWER_DEBIAN = Path(__file__).with_name("newer_debian.sh")


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


def version_of(words: Sequence[str | Path], env: Mapping[str, str] | None = None) -> str:
    """Return the version in what a program prints, or nothing where the program is not there."""
    try:
        said = run(*words, env=env)
    except (AssertionError, FileNotFoundError):
        return ""
    found = re.search(r"\d+(\.\d+)+", said)  # without what a distribution has added
    return found[0] if found else said.strip()


def succeeds(*words: str, env: Mapping[str, str]) -> bool:
    done = subprocess.run(words, env={**os.environ, **env}, capture_output=True, timeout=30, check=False)
    return done.returncode == 0


@contextlib.contextmanager
def daemon(*words: str | Path, log: Path, ready: Callable[[], bool]) -> Iterator[int]:
    """Run a daemon until the block ends, and give its process id; it is killed if it does not listen."""
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
                tail = log.read_text(errors="replace")[-2000:]
                raise AssertionError(f"{words[0]} did not start:\n{tail}")
            time.sleep(0.1)
        yield process.pid
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


def isolated(folder: Path) -> dict[str, str]:
    """Variables that keep skopeo and podman away from the blob cache of the machine."""
    return {
        "HOME": str(folder),
        "XDG_DATA_HOME": f"{folder}/data",
        "XDG_RUNTIME_DIR": f"{folder}/runtime",
    }


@contextlib.contextmanager
def newer_debian(folder: Path, *places: Path) -> Iterator[tuple[str, ...]]:
    """Give the words that start a program in the Debian that newer_debian.sh made in a folder.

    It sees the places; what it mounts is gone at the end.
    """
    with own_folder("newer") as own:
        wait = "echo ready; exec sleep infinity"
        words = map(str, (_NEWER_DEBIAN, "run", folder, *places, "--", "sh", "-c", wait))
        log = own / "log"
        with daemon(*words, log=log, ready=lambda: "ready" in log.read_text()) as process:
            yield ("nsenter", "--mount", "--target", str(process), "--")


@dataclass(frozen=True)
class Client:
    """A client that loads an image from a file and runs a command in it.

    Attributes:
        env: variables that it needs.
        load_words: the words before the file.
        run_words: the words before the command, with NAME for the image.
        remove_words: the words before the name.
        push_words: the commands that push an image, with NAME, and PLACE for HOST/NAME:TAG.
        prefix: what it puts before names that say no registry.
    """

    env: Mapping[str, str]
    load_words: tuple[str, ...]
    run_words: tuple[str, ...]
    remove_words: tuple[str, ...]
    push_words: tuple[tuple[str, ...], ...]
    prefix: str = ""

    def within(self, words: tuple[str, ...]) -> Client:
        """Return it with what starts programs elsewhere before each command."""
        return replace(
            self,
            load_words=words + self.load_words,
            run_words=words + self.run_words,
            remove_words=words + self.remove_words,
            push_words=tuple(words + one for one in self.push_words),
        )

    def load(self, file: Path) -> str:
        return run(*self.load_words, file, env=self.env, timeout=_LOAD)

    def run(self, name: str, *command: str) -> str:
        words = [name if word == "NAME" else word for word in self.run_words]
        words = [f"{self.prefix}{word}" if word == name else word for word in words]
        return run(*words, *command, env=self.env)

    def push(self, name: str, place: str) -> None:
        """Push an image to a registry on loopback that speaks plain HTTP."""
        meant = {"NAME": f"{self.prefix}{name}", "PLACE": place}
        for words in self.push_words:
            run(*(meant.get(word, word) for word in words), env=self.env)

    def remove(self, name: str) -> None:
        run(*self.remove_words, f"{self.prefix}{name}", env=self.env)


@contextlib.contextmanager
def podman(within: tuple[str, ...] = ()) -> Iterator[Client]:
    with own_folder("podman") as folder:
        (folder / "containers.conf").write_text(_PODMAN)
        (folder / "runtime").mkdir()
        env = {"CONTAINERS_CONF": str(folder / "containers.conf"), **isolated(folder)}
        places = ("--root", f"{folder}/root", "--runroot", f"{folder}/run", "--tmpdir", f"{folder}/tmp")
        base = ("podman", "--storage-driver", "overlay", *places)
        yield Client(
            env,
            (*base, "load", "-q", "-i"),
            (*base, "run", "--rm", "NAME"),
            (*base, "rmi", "-f"),
            ((*base, "push", "-q", "--tls-verify=false", "NAME", "PLACE"),),
        ).within(within)


@contextlib.contextmanager
def docker(within: tuple[str, ...] = (), *options: str) -> Iterator[Client]:
    """A daemon with more options; in its overlay2 store, unless they say otherwise."""
    with own_folder("docker") as folder:
        env = {"DOCKER_HOST": f"unix://{folder}/docker.sock"}
        words = ["dockerd", "-H", env["DOCKER_HOST"]]
        words += ["--data-root", f"{folder}/root", "--exec-root", f"{folder}/exec"]
        words += ["--pidfile", f"{folder}/pid", "--iptables=false", "--ip6tables=false", "--ip-forward=false"]
        words += ["--ip-masq=false", "--bridge=none"]
        words += ["--exec-opt", "native.cgroupdriver=cgroupfs", "--default-ulimit", _LIMITS[0]]
        words += options or ("--storage-driver", "overlay2")
        version = (*within, "docker", "version")
        with daemon(*within, *words, log=folder / "log", ready=lambda: succeeds(*version, env=env)):
            yield Client(
                env,
                ("docker", "load", "-i"),
                ("docker", "run", "--rm", "--network", "none", "NAME"),
                ("docker", "rmi", "-f"),
                (("docker", "tag", "NAME", "PLACE"), ("docker", "push", "-q", "PLACE")),
            ).within(within)


@contextlib.contextmanager
def containerd(within: tuple[str, ...] = ()) -> Iterator[Client]:
    with own_folder("ctr") as folder:
        (folder / "config.toml").write_text(
            f'version = 2\nroot = "{folder}/root"\nstate = "{folder}/state"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\naddress = "{folder}/c.sock"\n[ttrpc]\naddress = "{folder}/t.sock"\n'
        )
        env = {"CONTAINERD_ADDRESS": f"{folder}/c.sock"}
        words = ["containerd", "-c", f"{folder}/config.toml"]
        version = (*within, "ctr", "version")
        with daemon(*within, *words, log=folder / "log", ready=lambda: succeeds(*version, env=env)):
            yield Client(
                env,
                ("ctr", "images", "import"),
                ("ctr", "run", "--rm", "NAME", "nixdive-conformance"),
                ("ctr", "images", "rm", "--sync"),
                (
                    ("ctr", "images", "tag", "--force", "NAME", "PLACE"),
                    ("ctr", "images", "push", "--plain-http", "PLACE"),
                ),
                "docker.io/library/",
            ).within(within)


@contextlib.contextmanager
def registry(program: str = "docker-registry", more: Sequence[str] = ()) -> Iterator[str]:
    """HOST:PORT of a registry that is empty at first.

    Args:
        program: docker-registry, which is distribution 2; registry, which is distribution 3; or crane.
        more: further lines of distribution's configuration.
    """
    with own_folder("registry") as folder:
        log = folder / "log"
        if program == "crane":
            words = ["crane", "registry", "serve", "--address", "127.0.0.1:0"]
            marker = "serving on port "
        else:
            lines = [
                "version: 0.1",
                f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}",
                'http: {addr: "127.0.0.1:0", secret: here}',
                *more,
            ]
            (folder / "config.yml").write_text("\n".join(lines))
            words = [program, "serve", f"{folder}/config.yml"]
            marker = "listening on 127.0.0.1:"
        port = re.compile(rf"{marker}(\d+)\b")
        with daemon(*words, log=log, ready=lambda: port.search(log.read_text()) is not None):
            found = port.search(log.read_text())
            assert found is not None
            yield f"127.0.0.1:{found[1]}"
