"""Closures, images and trees that are made up, the same in every run."""

from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING, Any

from nixdive.image.oci import media
from tests.conformance import samples
from tests.opening.images import layer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LETTERS = "0123456789abcdfghijklmnpqrsvwxyz"


def _path(dice: random.Random, name: str) -> str:
    return f"/nix/store/{''.join(dice.choices(_LETTERS, k=32))}-{name}"


def _size(dice: random.Random) -> int:
    return int(min(3e8, max(300, dice.lognormvariate(12.5, 2.2))))


def _save(file: Path, rows: Sequence[dict[str, Any]]) -> Path:
    file.write_text(json.dumps(rows))
    return file


def _pool(dice: random.Random, count: int) -> list[dict[str, Any]]:
    """Return paths that need some of those before them, the first ones most often."""
    names = [_path(dice, f"package{number}-1.{number % 9}") for number in range(count)]
    rows = []
    for number, name in enumerate(names):
        below = {names[int(number * dice.random() ** 2)] for _ in range(dice.randrange(1, 8)) if number}
        rows.append({"path": name, "narSize": _size(dice), "references": sorted(below)})
    return rows


def closure(folder: Path, count: int) -> Path:
    """Write a closure of so many paths, with one root."""
    dice = random.Random(count)
    rows = _pool(dice, count - 1)
    needed = {path for row in rows for path in row["references"]}
    tops = [row["path"] for row in rows if row["path"] not in needed]
    rows.append({"path": _path(dice, "app-1.0"), "narSize": 5_000_000, "references": tops})
    return _save(folder / f"closure{count}.json", rows)


def fleet(folder: Path, images: int, each: int, pool: int) -> list[Path]:
    """Write closures of about so many paths each, all of them out of one pool."""
    dice = random.Random(images)
    rows = _pool(dice, pool)
    at = {row["path"]: row for row in rows}
    files = []
    for number in range(images):
        taken: set[str] = set()
        while len(taken) < each:
            wanted = [rows[int(pool * dice.random() ** 1.3)]["path"]]
            while wanted:
                if (path := wanted.pop()) not in taken:
                    taken.add(path)
                    wanted += at[path]["references"]
        inside = [at[path] for path in sorted(taken)]
        needed = {path for row in inside for path in row["references"]}
        root = {
            "path": _path(dice, f"service{number}-1.0"),
            "narSize": 5_000_000 + 1000 * number,
            "references": sorted(taken - needed),
        }
        files.append(_save(folder / f"service{number}.json", [*inside, root]))
    return files


class Releases:
    """An image of layers that do not compress, in releases that change some of them; as OCI layouts."""

    def __init__(self, folder: Path, layers: int, size: int) -> None:
        self._folder, self._size = folder, size
        self._dice = random.Random(layers)
        self._layers = [self._new(number, size) for number in range(layers)]

    def _new(self, number: int, size: int) -> samples.Blob:
        data = self._dice.randbytes(size)
        tar = layer({"data": None, f"data/{number}": data})
        return samples.Blob(tar, gzip.compress(tar, 1, mtime=0), media.layer_type("gzip"))

    def release(self, name: str, changed: Sequence[int] = (), size: int | None = None) -> Path:
        """Write a release in which these layers are others, of so many bytes, and return its layout."""
        for number in changed:
            self._layers[number] = self._new(number, size or self._size)
        samples.write(self._folder / f"{name}.tar", f"{name}:{samples.TAG}", self._layers, docker=False)
        return samples.unpacked(self._folder / f"{name}.tar", self._folder / name)


def tree(folder: Path, files: int) -> Path:
    """Write a store path of so many small files and return the folder that is its root."""
    dice = random.Random(files)
    place = folder / f"tree{files}/nix/store" / f"{'0' * 32}-made-{files}"
    for number in range(files):
        below = place / f"lib/package{number // 100}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"module{number}.py").write_bytes(dice.randbytes(int(dice.lognormvariate(7, 1))))
    return folder / f"tree{files}"
