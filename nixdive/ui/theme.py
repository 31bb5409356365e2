"""The colours, by their roles; a role has one meaning on the whole screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX: Final = "nd-"

DARK: Final = {
    "ink": "#10151d",
    "panel": "#1a222e",
    "raised": "#222c3a",
    "line": "#374456",
    "faint": "#64718a",
    "dim": "#8d9ab0",
    "text": "#d6dde8",
    "bright": "#f4f7fb",
    "accent": "#7ebae4",
    "cursor": "#1f3b56",
    "cursor-off": "#1e2937",
    "pay": "#ffab5e",
    "pay-ground": "#4a2f14",
    "save": "#8fd18a",
    "save-ground": "#1d3a24",
    "mod": "#e8cf6a",
    "bad": "#f2848b",
    "pin": "#c9a8f5",
    "cmp-here": "#b565c4",
    "cmp-below": "#2c5a38",
    "s0": "#33568a",
    "s1": "#4a7cae",
    "s2": "#83afc4",
    "s3": "#c6ca98",
    "s4": "#f5d65b",
    "on-s0": "#f4f7fb",
    "on-s1": "#f4f7fb",
    "on-s2": "#10151d",
    "on-s3": "#10151d",
    "on-s4": "#10151d",
    "on-raised": "#8d9ab0",
}
LIGHT: Final = {
    "ink": "#fcfbf8",
    "panel": "#efede6",
    "raised": "#e6e3da",
    "line": "#c6c2b6",
    "faint": "#878d96",
    "dim": "#5a6472",
    "text": "#222a35",
    "bright": "#05080d",
    "accent": "#1b5e9e",
    "cursor": "#cfe1f2",
    "cursor-off": "#e9e7df",
    "pay": "#a84300",
    "pay-ground": "#ffe3c7",
    "save": "#23702b",
    "save-ground": "#d9efd6",
    "mod": "#7d6200",
    "bad": "#b3202a",
    "pin": "#6a3aa8",
    "cmp-here": "#b565c4",
    "cmp-below": "#8cc298",
    "s0": "#cddbe9",
    "s1": "#a3bfd8",
    "s2": "#86a3b4",
    "s3": "#a1762a",
    "s4": "#8a4304",
    "on-s0": "#05080d",
    "on-s1": "#05080d",
    "on-s2": "#05080d",
    "on-s3": "#fcfbf8",
    "on-s4": "#fcfbf8",
    "on-raised": "#5a6472",
}
# text is read at 7:1 and more; a role that it does not name is as in the dark one
HIGH: Final = {
    **DARK,
    "ink": "#000000",
    "panel": "#101418",
    "raised": "#181e26",
    "line": "#6b7a90",
    "faint": "#8e9bb0",
    "dim": "#c3ccda",
    "text": "#f2f5fa",
    "bright": "#ffffff",
    "accent": "#8fd0ff",
    "cursor": "#00306a",
    "cursor-off": "#202a38",
    "pay": "#ffb870",
    "pay-ground": "#4a2500",
    "save": "#9fe59a",
    "save-ground": "#0b3a14",
    "mod": "#ffe066",
    "bad": "#ffb0b6",
    "pin": "#dbbcff",
    "s0": "#173a78",
    "s1": "#2a5596",
    "s2": "#7fb4d2",
    "s3": "#d3d795",
    "s4": "#ffe45c",
    "on-s0": "#ffffff",
    "on-s1": "#ffffff",
    "on-s2": "#000000",
    "on-s3": "#000000",
    "on-s4": "#000000",
    "on-raised": "#c3ccda",
}


def variables(palette: Mapping[str, str]) -> dict[str, str]:
    """Return the palette as variables of a stylesheet: $nd-pay."""
    return {_PREFIX + role: colour for role, colour in palette.items()}


def palette_of(theme: Theme) -> Mapping[str, str]:
    """Return the colour of every role under a theme; other themes get the roles of their own brightness."""
    base = DARK if theme.dark else LIGHT
    return {role: theme.variables.get(_PREFIX + role, colour) for role, colour in base.items()}


def _theme(name: str, palette: Mapping[str, str], *, dark: bool) -> Theme:
    return Theme(
        name=name,
        primary=palette["accent"],
        accent=palette["accent"],
        warning=palette["pay"],
        error=palette["bad"],
        success=palette["save"],
        foreground=palette["text"],
        background=palette["ink"],
        surface=palette["panel"],
        panel=palette["raised"],
        dark=dark,
        variables=variables(palette),
    )


THEMES: Final = (
    _theme("nixdive", DARK, dark=True),
    _theme("nixdive-light", LIGHT, dark=False),
    _theme("nixdive-contrast", HIGH, dark=True),
)
