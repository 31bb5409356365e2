"""How long real clients take to push, pull and load, beside what the profiles of nixdive.clients foretell.

usage: python tests/bench/bench_clients.py measure RESULTS.jsonl [--root DIR] [--crane FILE] [--runs N]
       python tests/bench/bench_clients.py fit RESULTS.jsonl      figures for profiles, from all cases
       python tests/bench/bench_clients.py judge RESULTS.jsonl    each case beside what is foretold without it
       python tests/bench/bench_clients.py knees RESULTS.jsonl    where a release arrives soonest

Needs root, the Debian store, docker-registry, and the clients: skopeo, podman 4, crane; and of a newer Debian
docker 28, podman 5 and containerd 2, in DIR, where /proc, /sys, /dev and /dev/shm are mounted. Results
are added to the file; what is there is not measured again. `--match REGEX` measures some of them.

Stores, archives and the registry are in memory. The link is a pair of network namespaces with the bandwidth
of the case, the delay comes from a proxy. What is measured goes before other work on the processors (nice and
autogroup), and of several runs the fastest counts. `fit` changes one figure after the other for as long as
the sum of the squared logarithms of foretold over measured shrinks. Round trips for a layer and layers at a
time are not fitted: they are what clients ask for. `judge` fits once for each image, to the cases of all
other images, and judges those figures by its cases: whatever the layer count and the link, no case of an
image is in the fit that it judges.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nixdive.clients.client import Client, client
from nixdive.clients.link import Link
from nixdive.clients.seconds import Blobs, load_seconds, pull_seconds, push_seconds
from tests.bench.engines import PLACE, Containerd, Crane, Docker, Engine, Nixdive, Podman, Skopeo, name
from tests.bench.narrow_link import ADDRESS, PORT, SERVER, NarrowLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IMAGES = PLACE / "images"
WITHIN = 0.25
KNEE_COUNTS = (6, 25, 100)
LINKS = ("100mbit/20ms", "10mbit/80ms", "1gbit/1ms")


class Case(NamedTuple):
    """What is measured.

    Attributes:
        client: by the name of its profile.
        action: push, pull or load.
        state: cold, the same image, or next: version 2 after version 1.
        app: of the Debian store.
        layers: the layer budget.
        link: RATE/RTT; empty for a load.
    """

    client: str
    action: str
    state: str
    app: str
    layers: int
    link: str


BOTH = ("docker", "docker-containerd", "podman", "podman-4")  # they push and pull
ANEW = frozenset({"docker", "podman", "podman-4"})


def cases() -> Iterator[Case]:
    """Yield all cases."""
    for app, counts in (("redis", (1, 36)), ("flaskapp", (20, 90)), ("toolbox", (12, 120)), ("media", (60,))):
        for count in counts:
            yield from _pushes(app, count)
            for one in (*BOTH, "containerd"):
                yield Case(one, "pull", "cold", app, count, LINKS[0])
                yield Case(one, "pull", "next", app, count, LINKS[0])
                yield Case(one, "load", "cold", app, count, "")
    for link, app, counts in ((LINKS[2], "toolbox", (12, 120)), (LINKS[1], "redis", (5, 30))):
        for count in counts:
            for one in ("nixdive", "skopeo", "crane", "docker-containerd"):
                yield Case(one, "push", "next", app, count, link)
            for one in (*BOTH, "containerd"):
                yield Case(one, "pull", "cold", app, count, link)
                if link == LINKS[2]:
                    yield Case(one, "pull", "next", app, count, link)


def knees() -> Iterator[Case]:
    """Yield the cases that show where a release arrives soonest: two clients on each side, three counts."""
    for app in ("toolbox", "media"):
        for link in LINKS:
            for count in KNEE_COUNTS:
                for one in ("nixdive", "skopeo"):
                    yield Case(one, "push", "next", app, count, link)
                for one in ("docker", "podman"):
                    yield Case(one, "pull", "next", app, count, link)


def _pushes(app: str, count: int) -> Iterator[Case]:
    for one in ("nixdive", "skopeo", "crane", *BOTH):
        for state in ("cold",) if one in ANEW else ("cold", "same", "next"):
            yield Case(one, "push", state, app, count, LINKS[0])


class Shape(NamedTuple):
    """An image as the model sees it: layers, which of them version 1 lacks, and which it has above others."""

    tar: list[int]
    wire: list[int]
    new: list[bool]
    moved: list[bool]


def asked(target: Path) -> list[str]:
    """Return what is written into an archive, and how, as words for `nixdive write`."""
    app, version, count = target.stem.split("-")
    apps = json.loads(Path(os.environ["NIXDIVE_DEBSTORE"]).read_text("utf-8"))["apps"]
    words = [apps[app][version], "--max-layers", count, "--client", "podman"]
    return words if version == "v1" else [*words, "--against", str(archive(app, "v1", int(count))[0])]


def archive(app: str, version: str, count: int) -> tuple[Path, list[Any]]:
    """Return an image, written if it is not there, and its layers."""
    target = IMAGES / f"{app}-{version}-{count}.tar"
    told = target.with_suffix(".json")
    if not told.exists():
        words = [sys.executable, "-m", "nixdive", "write", *asked(target), "-o", str(target), "-q", "--json"]
        words += ["--name", name(app, f"{version}-{count}")]
        told.write_bytes(subprocess.run(words, check=True, capture_output=True).stdout)
    return target, json.loads(told.read_text("utf-8"))["layers"]


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
    tar, wire = ([layer[key] for layer in layers] for key in ("uncompressed_size", "size"))
    return Shape(tar, wire, new, [case.state == "cold" or i >= same for i in range(len(layers))])


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
        place = f"docker://{ADDRESS}:{PORT}/{app}:{tag}"
        words += ["--dest-tls-verify=false", f"oci-archive:{image}", place]
        subprocess.run(words, check=True, capture_output=True)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def once(case: Case, engine: Engine, registry: Registry, link: NarrowLink) -> float:
    """Return the seconds of one run; what has to be there before comes over a fast link."""
    tags = {version: f"{version}-{case.layers}" for version in ("v1", "v2")}
    files = {version: archive(case.app, version, case.layers)[0] for version in ("v1", "v2")}
    registry.empty()
    engine.fresh()
    version = "v2" if case.state == "next" else "v1"
    if case.action != "load" and (case.action == "pull" or case.state != "cold"):
        # a push of the very same manifest would end where it begins
        registry.has(files["v1"], case.app, tags["v1"] if case.action == "pull" else "before")
    if case.action == "pull":
        registry.has(files[version], case.app, tags[version])
        if case.state == "next":
            link.set(Link.parse(LINKS[2]))
            engine.pull(name(case.app, tags["v1"]))
    if case.link:
        link.set(Link.parse(case.link))
    if case.action == "push":
        engine.has(files[version])
    subprocess.run(["sync"], check=False)
    began = time.monotonic()
    if case.action == "push":
        engine.push(files[version], name(case.app, tags[version]))
    elif case.action == "pull":
        engine.pull(name(case.app, tags[version]))
    else:
        engine.load(files[version])
    return time.monotonic() - began


def measure(results: Path, root: Path, crane: str, runs: int, match: str) -> None:
    """Measure what is not in the file yet, and add it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started ends with it
    os.nice(-15)
    Path("/proc/self/autogroup").write_text("-15", "utf-8")
    done = {row.case: row.runs for row in read(results)} if results.exists() else {}
    shutil.rmtree(PLACE, ignore_errors=True)
    IMAGES.mkdir(parents=True)
    engines: dict[str, Engine] = {
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
            for case in dict.fromkeys((*cases(), *knees())):
                missing = runs - done.get(case, 0)
                if missing <= 0 or not re.search(match, " ".join(map(str, case))):
                    continue
                found = shape(case)
                try:
                    seconds = [once(case, engines[case.client], registry, link) for _ in range(missing)]
                except (RuntimeError, subprocess.CalledProcessError) as error:
                    print(*case, f"failed: {error}", file=sys.stderr, flush=True)
                    continue
                finally:
                    engines[case.client].stop()
                row = {"case": case._asdict(), "shape": found._asdict(), "seconds": seconds}
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                print(
                    *case,
                    *(f"{one:.2f}" for one in seconds),
                    f"foretold {foretold(case, found):.2f}",
                    flush=True,
                )
        finally:
            registry.stop()
            for engine in engines.values():
                engine.stop()


class Row(NamedTuple):
    """A case that was measured.

    Attributes:
        case: which.
        shape: its image.
        seconds: of the fastest run.
        runs: how many there were.
    """

    case: Case
    shape: Shape
    seconds: float
    runs: int


def read(results: Path) -> list[Row]:
    """Return what was measured."""
    found: dict[Case, Row] = {}
    for line in results.read_text("utf-8").splitlines():
        row = json.loads(line)
        case, seconds = Case(**row["case"]), row["seconds"]
        if case in found:
            seconds = [*seconds, *[found[case].seconds] * found[case].runs]
        found[case] = Row(case, Shape(**row["shape"]), min(seconds), len(seconds))
    return list(found.values())


def foretold(case: Case, found: Shape, by: Client | None = None) -> float:
    """Return the seconds that a profile foretells of a case."""
    by = by or client(case.client)
    blobs = Blobs(np.array(found.tar, dtype=float), np.array(found.wire, dtype=float))
    new, moved = np.array(found.new)[:, None], np.array(found.moved)[:, None]
    if case.action == "load":
        assert by.load is not None
        return load_seconds(by.load, blobs)
    link = Link.parse(case.link)
    if case.action == "push":
        assert by.push is not None
        return float(push_seconds(by.push, link, blobs, new)[0])
    assert by.pull is not None
    return float(pull_seconds(by.pull, link, blobs, new, moved)[0])


KNOBS = {
    "push": {"start": 0.2, "start_turns": 3.0, "layer": 0.005, "wire_byte": 5e-9, "tar_byte": 1e-8},
    "pull": {"start": 0.2, "overlaps": True, "wire_byte": 5e-9, "unpack_layer": 0.02, "unpack_byte": 1e-8},
    "load": {"start": 0.2, "layer": 0.01, "tar_byte": 1e-8},
}


def fit(results: Path) -> None:
    """Print the figures of each profile that foretell its cases best."""
    for called, action, rows in _groups(read(results)):
        one = _fitted(client(called), action, KNOBS[action], rows)
        part = getattr(one, action)
        words = ", ".join(f"{knob} = {getattr(part, knob):.3g}" for knob in KNOBS[action])
        errors = sorted(_error(row, one) for row in rows)
        print(
            f"[{called}] {action}: {words}   "
            f"error: median {errors[len(errors) // 2]:.0%}, most {errors[-1]:.0%} of {len(errors)}",
            flush=True,
        )


def _groups(rows: Iterable[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Yield the cases of each client and action."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.case.client, row.case.action), []).append(row)
    for (called, action), group in groups.items():
        yield called, action, group


def _error(row: Row, by: Client) -> float:
    return abs(foretold(row.case, row.shape, by) / row.seconds - 1)


def _fitted(one: Client, action: str, knobs: dict[str, float], rows: list[Row]) -> Client:
    def cost(values: dict[str, float]) -> float:
        tried = replace(one, **{action: replace(getattr(one, action), **values)})
        logs = [
            math.log(max(foretold(case, found, tried), 1e-3) / seconds) for case, found, seconds, _ in rows
        ]
        return sum(log * log for log in logs)

    now = {knob: getattr(getattr(one, action), knob) or usual for knob, usual in knobs.items()}
    if one.push is not None and one.push.keeps_digests and action == "push":
        now["tar_byte"] = 0.0  # it reads no tar
    best, step = cost(now), 2.0
    while step > 1.005:
        better = False
        for knob, usual in knobs.items():
            tried = (
                (True, False) if isinstance(usual, bool) else (now[knob] * step, now[knob] / step, 0.0, usual)
            )
            for value in tried:
                found = cost(now | {knob: value})
                if found < best - 1e-9 and not (knob == "tar_byte" and now[knob] == 0.0 and action == "push"):
                    now, best, better = now | {knob: value}, found, True
        step = step if better else math.sqrt(step)
    return replace(one, **{action: replace(getattr(one, action), **now)})


def judge(results: Path) -> None:
    """Print each case with what the other images foretell of it, and how many are within a quarter."""
    tallies: dict[str, list[bool]] = {}
    for called, action, rows in _groups(read(results)):
        for app in dict.fromkeys(row.case.app for row in rows):
            others = [row for row in rows if row.case.app != app]
            one = _fitted(client(called), action, KNOBS[action], others)
            for case, found, seconds, _ in (row for row in rows if row.case.app == app):
                told = foretold(case, found, one)
                error = told / seconds - 1
                words = " ".join(map(str, case))
                print(f"{words:60}  {seconds:7.2f} s  foretold {told:7.2f}  {error:+.0%}", flush=True)
                for tally in ("all", action, case.link or "file", called):
                    tallies.setdefault(tally, []).append(abs(error) <= WITHIN)
    for tally, hits in tallies.items():
        print(f"{tally:20} {sum(hits):4} of {len(hits):4} within {WITHIN:.0%}: {sum(hits) / len(hits):.0%}")


def knee_table(results: Path) -> None:
    """Print seconds of a push and then a pull, foretold / measured, at each count of layers."""
    rows = {row.case: row for row in read(results)}
    for app, link in ((app, link) for app in ("toolbox", "media") for link in LINKS):
        for pushing, pulling in (("nixdive", "docker"), ("skopeo", "podman")):
            cells, told, seen = [], {}, {}
            for count in KNEE_COUNTS:
                both = [
                    rows.get(Case(who, action, "next", app, count, link))
                    for who, action in ((pushing, "push"), (pulling, "pull"))
                ]
                known = [one for one in both if one is not None]
                if len(known) == len(both):
                    told[count] = sum(foretold(one.case, one.shape) for one in known)
                    seen[count] = sum(one.seconds for one in known)
                    cells.append(f"{told[count]:.1f} / {seen[count]:.1f}")
                else:
                    cells.append("")
            if seen:
                best = f"{min(told, key=told.__getitem__)} / {min(seen, key=seen.__getitem__)}"
                print("|", " | ".join((app, link, f"{pushing}, {pulling}", *cells, best)), "|")


LOOKS = {"fit": fit, "judge": judge, "knees": knee_table}


def main() -> None:
    """Do what the words say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("measure", *LOOKS))
    parser.add_argument("results", type=Path)
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
