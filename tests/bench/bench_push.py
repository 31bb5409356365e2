"""What real pushes send beside what was predicted: three applications, their versions, three strategies.

usage: python tests/bench/bench_push.py

Needs the Debian store, docker-registry, skopeo and the folder with extra test data.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

STRATEGIES = ("popularity", "nixpkgs", "churn")
VERSIONS = ("v1", "v1c", "v2")
LAYERS = "25"


def run(*words: str) -> Any:
    done = subprocess.run(words, capture_output=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    apps = json.loads(Path(os.environ["NIXDIVE_DEBSTORE"]).read_text())["apps"]
    meter = Path(os.environ["NIXDIVE_SHARED"]) / "tools/push_meter.py"
    print(f"budget {LAYERS}; after {VERSIONS[0]}; predicted: NAR bytes, and the blobs that compare names")
    for app in ("redis", "flaskapp", "toolbox"):
        for strategy in STRATEGIES:
            with tempfile.TemporaryDirectory() as folder:
                report(apps[app], app, strategy, Path(folder), meter)


def report(paths: dict[str, str], app: str, strategy: str, folder: Path, meter: Path) -> None:
    options = ["--strategy", strategy, "--max-layers", LAYERS, "-q", "--json"]
    images: list[Path] = []
    predicted: list[tuple[int, int]] = []
    for number, version in enumerate(VERSIONS):
        earlier = [word for image in images for word in ("--against", str(image))]
        target = folder / f"{app}-{version}.tar"
        nixdive = [sys.executable, "-m", "nixdive"]
        made = run(*nixdive, "write", paths[version], "-o", str(target), *options, *earlier)
        if number:
            blobs = run(*nixdive, "compare", str(images[-1]), str(target), "--json", "-q")
            predicted.append((made["against"][-1]["push_bytes"], blobs["push_bytes"]))
        images.append(target)
    counted = run(sys.executable, str(meter), *(f"oci-archive:{image}" for image in images))
    for version, (nar, blobs), push in zip(VERSIONS[1:], predicted, counted["images"][1:], strict=True):
        sent = push["layer_bytes_sent"]
        print(f"{app:9} {strategy:10} {version:3}  NAR {nar:>11,}  blobs {blobs:>11,}  sent {sent:>11,}")


if __name__ == "__main__":
    main()
