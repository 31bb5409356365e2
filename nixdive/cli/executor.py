"""Who does the work of planning: processes here, or the workers of a cluster."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from nixdive.cli.values import reads

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def scheduler(text: str) -> str:
    """Return the address that the text is; raise click.BadParameter where it is not one of a scheduler."""
    if not re.fullmatch(r"dask://[^/\s]+:\d{1,5}", text):
        raise click.BadParameter(f"{text!r} is not the address of a scheduler, like dask://HOST:8786")
    return text


executor_option = click.option(
    "--executor",
    metavar="dask://HOST:PORT",
    **reads(scheduler),
    help="Plan on the workers of a dask scheduler. They have the same nixdive.  [default: processes here]",
)


def executing(address: str | None) -> AbstractContextManager[None]:
    """Return what has work done where --executor says, as long as it lasts.

    Raises:
        MissingExtraError: what talks to a scheduler is not installed.
        ClusterError: the scheduler, or its workers, cannot be used.
    """
    if address is None:
        return nullcontext()
    from nixdive.cluster import cluster

    return cluster(address)
