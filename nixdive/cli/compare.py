"""nixdive compare: what changed between two versions, and what the push of the new one sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.columns import columns
from nixdive.cli.common_options import json_option, quiet_option
from nixdive.cli.diagnostics import Exit
from nixdive.cli.plan_options import opening, plan_options
from nixdive.cli.values import reads, size
from nixdive.human import number
from nixdive.sizes import prose, signed
from nixdive.visible import visible
from nixdive.words import counted, unread_lines

if TYPE_CHECKING:
    from nixdive.image.compare.file_changes import FileChanges
    from nixdive.layering.versions import Changes
    from nixdive.workspace.compare import Difference


@click.command("compare")
@click.argument("old", metavar="OLD", shell_complete=complete.inputs)
@click.argument("new", metavar="NEW", shell_complete=complete.inputs)
@plan_options
@click.option(
    "--fail-over",
    metavar="BYTES",
    **reads(size),
    help="End with status 3 where a push sends more than this, like 50M.",
)
@json_option("compare")
@quiet_option
def command(old: str, new: str, *, fail_over: int | None, as_json: bool, quiet: bool, **options: Any) -> int:
    """Compare two versions: the packages that changed, and what a push of NEW sends after OLD.

    Two images are compared by their blobs, exactly; layers with the same contents in other blobs are
    named. Of an image in a registry, manifest and config are read, and no layer. Otherwise NEW is laid out
    as PLAN OPTIONS say, OLD as it was or as it would have been, and the bytes are those of NARs, with an
    estimate of the blobs.
    """
    from nixdive.workspace.compare import compare

    with diagnostics.progress(quiet=quiet) as progress:
        found = compare(old, opening([new], options), progress)
    if as_json:
        from nixdive.documents.compare import compare_document

        output.document(compare_document(found))
    else:
        output.lines(difference_lines(found))
    if fail_over is None or (found.complete and found.push_bytes <= fail_over):
        return Exit.DONE
    if not quiet:
        more = f"more than {prose(fail_over)}"
        if found.push_bytes <= fail_over:
            more = "and a layer whose size is not known"
        diagnostics.note(f"a push sends {prose(found.push_bytes)}, {more}")
    return Exit.CHECK_SAID_NO


def difference_lines(found: Difference) -> list[str]:
    """Return a line for each package that changed, the largest differences last, and what a push sends."""
    rows = _rows(found.changes, sized=found.sized)
    unread = (("OLD", found.unread_old), ("NEW", found.unread_new))
    return [
        *columns(rows, right=frozenset({3})),
        *([""] if rows else []),
        *_file_lines(found.files),
        *sent_lines(found),
        *(f"{name}: {visible(line)}" for name, causes in unread for line in unread_lines(causes)),
    ]


def sent_lines(found: Difference) -> list[str]:
    """Return what a push of the new version sends after the old one, what of, and what is assumed."""
    reused = f"{found.layers_reused} of {found.layers_reused + found.layers_new} layers reused"
    lacks = "" if found.complete else ", without a layer whose size is not known"
    new = counted(found.layers_new, "new layer")
    sent, kind = found.sends
    return [
        f"push  {sent}  {kind}  {new}, {reused}{lacks}",
        *([found.assumption] if found.assumption else []),
        *(
            f"{name}: {mounts.words}"
            for name, mounts in (("OLD", found.mounts_old), ("NEW", found.mounts_new))
            if mounts is not None
        ),
        *_repacked_lines(found),
    ]


def _rows(changes: Changes | None, *, sized: bool) -> list[tuple[str, str, str, str]]:
    if changes is None:
        return [("", "store paths: not known, since an image in a registry lists none", "", "")]
    rows = [("+", path.name, "", "") for path in changes.added]
    rows += [("-", path.name, "", "") for path in changes.removed]
    return rows + [
        ("~", one.name, one.words("->"), signed(one.delta) if sized and one.delta else "")
        for one in sorted(changes.changed, key=lambda one: (abs(one.delta), one.name))
    ]


def _repacked_lines(found: Difference) -> list[str]:
    """Return a line about layers whose contents the old version has in other blobs."""
    if not found.layers_repacked:
        return []
    layers, size = counted(found.layers_repacked, "layer"), prose(found.repacked_bytes)
    return [
        f"{layers} with the same contents in other blobs: a client that keeps digests sends {size} for them"
    ]


def _file_lines(files: FileChanges | None) -> list[str]:
    """Return what changed outside the store: how many files, and the largest of them."""
    if files is None or not files.largest:
        return []
    marks = {"added": "+", "removed": "-", "modified": "~"}
    rows = [
        (marks[one.change.value], one.name, prose(most) if (most := max(one.old, one.new)) else "")
        for one in reversed(files.largest)
    ]
    counts = f"{files.added} added, {files.removed} removed, {files.modified} modified"
    more = files.added + files.removed + files.modified - len(rows)
    return [
        f"files outside the store  {counts}",
        *([f"{number(more)} smaller ones, and"] if more else []),
        *columns(rows, right=frozenset({2})),
        "",
    ]
