from __future__ import annotations

from hypothesis import given

from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import stacked
from nixdive.contents.layer_index import LayerIndex
from nixdive.contents.search import find, sizes
from tests.contents.layers import entry, layers
from tests.contents.test_file_tree import IMAGES

TREE = stacked(layers(["usr/lib/libz.so.1=12345", "usr/lib/libz.so->libz.so.1", "etc/[odd]=1", "USR=1"]))


def test_by_name_pattern_and_size() -> None:
    assert find(TREE, "libz.so*") == [b"/usr/lib/libz.so", b"/usr/lib/libz.so.1"]
    assert find(TREE, "libz.so") == [b"/usr/lib/libz.so"]
    assert find(TREE, "usr") == [b"/usr"]
    assert find(TREE, "/usr/*") == [b"/usr/lib", b"/usr/lib/libz.so", b"/usr/lib/libz.so.1"]
    assert find(TREE, "[[]odd]") == [b"/etc/[odd]"]
    assert find(TREE, at_least=2) == [b"/usr/lib/libz.so.1"]
    assert len(find(TREE)) == len(TREE.files)


def test_names_that_are_not_text_are_found() -> None:
    odd = entry("x=1")._replace(name=b"/caf\xe9\n")
    umlaut = entry("x=1")._replace(name="/ü".encode())
    tree = stacked((LayerIndex((odd, umlaut), 0, ""),))
    assert find(tree, "caf*") == [b"/caf\xe9\n"]
    assert find(tree, "caf\udce9?") == [b"/caf\xe9\n"]
    assert find(tree, "ü") == ["/ü".encode()]


@given(IMAGES)
def test_directories_are_as_big_as_what_is_below(image: list[list[str]]) -> None:
    tree = stacked(layers(*image))
    found = sizes(tree)
    folders = {name for name, placed in tree.files.items() if placed.entry.kind is EntryKind.DIRECTORY}
    assert found.keys() == folders | {b"/"}
    for folder, size in found.items():
        start = folder.rstrip(b"/") + b"/"
        assert size == sum(one.entry.size for name, one in tree.files.items() if name.startswith(start))
