"""Options that several commands have, each written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from nixdive.cli import complete
from nixdive.cli.destination import destination
from nixdive.cli.values import platform, reads

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def applied(function: F, options: tuple[Callable[[F], F], ...]) -> F:
    """Put options on a command so that --help lists them in this order."""
    for option in reversed(options):
        function = option(function)
    return function


def output_option(
    metavar: str, about: str, read: Callable[[str], Any] = destination, **more: Any
) -> Callable[[F], F]:
    """Return -o, which says where the command writes; its parameter is `target`.

    Args:
        metavar: what its value is, like FILE.
        about: its line of --help.
        read: makes a value of the word; a Destination, unless it is said otherwise.
        more: further arguments of click.option.
    """
    return click.option(
        "-o", "--output", "target", metavar=metavar, help=about, **reads(read, complete.files), **more
    )


def json_option(document: str) -> Callable[[F], F]:
    """Return --json, which prints nixdive's document of that name; its parameter is `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help=f"Print a JSON document, nixdive.{document}/1."
    )


cache_option = click.option(
    "--no-cache", is_flag=True, help="Neither look for layers in the cache nor keep anything of them there."
)

quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print only errors on standard error.")


def platform_option(about: str = "Of an image for several platforms.") -> Callable[[F], F]:
    """Return --platform.

    Args:
        about: its line of --help.
    """
    usual = complete.one_of(*(f"linux/{one}" for one in complete.ARCHITECTURES))
    return click.option("--platform", metavar="OS/ARCH[/VARIANT]", **reads(platform, usual), help=about)
