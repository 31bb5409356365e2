"""How long real clients take to push, pull and load, beside what the profiles of nixdive.clients foretell.

usage: python tests/bench/bench_clients.py measure [RESULTS.jsonl] [--root DIR] [--crane FILE] [--runs N]
       python tests/bench/bench_clients.py fit [RESULTS.jsonl]      figures for profiles, from all cases
       python tests/bench/bench_clients.py judge [RESULTS.jsonl]    each case beside what others foretell
       python tests/bench/bench_clients.py held [RESULTS.jsonl]     cases that are held out of the fit
       python tests/bench/bench_clients.py knees [RESULTS.jsonl]    where a release arrives soonest

Needs root, the Debian store, docker-registry, and the clients: skopeo, podman 4, crane; and of a newer Debian
docker 28, podman 5 and containerd 2, in DIR, where /proc, /sys, /dev and /dev/shm are mounted. Results
are added to the file, with the client's version and the day; what is there is not measured again. Without
a file it is measured.jsonl beside this program, which is to be committed: the next fit needs the cases.
`--match REGEX` measures some of them.

Stores, archives and the registry are in memory. The link is a pair of network namespaces with the bandwidth
of the case, the delay comes from a proxy. What is measured goes before other work on the processors (nice and
autogroup), and of several runs the fastest counts: measure on a quiet machine, because a busy one makes some
clients several times slower. `judge` fits once for each image, to the cases of all other images, and judges
those figures by its cases: whatever the layer count and the link, no case of an image is in the fit that it
judges. `held` judges the profiles as they are by cases that no fit takes: other images, counts and links.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

from nixdive.clients.link import Link
from tests.bench.client_cases import KEPT, LINKS, Case, Shape, cases, foretold, held, knees, note, read
from tests.bench.client_fit import fit, held_out, judge, knee_table
from tests.bench.measured_clients import (
    PLACE,
    Containerd,
    Crane,
    Docker,
    MeasuredClient,
    Nixdive,
    Podman,
    Skopeo,
    name,
    repository,
)
from tests.bench.narrow_link import ADDRESS, PORT, SERVER, NarrowLink

IMAGES = PLACE / "images"
LOOKS = {"fit": fit, "judge": judge, "held": held_out, "knees": knee_table}


def asked(target: Path) -> list[str]:
    """Return what is written into an archive, and how, as words for `nixdive write`."""
    app, version, count = target.stem.split("-")
    apps = json.loads(Path(os.environ["NIXDIVE_DEBSTORE"]).read_text("utf-8"))["apps"]
    roots = [apps[one][version] for one in app.split("+")]
    words = [*roots, "--max-layers", count, "--client", "podman"]
    return words if version == "v1" else [*words, "--against", str(archive(app, "v1", int(count))[0])]


def archive(app: str, version: str, count: int) -> tuple[Path, list[Any]]:
    """Return an image, written if it is not there, and its layers."""
    target = IMAGES / f"{app}-{version}-{count}.tar"
    told = target.with_suffix(".json")
    if not told.exists():
        words = [sys.executable, "-m", "nixdive", "write", *asked(target), "-o", str(target), "-q", "--json"]
        words += ["--name", name(app, f"{version}-{count}")]
        document = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
        with tarfile.open(target) as tar:
            for layer in document["layers"]:
                layer["entries"] = _entries(tar, layer["digest"])
        told.write_text(json.dumps(document), "utf-8")
    return target, json.loads(told.read_text("utf-8"))["layers"]


def _entries(archive: tarfile.TarFile, digest: str) -> int:
    blob = archive.extractfile(f"blobs/{digest.replace(':', '/')}")
    assert blob is not None
    # gzip, because tarfile reads the first member alone of several
    with gzip.open(blob) as data, tarfile.open(fileobj=data, mode="r|") as layer:
        return sum(1 for _ in layer)


def shape(case: Case) -> Shape:
    """Return the image of a case: version 2 where version 1 is there before, else version 1."""
    _, before = archive(case.app, "v1", case.layers)
    layers = archive(case.app, "v2", case.layers)[1] if case.state == "next" else before
    known = {layer["digest"] for layer in before}
    new = [case.state == "cold" or layer["digest"] not in known for layer in layers]
    same = next(
        (i for i, (a, b) in enumerate(zip(layers, before, strict=False)) if a["digest"] != b["digest"]),
        min(len(layers), len(before)),
    )
    tar, wire, entries = (
        [layer[key] for layer in layers] for key in ("uncompressed_size", "size", "entries")
    )
    return Shape(tar, wire, entries, new, [case.state == "cold" or i >= same for i in range(len(layers))])


class Registry:
    """A registry in the server's namespace, with its blobs in memory; `empty` makes it forget them."""

    def __init__(self) -> None:
        self._folder = PLACE / "registry"
        self._folder.mkdir(parents=True)
        config = self._folder / "config.yml"
        config.write_text(
            f"version: 0.1\nlog: {{level: error}}\n"
            f"storage: {{filesystem: {{rootdirectory: {self._folder}/blobs}}}}\n"
            f'http: {{addr: "0.0.0.0:{PORT}"}}\n'
        )
        words = ["ip", "netns", "exec", SERVER, "docker-registry", "serve", str(config)]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def empty(self) -> None:
        """Forget all images."""
        shutil.rmtree(self._folder / "blobs", ignore_errors=True)

    def has(self, image: Path, app: str, tag: str) -> None:
        """Put an image there, past the link."""
        words = ["ip", "netns", "exec", SERVER, "env", f"HOME={PLACE}", f"XDG_DATA_HOME={PLACE}/data"]
        words += ["_CONTAINERS_ROOTLESS_UID=65534", "skopeo", "copy", "-q", "--preserve-digests"]
        place = f"docker://{ADDRESS}:{PORT}/{repository(app)}:{tag}"
        words += ["--dest-tls-verify=false", f"oci-archive:{image}", place]
        subprocess.run(words, check=True, capture_output=True)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def once(case: Case, client: MeasuredClient, registry: Registry, link: NarrowLink) -> float:
    """Return the seconds of one run; what has to be there before comes over a fast link."""
    tags = {version: f"{version}-{case.layers}" for version in ("v1", "v2")}
    files = {version: archive(case.app, version, case.layers)[0] for version in ("v1", "v2")}
    registry.empty()
    client.fresh()
    version = "v2" if case.state == "next" else "v1"
    if case.action != "load" and (case.action == "pull" or case.state != "cold"):
        # a push of the very same manifest would end where it begins
        registry.has(files["v1"], case.app, tags["v1"] if case.action == "pull" else "before")
    if case.action == "pull":
        registry.has(files[version], case.app, tags[version])
        if case.state == "next":
            link.set(Link.parse(LINKS[2]))
            client.pull(name(case.app, tags["v1"]))
    if case.link:
        link.set(Link.parse(case.link))
    if case.action == "push":
        client.has(files[version])
    subprocess.run(["sync"], check=False)
    began = time.monotonic()
    if case.action == "push":
        client.push(files[version], name(case.app, tags[version]))
    elif case.action == "pull":
        client.pull(name(case.app, tags[version]))
    else:
        client.load(files[version])
    return time.monotonic() - began


