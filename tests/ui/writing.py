"""Ways through the dialogs that write, for tests."""

from __future__ import annotations

import asyncio
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen


async def wait_for(pilot: Pilot[None], kind: type[Screen[Any]]) -> Any:
    for _ in range(500):
        await pilot.pause()
        if isinstance(pilot.app.screen, kind):
            return pilot.app.screen
        await asyncio.sleep(0.01)
    raise AssertionError(f"{kind.__name__} never came, {pilot.app.screen} is there")


async def until(pilot: Pilot[None], there: Any) -> None:
    """Wait until something has come about."""
    for _ in range(500):
        await pilot.pause()
        if there():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came about")


def config_of(image: Path) -> dict[str, Any]:
    with tarfile.open(image) as tar:
        manifest = json.load(tar.extractfile("manifest.json") or pytest.fail("no manifest"))
        config: dict[str, Any] = json.load(tar.extractfile(manifest[0]["Config"]) or pytest.fail("no config"))
    return config


def notes(pilot: Pilot[None]) -> list[str]:
    return [note.message for note in pilot.app._notifications]
