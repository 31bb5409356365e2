"""What is checked of every format."""

from __future__ import annotations

from typing import Any

import pytest

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.rows import Row, graph_of, shortened, shown

APP, LIB = (f"/nix/store/{letter * 32}-{name}" for letter, name in (("a", "app-1"), ("b", "lib-2")))


def told(*rows: Row) -> str:
    with pytest.raises(MalformedGraphError) as caught:
        graph_of(rows, "x")
    return str(caught.value)


def test_good() -> None:
    app, lib = graph_of([Row(APP, [LIB, APP, LIB], 0, 7, 5), Row(LIB, [], 1)], "x").infos
    assert (app.nar_size, app.references, app.deriver, app.download_size) == (0, (LIB, APP), None, 5)
    assert app.references[0] is lib.path  # a large closure holds each path once


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (None, "is missing"),
        (-5, "is -5"),
        (1.5, "is 1.5"),
        ("1000", "is '1000'"),
        (True, "is true"),
        (2**63, f"is {2**63}"),
        ([], "is a list"),
        ({}, "is an object"),
    ],
)
def test_sizes(size: Any, said: str) -> None:
    assert told(Row(LIB, [], size)).startswith(f"x: {LIB}: its NAR size {said}")
    if size is not None:
        assert told(Row(LIB, [], 1, None, size)).startswith(f"x: {LIB}: its download size {said}")


@pytest.mark.parametrize(
    "path", [None, 7, True, ["a"], {}, "", "/etc/passwd", f"{APP}/bin", "/nix/store/x\x1b"]
)
def test_paths(path: Any) -> None:
    assert "is not a store path" in told(Row(APP, [], 1), Row(path, [], 1))
    assert told(Row(APP, [path], 1)).startswith(f"x: {APP}: its references: ")


@pytest.mark.parametrize(
    ("references", "said"), [(None, "are missing"), ("abc", "are 'abc'"), ({}, "are an object")]
)
def test_references(references: Any, said: str) -> None:
    assert told(Row(LIB, references, 1)).startswith(f"x: {LIB}: its references {said}")


def test_two_stores() -> None:
    assert "in another store directory" in told(Row(APP, [], 1), Row("/gnu" + LIB, [], 1))


def test_long_names_keep_both_ends() -> None:
    text = "/nix/store/" + "x" * 1000 + "end"
    assert len(shortened(text)) == 120
    assert shortened(text).startswith("/nix/store/x")
    assert shortened(text).endswith("xend")
    values: list[Any] = [None, False, "a", 1, []]
    assert [shown(value) for value in values] == ["null", "false", "'a'", "1", "a list"]
