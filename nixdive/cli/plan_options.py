"""PLAN OPTIONS: from the words of the command line to a PlanRequest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from nixdive.cli import complete
from nixdive.cli.common_options import F, applied, platform_option
from nixdive.cli.delivery import client_option, delivery, link_option
from nixdive.cli.values import file, reads, word
from nixdive.errors import BudgetError, PinError, PlanError
from nixdive.image.oci.platform import Platform
from nixdive.layering.request import DEFAULT_HORIZON, DEFAULT_MAX_LAYERS, MOST_LAYERS, MOST_RELEASES, Pin
from nixdive.layering.strategies import STRATEGIES
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nixdive.workspace.budget import Auto, Room
    from nixdive.workspace.open import OpenRequest
    from nixdive.workspace.options import PlanOptions


def pin(text: str) -> Pin:
    """Return the pin that GLOB=LAYER describes; raise click.BadParameter where it is not one."""
    try:
        return Pin.parse(text)
    except PinError as error:
        raise click.BadParameter(f"{error} ({error.hint})" if error.hint else str(error)) from error


def max_layers(text: str) -> int | Auto:
    """Return the layer budget that the text is; raise click.BadParameter where it is not one."""
    return "auto" if text == "auto" else layer_count(text, "neither auto nor")


def layer_count(text: str, wrong: str = "not") -> int:
    """Return the number of layers that the text is; raise click.BadParameter where it is not one."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MOST_LAYERS):
        raise click.BadParameter(f"{text!r} is {wrong} a number from 1 to {MOST_LAYERS}")
    return int(text)


def store_path(text: str) -> StorePath:
    """Return the store path that the text is; raise click.BadParameter where it is not one."""
    try:
        return StorePath.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a store path: {error}") from error


def _store(context: click.Context, option: click.Parameter, value: str) -> str:
    """Return the address; only a user who names no store at all means the one of Nix."""
    given = context.get_parameter_source(option.name or "") is not ParameterSource.DEFAULT
    return word(value) if given else value


store_option = click.option(
    "--store",
    metavar="URL",
    default="",
    callback=_store,
    help="Where the store paths are: file:///cache, https://HOST, ssh-ng://HOST, s3://BUCKET. A plan needs "
    "no files; Nix fetches them when an image is written.",
)


def plan_options(function: F) -> F:
    """Add PLAN OPTIONS to a command."""
    return applied(
        function,
        (
            click.option(
                "--strategy",
                type=click.Choice(STRATEGIES.names()),
                help="How paths are laid out.  [default: churn for a closure, keep for an image]",
            ),
            click.option(
                "--max-layers",
                metavar="N|auto",
                **reads(max_layers, complete.one_of("auto")),
                help="The layer budget: all layers of the image, those of its base included. auto: the count "
                f"with which a release arrives soonest.  [default: {DEFAULT_MAX_LAYERS}]",
            ),
            click.option(
                "--reserve",
                type=click.IntRange(min=0),
                default=0,
                metavar="N",
                help="Layers to leave free for images that are built on top.",
            ),
            client_option,
            link_option,
            click.option(
                "--pin",
                "pins",
                metavar="GLOB=LAYER",
                multiple=True,
                **reads(pin, complete.pins),
                help="Paths that belong in a layer of that name.",
            ),
            click.option(
                "--exclude",
                metavar="PATH",
                multiple=True,
                help="A store path to leave out of the image.",
                **reads(store_path, complete.inputs),
            ),
            click.option(
                "--pipeline",
                metavar="FILE",
                **reads(file),
                help="A layeringPipeline in JSON; means --strategy pipeline.",
            ),
            click.option(
                "--plan",
                "plan_file",
                metavar="PLAN.toml",
                **reads(file),
                help="A plan file to carry on: its layers stay. Other options override it.",
            ),
            click.option(
                "--horizon",
                type=click.IntRange(0, MOST_RELEASES),
                metavar="RELEASES",
                help="A layer of --plan or --against moves only if that pays within so many releases."
                f"  [default: {DEFAULT_HORIZON}]",
            ),
            click.option(
                "--replan",
                is_flag=True,
                help="Plan from scratch instead of carrying on the layers of --plan or --against.",
            ),
            store_option,
            click.option(
                "--against",
                metavar="INPUT",
                multiple=True,
                **reads(word),
                help="An earlier version, oldest first: what the registry has, and how often things change.",
            ),
            platform_option(f"Of an image for several platforms.  [default: {Platform.here()}]"),
        ),
    )


def asked(options: Mapping[str, Any]) -> PlanOptions:
    """Return what PLAN OPTIONS ask of a plan, given their values by their names.

    Raises:
        click.UsageError: two of them contradict each other.
    """
    from nixdive.workspace.options import PlanOptions

    try:
        return PlanOptions(
            strategy=options["strategy"],
            max_layers=options["max_layers"],
            pins=tuple(options["pins"]),
            exclude=tuple(options["exclude"]),
            pipeline=options["pipeline"],
            plan_file=options["plan_file"],
            horizon=options["horizon"],
        )
    except PlanError as error:
        raise click.UsageError(str(error)) from error


def room(options: Mapping[str, Any]) -> Room:
    """Return how many layers the clients of PLAN OPTIONS leave room for.

    Raises:
        click.BadParameter: there is no such client, or more layers are asked for.
    """
    from nixdive.workspace.budget import Room

    found = Room(delivery(options), options["reserve"])
    try:
        found.refuse(options["max_layers"])
    except BudgetError as error:
        option = "--max-layers" if isinstance(options["max_layers"], int) else "--reserve"
        raise click.BadParameter(f"{error} ({error.hint})", param_hint=option) from error
    return found


def opening(inputs: Iterable[str], options: Mapping[str, Any], **more: Any) -> OpenRequest:
    """Return what a command opens.

    Args:
        inputs: the words that name it; none for the demo.
        options: the values of PLAN OPTIONS by their names.
        more: further attributes of the OpenRequest.

    Raises:
        click.UsageError: the options contradict each other, or ask for more layers than the clients take.
    """
    from nixdive.workspace.open import OpenRequest

    limit = room(options)
    return OpenRequest(
        tuple(inputs),
        asked(options),
        tuple(options["against"]),
        replan=options["replan"],
        platform=options["platform"],
        delivery=limit.delivery,
        store=options["store"],
        reserve=limit.reserve,
        **more,
    )
