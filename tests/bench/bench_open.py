"""How fast the layers of an image are indexed, and how much memory that takes.

usage: python tests/bench/bench_open.py [MEGABYTES [LAYERS [FILES]]]

Without arguments: 1000 MB in 100 layers and 20 000 files. The data are the machine's own libraries, so
that they compress as programs do; a file in three holds store paths. Each row is a process of its own and the
fastest of three runs; the file is in the page cache. "MB/s" is of the uncompressed tars, "copy" how fast the
file alone is read.
"""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import tarfile
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from nixdive.image.compression import compression
from nixdive.image.readers import docker_archive
from nixdive.image.readers.archive import files_of
from nixdive.image.stored.indexed import index_image

_ROUNDS = 3


def _data() -> bytes:
    found = b""
    for file in sorted(Path("/usr/lib").rglob("*.so*")):
        if file.is_file() and not file.is_symlink():
            found += file.read_bytes()
        if len(found) > 64 << 20:
            break
    return found


def _layers(megabytes: int, layers: int, files: int) -> list[bytes]:
    random_ = random.Random(1)
    data = _data()
    mean = megabytes * 1_000_000 // files
    made = []
    for layer in range(layers):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for file in range(files // layers):
                base = f"{layer:032d}-package-{layer}"
                info = tarfile.TarInfo(f"nix/store/{base}/lib/directory/file-{file}.so")
                info.size = int(random_.expovariate(1 / mean))
                start = random_.randrange(len(data) - min(len(data) - 1, info.size))
                body = data[start : start + info.size].ljust(info.size, b"x")
                if file % 3 == 0 and info.size > 100:
                    body = body[:-60] + f"/nix/store/{random_.randrange(layers):032d}-other".encode().ljust(
                        60
                    )
                tar.addfile(info, io.BytesIO(body))
        made.append(out.getvalue())
    return made


def _archive(target: Path, layers: list[bytes], packing: str) -> None:
    packer = compression(packing)
    with tarfile.open(target, "w") as tar:

        def add(name: str, data: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        for i, plain in enumerate(layers):
            blob = plain
            if packer is not None:
                pieces = [plain[at : at + packer.piece] for at in range(0, len(plain), packer.piece)]
                blob = b"".join(packer.compress(memoryview(piece)) for piece in pieces)
            add(f"{i}/layer.tar", blob)
        ids = [f"sha256:{sha256(plain).hexdigest()}" for plain in layers]
        add("config.json", json.dumps({"rootfs": {"type": "layers", "diff_ids": ids}}).encode())
        entry = {
            "Config": "config.json",
            "RepoTags": ["made:1"],
            "Layers": [f"{i}/layer.tar" for i in range(len(ids))],
        }
        add("manifest.json", json.dumps([entry]).encode())


def _measure(path: Path, jobs: int) -> None:
    times, read = [], []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 20):
                pass
        read.append(time.perf_counter() - start)
        start = time.perf_counter()
        image = docker_archive.read(files_of(path))[0]
        listed = time.perf_counter() - start
        indexes = index_image(image, jobs=jobs)
        times.append(time.perf_counter() - start)
    plain = sum(index.size for index in indexes)
    entries = sum(len(index.entries) for index in indexes)
    # not ru_maxrss: that is inherited from the process that made the archives
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    memory = int(status["VmHWM"].split()[0]) / 1024
    size = path.stat().st_size / 1e6
    print(
        f"{path.name:8} {jobs:4} {size:8.0f} {plain / 1e6:8.0f} {entries:8} {listed:8.3f}"
        f" {min(times):6.2f} {plain / 1e6 / min(times):7.0f} {size / min(read):8.0f}"
        f" {memory:7.0f}"
    )


def main(megabytes: int = 1000, layers: int = 100, files: int = 20_000) -> None:
    """Make the archives and print a row for each."""
    print("packing  jobs   MB file   MB tars  entries  listed      s    MB/s copy MB/s MB RSS", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        made = _layers(megabytes, layers, files)
        for packing in ("none", "gzip", "zstd"):
            _archive(Path(folder) / packing, made, packing)
        del made
        for packing in ("none", "gzip", "zstd"):
            for jobs in (1, 2):
                words = [sys.executable, __file__, "--one", str(Path(folder) / packing), str(jobs)]
                subprocess.run(words, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _measure(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
