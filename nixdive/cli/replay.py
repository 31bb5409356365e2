"""nixdive replay: what every release of a history would have pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.common_options import json_option, quiet_option
from nixdive.cli.executor import executing, executor_option
from nixdive.cli.plan_options import layer_count, store_option
from nixdive.cli.values import reads
from nixdive.layering.strategies import STRATEGIES
from nixdive.sizes import prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.replay import Replayed
    from nixdive.opening.recognise import Named
    from nixdive.progress import Progress

# the others lay out by what they are told, not by the closure
_STRATEGIES = tuple(name for name in STRATEGIES.names() if name not in {"keep", "pipeline"})


def strategies(text: str) -> tuple[str, ...]:
    """Return the names in a list like churn,nixpkgs; raise click.BadParameter for another name."""
    names = tuple(dict.fromkeys(_words(text)))
    for name in names:
        if name not in _STRATEGIES:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(_STRATEGIES)}")
    return names


def budgets(text: str) -> tuple[int, ...]:
    """Return the numbers in a list like 25,100; raise click.BadParameter for one that is not a budget."""
    return tuple(dict.fromkeys(map(layer_count, _words(text))))


def _words(text: str) -> list[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise click.BadParameter(f"{text!r} lists nothing")
    return words


@click.command("replay")
@click.argument("versions", nargs=-1, required=True, metavar="V1 V2...", shell_complete=complete.inputs)
@click.option(
    "--strategies",
    "names",
    default="churn,nixpkgs,popularity",
    show_default=True,
    metavar="A,B",
    **reads(strategies, complete.some_of(*_STRATEGIES)),
    help="How each version is laid out.",
)
@click.option(
    "--max-layers",
    "limits",
    default="25,100",
    show_default=True,
    metavar="N,M",
    **reads(budgets),
    help="Layer budgets.",
)
@store_option
@click.option(
    "--revisions",
    metavar="REVISIONS",
    help="Of a package like .#app: tags or commits with commas between, or v1.0..v1.4; each is built.",
)
@executor_option
@json_option("replay")
@quiet_option
def command(
    versions: Sequence[str],
    *,
    names: Sequence[str],
    limits: Sequence[int],
    store: str,
    revisions: str | None,
    executor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Replay a history, oldest version first: what each release pushes after those before it.

    Each version is laid out twice: anew, by itself, and carried on from the plan before it; by churn once
    more where nixpkgs laid out the first one, as for an image that is in the registry already. Closures are
    counted in NAR bytes; images in bytes of their blobs, as they are.
    """
    if revisions is not None and len(versions) != 1:
        raise click.UsageError("--revisions are those of one package")
    if revisions is None and len(versions) < 2:
        raise click.UsageError("name at least two versions")
    from nixdive.opening.open import open_subject
    from nixdive.opening.recognise import image_named

    with diagnostics.progress(quiet=quiet) as progress:
        words = versions
        if revisions is not None:
            versions, words = _revisions(versions[0], revisions, progress)
        named = [image_named(text) for text in words]
        images = [one is not None for one in named]
        if all(images):
            least, rows = _of_images([one for one in named if one is not None], progress)
        elif any(images):
            for text, image in zip(versions, images, strict=True):
                if not image:
                    open_subject([text], progress, store=store)  # what cannot be opened is said first
            text = versions[images.index(True)]
            raise click.UsageError(f"{text} is an image, others are closures: they cannot be compared")
        else:
            from nixdive.layering.replay import replays, unavoidable
            from nixdive.layering.request import PlanRequest

            closures = [open_subject([text], progress, store=store).closure for text in words]
            least = unavoidable(closures)
            progress.start("planning", None)
            with executing(executor):
                rows = replays(closures, [PlanRequest(name, limit) for limit in limits for name in names])
    if as_json:
        from nixdive.documents.replay import replay_document

        output.document(replay_document(versions, least, rows))
    else:
        output.lines(replay_lines(versions, least, rows))


def _revisions(flake: str, text: str, progress: Progress) -> tuple[Sequence[str], Sequence[str]]:
    """Return what the revisions of a package are called, and what Nix builds of each."""
    from nixdive.opening.revisions import revisions

    found = revisions(flake, text, progress)
    if len(found) < 2:
        raise click.UsageError("name at least two revisions, like v1.0..v1.4")
    return [one.name for one in found], [one.word for one in found]


def _of_images(versions: Sequence[Named], progress: Progress) -> tuple[tuple[int, ...], list[Replayed]]:
    """Return what the pushes of images sent as they are; what was unavoidable is not known."""
    from nixdive.image.compare.blobs import push_blobs
    from nixdive.layering.replay import Replayed
    from nixdive.opening.stored import stored_image

    layers = [stored_image(one, None, progress).layers for one in versions]
    pushed = tuple(push_blobs(one, *layers[:i]).push_bytes for i, one in enumerate(layers))[1:]
    most = max(map(len, layers))
    return (), [Replayed("keep", most, carried=False, first="keep", push_bytes=pushed, seconds=0.0)]


def replay_lines(versions: Sequence[str], least: Sequence[int], rows: Sequence[Replayed]) -> list[str]:
    """Return a table for people: a line for each way of planning, a column for each release."""
    from nixdive.cli.columns import columns

    floor = sum(least)
    staying = {row.max_layers: row.total for row in rows if row.strategy == "nixpkgs" and not row.carried}
    ratios = (["x least"] if least else []) + (["x nixpkgs"] if staying else [])
    releases = [str(number) for number in range(2, len(versions) + 1)]
    table: list[Sequence[str]] = [("layers", "strategy", "", *releases, "total", *ratios)]
    for row in rows:
        sizes = [prose(size) for size in row.push_bytes]
        times = [_times(row.total, floor)] if least else []
        times += [_times(row.total, staying[row.max_layers])] if staying else []
        how = _how(row) if least else "as they are"
        table.append((str(row.max_layers), row.strategy, how, *sizes, prose(row.total), *times))
        if row.adopted and row.least is not None:
            times = [_times(row.least, floor)] if least else []
            times += [_times(row.least, staying[row.max_layers])] if staying else []
            label = f"after {row.first}"
            table.append(("", "at least", label, *[""] * len(sizes), prose(row.least), *times))
    if least:
        table.append(("", "unavoidable", "", *map(prose, least), prose(floor), *[""] * len(ratios)))
    right = frozenset({0, *range(3, len(table[0]))})
    what = "NAR bytes of what" if least else "bytes of the blobs that"
    return [f"{what} each version pushes after those before it", "", *columns(table, right)]


def _how(row: Replayed) -> str:
    if row.adopted:
        return f"carried on from {row.first}"
    return "carried on" if row.carried else "anew"


def _times(total: int, of: int) -> str:
    return f"{total / of:.3f}" if of else ""
