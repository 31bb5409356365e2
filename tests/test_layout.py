"""The repository's own rules: small files, few places that print, plain names, composed screens."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SOURCES = {file.relative_to(ROOT).as_posix(): file for file in sorted((ROOT / "nixdive").rglob("*.py"))}
TREES = {name: ast.parse(file.read_text("utf-8")) for name, file in SOURCES.items()}
MOST_LINES = 400
PRINTERS = {"nixdive/cli/output.py", "nixdive/cli/diagnostics.py"}
PRINTING = {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"}
VAGUE = ("Manager", "Helper", "Utils", "Handler")


# of a folder that may not be entered they raise on one Python and say False on another
DEPENDING = {
    "exists",
    "is_dir",
    "is_file",
    "is_mount",
    "is_symlink",
    "is_socket",
    "is_fifo",
    "is_block_device",
}


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    """Give the classes of all files, each with the file that states it."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield name, node


def bases(node: ast.ClassDef) -> set[str]:
    """Return the last words of what a class inherits from: `Screen` of `screen.Screen[None]`."""
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


def test_no_file_is_long() -> None:
    lengths = {name: len(file.read_text("utf-8").splitlines()) for name, file in SOURCES.items()}
    assert len(lengths) > 100
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_group_is_possessive() -> None:
    # one of CPython 3.11.2 keeps what its last try has read in vain; an atomic one, (?>...), does not
    possessive = re.compile(r"\)(?:[*+?]|\{[^}]*\})\+")
    assert [name for name, file in SOURCES.items() if possessive.search(file.read_text("utf-8"))] == []


def test_import_linter_sees_every_folder() -> None:
    # a folder without __init__.py is not a part of the graph whose contracts it checks
    seen = {file.parent for file in SOURCES.values() if (file.parent / "__init__.py").exists()}
    blind = sorted(name for name, file in SOURCES.items() if file.parent not in seen)
    assert {name for name in blind if not name.startswith("nixdive/demo/recipe/")} == set()


def test_only_output_and_diagnostics_print() -> None:
    printing = {
        name: sorted(
            f"line {node.lineno}: {ast.unparse(node)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in PRINTING
        )
        for name, tree in TREES.items()
    }
    assert printing["nixdive/cli/output.py"], "what is looked for is found"
    assert {name: places for name, places in printing.items() if places and name not in PRINTERS} == {}


def test_no_class_has_a_vague_name() -> None:
    assert [f"{name}: {node.name}" for name, node in classes() if node.name.endswith(VAGUE)] == []


def test_no_other_screen_inherits_from_one_of_ours() -> None:
    stated = {node.name: bases(node) for _, node in classes()}
    screens = {"Screen", "ModalScreen"}
    while more := {name for name, above in stated.items() if above & screens} - screens:
        screens |= more
    ours = screens & set(stated)
    below = {screen: {name for name in ours if screen in stated[name]} for screen in ours}
    assert ours
    assert {screen: names for screen, names in below.items() if names} == {}


def test_no_class_of_the_screen_inherits_from_another_one() -> None:
    stated = {node.name: bases(node) for name, node in classes() if name.startswith("nixdive/ui/")}
    assert len(stated) > 60
    # a protocol says what a class can do, and has nothing to inherit
    below = {name: above & set(stated) for name, above in stated.items() if "Protocol" not in above}
    assert {name: above for name, above in below.items() if above} == {}


def test_what_is_there_is_asked_in_one_place() -> None:
    found = [
        f"{name}:{node.lineno}: {ast.unparse(node)}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in DEPENDING
        and ast.unparse(node.func.value) != "there"
        and not node.keywords  # what os.scandir gives knows without asking
        and "demo/recipe" not in name
    ]
    assert found == []


def test_no_program_is_started_through_a_shell() -> None:
    starting, starters = set(), {"run", "Popen", "call", "check_call", "check_output", "getoutput"}
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            assert called not in {
                "os.system",
                "os.popen",
                "subprocess.getoutput",
                "subprocess.getstatusoutput",
                "asyncio.create_subprocess_shell",
            }
            if called.startswith("subprocess.") and called.rpartition(".")[2] in starters:
                starting.add(name)
                assert not any(word.arg == "shell" for word in node.keywords), f"{name}:{node.lineno}"
                assert not isinstance(node.args[0], ast.Constant | ast.JoinedStr), f"{name}:{node.lineno}"
    assert "nixdive/child.py" in starting
