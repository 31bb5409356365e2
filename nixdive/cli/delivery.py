"""Who pushes and pulls the image, and over what: --client and --link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics
from nixdive.cli.values import reads
from nixdive.errors import LinkError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.clients.delivery import Delivery
    from nixdive.clients.link import Link


def link(text: str) -> Link:
    """Return the link that the text describes; raise click.BadParameter where it is not one."""
    from nixdive.clients.link import Link

    try:
        return Link.parse(text)
    except LinkError as error:
        raise click.BadParameter(f"{error} ({error.hint})") from error


client_option = click.option(
    "--client",
    "clients",
    metavar="NAME",
    multiple=True,
    shell_complete=complete.clients,
    help="A client that pushes or pulls the image: the layers and seconds that it takes.  "
    "[default: nixdive pushes, docker pulls]",
)


link_option = click.option(
    "--link",
    metavar="RATE/RTT",
    **reads(link),
    help="Between clients and registry.  [default: 100mbit/20ms]",
)


def delivery(options: Mapping[str, Any]) -> Delivery:
    """Return the delivery that --client and --link ask for, or else the user's config.toml.

    Raises:
        click.BadParameter: there is no such client.
    """
    from nixdive.clients.user import user_delivery

    try:
        return user_delivery(options["clients"], options["link"], diagnostics.note)
    except UnknownNameError as error:
        cause = f"{error} ({error.hint})" if error.hint else str(error)
        raise click.BadParameter(cause, param_hint="--client") from error
