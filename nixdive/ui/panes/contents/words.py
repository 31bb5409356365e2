"""What the contents pane says of layers and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.config.keymap import KeySigns
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from nixdive.workspace.files.comparison import Compared, Extent


def layers(which: range) -> str:
    """Return the numbers of some layers: layer 3, layers 1–3, no layer."""
    if not which:
        return "no layer"
    if len(which) == 1:
        return f"layer {which.start + 1}"
    return f"layers {which.start + 1}–{which.stop}"


def against(extent: Extent, baseline: str | None) -> str:
    """Return what files are compared with."""
    if baseline is not None:
        return visible(baseline)
    if not extent.below:
        return "nothing below it"
    return "the layers below" if len(extent.here) == 1 and extent.below.stop > 1 else layers(extent.below)


def title(compared: Compared) -> str:
    """Return what is shown: Layer 26, against toolbox:v1."""
    extent = compared.extent
    here = layers(extent.here)
    words = f"{here[0].upper()}{here[1:]}"
    if compared.against is not None or extent.below:
        words += f", against {against(extent, compared.against)}"
    if compared.missing:
        words += f", {counted(compared.missing, 'path')} not here"
    elif compared.lost:
        words += f", {counted(compared.lost, 'path')} of it not here"
    return words


def nothing(compared: Compared, *, filtered: bool, keys: KeySigns = KeySigns()) -> str:  # noqa: B008  it never changes
    """Return why no file is shown."""
    if compared.listing.found:
        if not filtered:
            return "nothing of the kinds that are shown"
        here = layers(compared.extent.here)
        ways = (("whole", "clears"), ("compare.toggle", "looks into all up to it"))
        hints = "".join(f"   {key} {words}" for verb, words in ways if (key := keys.first(verb)))
        return f"no file matches in {here}{hints}"
    if compared.missing:
        paths = counted(compared.missing, "store path")
        return f"{paths} of it, none on this machine: nix build or nix copy brings them"
    return "nothing is in it"
