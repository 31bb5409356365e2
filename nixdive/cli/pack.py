"""nixdive pack: one layer by itself, from which images are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.common_options import applied, json_option, output_option, quiet_option
from nixdive.cli.image_options import COMPRESSIONS, compression, jobs_option, stamp_of, stamp_options
from nixdive.cli.rereading import reread_packed, verify_option
from nixdive.cli.values import file, reads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    return applied(function, (*stamp_options(), jobs_option))


@click.command("pack")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete.inputs)
@output_option("DIR", "The directory to make: layer.json and the blob.", file, required=True)
@click.option(
    "--compression",
    "method",
    default="gzip",
    metavar="none|gzip|zstd[:LEVEL]",
    **reads(compression, COMPRESSIONS),
    help="[default: gzip]",
)
@_options
@verify_option
@json_option("layer")
@quiet_option
def command(
    paths: Sequence[str],
    *,
    target: Path,
    method: str,
    jobs: int | None,
    read_again: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Pack store paths as one layer: these alone, without what they need, in this order.

    The blob is the one that `write` makes for such a layer. `write --packed DIR` puts an image together
    from layers that were packed on other machines, or in other builds.
    """
    from nixdive.image.oci.spec import Stamp
    from nixdive.image.pack import pack_layer, pack_place
    from nixdive.opening.layer_paths import layer_paths
    from nixdive.sizes import prose
    from nixdive.words import counted

    place = pack_place(target)
    found, contents = layer_paths(paths)
    with diagnostics.progress(quiet=quiet) as progress:
        packed = pack_layer(
            found,
            contents,
            place,
            stamp=stamp_of(options, Stamp()),
            method=method,
            jobs=jobs,
            progress=progress,
        )
        if read_again:
            reread_packed(str(target), progress)
    if as_json:
        output.document(packed)
        return
    size = f"{prose(packed['size'])}, {prose(packed['uncompressed_size'])} of tar"
    output.lines(
        [
            f"{target}  {counted(len(found), 'path')}  {size}",
            f"digest    {packed['digest']}",
            f"diff_id   {packed['diff_id']}",
        ]
    )
