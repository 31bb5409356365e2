"""Make the pictures of the README: an SVG of each scene, and a PNG where chromium is installed.

python screenshots/make.py [SCENE...]

Files are those of a store whose manifest NIXDIVE_DEBSTORE names, else those of the demo.
Needs chromium and the fonts Fira Code, Noto Sans and Symbola for the PNG (Debian: chromium fonts-firacode
fonts-noto-core fonts-symbola); pngquant, where it is there, makes it smaller.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nixdive.ui.app import NixdiveApp
from nixdive.ui.main.screen import MainScreen
from nixdive.ui.panes.push.pane import PushPane
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.options import PlanOptions

HERE = Path(__file__).parent
CLOSURES = HERE.parent / "tests" / "data" / "closures"
SCALE = 1.5


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture.

    Attributes:
        name: of its file.
        keys: pressed one after the other.
        size: of the terminal, columns and rows.
        theme: its name; empty for the usual one.
        demo: whether it shows the demo, which has files, instead of a closure alone.
        stored: whether it shows the files of a store, where there is one, else the demo.
    """

    name: str
    keys: tuple[str, ...]
    size: tuple[int, int] = (120, 36)
    theme: str = ""
    demo: bool = False
    stored: bool = False


EDITED = ("b", "2", "8", "enter", "slash", *"perl", "enter", "P", "enter", "escape", "enter", "right")
FILES = ("1", *["down"] * 22, "c", "2", *["down"] * 6)
SCENES = (
    Scene("main", EDITED),
    Scene("main-80x24", EDITED, (80, 24)),
    Scene("contents", FILES, stored=True),
    Scene("push", (*EDITED, "D", "v")),
    Scene("why", (*EDITED, "down", "w")),
    Scene("write", ("ctrl+s",), demo=True),
    Scene("light", EDITED, theme="nixdive-light"),
)


def named(scene: Scene) -> OpenRequest:
    """Return what is opened: an update of a toolbox, whose files are not here, or the demo, whose are."""
    asked = PlanOptions(max_layers=24)
    manifest = os.environ.get("NIXDIVE_DEBSTORE") if scene.stored else None
    if manifest is not None:
        toolbox = json.loads(Path(manifest).read_text("utf-8"))["apps"]["toolbox"]
        return OpenRequest((toolbox["v2"],), asked, against=(toolbox["v1"],))
    if scene.demo or scene.stored:
        return OpenRequest((), asked, demo=True)
    new, old = (str(CLOSURES / f"debstore-toolbox-{version}.path-info.json.gz") for version in ("v2", "v1"))
    return OpenRequest((new,), asked, against=(old,))


async def picture(scene: Scene) -> str:
    """Return the SVG of a scene."""
    app = NixdiveApp(named(scene), theme=scene.theme)
    async with app.run_test(size=scene.size) as pilot:
        while not isinstance(app.screen, MainScreen):
            await pilot.pause(0.02)
        main = app.screen
        for key in scene.keys:
            await pilot.press(key)
            while main.workspace.waiting:
                await pilot.pause(0.02)
        push = main.query_one(PushPane)
        while push.display and push.curve is None:
            await pilot.pause(0.05)
        while main.contents_pane.reader.reading is not None:
            await pilot.pause(0.05)
        await pilot.pause(0.5)
        return app.export_screenshot(title="nixdive")


def clean(svg: str) -> str:
    """Return the SVG without fonts from elsewhere, without ligatures, and with names that stay the same."""
    svg = re.sub(r"\s*url\(\"?https?://[^)]*\)( format\(\"[^\"]*\"\))?,?", "", svg)
    svg = re.sub(r"src: local\(\"([^\"]*)\"\),?\s*;?", r'src: local("\1");', svg)
    svg = svg.replace("</style>", "text { font-variant-ligatures: none }</style>", 1)
    return re.sub(r"terminal-\d+", "terminal", svg)


def to_png(svg: Path) -> None:
    """Render an SVG with chromium beside it; say so where chromium is missing."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print(f"{svg.name}: no chromium, so no PNG", file=sys.stderr)
        return
    text = svg.read_text("utf-8")
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    assert found is not None
    width, height = (round(float(side) + 0.5) for side in found.groups())
    png = svg.with_suffix(".png").absolute()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(
            f"<!doctype html><style>html,body{{margin:0}}svg{{display:block}}</style>{text}", "utf-8"
        )
        subprocess.run(
            [
                chromium,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--default-background-color=00000000",
                f"--force-device-scale-factor={SCALE}",
                f"--window-size={width},{height}",
                f"--user-data-dir={folder}/profile",
                f"--screenshot={png}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    if pngquant := shutil.which("pngquant"):
        subprocess.run([pngquant, "--force", "--ext", ".png", "64", str(png)], check=True)


def main(names: list[str]) -> None:
    """Make the scenes of these names, or all."""
    for scene in SCENES:
        if not names or scene.name in names:
            svg = HERE / f"{scene.name}.svg"
            svg.write_text(clean(asyncio.run(picture(scene))), "utf-8")
            to_png(svg)
            print(svg)


if __name__ == "__main__":
    main(sys.argv[1:])
