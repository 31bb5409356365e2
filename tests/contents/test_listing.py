from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.difference import Change, changed_between
from nixdive.contents.entry import EntryKind
from nixdive.contents.listing import ROOT, Listing, placed, touched
from nixdive.contents.names import parent_of
from tests.contents.layers import layers

NAMES = st.sampled_from(["a", "a/b", "a/b/c", "a/d", "e", "e/f", "a/.wh.b", "e/.wh..wh..opq", "a/", "e/"])
LAYERS = st.lists(st.lists(st.tuples(NAMES, st.text("xy", max_size=3))), min_size=2, max_size=4)


def made(*texts: list[str]) -> Listing:
    return Listing.of(changed_between(layers(*texts), 1, len(texts) - 1))


def test_directories_have_the_bytes_of_what_stays_below_them() -> None:
    listing = made(["a/b=12345", "a/c=12"], ["a/.wh.b", "a/d=123"])
    assert listing.totals[b"/a"] == 5
    assert listing.totals[b"/a/b"] == 5
    assert listing.found[b"/a/b"].change is Change.REMOVED


def test_a_removed_directory_has_the_bytes_it_had() -> None:
    listing = made(["a/b/c=12345", "z=1"], [".wh.a"])
    assert listing.totals[b"/a"] == 5
    assert listing.totals[ROOT] == 1


def test_touched_is_what_a_layer_brings_or_takes_with_its_directories() -> None:
    stack = layers(["a/b=1", "c/d=2", "e=3"], ["a/x=1", ".wh.e"])
    found = touched(changed_between(stack, 1, 1), 1)
    assert sorted(found) == [b"/a", b"/a/x", b"/e"]


@given(LAYERS)
def test_sizes_add_up(texts: list[list[tuple[str, str]]]) -> None:
    bare = ("/", ".wh.b", ".opq")
    stack = layers(
        *[[name if name.endswith(bare) else f"{name}={data}" for name, data in one] for one in texts]
    )
    found = changed_between(stack, 1, len(texts) - 1)
    for kept in (found, touched(found, len(texts) - 1)):
        listing = Listing.of(kept)
        assert all(parent_of(name) in (*kept, ROOT) for name in kept)
        assert sorted(name for below in listing.children.values() for name in below) == sorted(kept)
        for folder, below in listing.children.items():
            gone = folder != ROOT and kept[folder].change is Change.REMOVED
            own = 0 if folder == ROOT else placed(kept[folder]).entry.size
            counted = (name for name in below if gone or kept[name].change is not Change.REMOVED)
            assert listing.totals[folder] == own + sum(listing.totals[name] for name in counted)
        there = (one.after.entry for one in kept.values() if one.after)
        assert listing.totals[ROOT] == sum(one.size for one in there if one.kind is EntryKind.FILE)
