"""dive's figures, and beside them what could really be saved."""

from __future__ import annotations

from math import inf, isnan

import pytest
from hypothesis import given

from nixdive.contents.dive_tree import layer_tree, visits
from nixdive.contents.efficiency import Efficiency, efficiency, hidden
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import data_of, stacked
from tests.contents import plain_efficiency
from tests.contents.layers import layers
from tests.contents.test_file_tree import IMAGES
from tests.examples import examples

BIG = "x" * 1000


def both(*texts: list[str]) -> tuple[Efficiency, int]:
    indexes = layers(*texts)
    return efficiency(indexes), sum(file.size for file in hidden(indexes))


@pytest.mark.parametrize(
    ("texts", "score", "wasted", "exact"),
    [
        ([[f"a={BIG}"], [f"a={BIG}"]], 0.5, 2000, 1000),
        ([[f"a={BIG}"], [f"a:700={BIG}"]], 0.5, 2000, 1000),
        ([[f"a={BIG}"]] * 4, 0.25, 4000, 3000),
        ([[f"a={BIG}", f"b={BIG}"], [".wh.a"]], 0.5, 1000, 1000),
        # a directory that is removed raises the score
        ([["d/", f"d/a={BIG}"], [".wh.d"]], 1.0, 0, 1000),
        # dive has nothing for opaque directories
        ([["d/", f"d/a={BIG}"], ["d/", "d/.wh..wh..opq"]], 1.0, 0, 1000),
        # a directory that becomes a file hides what was in it
        ([[f"d/a={BIG}"], ["d=x"]], 1.0, 0, 1000),
        # a file that comes twice in one layer
        ([[f"a={BIG}", f"a={BIG}"]], 1.0, 0, 1000),
        # the file's first name is gone, its second one is not
        ([[f"a={BIG}", "b=>a"], [".wh.a"]], 0.0, 1000, 0),
        ([[f"a={BIG}", "b=>a"], [".wh.a", ".wh.b"]], 0.0, 1000, 1000),
        ([[f"a={BIG}"], ["b=>a"], [".wh.a"]], 0.0, 1000, 0),
        ([[f"a={BIG}", "a/x=", "b=>a"]], 1.0, 0, 1000),
        # removed, and never there before
        ([["a=x"], [".wh.never", f"b={BIG}"]], 0.0, 0, 0),
        # links and empty directories are bytes to nobody
        ([["l->a", "d/"], ["l->b", "d/"]], 1.0, 0, 0),
        ([], 1.0, 0, 0),
    ],
)
def test_dive_and_the_truth(texts: list[list[str]], score: float, wasted: int, exact: int) -> None:
    found, reclaimable = both(*texts)
    assert (found.score, found.wasted_bytes, reclaimable) == (score, wasted, exact)


def check_against_plain(texts: list[list[str]]) -> None:
    indexes = layers(*texts)
    # the share of nothing is NaN, which equals nothing
    assert repr(efficiency(indexes)) == repr(plain_efficiency.efficiency(indexes))
    assert hidden(indexes) == plain_efficiency.hidden(indexes)


@examples(300)
@given(IMAGES)
def test_figures_are_those_of_looking_at_every_name(texts: list[list[str]]) -> None:
    check_against_plain(texts)


@examples(50)
@given(IMAGES)
def test_many_removed_names_change_nothing(texts: list[list[str]]) -> None:
    check_against_plain([*texts, [f".wh.n{number}" for number in range(40)]])


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [[]],
        [["./"], ["./", "a=1"]],
        [["a/", "a/b=1"], ["a/", "a/c=22"]],
        [["a/", "a/b=1"], ["a/"]],
        [["a/"], ["a/"]],
        [["a/b/c=1"], ["a/b=2"]],
        [["a=1"], ["a/b/c=2"]],
        [["a/.wh..wh.plnk/x=1"], ["b=2"]],
        [["a=1", "a=22"], ["b=2"]],
        [["a=1", "b=>a", "l->a"], ["c/d=1"]],
        [["a=1"], [".wh.b", "c=3"]],
    ],
)
def test_figures_where_layers_meet(texts: list[list[str]]) -> None:
    check_against_plain(texts)


def test_a_removed_directory_is_counted_by_the_subtree() -> None:
    found, _ = both(["d/", f"d/a={BIG}", "d=x"], [".wh.d"], ["d=y"])
    assert found.files[0][:2] == (b"/d", 2)
    folder, _ = both([f"d/a={BIG}"], [".wh.d"], [".wh.d"])
    assert folder.wasted_bytes == 0  # nobody brought the directory itself: dive takes it for a file


def test_dive_gives_a_layer_up_at_a_whiteout_of_nothing() -> None:
    found, _ = both(["a=xy"], [".wh.never", "a=xy"])
    # the second copy is not met, and the path that is not there counts -1
    assert found.files == ()
    assert found.score == (2 - 1) / 2


def test_the_share_of_nothing() -> None:
    assert isnan(both(["a=x"])[0].user_wasted_percent)
    assert both(["a=x"], [".wh.a"])[0].user_wasted_percent == inf
    assert both(["a=x"], ["a=x", "b=yyy"])[0].user_wasted_percent == 0.5


def test_hidden_files_tell_their_layers() -> None:
    indexes = layers([f"a={BIG}", "b=1"], ["a=22"], ["b=1", ".wh.a"])
    assert [tuple(file) for file in hidden(indexes)] == [(b"/a", (0, 1), 1002), (b"/b", (0,), 1)]


def test_visits_are_deepest_first_by_name() -> None:
    (index,) = layers(["b/x=1", "b/.wh.y", "a=1", "b/c/d=1", ".wh..wh..opq"])
    paths = [(visit.path, visit.is_whiteout) for visit in visits(layer_tree(index))]
    assert paths == [
        (b"/a", False),
        (b"/b/y", True),
        (b"/b/c/d", False),
        (b"/b/c", False),
        (b"/b/x", False),
        (b"/b", False),
    ]


@examples(300)
@given(IMAGES)
def test_what_is_shipped_is_seen_or_can_be_saved(image: list[list[str]]) -> None:
    indexes = layers(*[[*texts, "h=>a"] for texts in image])
    tree = stacked(indexes)
    shown = set()
    for placed in tree.files.values():
        data = data_of(placed)
        if data is not None:
            shown.add((data.layer, id(data.entry)))
    sizes = {
        (layer, id(entry)): entry.size
        for layer, index in enumerate(indexes)
        for entry in index.entries
        if entry.kind is EntryKind.FILE
    }
    saved = sum(size for key, size in sizes.items() if key not in shown)
    assert saved == sum(file.size for file in hidden(indexes))
