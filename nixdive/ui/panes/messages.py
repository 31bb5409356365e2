"""What the panes tell the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from nixdive.workspace.files.comparison import Compared


@dataclass
class LayerChosen(Message):
    """The user went to a layer."""

    index: int


@dataclass
class PathChosen(Message):
    """The user went to a store path."""

    path: int


@dataclass
class LayerWanted(Message):
    """The user asks for a layer to be shown."""

    index: int


@dataclass
class PathWanted(Message):
    """The user asks for a store path to be shown in the closure."""

    path: int


@dataclass
class ContentsShown(Message):
    """The pane of the files shows something else: other layers, kinds of change or another comparison."""


@dataclass
class FileChosen(Message):
    """The user went to a file of a layer; there is no name where no file is shown."""

    compared: Compared | None
    name: bytes | None


@dataclass
class FileOpened(Message):
    """The user asks for the beginning of a file."""

    compared: Compared
    name: bytes


@dataclass
class ExtractWanted(Message):
    """The user asks for a file, a directory or the layer to be written to the disk."""

    compared: Compared
    name: bytes
