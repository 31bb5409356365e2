"""The form that writes an image: where to, under which name, in which form."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Button, Checkbox, Input, Static

from nixdive.errors import NixdiveError
from nixdive.image.name import ImageName
from nixdive.sizes import prose
from nixdive.ui.dialogs.choice import Choice
from nixdive.ui.dialogs.dialog import Dialog, field
from nixdive.ui.figures import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.image.spec import ImageSpec
    from nixdive.layering.plan import LayerPlan

_FORMATS = {
    "hybrid": "one file for docker, podman, containerd and skopeo",
    "docker-archive": "what docker save makes",
    "oci-archive": "one file for podman, containerd and skopeo",
    "oci": "a directory, an OCI image layout",
}
_COMPRESSIONS = {
    "gzip": "pushed as it is: a registry is sent only what it lacks",
    "zstd": "smaller; docker loads it from version 23 on",
    "none": "written fastest, for loading on this machine",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written.

    Attributes:
        target: the file or directory.
        spec: name, config, format and compression.
        plan_file: where the plan is written too, or None.
    """

    target: Path
    spec: ImageSpec
    plan_file: Path | None


class WriteDialog(Dialog[Order]):
    """Gives the order, or None."""

    title_text = "Write image"
    DEFAULT_CSS = """
    WriteDialog {
        #place { width: auto; min-width: 12; color: $nd-dim; }
        Checkbox, Checkbox:focus { border: none; padding: 0; height: 1; background: $nd-panel; }
        Checkbox > .toggle--button { background: $nd-raised; color: $nd-raised; }
        Checkbox.-on > .toggle--button { color: $nd-accent; }
        Checkbox:focus > .toggle--button { background: $nd-cursor; }
        Checkbox > .toggle--label { padding: 0 1; background: $nd-panel; color: $nd-text; }
    }
    """
    keys_text = "enter write   tab next   esc close"

    def __init__(self, spec: ImageSpec, plan: LayerPlan) -> None:
        super().__init__()
        self._spec = spec
        self._plan = plan

    def fields(self) -> Iterable[Widget]:
        """Return the fields."""
        stem = _stem(self._spec.name)
        command = shlex.join(self._spec.config.get("Cmd") or ())
        yield field("Write to", Input(f"./{stem}.tar", id="target"), Static("", id="place", markup=False))
        yield field("Image name", Input(self._spec.name, id="name"))
        yield field("Format", Choice(_FORMATS, self._spec.image_format, id="format"), lines=2)
        yield field("Compression", Choice(_COMPRESSIONS, self._spec.compression, id="compression"), lines=2)
        yield field("Command", Input(command, id="command", placeholder="what the container runs"))
        plan_file = f"also write ./{stem.rpartition('-')[0] or stem}.plan.toml, which keeps the layers"
        yield field("Plan", Checkbox(plan_file, value=False, id="plan"))
        yield Static("─" * 200, classes="rule", markup=False)
        layers = count(len(self._plan.layers), "layer")
        size = f"{prose(self._plan.nar_size)} to read" if self._plan.sized else "sizes unknown"
        yield Static(f"{layers}, {size}", id="foreseen", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Write", id="write")
        yield Button("Cancel", id="cancel")

    @on(Input.Changed, "#target")
    def _target_changed(self) -> None:
        place = self.query_one("#place", Static)
        text = self.query_one("#target", Input).value.strip()
        words, wrong = _place(text, self.query_one("#format", Choice).value)
        place.update(f"  {words}")
        place.set_class(wrong, "wrong")

    @on(Choice.Changed, "#format")
    def _format_changed(self) -> None:
        target = self.query_one("#target", Input)
        self._target_changed()
        if not target.value:
            return
        directory = self.query_one("#format", Choice).value == "oci"
        start = target.value.removesuffix(".tar")
        target.value = start if directory else f"{start}.tar"

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_close()

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def _decided(self) -> None:
        try:
            order = self._order()
        except (NixdiveError, ValueError) as error:
            foreseen = self.query_one("#foreseen", Static)
            foreseen.update(str(error))
            foreseen.add_class("wrong")
        else:
            self.dismiss(order)

    def _order(self) -> Order:
        text = self.query_one("#target", Input).value.strip()
        words, wrong = _place(text, self.query_one("#format", Choice).value)
        if wrong:
            raise ValueError(words)
        name = str(ImageName.parse(self.query_one("#name", Input).value.strip()))
        try:
            command = shlex.split(self.query_one("#command", Input).value)
        except ValueError as error:
            raise ValueError(f"the command cannot be read: {error}") from error
        config = {key: value for key, value in self._spec.config.items() if key != "Cmd"}
        if command:
            config["Cmd"] = command
        spec = replace(
            self._spec,
            name=name,
            config=config,
            image_format=self.query_one("#format", Choice).value,
            compression=self.query_one("#compression", Choice).value,
        )
        stem = _stem(self._spec.name)
        plan_file = Path(f"{stem.rpartition('-')[0] or stem}.plan.toml")
        return Order(
            Path(text).expanduser(), spec, plan_file if self.query_one("#plan", Checkbox).value else None
        )


def _stem(name: str) -> str:
    return name.rpartition("/")[2].replace(":", "-")


def _place(text: str, image_format: str) -> tuple[str, bool]:
    """Return what there is at a place, and whether no image of this format can be written there."""
    if not text:
        return "name a file", True
    try:
        return _found(Path(text).expanduser(), image_format)
    except RuntimeError:
        return "no such user", True
    except (OSError, ValueError) as error:
        return (getattr(error, "strerror", None) or "no name of a file").lower(), True


def _found(path: Path, image_format: str) -> tuple[str, bool]:
    parent = path.parent
    if not parent.is_dir():
        return "no such folder", True
    if not os.access(parent, os.W_OK):
        return "may not write there", True
    if path.is_dir():
        return ("replaces it", False) if image_format == "oci" else ("a directory", True)
    return (f"replaces {prose(path.stat().st_size)}", False) if path.exists() else ("new", False)
