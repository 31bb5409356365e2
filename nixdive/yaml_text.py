"""YAML from outside, read within limits: its values and their lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import yaml

from nixdive.bounds import most, over

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST_DEPTH = 50
_CORE = "tag:yaml.org,2002:"
_TAGS = frozenset(
    f"{_CORE}{name}"
    for name in ("bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp", "value")
)


@dataclass(frozen=True, slots=True)
class Said:
    """A value in a text.

    Attributes:
        value: a scalar as it is written, even if it is a number; None for an empty one; a list; or a map.
        line: the line of the value, or of its key in a map.
    """

    value: Value
    line: int


Value: TypeAlias = "str | tuple[Said, ...] | Mapping[str, Said] | None"


class YamlError(Exception):
    """A text that is not YAML, or uses more of YAML than is supported here.

    Args:
        line: the line, or None for the whole file.
        cause: what is wrong there.
    """

    def __init__(self, line: int | None, cause: str) -> None:
        super().__init__(cause if line is None else f"line {line}: {cause}")
        self.line = line
        self.cause = cause


def read_yaml(path: Path) -> Said:
    """Return the value in a file.

    Raises:
        OSError: it cannot be read.
        YamlError: it is not YAML, or exceeds a limit.
    """
    with path.open("rb") as file:
        data = file.read(most("yaml-file") + 1)
    if len(data) > most("yaml-file"):
        raise YamlError(None, over("yaml-file", "it is larger than {}"))
    try:
        return parse_yaml(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise YamlError(None, "it is not UTF-8 text") from error


def parse_yaml(text: str) -> Said:
    """Return the value in a text, as `read_yaml`. Duplicate keys in a map are an error."""
    try:
        node = _Loader(_without_tabs(text)).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else None, f"it is not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(line, f"it is not YAML: {error.reason}") from error
    except (ValueError, OverflowError) as error:  # numbers and characters that Python does not have
        raise YamlError(None, f"it is not YAML: {error}") from error
    return Said(None, 1) if node is None else _Values().of(node, node.start_mark.line + 1)


def _without_tabs(text: str) -> str:
    """Return JSON with blanks for its tabs, which YAML does not take; other texts as they are."""
    if "\t" in text and text.lstrip().startswith("{"):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return text
        return text.replace("\t", " ")
    return text


class _Loader(yaml.SafeLoader):
    """Composes nodes, none nested too deeply, without constructing values."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose a node with all that is in it."""
        if self._depth > _MOST_DEPTH:
            raise YamlError(self.line + 1, "it is nested too deeply")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


class _Values:
    """Turns nodes into values; an anchored node becomes one value, however often it is referred to."""

    def __init__(self) -> None:
        self._done: dict[int, Value] = {}
        self._open: set[int] = set()

    def of(self, node: yaml.Node, line: int) -> Said:
        """Return the value of a node.

        Args:
            node: the node.
            line: the line to record for the value.
        """
        key = id(node)
        if key in self._open:
            raise YamlError(node.start_mark.line + 1, "it contains itself")
        if key not in self._done:
            if node.tag not in _TAGS:
                raise YamlError(node.start_mark.line + 1, f"it has an unsupported tag, {node.tag}")
            self._open.add(key)
            self._done[key] = self._value(node)
            self._open.remove(key)
        return Said(self._done[key], line)

    def _value(self, node: yaml.Node) -> Value:
        if isinstance(node, yaml.MappingNode):
            return self._map(node)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.of(one, one.start_mark.line + 1) for one in node.value)
        return None if node.tag == f"{_CORE}null" else str(node.value)

    def _map(self, node: yaml.MappingNode) -> Mapping[str, Said]:
        own: dict[str, Said] = {}
        merged: dict[str, Said] = {}
        for name, value in node.value:
            line = name.start_mark.line + 1
            if not isinstance(name, yaml.ScalarNode):
                raise YamlError(line, "a key must be plain text")
            if name.tag == f"{_CORE}merge":
                for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    found = self.of(one, line).value
                    if not isinstance(found, dict):
                        raise YamlError(line, "<< must refer to a map or a list of maps")
                    merged = found | merged
            elif name.value in own:
                raise YamlError(line, f"{name.value} appears twice, first in line {own[name.value].line}")
            else:
                own[name.value] = self.of(value, line)
        return merged | own
