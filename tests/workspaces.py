"""Desks on closures that lie on the disk, and on images made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.closure.closure import Closure
from nixdive.contents.disk import DiskContents
from nixdive.image.spec import ImageSpec
from nixdive.layering.frame import Frame
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.opening import Subject
from nixdive.store.info import PathGraph, PathInfo
from nixdive.store.path import StorePath
from nixdive.workspace.history import EditHistory
from nixdive.workspace.priced_plan import Baseline, priced_plan
from nixdive.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Files = "Mapping[str, bytes | str]"


def store_path(name: str) -> StorePath:
    """Return the path whose name is LETTER:NAME."""
    letter, _, rest = name.partition(":")
    return StorePath(f"/nix/store/{letter * 32}-{rest}")


def on_disk(root: Path, paths: Mapping[str, Mapping[str, bytes | str]]) -> Subject:
    """Return the subject of store paths with these files; a text is the target of a link."""
    infos = []
    for name, files in paths.items():
        path = store_path(name)
        top = root / path[1:]
        top.mkdir(parents=True, exist_ok=True)
        for file, data in files.items():
            place = top / file
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(data, str):
                place.symlink_to(data)
            else:
                place.write_bytes(data)
                place.chmod(0o444)
        infos.append(PathInfo(path, sum(map(len, files.values())), ()))
    closure = Closure.of(PathGraph("test", tuple(infos)))
    missing = sum(not (root / path[1:]).exists() for path in closure.paths)
    return Subject(
        "app:2", closure, DiskContents(root), missing, Frame(), ImageSpec("app:2"), None, None, "each"
    )


def workspace_of(subject: Subject, before: Subject | None = None, *, strategy: str = "each") -> Workspace:
    """Return a workspace with one layer for each path, against an earlier version laid out so too."""
    request = PlanRequest(strategy, subject.frame.budget(20))
    planner = Planner(subject.closure, subject.frame)
    baseline = None
    if before is not None:
        earlier = Planner(before.closure, before.frame)
        sizes = dict(zip(before.closure.paths, before.closure.nar_sizes, strict=True))
        plan = earlier.solve(replace(request))
        baseline = Baseline("app:1", plan, sizes, earlier, before)
    return Workspace(
        subject, planner, baseline, EditHistory.of(request), priced_plan(planner, baseline, request)
    )
