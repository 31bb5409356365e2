"""What container clients load, run, keep and refuse: runs the ones that are here and prints Markdown.

usage: python -m tests.conformance.clients [--debian FOLDER]... [--go FOLDER] [--client NAME]...
                                           [--written | --every] [--keep FOLDER] [--kept]

Needs root, busybox and docker-registry, and tries whichever it finds of docker, podman, containerd, skopeo
and umoci. A folder after --debian is one in which `newer_debian.sh make FOLDER docker.io docker-cli podman
containerd runc crun skopeo umoci buildah oras ca-certificates procps iptables` has made another Debian, a
newer or an older one, whose clients are tried too. (Before Debian 13 docker-cli is a part of docker.io, and
there is no oras; debootstrap cannot configure the buildah of Debian 11.) The one after --go has crane and
regctl, as `GOBIN=FOLDER go install` puts them there.

What is printed is docs/engines.md: images that have one odd thing each. With --written it is docs/runs.md:
images that nixdive writes, so that every two choices meet; --every tries all combinations of choices, which
takes a day. With TMPDIR=/dev/shm the others take up to an hour, and on a disk several times as long.

What a client makes of each image that nixdive writes is kept in the folder after --keep, with the digest of
the image. The images are written anew by every run, and a client is tried with those whose bytes it has not
been tried with: a run that was broken off goes on, and after a change of nixdive only what is new is tried.
What is printed is of all clients of which something is kept. --client leaves out those with other names;
--kept tries none, and prints what is kept.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nixdive.image.oci import media
from tests.conformance import combinations, engines, programs, registries, runs, samples
from tests.conformance.copiers import copiers
from tests.conformance.markdown import table
from tests.conformance.newer_debian import newer_debian
from tests.conformance.outcomes import Messages, Outcome, Results, failed
from tests.conformance.programs import version_of
from tests.conformance.runs import DOES, NONE
from tests.conformance.samples import SAYS, TAG, Sample
from tests.opening.images import layer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from tests.conformance.engines import Client

LAYERS = (125, 126, 128, 129, 250, 480, 500, 501)
NAMES = ("docker", "podman", "containerd", "skopeo", "umoci", "buildah", "oras", "crane", "regctl")
FAILURES = (AssertionError, subprocess.TimeoutExpired)
HEAD = (
    "# What clients load, keep and refuse\n\n"
    "What clients make of images that have one odd thing each, and what they keep of an image. Printed by "
    "`python -m tests.conformance.clients`, which writes the images, loads them, runs `echo` in them, and "
    "pushes them to a registry on loopback. A row is one image; a number leads to what the client said.\n\n"
    "*runs*: it loads, and the program in it runs. *reads*: what only copies or unpacks takes it. The images "
    "are OCI archives that are docker-archives too, unless the row says otherwise; a client takes the side "
    "that it prefers.\n"
)


@dataclass(frozen=True)
class Tried:
    """A client that is tried: an engine, or one that only copies.

    Attributes:
        name: its name and version.
        kind: what it does: a key of DOES.
        engine: loads and runs, where it does.
        copy: takes an image and gives it to a place of a registry, where it does not run images.
    """

    name: str
    kind: str
    engine: Client | None = None
    copy: Callable[[Sample, str], str | None] | None = None


def there(
    stack: ExitStack, within: tuple[str, ...], folder: Path, go: Path | None, wanted: Collection[str]
) -> Iterator[Tried]:
    """Start the clients of this machine or of another Debian, as far as they are wanted and there."""
    if "docker" in wanted and (version := version_of((*within, "dockerd", "--version"))):
        store = int(version.partition(".")[0]) >= 28
        for name, option in (("overlay2", "false"), ("containerd store", "true")) if store else (("", ""),):
            options = ("--feature", f"containerd-snapshotter={option}") if option else ()
            engine = stack.enter_context(engines.docker(within, *options))
            yield Tried(f"docker {version}{f', {name}' if name else ''}", "engine", engine)
    if "podman" in wanted and (version := version_of((*within, "podman", "--version"))):
        yield Tried(f"podman {version}", "engine", stack.enter_context(engines.podman(within)))
    if "containerd" in wanted and (version := version_of((*within, "containerd", "--version"))):
        yield Tried(f"containerd {version} (ctr)", "engine", stack.enter_context(engines.containerd(within)))
    for name, version, copy in copiers(folder, within, go):
        if name in wanted:
            yield Tried(f"{name} {version}", "unpacks" if name == "umoci" else "copies", copy=copy)


def made_of(client: Tried, sample: Sample, registry: str) -> Outcome:
    """Return what a client makes of an image."""
    print(f"{sample.what}: {client.name}", file=sys.stderr)
    if sample.file.is_dir() if client.engine else client.kind == "unpacks" and not sample.oci:
        return Outcome(NONE)
    if client.engine is None:
        assert client.copy is not None
        try:
            said = client.copy(sample, f"{registry}/{sample.name.lower()[-100:]}")
        except FAILURES as error:
            return failed("no", error)
        return Outcome("runs" if said is not None and SAYS in said else "reads")
    try:
        called = name_of(client.engine.load(sample.file))
    except FAILURES as error:
        return failed("no", error)
    name, word = sample.name, "runs"
    if called and called.removeprefix("localhost/") == TAG:  # podman 3 knows only one of the two names in it
        name, word = called, f"runs, as `{called}`"
    try:
        said = client.engine.run(name, *sample.command)
    except FAILURES as error:
        return failed("loads only", error)
    finally:
        forget(client.engine, name)
    return Outcome(word if SAYS in said else "runs wrongly")


def made_of_one(client: Tried, images: Sequence[Sample], registry: str, number: int) -> Outcome:
    return made_of(client, images[number], registry)


def name_of(said: str) -> str:
    """Return the name that podman says it has given to an image."""
    found = re.search(r"^Loaded image(?:\(s\))?: (\S+)$", said, re.MULTILINE)
    return found[1] if found else ""


def forget(engine: Client, name: str) -> None:
    with suppress(*FAILURES):  # it may have been loaded without a name
        engine.remove(name)


def most(client: Client, folder: Path, act: Callable[[str, Path], object]) -> str:
    """Return up to how many layers something works, of those that are tried."""
    good, bad = 0, len(LAYERS)
    while bad - good > 1:
        middle = (good + bad) // 2
        name, file = f"deep{LAYERS[middle]}:{TAG}", folder / "deep.tar"
        samples.deep(file, name, LAYERS[middle])
        try:
            act(name, file)
            good = middle
        except FAILURES:
            bad = middle
        finally:
            forget(client, name)
    return f"{LAYERS[good]}" if bad < len(LAYERS) else f"{LAYERS[good]} and more"


def depth(client: Client, folder: Path) -> tuple[str, str]:
    def started(name: str, file: Path) -> None:
        client.load(file)
        client.run(name, *samples.PROGRAM)

    return most(client, folder, lambda _, file: client.load(file)), most(client, folder, started)


def noted(folder: Path, packing: str) -> Sample:
    """Write the image whose parts are looked for after a push."""
    name, file = f"noted-{packing}:{TAG}", folder / "noted.tar"
    layers = [samples.base(), samples.stored(layer({"d": None, "d/file": b"data"}), packing)]
    samples.write(
        file,
        name,
        [samples.stored(one.tar, packing) for one in layers],
        config={"author": "somebody", **samples.labelled(100)},
        manifest={"annotations": {"example.note": "of the manifest"}},
        notes={"example.note": "of a layer"},
    )
    return Sample("", packing, file, name)


def manifest_of(place: str) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    """Return a manifest as it is in a registry, what it says, and its config."""
    host, _, rest = place.partition("/")
    repository, _, tag = rest.rpartition(":")
    kinds = ", ".join(sorted(media.MANIFESTS | media.INDEXES))
    base = f"http://{host}/v2/{repository}"
    ask = urllib.request.Request(f"{base}/manifests/{tag}", headers={"Accept": kinds})
    with urllib.request.urlopen(ask, timeout=30) as answer:
        data = answer.read()
    manifest = json.loads(data)
    if "manifests" in manifest:
        return manifest_of(f"{host}/{repository}:{manifest['manifests'][0]['digest']}")
    with urllib.request.urlopen(f"{base}/blobs/{manifest['config']['digest']}", timeout=30) as answer:
        config = json.loads(answer.read())
    return data, manifest, config


def kept(client: Tried, sample: Sample, registry: str, messages: Messages) -> list[str]:
    """Return what is as it was once a client has loaded an image and pushed it."""
    place = f"{registry}/kept{abs(hash(client.name))}/{sample.name}"
    with tarfile.open(sample.file) as tar:
        index = json.loads(read(tar, "index.json"))
        before = read(tar, f"blobs/sha256/{index['manifests'][0]['digest'][7:]}")
    try:
        if client.engine is not None:
            client.engine.load(sample.file)
            client.engine.push(sample.name, place)
            forget(client.engine, sample.name)
        else:
            assert client.copy is not None
            client.copy(sample, place)
        data, manifest, config = manifest_of(place)
    except (*FAILURES, urllib.error.URLError) as error:
        return [messages.shown(failed("no", error)) if isinstance(error, FAILURES) else NONE] * 6
    old = json.loads(before)
    same = sum(
        one["digest"] == two["digest"] for one, two in zip(old["layers"], manifest["layers"], strict=True)
    )
    return [
        "yes" if data == before else "no",
        f"{same} of {len(old['layers'])}, {packing_of(manifest)}",
        "yes" if "annotations" in manifest else "no",
        "yes" if "annotations" in manifest["layers"][0] else "no",
        "yes" if config["config"].get("Labels") else "no",
        "yes" if config.get("author") else "no",
    ]


def packing_of(manifest: Mapping[str, Any]) -> str:
    found = {media.compression_of(one["mediaType"]) or one["mediaType"] for one in manifest["layers"]}
    return " and ".join(sorted(found))


def read(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


def report(clients: Sequence[Tried], registry: str, folder: Path) -> None:
    """Try all clients with all images, and print it."""
    messages = Messages()
    print(HEAD)
    tried(clients)
    loaders = [one for one in clients if one.engine is not None]
    others = [one for one in clients if one.engine is None]
    for kind, images in by_kind(samples.packed(folder) + samples.odd(folder)):
        print(f"## {kind.capitalize()}\n")
        for group in filter(None, (loaders, others)):
            rows = [
                [sample.what, *(messages.shown(made_of(one, sample, registry)) for one in group)]
                for sample in images
            ]
            show(["", *(one.name for one in group)], rows)
    print("## Number of layers\n")
    print(f"Tried: {', '.join(map(str, LAYERS))}.\n")
    depths = [depth(one.engine, folder) for one in loaders if one.engine is not None]
    names = [one.name for one in loaders]
    show(["", *names], [["loads", *(one for one, _ in depths)], ["runs", *(one for _, one in depths)]])
    for packing in ("gzip", "zstd"):
        print(f"## What is kept by loading and pushing, or copying: {packing}\n")
        sample = noted(folder, packing)
        rows = [
            [one.name, *kept(one, sample, registry, messages)] for one in clients if one.kind != "unpacks"
        ]
        facts = (
            "manifest digest",
            "layer digests",
            "annotations of the manifest",
            "of layers",
            "labels",
            "author",
        )
        show(["", *facts], rows)
    print("## What they said\n")
    print(*messages.lines(), sep="\n")


def show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(table(head, rows), flush=True)


def tried(clients: Sequence[Tried]) -> None:
    day = time.strftime("%Y-%m-%d", time.gmtime())
    show(["client", "what it does", "run on"], [[one.name, DOES[one.kind], day] for one in clients])


def report_written(clients: Sequence[Tried], registry: str, folder: Path, kept: Path, *, every: bool) -> None:
    """Try clients with images that nixdive writes in its ways, and print what is known of all clients."""
    ways = list(combinations.combinations(every=every))
    place = folder / "images"
    place.mkdir()
    images = combinations.written(place, ways) + combinations.deep(place)
    results = Results(kept, tuple((one.what, one.digest()) for one in images))
    for one in clients:
        results.find(one.name, one.kind, partial(made_of_one, one, images, registry))
    for part in runs.page(ways, sorted(results.records(), key=lambda one: place_of(one.client))):
        print(part)


def place_of(client: str) -> tuple[int, list[int], str]:
    """Return what puts clients in order: by program, then from the oldest version to the newest."""
    return NAMES.index(client.partition(" ")[0]), [int(one) for one in re.findall(r"\d+", client)], client


def by_kind(made: Sequence[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    for kind in dict.fromkeys(one.kind for one in made):
        yield kind, [one for one in made if one.kind == kind]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--debian", type=Path, metavar="FOLDER", action="append", default=[])
    parser.add_argument("--go", type=Path, metavar="FOLDER")
    parser.add_argument("--written", action="store_true")
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--client", choices=NAMES, metavar="NAME", action="append", default=[])
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    with ExitStack() as stack:
        folder = stack.enter_context(programs.own_folder("clients"))
        registry = stack.enter_context(registries.registry())
        wanted = () if options.kept else options.client or NAMES
        clients = list(there(stack, (), folder, options.go, wanted))
        for number, debian in enumerate(options.debian if wanted else ()):
            within = stack.enter_context(newer_debian(debian, Path(tempfile.gettempdir())))
            own = folder / f"debian-{number}"
            own.mkdir()
            clients += there(stack, within, own, None, wanted)
        clients.sort(key=lambda one: place_of(one.name))
        print(f"{len(clients)} clients", file=sys.stderr)
        if options.written or options.every:
            report_written(clients, registry, folder, options.keep or folder / "kept", every=options.every)
        else:
            report(clients, registry, folder)


if __name__ == "__main__":
    main()
