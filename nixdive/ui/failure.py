"""How errors are told: those of the user's, and work in the background that failed as nobody foresaw."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.worker import Worker, WorkerState

from nixdive.errors import NixdiveError
from nixdive.visible import visible

if TYPE_CHECKING:
    from textual.app import App
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


def told(error: NixdiveError) -> str:
    """Return what went wrong, and in a second line what can be done about it."""
    return "\n".join(visible(part) for part in (str(error), error.hint) if part)


def tell(where: App[Any] | Widget, error: NixdiveError, *, title: str = "", timeout: float = 60) -> None:
    """Tell of an error in a notice that stays."""
    where.notify(told(error), title=title, severity="error", timeout=timeout, markup=False)
