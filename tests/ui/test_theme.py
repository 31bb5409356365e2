from __future__ import annotations

import pytest

from nixdive.ui.theme import DARK, HIGH, LIGHT, THEMES, palette_of

PALETTES = {"dark": DARK, "light": LIGHT, "high": HIGH}
SIGNALS = ("accent", "pay", "save", "mod", "bad", "pin")


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", PALETTES)
def test_text_can_be_read(name: str) -> None:
    palette = PALETTES[name]
    for role in ("text", "bright", "dim", *SIGNALS):
        assert contrast(palette[role], palette["ink"]) >= 4.5, role
    for role in ("text", "bright", *SIGNALS):
        assert contrast(palette[role], palette["panel"]) >= 4.5, role
        # on the row of the cursor all quiet text rises a step
        assert contrast(palette[role], palette["cursor"]) >= 4.3, role
    assert contrast(palette["faint"], palette["ink"]) >= 3
    for role in ("pay", "save"):
        assert contrast(palette[role], palette[f"{role}-ground"]) >= 4.5, role
    for i in range(5):
        assert contrast(palette[f"on-s{i}"], palette[f"s{i}"]) >= 3.9, i


def test_high_contrast_is_seven_to_one_everywhere() -> None:
    for ground in ("ink", "panel", "cursor", "cursor-off"):
        for role in ("text", "bright", "dim", *SIGNALS):
            assert contrast(HIGH[role], HIGH[ground]) >= 7, (role, ground)
    assert contrast(HIGH["faint"], HIGH["ink"]) >= 7
    for i in range(5):
        assert contrast(HIGH[f"on-s{i}"], HIGH[f"s{i}"]) >= 7, i
    for role in ("pay", "save"):
        assert contrast(HIGH[role], HIGH[f"{role}-ground"]) >= 7, role


@pytest.mark.parametrize("name", PALETTES)
def test_the_scale_of_change_runs_one_way_in_luminance(name: str) -> None:
    steps = [luminance(PALETTES[name][f"s{i}"]) for i in range(5)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))


def test_every_theme_has_every_role() -> None:
    assert len({theme.name for theme in THEMES}) == 3
    for theme in THEMES:
        assert set(palette_of(theme)) == set(DARK) == set(LIGHT)
