"""Texts of one fact per line: registrations, and old graphs of references."""

from __future__ import annotations

import pytest

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.lines import Lines, references_graph, registration

APP, LIB = (f"/nix/store/{letter * 32}-{name}" for letter, name in (("a", "app-1"), ("b", "lib-2")))
LISTED = f"{APP}\nsha256:{'0' * 64}\n1000\n{APP}.drv\n2\n{APP}\n{LIB}\n{LIB}\n{'0' * 64}\n0\n\n0\n"
GRAPH = f"{APP}\n{APP}.drv\n2\n{APP}\n{LIB}\n{LIB}\n\n0\n"


@pytest.mark.parametrize("text", ["a\n7\nb\nc\n", "a\n7\nb\nc", "a\n7\nb\nc\n\n\n"])
def test_lines_are_taken_one_after_the_other(text: str) -> None:
    lines = Lines(text, "x")
    assert lines.take("a path") == "a"
    assert lines.number("its size", "a") == 7
    assert lines.many(2, "references", "a") == ["b", "c"]
    assert not lines


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "many", "1 ", "¹", "٣", "1" * 20])
def test_what_is_no_number(text: str) -> None:
    lines = Lines(f"a\n{text}\nb", "x")
    lines.take("a path")
    with pytest.raises(MalformedGraphError) as caught:
        lines.number("its size", "a")
    assert str(caught.value) == f"x: a: line 2: its size should stand here, not {text!r}"


def test_the_end_is_told_with_what_should_stand_there() -> None:
    with pytest.raises(MalformedGraphError, match="x: a: the file ends before its size"):
        Lines("", "x").number("its size", "a")
    with pytest.raises(MalformedGraphError, match="x: a: the file ends after 2 of 1000000000000 references"):
        Lines("b\nc", "x").many(10**12, "references", "a")


def test_a_registration_is_read() -> None:
    graph = registration(LISTED, "x")
    app, lib = graph.infos
    assert (app.path, app.nar_size, app.deriver, app.references) == (APP, 1000, f"{APP}.drv", (APP, LIB))
    assert (lib.path, lib.nar_size, lib.deriver, lib.references) == (LIB, 0, None, ())
    assert graph.sized


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            LISTED.replace("\n1000\n", "\n-1000\n"),
            f"{APP}: line 3: its NAR size should stand here, not '-1000'",
        ),
        (LISTED.replace("\n1000\n", "\n\n"), f"{APP}: line 3: its NAR size should stand here, not ''"),
        (LISTED.replace("\n2\n", "\n3\n"), f"{'0' * 64}"),
        (LISTED.replace("\n2\n", "\nmany\n"), f"{APP}: line 5: the number of its references"),
        (
            LISTED.replace("\n2\n", f"\n{10**12}\n"),
            f"{APP}: the file ends after 7 of {10**12} references",
        ),
        (f"{APP}\nsha256:0\n", f"{APP}: the file ends before its NAR size"),
        (
            LISTED.replace(f"\n{LIB}\n{LIB}\n", f"\nlib\n{LIB}\n"),
            f"{APP}: its references: 'lib' is not a store path",
        ),
    ],
)
def test_a_broken_registration_is_refused(text: str, told: str) -> None:
    with pytest.raises(MalformedGraphError) as caught:
        registration(text, "some.registration")
    assert str(caught.value).startswith("some.registration: ")
    assert told in str(caught.value)


def test_an_old_graph_is_read() -> None:
    graph = references_graph(GRAPH, "x")
    app, lib = graph.infos
    assert (app.path, app.deriver, app.references) == (APP, f"{APP}.drv", (APP, LIB))
    assert (lib.path, lib.deriver, lib.references) == (LIB, None, ())
    assert not graph.sized


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GRAPH.replace("\n2\n", "\n6\n"), f"{APP}: the file ends after 5 of 6 references"),
        (
            GRAPH.replace("\n2\n", "\n?\n"),
            f"{APP}: line 3: the number of its references should stand here, not '?'",
        ),
        (APP, f"{APP}: the file ends before its deriver"),
        ("", "it holds no store paths"),
    ],
)
def test_a_broken_old_graph_is_refused(text: str, told: str) -> None:
    with pytest.raises(MalformedGraphError) as caught:
        references_graph(text, "x")
    assert told in str(caught.value)
