"""Trees as dive builds them: whiteouts are nodes, implied directories have no entry.

This is not how an engine sees an image (see file_tree.py for that). It is here because dive's figures, which
gates in CI rely on, follow from it. See dive/filetree in github.com/wagoodman/dive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.entry import EntryKind, LayerEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.contents.layer_index import LayerIndex

_WHITEOUT = b".wh."
_IGNORED = b".wh..wh."


class Node:
    """A name in a directory.

    Attributes:
        children: the nodes in it by name.
        entry: its entry in a layer, or None.
    """

    __slots__ = ("children", "entry")

    def __init__(self) -> None:
        self.children: dict[bytes, Node] = {}
        self.entry: LayerEntry | None = None

    @property
    def size(self) -> int:
        """Bytes of its own data."""
        return self.entry.size if self.entry else 0

    def subtree_size(self) -> int:
        """Bytes of its own data and of all below it."""
        total, pending = 0, [self]
        while pending:
            node = pending.pop()
            total += node.size
            pending += node.children.values()
        return total


class Visit(NamedTuple):
    """A node, and where it is.

    Attributes:
        path: its path as dive writes it: for a whiteout the name it removes, not its own.
        name: the last part of its own name.
        node: the node.
    """

    path: bytes
    name: bytes
    node: Node

    @property
    def is_whiteout(self) -> bool:
        """Whether it removes something."""
        return self.name.startswith(_WHITEOUT)


def layer_tree(index: LayerIndex) -> Node:
    """Return the tree of one layer."""
    root = Node()
    for entry in index.entries:
        name = tar_name(entry)
        if name != b"/":
            add(root, name, entry)
    return root


def tar_name(entry: LayerEntry) -> bytes:
    """Return the absolute name of an entry in its tar; that of a whiteout has a prefix there."""
    if entry.kind is EntryKind.OPAQUE:
        return entry.name.rstrip(b"/") + b"/.wh..wh..opq"
    if entry.kind is EntryKind.WHITEOUT:
        folder, _, base = entry.name.rpartition(b"/")
        return folder + b"/" + _WHITEOUT + base
    return entry.name


def add(root: Node, path: bytes, entry: LayerEntry | None) -> None:
    """Put an entry at a path, keeping its children."""
    node = root
    for name in path[1:].split(b"/"):
        child = node.children.get(name)
        if child is None:
            if name.startswith(_IGNORED):
                return
            child = node.children[name] = Node()
        node = child
    node.entry = entry


def found(root: Node, path: bytes) -> Node | None:
    """Return the node at a path."""
    node: Node | None = root
    for name in filter(None, path.split(b"/")):
        node = node.children.get(name) if node else None
    return node


def remove(root: Node, path: bytes) -> None:
    """Remove a node with everything below it, if it exists."""
    folder, _, name = path.rpartition(b"/")
    node = found(root, folder)
    if node is not None:
        node.children.pop(name, None)


def visits(root: Node) -> Iterator[Visit]:
    """Yield all nodes except the root, by name, the contents of a directory before it."""
    # a node is yielded the second time it is taken; directories may be too deep for recursion
    pending = [(b"", b"", name, root.children[name], False) for name in sorted(root.children, reverse=True)]
    while pending:
        folder, _, name, node, seen = pending.pop()
        if node.children and not seen:
            pending.append((folder, b"", name, node, True))
            here = folder + b"/" + name
            pending += [
                (here, b"", below, node.children[below], False)
                for below in sorted(node.children, reverse=True)
            ]
        else:
            path = folder + b"/" + name.removeprefix(_WHITEOUT)
            yield Visit(path.replace(b"//", b"/"), name, node)


def stack(lower: Node, upper: Node) -> None:
    """Apply a layer's tree on top of another one, which is changed."""
    for visit in visits(upper):
        if visit.is_whiteout:
            remove(lower, visit.path)
        else:
            add(lower, visit.path, visit.node.entry)
