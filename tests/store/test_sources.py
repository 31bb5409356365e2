"""The same closure in every format that a user may have, told apart by content."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.errors import MalformedGraphError
from nixdive.store.sources import read_graph

if TYPE_CHECKING:
    from collections.abc import Callable

CLOSURES = Path(__file__).parents[1] / "data/closures"
SIZED = ("path-info-nix2.26.json", "path-info-format2.json", "structured-attrs.json", "registration")
UNSIZED = ("dot", "export-references-graph.txt")
APP = "app-redis-v1"


def data(form: str) -> bytes:
    return (CLOSURES / f"formats-redis-v1.{form}").read_bytes()


def closure(form: str) -> Closure:
    return Closure.of(read_graph(data(form), form))


def packed_list() -> Closure:
    """The list of Nix 2.8, from which the others were made."""
    return Closure.of(read_graph((CLOSURES / "debstore-redis-v1.path-info.json.gz").read_bytes(), "list"))


@pytest.mark.parametrize("form", SIZED)
def test_formats_with_sizes_give_the_same_closure(form: str) -> None:
    expected, found = packed_list(), closure(form)
    assert found.paths == expected.paths
    assert found.references == expected.references
    assert found.nar_sizes == expected.nar_sizes
    assert found.roots == expected.roots
    assert found.sized
    assert (len(found), found.nar_size) == (36, 69842056)
    assert [found.paths[root].name for root in found.roots] == [APP]


@pytest.mark.parametrize("form", UNSIZED)
def test_formats_without_sizes_give_the_same_arrows(form: str) -> None:
    expected, found = packed_list(), closure(form)
    assert found.paths == expected.paths
    assert found.references == expected.references
    assert found.roots == expected.roots
    assert not found.sized
    assert set(found.nar_sizes) == {1}


@pytest.mark.parametrize(
    ("form", "cause"),
    [
        ("tree.txt", "a drawing of a tree, which leaves paths out"),
        ("requisites.txt", "a list of store paths"),
    ],
)
def test_what_holds_no_graph_is_told_with_what_does(form: str, cause: str) -> None:
    with pytest.raises(MalformedGraphError, match=cause) as caught:
        read_graph(data(form), "some.txt")
    assert str(caught.value).startswith("some.txt: ")
    assert "nix-store --dump-db $(nix-store --query --requisites PATH)" in (caught.value.hint or "")


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_short_lists_of_paths(lines: int) -> None:
    text = b"".join(data("requisites.txt").splitlines(keepends=True)[:lines])
    with pytest.raises(MalformedGraphError, match="a list of store paths"):
        read_graph(text, "x")


@pytest.mark.parametrize("form", [*SIZED, *UNSIZED])
@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.compress], ids=["gz", "xz", "zst"])
def test_every_format_may_be_packed(form: str, pack: Callable[[bytes], bytes]) -> None:
    assert read_graph(pack(data(form)), "x").infos == read_graph(data(form), "x").infos


@pytest.mark.parametrize("form", [*SIZED, *UNSIZED])
def test_mark_of_byte_order_and_space_before_json(form: str) -> None:
    assert read_graph(b"\xef\xbb\xbf" + data(form), "x").infos == read_graph(data(form), "x").infos
    if form.endswith("json"):
        assert read_graph(b" \n" + data(form), "x").infos == read_graph(data(form), "x").infos


@pytest.mark.parametrize(
    ("given_", "cause"),
    [
        (b"", "it is empty"),
        (b" \n\n", "it is empty"),
        (b"hello", "neither an image nor a closure"),
        (b"7", "neither an image nor a closure"),
        ("[]".encode("utf-16"), "UTF-16"),
        (b"[\xff]", "byte 1: it is not UTF-8"),
        (b"[]", "it holds no store paths"),
        (b"{}", "it holds no store paths"),
        (b'{"a": 1}', "none of its keys holds a closure"),
    ],
)
def test_what_is_no_closure(given_: bytes, cause: str) -> None:
    with pytest.raises(MalformedGraphError, match=cause) as caught:
        read_graph(given_, "some.json")
    assert str(caught.value).startswith("some.json: ")
    assert "\n" not in str(caught.value)


def test_order_of_the_source_does_not_matter() -> None:
    entries = json.loads(gzip.decompress((CLOSURES / "debstore-redis-v1.path-info.json.gz").read_bytes()))
    turned = [{**entry, "references": entry["references"][::-1]} for entry in reversed(entries)]
    found = Closure.of(read_graph(json.dumps(turned).encode(), "x"))
    assert (found.paths, found.references) == (packed_list().paths, packed_list().references)


@given(st.sampled_from([*SIZED, *UNSIZED]), st.data())
def test_a_damaged_file_is_read_or_refused(form: str, draws: st.DataObject) -> None:
    whole = data(form)
    at = draws.draw(st.integers(0, len(whole)))
    instead = draws.draw(st.binary(max_size=4))
    cut = draws.draw(st.booleans())
    damaged = whole[:at] + instead + (b"" if cut else whole[at + 1 :])
    told = "damaged: "
    try:
        Closure.of(read_graph(damaged, "damaged"))
    except MalformedGraphError as error:
        told = str(error)
    assert told.startswith("damaged: ")
