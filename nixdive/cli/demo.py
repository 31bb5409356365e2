"""nixdive demo: the screen on an image that is shipped inside."""

from __future__ import annotations

from typing import Any

import click

from nixdive.cli.common_options import quiet_option
from nixdive.cli.plan_options import plan_options
from nixdive.cli.screen import ascii_option, on_terminal, screen, tell, with_option


@click.command("demo")
@plan_options
@with_option
@ascii_option
@quiet_option
def command(*, quiet: bool, **options: Any) -> int:
    """Open the screen on a small real image; without a terminal print its layers."""
    if on_terminal():
        return screen((), options, demo=True)
    tell((), options, demo=True, quiet=quiet)
    return 0