def version(called: str, root: Path, crane: str) -> str:
    """Return what a client says of its version."""
    inside = ["chroot", str(root)]
    words = {
        "nixdive": [sys.executable, "-m", "nixdive", "--version"],
        "skopeo": ["skopeo", "--version"],
        "crane": [crane, "version"],
        "podman": [*inside, "podman", "--version"],
        "podman-4": ["podman", "--version"],
        "containerd": [*inside, "containerd", "--version"],
    }.get(called, [*inside, "dockerd", "--version"])
    return subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip()


def measure(results: Path, root: Path, crane: str, runs: int, match: str) -> None:
    """Measure what is not in the file yet, and add it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started ends with it
    os.nice(-15)
    Path("/proc/self/autogroup").write_text("-15", "utf-8")
    done = {row.case: row.runs for row in read(results)} if results.exists() else {}
    shutil.rmtree(PLACE, ignore_errors=True)
    IMAGES.mkdir(parents=True)
    clients: dict[str, MeasuredClient] = {
        "nixdive": Nixdive(asked),
        "skopeo": Skopeo(),
        "crane": Crane(crane),
        "docker": Docker(root, containerd=False),
        "docker-containerd": Docker(root, containerd=True),
        "podman": Podman(root, "podman"),
        "podman-4": Podman(None, "podman-4"),
        "containerd": Containerd(root),
    }
    with NarrowLink() as link:
        registry = Registry()
        try:
            for case in dict.fromkeys((*cases(), *knees(), *held())):
                missing = runs - done.get(case, 0)
                if missing <= 0 or not re.search(match, " ".join(map(str, case))):
                    continue
                found = shape(case)
                try:
                    seconds = [once(case, clients[case.client], registry, link) for _ in range(missing)]
                except (RuntimeError, subprocess.CalledProcessError) as error:
                    print(*case, f"failed: {error}", file=sys.stderr, flush=True)
                    continue
                finally:
                    clients[case.client].stop()
                note(results, case, found, seconds, version(case.client, root, crane))
                print(
                    *case,
                    *(f"{one:.2f}" for one in seconds),
                    f"foretold {foretold(case, found):.2f}",
                    flush=True,
                )
        finally:
            registry.stop()
            for client in clients.values():
                client.stop()


def main() -> None:
    """Do what the words say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("measure", *LOOKS))
    parser.add_argument("results", type=Path, nargs="?", default=KEPT)
    parser.add_argument("--root", type=Path, default=Path("/"))
    parser.add_argument("--crane", default="crane")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--match", default="")
    given = parser.parse_args()
    if given.what == "measure":
        measure(given.results, given.root, given.crane, given.runs, given.match)
    else:
        LOOKS[given.what](given.results)


if __name__ == "__main__":
    main()
