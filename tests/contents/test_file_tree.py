from __future__ import annotations

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.entry import EntryKind, LayerEntry
from nixdive.contents.file_tree import FileTree, Placed, data_of, stacked
from nixdive.contents.layer_index import LayerIndex
from nixdive.contents.names import parent_of
from tests.contents.layers import entry, layers
from tests.examples import examples

NAMES = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
TEXTS = st.one_of(
    NAMES.map(lambda name: f"{name}=data"),
    NAMES.map(lambda name: f"{name}/"),
    NAMES.map(lambda name: f"{name}->target"),
    NAMES.map(lambda name: "/".join([*name.split("/")[:-1], f".wh.{name[-1]}"])),
    NAMES.map(lambda name: f"{name}/.wh..wh..opq"),
)
IMAGES = st.lists(st.lists(TEXTS, max_size=6), max_size=4)


def plain(tree: FileTree) -> dict[str, tuple[str, int]]:
    return {name.decode(): (placed.entry.kind.value, placed.layer) for name, placed in tree.files.items()}


def naive(indexes: tuple[LayerIndex, ...]) -> dict[str, tuple[str, int]]:  # noqa: C901  as the text is written
    """The specification word by word, on one flat dict that is searched again and again."""
    found: dict[str, tuple[str, int]] = {}

    def remove_below(name: str) -> None:
        for other in [one for one in found if one.startswith(f"{name.rstrip('/')}/")]:
            del found[other]

    for layer, index in enumerate(indexes):
        for one in index.entries:
            name = one.name.decode()
            if one.kind is EntryKind.WHITEOUT:
                remove_below(name)
                found.pop(name, None)
            elif one.kind is EntryKind.OPAQUE:
                remove_below(name)
        for one in index.entries:
            name = one.name.decode()
            if one.kind in {EntryKind.WHITEOUT, EntryKind.OPAQUE}:
                continue
            parts = name.split("/")
            for depth in range(2, len(parts)):
                folder = "/".join(parts[:depth])
                if found.get(folder, ("none", 0))[0] != "directory":
                    found[folder] = ("directory", layer)
            if one.kind is not EntryKind.DIRECTORY:
                remove_below(name)
            found[name] = (one.kind.value, layer)
    return found


@examples(500)
@given(IMAGES)
def test_layers_are_merged_as_the_specification_says(image: list[list[str]]) -> None:
    indexes = layers(*image)
    tree = stacked(indexes)
    assert plain(tree) == naive(indexes)
    for name in tree.files:
        assert name in tree.children[parent_of(name)]
    assert sum(map(len, tree.children.values())) == len(tree.files)
    assert sorted(tree.below(b"/")) == sorted(tree.files)


def test_whiteouts_do_not_touch_their_own_layer() -> None:
    indexes = layers(["d/a=1", "d/b=2"], ["d/c=3", "d/.wh..wh..opq", "d/a=4", "d/.wh.a"])
    assert set(plain(stacked(indexes))) == {"/d", "/d/c", "/d/a"}
    assert set(plain(stacked(indexes, 1, 1))) == {"/d", "/d/c", "/d/a"}


def test_a_removed_directory_takes_all_along() -> None:
    indexes = layers(["d/e/f=1", "d/g=2", "h=3"], [".wh.d", ".wh.missing"])
    assert set(plain(stacked(indexes))) == {"/h"}
    assert plain(stacked(indexes, 0, 0))["/d/e"] == ("directory", 0)


def test_files_below_a_link_make_it_a_directory() -> None:
    tree = stacked(layers(["out->/tmp"], ["out/x=1"]))
    assert plain(tree) == {"/out": ("directory", 1), "/out/x": ("file", 1)}


def test_the_root_can_be_emptied_and_is_no_file() -> None:
    indexes = (*layers(["a=1"]), LayerIndex((LayerEntry(b"/", EntryKind.OPAQUE), entry("/")), 0, ""))
    assert stacked(indexes).files == {}


def test_order_is_that_of_a_tree() -> None:
    tree = stacked(layers(["b/x=1", "a/z=1", "a/y/k=1", "a.c=1"]))
    assert [name.decode() for name in tree.below(b"/")] == [
        "/a",
        "/a/y",
        "/a/y/k",
        "/a/z",
        "/a.c",
        "/b",
        "/b/x",
    ]


def test_a_hard_link_to_a_symbolic_link_is_that_link_by_another_name() -> None:
    indexes = layers(["t=data", "s->t", "h=>s", "hh=>h"], ["s=file", "i=>h", "j=>s"])
    tree = stacked(indexes)
    links = {
        name: (placed.entry.target, placed.layer)
        for name, placed in tree.files.items()
        if placed.entry.kind is EntryKind.SYMLINK
    }
    assert links == {b"/h": (b"t", 0), b"/hh": (b"t", 0), b"/i": (b"t", 1)}
    assert data_of(tree.files[b"/h"]) is None
    assert data_of(tree.files[b"/j"]) == Placed(indexes[1].entries[0], 1)


def test_hard_links_show_the_data_of_their_layer() -> None:
    indexes = layers(
        ["a=old", "h=>a", "hh=>h"], ["a=new", "i=>a"], ["j=>a", "k=>missing", "m=>n", "n=>m", "s->a"]
    )
    tree = stacked(indexes)

    def data(name: bytes) -> tuple[int, int] | None:
        found = data_of(tree.files[name])
        return None if found is None else (found.layer, found.entry.size)

    old = indexes[0].entries[0]
    assert data_of(tree.files[b"/h"]) == Placed(old, 0)
    assert data_of(tree.files[b"/hh"]) == Placed(old, 0)
    assert data(b"/i") == (1, 3)
    assert data(b"/j") == (1, 3)
    assert [data(name) for name in (b"/k", b"/m", b"/n", b"/s")] == [None] * 4


def test_a_hundred_thousand_files_are_merged_quickly() -> None:
    random_ = random.Random(1)
    names = [f"nix/store/{n % 400:03d}-x/lib/{n % 97}/{n}=1" for n in range(100_000)]
    indexes = layers(*[names[start::20] for start in range(20)], random_.sample(names, 1000))
    start = time.process_time()
    tree = stacked(indexes)
    assert time.process_time() - start < 50  # a hundredth of it is usual
    assert sum(placed.entry.kind is EntryKind.FILE for placed in tree.files.values()) == 100_000
