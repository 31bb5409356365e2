from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

PATHS = tuple(
    StorePath(f"/nix/store/{digit * 32}-{name}") for digit, name in (("0", "low"), ("1", "app"), ("2", "big"))
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A root with a small store: odd names, links, hard links, a file of more than a buffer."""
    root = tmp_path / "root"
    low, app, big = (root / path[1:] for path in PATHS)
    for folder in (low / "lib/a", app / "bin", big):
        folder.mkdir(parents=True)
    for name in (b"a-b", b"a.c", b"a/z", "uni-é-名".encode(), b"bad-\xff\xfe", b"n" * 200):
        (low / "lib" / os.fsdecode(name)).write_bytes(name)
    (low / "lib/link").symlink_to("a/z")
    (low / "lib/hard").hardlink_to(low / "lib/a-b")
    (low / "lib/empty").touch()
    (app / "bin/run").write_text("#!/bin/sh\n")
    (app / "bin/run").chmod(0o555)
    (big / "data").write_bytes(bytes(range(256)) * 20_000)
    (big / "exact").write_bytes(b"x" * (1 << 18))
    for number in range(60):
        (big / f"f{number}").write_bytes(b"y" * number * 70)
    return root


@pytest.fixture
def contents(store: Path) -> DiskContents:
    return DiskContents(store)


@pytest.fixture
def plan() -> LayerPlan:
    layers = tuple(Layer(LayerKind.STORE, (path,), 1, "test") for path in PATHS)
    return LayerPlan(PlanRequest(), layers)
