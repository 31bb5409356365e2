"""Workspaces on closures that lie on the disk, and on images made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.closure.closure import Closure
from nixdive.contents.disk import DiskContents
from nixdive.image.oci.spec import ImageSpec
from nixdive.layering.plan import Frame
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.opening.open import open_demo
from nixdive.opening.subject import Subject
from nixdive.progress import NullProgress
from nixdive.store.path import PathGraph, PathInfo, StorePath
from nixdive.workspace.baseline import Baseline, EarlierVersion, planner_after
from nixdive.workspace.baseline import baseline_of as opened_baseline
from nixdive.workspace.pricer import Pricer
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


def baseline_of(
    closure: Closure, request: PlanRequest, name: str = "old:1", subject: Subject | None = None
) -> Baseline:
    """Return a closure as the one earlier version, laid out by a request."""
    frame = subject.frame if subject else Frame()
    plan = Planner(closure, frame).solve(request, chances=False)
    version = EarlierVersion(name, name, plan, closure, subject)
    return Baseline((version,), version.sizes(closure))


def workspace_of(subject: Subject, before: Subject | None = None, *, strategy: str = "each") -> Workspace:
    """Return a workspace with one layer for each path, against an earlier version laid out so too."""
    request = PlanRequest(strategy, subject.frame.budget(20))
    baseline = baseline_of(before.closure, request, "app:1", before) if before else None
    planner = planner_after(baseline.versions if baseline else (), subject)
    return Workspace(subject, Pricer(planner, baseline), request)


def earlier(
    *texts: str, request: PlanRequest | None = None, before: Subject | None = None
) -> tuple[EarlierVersion, ...]:
    """Return the earlier versions that words name."""
    found = opened_baseline(
        texts, request or PlanRequest(), open_demo().closure, NullProgress(), before=before
    )
    return found.versions if found else ()


def workspace_after(workspace: Workspace, last: EarlierVersion) -> Workspace:
    """Return a workspace with another version before it."""
    subject = workspace.subject
    baseline = Baseline((last,), last.sizes(subject.closure))
    return Workspace(subject, Pricer(workspace.planner, baseline), workspace.shown.request)
