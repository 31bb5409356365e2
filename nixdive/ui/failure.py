"""What is told where work in the background has failed in a way that nobody foresaw."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from textual.worker import Worker, WorkerState

from nixdive.errors import NixdiveError
from nixdive.visible import visible

if TYPE_CHECKING:
    from textual.widget import Widget


def failure(event: Worker.StateChanged) -> NixdiveError | None:
    """Return what made a worker fail, to be told; None where it has not failed."""
    error = event.worker.error
    if event.state is not WorkerState.ERROR or error is None:
        return None
    if isinstance(error, NixdiveError):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return NixdiveError(
        f"{type(error).__name__}: {error}",
        hint=f"That is an error of nixdive itself, at {at}. What is shown is as it was before.",
    )


def tell(widget: Widget, error: NixdiveError) -> None:
    """Tell of an error in a notice that stays."""
    words = "\n".join(filter(None, (visible(str(error)), error.hint)))
    widget.notify(words, severity="error", timeout=60, markup=False)
