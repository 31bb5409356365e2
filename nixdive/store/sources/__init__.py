"""Where the metadata of store paths comes from: one module for each format, told apart by content."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from nixdive.errors import MalformedGraphError
from nixdive.json_text import parsed
from nixdive.magic import sniff
from nixdive.store.sources import dot, lines, path_info
from nixdive.store.sources.rows import EXPORT, EXPORT_COMMAND

if TYPE_CHECKING:
    from nixdive.store.path import PathGraph

_BEGINNING = re.compile(r"\s*(?:(?P<json>[\[{])|(?P<dot>(?:strict\s+)?digraph\b)|(?P<text>/))")
_BRANCH = re.compile(r"[├└│]|[+|]---")


def read_graph(data: bytes, origin: str) -> PathGraph:
    """Return the graph that a closure file holds, whatever its format.

    Args:
        data: the whole file, which may be compressed.
        origin: what the user named, for messages.

    Raises:
        MalformedGraphError: the data are in no known format, or do not hold what theirs promises.
    """
    text = _decoded(plain(data, origin), origin)
    beginning = _BEGINNING.match(text)
    if beginning is None:
        cause = "it is neither an image nor a closure (JSON, registration, references graph, dot)"
        hint = f"expected an image, or a closure as this command writes it: {EXPORT_COMMAND}"
        raise MalformedGraphError(origin, None, cause if text.strip() else "it is empty", hint=hint)
    if beginning["json"]:
        document = parsed(text, partial(MalformedGraphError, origin, None))
        if path_info.holds(document):
            return path_info.parse(document, origin)
        return path_info.structured(document, origin)
    if beginning["dot"]:
        return dot.parse(text, origin)
    return _of_lines(text, origin)


def plain(data: bytes, origin: str) -> bytes:
    """Return a file's data unpacked, or as they are where they are not compressed.

    Args:
        data: the whole file.
        origin: what the user named, for messages.

    Raises:
        MalformedGraphError: the data are damaged or cut short, or more than the bound `closure-file`.
    """
    name = sniff(data)
    if name == "none":
        return data
    from nixdive.unpack import unpacked

    return b"".join(unpacked([data], name, partial(MalformedGraphError, origin, None), "closure-file"))


def _of_lines(text: str, origin: str) -> PathGraph:
    # the second line tells: a hash, a deriver or nothing, another path of a list, a branch of a tree
    second, third = (*text.split("\n", 3)[1:3], "", "")[:2]
    if _BRANCH.match(second):
        raise MalformedGraphError(
            origin, None, "it is a drawing of a tree, which leaves paths out", hint=EXPORT
        )
    if second.startswith("/") or not second:
        if third.startswith("/") or not third:
            cause = "it is a list of store paths, without sizes and references"
            raise MalformedGraphError(origin, None, cause, hint=EXPORT)
        return lines.references_graph(text, origin)
    return lines.registration(text, origin)


def _decoded(data: bytes, origin: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise MalformedGraphError(origin, None, "it is UTF-16; a closure file is UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedGraphError(origin, f"byte {error.start}", "it is not UTF-8") from None
