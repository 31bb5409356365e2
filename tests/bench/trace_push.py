"""What one push sends, and when: its requests in order, with what was under way at the same time.

usage: python -m tests.bench.trace_push [--layers N] [--new N] [--size BYTES] [--round-trip SECONDS]
                                        [--registry docker-registry|registry|crane] [--peer crane]

An image of N layers is pushed, then its next release, in which some layers are others, through a link with a
round trip. Times are milliseconds from the start of the process, at the client's end of the link. `turn` is
how many requests, one after the other, had to be answered before this one was sent.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import made
from tests.conformance import registries
from tests.conformance.samples import TAG
from tests.remote.link import Link
from tests.remote.turns import turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.remote.link import Seen


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tests.bench.trace_push",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--layers", type=int, default=125)
    parser.add_argument("--new", type=int, default=1)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--round-trip", type=float, default=0.05)
    parser.add_argument("--registry", default="docker-registry")
    parser.add_argument("--peer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, registries.registry(options.registry) as host:
        releases = made.Releases(Path(folder), options.layers, options.size)
        first = releases.release("first")
        every = range(0, options.layers, max(options.layers // options.new, 1))
        second = releases.release("second", every[: options.new])
        subprocess.run(_words(None, first, f"{host}/app:{TAG}"), check=True)
        with Link(host, delay=options.round_trip / 2) as link:
            began = time.monotonic()
            subprocess.run(_words(options.peer, second, f"{link.host}/app:{TAG}"), check=True)
            whole = time.monotonic() - began
            for line in lines(link.log, began):
                print(line)
            print(f"{len(link.log)} requests on {link.connections} connections, {1000 * whole:.0f} ms in all")


def _words(peer: str | None, layout: Path, place: str) -> list[str]:
    if peer == "crane":
        return ["crane", "push", "--insecure", str(layout), place]
    return [sys.executable, "-m", "nixdive", "write", str(layout), "-q", "-o", f"docker://{place}"]


def lines(log: Sequence[Seen], began: float) -> list[str]:
    """Return a table of requests."""
    found = ["turn  began  ended  at once  connection  request, status, bytes sent"]
    for turn, one in zip(turns(log), log, strict=True):
        beside = sum(other.began < one.ended and one.began < other.ended for other in log) - 1
        path = re.sub(r"sha256[:%3A]+([0-9a-f]{6})[0-9a-f]*", r"sha256:\1", one.path.removeprefix("/v2/"))
        path = re.sub(r"(uploads/)[^?]+(\?\w+).*?((?<=[?&])digest=\S+)?$", r"\1... \3", path)
        times = f"{1000 * (one.began - began):5.0f}  {1000 * (one.ended - began):5.0f}"
        found.append(
            f"{turn:4}  {times}  {beside:7}  {one.connection:10}  {one.method} {path} {one.status} {one.body}"
        )
    return found


if __name__ == "__main__":
    main()
