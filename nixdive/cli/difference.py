"""Two versions against each other: values, and as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nixdive.cli.table import columns
from nixdive.layering.changes import Changes, changes
from nixdive.layering.strategies import counted
from nixdive.sizes import prose, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.image.file_changes import FileChanges
    from nixdive.opening.recognise import Named
    from nixdive.progress import Progress


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, and what a push of the new version sends after the old one.

    Attributes:
        push_bytes: bytes of the new layers: of the blobs if `exact`, else as `measured` says.
        layers_reused: how many layers the registry has.
        layers_new: how many it has not.
        exact: whether a push sends exactly these bytes.
        measured: what the bytes are of.
        changes: the store paths, with differences in NAR bytes.
        files: the files outside the store, for two images.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int
    exact: bool
    measured: str
    changes: Changes
    files: FileChanges | None = None


def difference(old: str, new: str, options: Mapping[str, Any], progress: Progress) -> Difference:
    """Compare two versions.

    Args:
        old: the earlier version, as the user named it.
        new: the later one.
        options: the values of PLAN OPTIONS by their names; for two images they play no part.
        progress: told of each phase.

    Raises:
        NixdiveError: one cannot be opened, or the options cannot be met.
    """
    from nixdive.opening.recognise import Form, image_named

    before, after = image_named(old), image_named(new)
    # one that only skopeo reaches is not fetched to be compared: its config tells its layers
    if before is not None and after is not None and before.form is after.form is Form.IMAGE:
        return _of_images(before, after, options, progress)
    return _of_plans(old, new, options, progress)


def _of_images(old: Named, new: Named, options: Mapping[str, Any], progress: Progress) -> Difference:
    from nixdive.image.blobs import push_blobs
    from nixdive.image.file_changes import file_changes
    from nixdive.image.indexed import index_image
    from nixdive.opening.image import shown_paths, stored_image

    platform = options["platform"]
    before, after = stored_image(old, platform, progress), stored_image(new, platform, progress)
    cost = push_blobs(after, before)
    had, has = index_image(before, progress), index_image(after, progress)
    what = "bytes of the blobs" if cost.exact else "bytes of the layers as they are stored"
    return Difference(
        cost.push_bytes,
        cost.layers_reused,
        cost.layers_new,
        cost.exact,
        what,
        changes(shown_paths(before, had), shown_paths(after, has)),
        file_changes(had, has),
    )


def _of_plans(old: str, new: str, options: Mapping[str, Any], progress: Progress) -> Difference:
    from nixdive.cli.options import plan_request
    from nixdive.layering.compare import push
    from nixdive.layering.solve import solve
    from nixdive.opening import continued, earlier_versions, open_subject, past_of

    subject = open_subject([new], progress, platform=options["platform"])
    request = plan_request(options, subject.strategy, subject.frame)
    versions = earlier_versions([*options["against"], old], request, progress, platform=options["platform"])
    if not options["replan"]:
        request = continued(request, versions)
    progress.start("planning", None)
    plan = solve(subject.closure, request, subject.frame, past_of(versions))
    cost = push(plan, versions[-1].plan)
    earlier = versions[-1].closure
    had = dict(zip(earlier.paths, earlier.nar_sizes, strict=True)) if earlier else {}
    has = dict(zip(subject.closure.paths, subject.closure.nar_sizes, strict=True))
    if earlier is None:  # an image whose layers were not read tells no sizes
        had = {path: has.get(path, 0) for path in versions[-1].paths}
    what = "NAR bytes" if subject.closure.sized else "paths, as their sizes are unknown"
    return Difference(cost.push_bytes, cost.layers_reused, cost.layers_new, False, what, changes(had, has))


def difference_document(found: Difference) -> dict[str, Any]:
    """Return the JSON document nixdive.compare/1."""
    files = found.files
    return {
        "format": "nixdive.compare/1",
        "layers_reused": found.layers_reused,
        "layers_new": found.layers_new,
        "push_bytes": found.push_bytes,
        "exact": found.exact,
        "paths": {
            "added": [str(path) for path in found.changes.added],
            "removed": [str(path) for path in found.changes.removed],
            "changed": [
                {
                    "name": one.name,
                    "old": one.old.version,
                    "new": one.new.version,
                    "delta": one.delta,
                    "old_path": str(one.old),
                    "new_path": str(one.new),
                }
                for one in found.changes.changed
            ],
        },
        "files": None
        if files is None
        else {
            "added": files.added,
            "removed": files.removed,
            "modified": files.modified,
            "largest": [
                {"path": one.name, "change": one.change.value, "old_size": one.old, "new_size": one.new}
                for one in files.largest
            ],
        },
    }


def difference_lines(found: Difference) -> list[str]:
    """Return a line for each package that changed, the largest differences last, and what a push sends."""
    rows = [("+", path.name, "", "") for path in found.changes.added]
    rows += [("-", path.name, "", "") for path in found.changes.removed]
    for one in sorted(found.changes.changed, key=lambda one: (abs(one.delta), one.name)):
        same = one.old.version == one.new.version
        versions = f"{one.new.version} rebuilt" if same else f"{one.old.version} -> {one.new.version}"
        rows.append(("~", one.name, versions.strip(), signed(one.delta) if one.delta else ""))
    reused = f"{found.layers_reused} of {found.layers_reused + found.layers_new} layers reused"
    new = counted(found.layers_new, "new layer")
    return [
        *columns(rows, right=frozenset({3})),
        *([""] if rows else []),
        *_file_lines(found.files),
        f"push  {prose(found.push_bytes)}  {found.measured}  {new}, {reused}",
    ]


def _file_lines(files: FileChanges | None) -> list[str]:
    """Return what changed outside the store: how many files, and the largest of them."""
    if files is None or not files.largest:
        return []
    marks = {"added": "+", "removed": "-", "modified": "~"}
    rows = [
        (marks[one.change.value], one.name, prose(size) if (size := max(one.old, one.new)) else "")
        for one in reversed(files.largest)
    ]
    counts = f"{files.added} added, {files.removed} removed, {files.modified} modified"
    more = files.added + files.removed + files.modified - len(rows)
    return [
        f"files outside the store  {counts}",
        *([f"{more} smaller ones, and"] if more else []),
        *columns(rows, right=frozenset({2})),
        "",
    ]
