"""PLAN OPTIONS: from the words of the command line to a PlanRequest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nixdive.errors import ImageError, PinError, PlanError
from nixdive.image.platform import Platform
from nixdive.layering.frame import Frame
from nixdive.layering.request import DEFAULT_MAX_LAYERS, MOST_LAYERS, Pin, PlanRequest
from nixdive.layering.strategies import STRATEGIES
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

F = TypeVar("F", bound="Callable[..., Any]")


def pin(text: str) -> Pin:
    """Return the pin that GLOB=LAYER describes; raise click.BadParameter where it is none."""
    try:
        return Pin.parse(text)
    except PinError as error:
        raise click.BadParameter(f"{error} ({error.hint})" if error.hint else str(error)) from error


def store_path(text: str) -> StorePath:
    """Return the store path that the text is; raise click.BadParameter where it is none."""
    try:
        return StorePath.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a store path: {error}") from error


def platform(text: str) -> Platform:
    """Return the platform that the text describes; raise click.BadParameter where it is none."""
    try:
        return Platform.parse(text)
    except ImageError as error:
        raise click.BadParameter(f"{error} ({error.hint})") from error


def reads(convert: Callable[[str], Any]) -> dict[str, Any]:
    """Return the argument of click.option that reads a value, or each value of a repeated option.

    Args:
        convert: raises ValueError with the cause, or click.BadParameter, for what it cannot read.
    """

    def callback(_context: click.Context, _option: click.Parameter, value: Any) -> Any:
        try:
            if isinstance(value, tuple):
                return tuple(convert(text) for text in value)
            return None if value is None else convert(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return {"callback": callback}


def applied(function: F, options: tuple[Callable[[F], F], ...]) -> F:
    """Put options on a command so that --help lists them in this order."""
    for option in reversed(options):
        function = option(function)
    return function


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
                type=click.IntRange(min=1),
                metavar="N",
                help="The layer budget: all layers of the image, those of its base included; "
                f"at most {MOST_LAYERS}.  [default: {DEFAULT_MAX_LAYERS}]",
            ),
            click.option(
                "--pin",
                "pins",
                metavar="GLOB=LAYER",
                multiple=True,
                **reads(pin),
                help="Paths that belong into one layer of that name.",
            ),
            click.option(
                "--exclude",
                metavar="PATH",
                multiple=True,
                help="A store path to leave out of the image.",
                **reads(store_path),
            ),
            click.option(
                "--pipeline",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="A layeringPipeline in JSON; means --strategy pipeline.",
            ),
            click.option(
                "--plan",
                "plan_file",
                type=click.Path(path_type=Path),
                metavar="PLAN.toml",
                help="A plan file, carried on: its layers stay. The other options are laid over it.",
            ),
            click.option(
                "--replan", is_flag=True, help="Lay out anew what --plan or --against would have carried on."
            ),
            click.option(
                "--against",
                metavar="INPUT",
                multiple=True,
                help="An earlier version, oldest first: what the registry has, and how often things change.",
            ),
            click.option(
                "--platform",
                metavar="OS/ARCH[/VARIANT]",
                **reads(platform),
                help=f"Of an image for several platforms.  [default: {Platform.here()}]",
            ),
        ),
    )


def plan_request(
    options: Mapping[str, Any],
    default_strategy: str,
    frame: Frame = Frame(),  # noqa: B008  it is frozen
) -> PlanRequest:
    """Return the request that the options make.

    Args:
        options: the values of PLAN OPTIONS by their names.
        default_strategy: for where neither the options nor a plan file name one.
        frame: what is around the store layers; what `keep` keeps raises the default budget.

    Raises:
        PlanFileError: the plan file cannot be read.
        PlanError: the pipeline cannot be read.
        click.UsageError: two options contradict each other.
    """
    request = PlanRequest(strategy=default_strategy)
    if options["plan_file"] is not None:
        from nixdive.layering.planfile import read_plan

        request = read_plan(options["plan_file"], default_strategy)
    strategy = options["strategy"]
    if options["pipeline"] is not None:
        if strategy not in {None, "pipeline"}:
            raise click.UsageError(f"--pipeline goes with --strategy pipeline, not with {strategy}")
        strategy = "pipeline"
        request = replace(request, pipeline=_text(options["pipeline"]))
    if options["replan"] or strategy not in {None, request.strategy}:
        request = replace(request, carried=())
    strategy = strategy or request.strategy
    budget = frame.budget(request.max_layers) if strategy == "keep" else request.max_layers
    return replace(
        request,
        strategy=strategy,
        max_layers=options["max_layers"] or budget,
        pins=tuple(dict.fromkeys((*request.pins, *options["pins"]))),
        exclude=tuple(dict.fromkeys((*request.exclude, *options["exclude"]))),
    )


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise PlanError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlanError(f"{file}: it is not UTF-8 text") from error
