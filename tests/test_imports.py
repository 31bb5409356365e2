"""What is loaded when: the linter reads the imports, these tests run them."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nixdive
from tests.opening.images import docker_archive, layer

FRONT_ENDS = {"textual", "rich", "click", "humanize"}
SLOW = {
    "textual",
    "rich",
    "humanize",
    "networkx",
    "zstandard",
    "isal",
    "msgspec",
    "tomlkit",
    "yaml",
    "platformdirs",
    "asyncio",
}
ROOT = Path(nixdive.__file__).parent
REDIS = Path(__file__).parent / "data/closures/debstore-redis-v1.path-info.json.gz"
CORE = sorted(
    ".".join(("nixdive", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for file in ROOT.rglob("*.py")
    if file.relative_to(ROOT).parts[0] not in {"cli", "ui", "__main__.py"}
)


def loaded_by(code: str) -> set[str]:
    """Run code in an interpreter of its own and return the names of all modules loaded at its end."""
    report = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True, timeout=600
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_loads_nothing_slow_and_no_command(words: list[str]) -> None:
    modules = loaded_by(
        f"from nixdive.cli import main\ntry: main({words!r})\nexcept SystemExit as e: assert e.code == 0"
    )
    assert not modules & SLOW
    own = {module for module in modules if module.startswith("nixdive.")}
    assert own == {
        "nixdive.cli",
        "nixdive.cli.diagnostics",
        "nixdive.cli.group",
        "nixdive.cli.guard",
        "nixdive.cli.output",
        "nixdive.errors",
        "nixdive.human",
        "nixdive.interrupts",
        "nixdive.progress",
        "nixdive.sizes",
        "nixdive.visible",
    }


@pytest.mark.parametrize(
    "command", ["plan", "write", "why", "graph", "verify", "inspect", "extract", "demo", "screen", "cache"]
)
def test_help_of_a_command_loads_nothing_slow(command: str) -> None:
    words = [command, "--help"]
    modules = loaded_by(
        f"from nixdive.cli import main\ntry: main({words!r})\nexcept SystemExit as e: assert e.code == 0"
    )
    assert not modules & SLOW


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "--max-layers", "9"],
        ["plan", "--strategy", "nixpkgs"],
        ["why", "libc6"],
        ["emit", "--as", "nix"],
    ],
)
def test_what_needs_no_graph_loads_no_networkx(words: list[str]) -> None:
    command, *options = words
    modules = loaded_by(
        "import contextlib, io\nfrom nixdive.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    try: main({[command, str(REDIS), *options]!r})\n"
        "    except SystemExit as e: assert e.code == 0"
    )
    assert "networkx" not in modules


def test_a_plan_of_a_closure_loads_little(tmp_path: Path) -> None:
    """Nothing that reads images or starts programs, and so many modules; each takes up to a millisecond."""
    elsewhere = tmp_path / "closure.json"  # paths whose files are not here, so that nothing samples them
    text = gzip.decompress(REDIS.read_bytes()).decode()
    elsewhere.write_text(re.sub("/nix/store/(.{6})(.{26})", r"/nix/store/\2\1", text))
    command = ["plan", str(elsewhere)]
    modules = loaded_by(
        "import contextlib, io\nfrom nixdive.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    try: main({command!r})\n"
        "    except SystemExit as e: assert e.code == 0"
    )
    assert not modules & {
        "concurrent.futures",
        "importlib.resources",
        "numpy.typing",
        "nixdive.contents.layer_index",
        "nixdive.image.base",
        "nixdive.image.stored.contents",
        "nixdive.image.root.customisation",
        "nixdive.image.readers.stored",
        "nixdive.opening.image",
        "nixdive.remote",
        "nixdive.store.nix.program",
        "nixdive.unpack",
        "nixdive.workspace.files",
        "sqlite3",
        "subprocess",
    }
    assert len([module for module in modules if module.startswith("nixdive.")]) <= 124


def test_an_image_is_inspected_without_what_plans(tmp_path: Path) -> None:
    image = docker_archive(tmp_path / "a.tar", {"app:1": (layer({"etc": None, "etc/x": b"1"}),)})
    command = ["inspect", str(image), "-q"]
    modules = loaded_by(
        "import contextlib, io\nfrom nixdive.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    try: main({command!r})\n"
        "    except SystemExit as e: assert e.code == 0"
    )
    assert "nixdive.contents.layer_index" in modules
    assert not modules & {
        "networkx",
        "nixdive.closure.closure",
        "nixdive.layering.plan",
        "nixdive.opening.graph",
        "nixdive.store.nix.program",
        "nixdive.store.sources",
        "nixdive.workspace",
        "numpy",
        "sqlite3",
        "subprocess",
    }


def test_an_image_that_keeps_its_layers_is_written_without_numbers(tmp_path: Path) -> None:
    """What plans and prices need takes longer to load than such an image takes to write."""
    image = docker_archive(tmp_path / "a.tar", {"app:1": (layer({"etc": None, "etc/x": b"1"}),)})
    command = ["write", str(image), "-q", "--no-cache", "-o", str(tmp_path / "b.tar")]
    modules = loaded_by(
        "import contextlib, io\nfrom nixdive.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    try: main({command!r})\n"
        "    except SystemExit as e: assert e.code == 0"
    )
    assert (tmp_path / "b.tar").exists()
    assert not modules & {"numpy", "tomlkit", "nixdive.layering.change.model", "nixdive.layering.cost"}


def test_the_screen_loads_no_numbers_before_its_first_frame() -> None:
    modules = loaded_by("import nixdive.ui.app")
    assert "nixdive.ui.main.opening" in modules
    assert not modules & {
        "networkx",
        "nixdive.layering.solve",
        "nixdive.ui.main.planning",
        "nixdive.ui.main.screen",
        "nixdive.workspace.edits",
        "numpy",
        "tomlkit",
    }


def test_the_screen_shows_a_closure_before_it_loads_what_plans() -> None:
    """Until it is painted so many modules, and none that is for images, numbers or plans."""
    code = (
        "import json, os, sys\n"
        "from nixdive.ui.app import NixdiveApp\n"
        "from nixdive.ui.main import opening\n"
        "from nixdive.workspace.open import OpenRequest\n"
        "def painted(screen):\n"
        "    assert screen.query_one('#early').listing.count\n"
        "    print(json.dumps(sorted(sys.modules)), file=sys.__stdout__, flush=True)\n"
        "    os._exit(0)\n"
        "opening._PAINTING = 600\n"  # the thread that opens it waits until then
        "opening.LoadingScreen._work_on = painted\n"
        f"NixdiveApp(OpenRequest(({str(REDIS)!r},))).run(headless=True, size=(120, 36))"
    )
    modules = loaded_by(code)
    assert "nixdive.ui.panes.closure.early" in modules
    assert not modules & {
        "networkx",
        "nixdive.image.readers.stored",
        "nixdive.layering.cost",
        "nixdive.layering.speedup",
        "nixdive.ui.main.planning",
        "nixdive.ui.main.screen",
        "nixdive.ui.panes.layers.early",
        "nixdive.workspace.edits",
        "nixdive.workspace.pricer",
        "nixdive.workspace.workspace",
        "numpy",
        "sqlite3",
        "tomlkit",
    }
    assert len([module for module in modules if module.startswith("nixdive.")]) <= 126


def test_root_loads_nothing() -> None:
    assert {module for module in loaded_by("import nixdive") if module.startswith("nixdive")} == {"nixdive"}


def test_core_knows_no_front_end() -> None:
    code = "import importlib\n" + "\n".join(f"importlib.import_module({module!r})" for module in CORE)
    modules = loaded_by(code)
    assert not modules & FRONT_ENDS
    assert not {module for module in modules if module.startswith(("nixdive.cli.", "nixdive.ui."))}
