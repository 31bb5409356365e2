"""Container engines with stores and sockets of their own, on this machine or in a newer Debian beside it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.conformance.programs import daemon, isolated, own_folder, run, succeeds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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
