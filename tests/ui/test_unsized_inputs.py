"""The screen on a closure without sizes: paths are counted, and nothing has a unit of bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nixdive.ui.app import NixdiveApp
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.options import PlanOptions
from tests.ui.conftest import opened, resized, settled, text

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("a-app-1", "b-lib-1", "c-libc-2", "d-data-3")
HASHES = {name: name[0] * 32 for name in NAMES}


def graph(target: Path, version: str) -> str:
    """Write what `nix-store --query --graph` prints, which has no sizes."""
    paths = [f"{HASHES[name]}-{name[2:]}" for name in NAMES]
    paths[0] = f"{version * 32}-app-{version}"
    arrows = [f'"{paths[i + 1]}" -> "{paths[i]}" [color = "red"];' for i in range(len(paths) - 1)]
    labels = [f'"{path}" [label = "{path[33:]}", shape = box];' for path in paths]
    target.write_text("\n".join(("digraph G {", *arrows, *labels, "}")))
    return str(target)


async def test_paths_are_counted_where_sizes_are_unknown(tmp_path: Path) -> None:
    old, new = graph(tmp_path / "old.dot", "1"), graph(tmp_path / "new.dot", "2")
    app = NixdiveApp(OpenRequest((new,), PlanOptions(max_layers=3), against=(old,)))
    bytes_of = re.compile(r"\d(?:\.\d+)?[BKMG]\b|\d (?:B|[KMG]iB)\b")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        assert not screen.workspace.subject.closure.sized
        assert "Paths" in text(screen, "#layers")
        assert "Paths" in text(screen, "#closure")
        for tab in ("closure", "diff", "push"):
            screen.browsing.tab(tab)
            await settled(pilot, screen)
            assert screen.shown_tab.id == tab
            assert not bytes_of.search(text(screen, f"#{tab}")), tab
        assert not bytes_of.search(text(screen, "#layers"))
        screen.browsing.tab("closure")
        screen.browsing.take_filter("size>1M", finished=False)
        assert screen.closure_pane.filter_problem == "sizes are unknown: the input gives none"
        for size in ((120, 36), (80, 24)):
            await resized(pilot, *size)
            plan = text(screen, "#plan-details")
            assert "the input gives no sizes, so no plan has a price"[: size[0] // 3] in plan
            assert not re.search("nixpkgs|[Ff]loor|release", plan), "no heads and rows without figures"
