"""Graphs of `nix-store --query --graph`."""

from __future__ import annotations

import time

import pytest

from nixdive.closure.closure import Closure
from nixdive.errors import MalformedGraphError
from nixdive.store.sources.dot import parse

APP, LIB, LIBC = "a" * 32 + "-app-1", "b" * 32 + "-lib-2", "c" * 32 + "-libc-3"
GOOD = f"""digraph G {{
"{APP}" [label = "app-1", shape = box, style = filled, fillcolor = "#ff0000"];
"{LIB}" -> "{APP}" [color = "black"];
"{LIBC}" -> "{APP}" [color = "red"];
"{LIB}" [label = "lib-2", shape = box, style = filled, fillcolor = "#ff0000"];
"{LIBC}" -> "{LIB}" [color = "green"];
"{LIBC}" [label = "libc-3", shape = box, style = filled, fillcolor = "#ff0000"];
}}
"""


def arrows(text: str) -> dict[str, list[str]]:
    return {info.path.base: [to.base for to in info.references] for info in parse(text, "x").infos}


def test_arrows_lead_from_what_is_needed() -> None:
    assert arrows(GOOD) == {APP: [LIB, LIBC], LIB: [LIBC], LIBC: []}
    assert not parse(GOOD, "x").sized
    assert [path.base for path in Closure.of(parse(GOOD, "x")).paths] == [APP, LIB, LIBC]


def test_spaces_and_what_is_left_out_do_not_matter() -> None:
    text = f'strict  digraph {{\n\n "{APP}"\n\t"{LIB}" ;\r\n"{LIB}"->"{APP}"\n}}\n\n'
    assert arrows(text) == {APP: [LIB], LIB: []}


def test_an_arrow_may_be_there_twice() -> None:
    twice = GOOD.replace(f'"{LIB}" -> "{APP}"', f'"{LIB}" -> "{APP}";\n"{LIB}" -> "{APP}"')
    assert arrows(twice) == arrows(GOOD)


def test_whole_paths_may_stand_for_names() -> None:
    text = GOOD.replace(f'"{"a" * 32}', f'"/nix/store/{"a" * 32}')
    assert arrows(text) == arrows(GOOD)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("digraph G {", "cut short"),
        (GOOD[:200], "cut short"),
        ("digraph G }", "cut short"),
        (GOOD + "x", "cut short"),
        ("digraph G {\n}", "it holds no store paths"),
        ('digraph G {\n"abc\n}', "'\"abc': it is not a statement of a Nix graph"),
        ("digraph G {\nrankdir=LR;\n}", "'rankdir=LR;': it is not a statement"),
        ('digraph "a\\"{b" {\nrankdir=LR;\n}', "'rankdir=LR;': it is not a statement"),
        ('digraph "a {', "cut short"),
        (
            f'digraph G {{\n"{APP}";\n"{APP}" -> "{LIB}";\n}}',
            f"{APP}: it is needed by {LIB}, which the graph",
        ),
        ('digraph G {\n"short-app";\n}', "/nix/store/short-app: it is not a store path"),
        ('digraph G {\n"\\"";\n}', "it is not a statement"),
        (f'digraph G {{\n"{APP}" ->\n}}', "it is not a statement"),
        (f'digraph G {{\n"{APP}" -> [color = "red"];\n}}', "it is not a statement"),
    ],
)
def test_what_is_no_graph_of_nix(text: str, told: str) -> None:
    with pytest.raises(MalformedGraphError) as caught:
        parse(text, "some.dot")
    assert str(caught.value).startswith("some.dot: ")
    assert told in str(caught.value)


@pytest.mark.parametrize("filler", [" ", "[]", "[ ", '"', " ;"])
def test_a_long_line_takes_no_longer_than_it_is(filler: str) -> None:
    text = f'digraph G {{\n"{APP}" {filler * 100_000}x\n}}'
    start = time.process_time()
    with pytest.raises(MalformedGraphError, match="not a statement"):
        parse(text, "x")
    assert time.process_time() - start < 30  # the square of its length would be minutes
