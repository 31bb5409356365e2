"""nixdive graph as a user runs it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest

from nixdive.layering.graph import ENDINGS, FORMATS
from tests.program import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.program import Done

REDIS = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"
READ: dict[str, Callable[[str], nx.Graph[Any]]] = {
    "graphml": nx.parse_graphml,
    "gexf": lambda text: nx.read_gexf(io.BytesIO(text.encode())),
    "json": lambda text: nx.node_link_graph(json.loads(text), edges="edges"),
}


def graph(*words: str | Path) -> Done:
    return run("graph", REDIS, *words)


def layers(*words: str) -> list[list[str]]:
    return [layer["paths"] for layer in json.loads(run("plan", REDIS, "--json", *words).stdout)["layers"]]


@pytest.mark.parametrize("form", READ)
def test_what_is_written_has_the_layers_of_the_plan(form: str) -> None:
    (first, *_), *_ = layers()
    options = ("--max-layers", "9", "--pin", "lib*=libraries", "--exclude", first)
    done = graph("--format", form, "-q", *options)
    assert (done.returncode, done.stderr) == (0, "")
    found = READ[form](done.stdout)
    assert found.graph.get("name") == "app-redis:v1"
    assert len(found) == sum(map(len, layers()))
    expected = {path: number for number, paths in enumerate(layers(*options), 1) for path in paths}
    assert nx.get_node_attributes(found, "layer") == expected
    assert first in found
    assert first not in expected


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_gets_what_standard_output_gets(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"redis{ending.upper()}"
    file.write_text("what was there before")
    done = graph("-o", file)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1] == f"graph saved to {file}"
    assert file.read_text() == graph("--format", ENDINGS[ending], "-o", "-").stdout
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


def test_the_option_goes_before_the_name(tmp_path: Path) -> None:
    file = tmp_path / "redis.json"
    assert graph("-o", file, "--format", "dot", "-q").stderr == ""
    assert file.read_text().startswith('digraph "app-redis:v1" {\n')


@pytest.mark.parametrize("form", FORMATS.names())
def test_the_same_graph_gives_the_same_file(form: str) -> None:
    assert graph("--format", form).stdout == graph("--format", form).stdout


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "standard output needs a format; name one"),
        (("-o", "redis.png"), 2, "redis.png: the ending names no known format; name one"),
        (("-o", "redis"), 2, "redis: the ending names no known format; name one"),
        (("--format", "svg"), 2, "svg"),
        (("-o", "/nowhere/at/all.dot"), 1, "/nowhere/at does not exist"),
        (("--format", "dot", "--strategy", "keep"), 1, "keep needs layers to keep"),
    ],
)
def test_errors(words: tuple[str, ...], status: int, told: str) -> None:
    done = graph("-q", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 2
