"""A plan file on the screen: one step, as if all that it asks for had been typed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.errors import PlanFileError
from nixdive.visible import visible
from nixdive.words import counted
from nixdive.workspace.baseline import onward
from nixdive.workspace.history import Edit
from nixdive.workspace.options import PlanOptions

if TYPE_CHECKING:
    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.workspace import Workspace

_MOST = 400  # names of a folder that are looked at


def read(path: Path, workspace: Workspace) -> PlanRequest:
    """Return what a plan file asks of the subject, as `nixdive --plan` does.

    A file without layers carries the baseline on, like any other request.

    Raises:
        PlanFileError: it cannot be read.
    """
    if there.is_other(path, PlanFileError):  # a pipe would be waited for
        raise PlanFileError(f"{path}: it is not a regular file")
    request = PlanOptions(plan_file=path).request(workspace.subject)
    return onward(request, workspace.baseline.plan) if workspace.baseline else request


def facts(request: PlanRequest) -> str:
    """Return in a few words what a plan file asks for."""
    parts = [request.strategy, f"budget {request.max_layers}"]
    for number, noun in (
        (len(request.carried), "layer"),
        (len(request.pins), "pin"),
        (len(request.rates), "rate"),
    ):
        if number:
            parts.append(counted(number, noun))
    if request.frozen:
        parts.append(f"{len(request.frozen)} frozen")
    if request.exclude:
        parts.append(f"{len(request.exclude)} excluded")
    return ", ".join(parts)


def edit(before: PlanRequest, path: Path, request: PlanRequest) -> Edit | None:
    """Return the step that opening a plan file is, or None where it asks for what is there."""
    if request == before:
        return None
    words = f"{request.strategy}, budget {request.max_layers}"
    return Edit(request, f"plan {visible(path.name)}", words)


def nearby(text: str) -> list[str]:
    """Return the TOML files and folders that the text of a path may become, in the order of their names."""
    folder, _, start = text.rpartition("/")
    shown = f"{folder}/" if "/" in text else ""
    try:
        place = Path(shown or ".").expanduser()
        found = []
        for number, one in enumerate(place.iterdir()):
            if number >= _MOST:
                break
            name = one.name
            if name.startswith(start) and (start.startswith(".") or not name.startswith(".")):
                if os.path.isdir(one):  # noqa: PTH112  it answers False on every Python where it cannot tell
                    found.append(f"{shown}{name}/")
                elif name.endswith(".toml"):
                    found.append(shown + name)
    except (OSError, RuntimeError, ValueError):
        return []
    return sorted(found, key=lambda name: (name.endswith("/"), not name.endswith(".plan.toml"), name))
