"""What the parts of the screen tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nixdive.contents.history import Step
    from nixdive.contents.path_changes import PathChanges
    from nixdive.errors import NixdiveError
    from nixdive.ui.meter import Meter
    from nixdive.ui.panes.diff.rows import Difference
    from nixdive.ui.panes.why.layer_rows import PricedEdit
    from nixdive.workspace.curve import Curve
    from nixdive.workspace.files.compared import Compared, Waste
    from nixdive.workspace.history import Edit, EditHistory
    from nixdive.workspace.others import Shared, Together
    from nixdive.workspace.priced_plan import PricedPlan


@dataclass
class Planned(Message):
    """A plan for a history is ready."""

    history: EditHistory
    priced: PricedPlan


@dataclass
class Refused(Message):
    """A request cannot be met."""

    history: EditHistory
    cause: str


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
    """The user asks for the layer of a path to be shown."""

    index: int


@dataclass
class PathWanted(Message):
    """The user asks for a store path to be shown in the closure."""

    path: int


@dataclass
class FileChosen(Message):
    """The user went to a file of a layer; there is no name where no file is shown."""

    compared: Compared | None
    name: bytes | None


@dataclass
class ContentsRead(Message):
    """The files of layers were read and compared."""

    compared: Compared
    reading: Meter


@dataclass
class ContentsNotRead(Message):
    """The files of layers cannot be shown."""

    error: NixdiveError
    reading: Meter


@dataclass
class ContentsShown(Message):
    """The pane of the files shows something else: other layers, kinds of change or another comparison."""


@dataclass
class ExtractWanted(Message):
    """The user asks for a file, a directory or the layer to be written to the disk."""

    compared: Compared
    name: bytes


@dataclass
class StepsFound(Message):
    """What the layers do to a file has been looked up, and what it differs in, in words."""

    name: bytes
    steps: tuple[Step, ...]
    differs: str


@dataclass
class WasteReady(Message):
    """What the image ships for nothing has been worked out."""

    waste: Waste


@dataclass
class CurveWanted(Message):
    """What releases cost over the layer budget is to be shown."""


@dataclass
class CurveReady(Message):
    """What releases cost over the layer budget has been worked out."""

    curve: Curve


@dataclass
class PriceWanted(Message):
    """What an edit would cost is to be told; it is not made."""

    edit: Edit


@dataclass
class PriceReady(Message):
    """What an edit would cost is known."""

    priced_edit: PricedEdit


@dataclass
class FilesWanted(Message):
    """Which files of these packages changed is to be shown."""

    packages: tuple[Difference, ...]


@dataclass
class FilesUnwanted(Message):
    """No more files need be read."""


@dataclass
class FilesReady(Message):
    """Which files of some packages changed; None for a package whose files are not here."""

    found: Mapping[Difference, PathChanges | None]
    finished: bool


@dataclass
class SharingWanted(Message):
    """What is shared with the other images under a plan is to be shown."""

    priced: PricedPlan


@dataclass
class SharingReady(Message):
    """What is shared is known; what a joint plan would do follows, and is None until then."""

    priced: PricedPlan
    shared: tuple[Shared, ...]
    joint: Together | None


@dataclass
class PlanWritten(Message):
    """A plan was written to a file, unless there is an error."""

    target: Path
    priced: PricedPlan
    error: NixdiveError | None
