"""Closures small enough to be seen through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.closure.closure import Closure
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    from collections.abc import Mapping

# app needs lib and tool; all need libc; tool alone needs data
SHAPE = {
    "app-1.0": ("lib-2.0", "tool-3.0"),
    "lib-2.0": ("libc-2.39",),
    "tool-3.0": ("data-5", "libc-2.39"),
    "libc-2.39": (),
    "data-5": (),
}
SIZES = {"app-1.0": 1_000, "lib-2.0": 20_000, "tool-3.0": 3_000, "libc-2.39": 3_000_000, "data-5": 500_000}


def path(name: str) -> StorePath:
    return StorePath(f"/nix/store/{name[0] * 32}-{name}".replace("/e", "/f").replace("t" * 32, "s" * 32))


def closure_of(
    shape: Mapping[str, tuple[str, ...]], sizes: Mapping[str, int], *, sized: bool = True
) -> Closure:
    infos = tuple(PathInfo(path(name), sizes[name], tuple(map(path, below))) for name, below in shape.items())
    return Closure.of(PathGraph("test", infos, sized=sized))
