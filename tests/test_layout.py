"""The repository's own rules: small files, and few places that print."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "nixdive").rglob("*.py"))
PRINTERS = {"nixdive/cli/output.py", "nixdive/cli/diagnostics.py"}


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_no_file_is_long(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("file", [file for file in SOURCES if "ui" in file.parts], ids=name)
def test_no_app_and_no_screen_is_long(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}
            if bases & {"App", "Screen", "ModalScreen"}:
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < 250, node.name


@pytest.mark.parametrize("file", [file for file in SOURCES if name(file) not in PRINTERS], ids=name)
def test_only_output_and_diagnostics_print(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        assert not (
            isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "click.echo", "click.secho"}
        )
        assert not (
            isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout.write", "sys.stderr.write"}
        )


def test_no_class_is_called_manager() -> None:
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert not node.name.endswith(("Manager", "Helper", "Utils", "Handler")), (
                    f"{name(file)}: {node.name}"
                )
