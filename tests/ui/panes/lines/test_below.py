"""The line of the last edit."""

from __future__ import annotations

import pytest

from nixdive.layering.request import PlanRequest
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.draw.line import plain
from nixdive.ui.panes.lines.below import EditReceipt, Proposed, edit_line
from nixdive.workspace.history import Edit
from nixdive.workspace.price import Price

RATE = Edit(PlanRequest(), "rate git", "90 % of releases")


def line(price: Price, cells: int, *, undone: bool = False) -> str:
    return plain(edit_line(EditReceipt(RATE, undone, price), cells, KeySigns(), undo=True))


@pytest.mark.parametrize(("cells", "words"), [(120, "estimate 48.8 → 89.9 MiB"), (90, "48.8 → 89.9 MiB")])
@pytest.mark.parametrize("undone", [False, True])
def test_a_jump_of_the_estimate_is_said_in_words(cells: int, words: str, *, undone: bool) -> None:
    price = Price(0, 0, (round(48.8 * 1024**2), round(89.9 * 1024**2)))
    shown = line(price, cells, undone=undone)
    assert words in shown
    assert "free" not in shown


def test_units_that_differ_are_both_named() -> None:
    assert "estimate 841 KiB → 1.20 MiB" in line(Price(0, 0, (841 * 1024, round(1.2 * 1024**2))), 120)


def test_another_assumption_is_said_instead_of_a_verdict() -> None:
    price = Price(1 << 20, -(1 << 20), assumption="assumed: churn in 28 layers")
    assert "+1.00 MiB next push     −1.00 MiB each release    assumed: churn in 28 layers" in line(price, 120)
    narrow = line(price, 90)
    assert "+1.00 MiB push   −1.00 MiB a release   assumed" in narrow
    assert "pays" not in narrow


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            140,
            "releases    +1.00 MiB +0.20 s once     −1.00 MiB +1.3 s each release    pays back in 1 release",
        ),
        (120, "releases    +1.00 MiB +0.20 s once     −1.00 MiB +1.3 s each release   pays back in 1  "),
        (90, "releases  +1.00 MiB +0.20 s once   −1.00 MiB +1.3 s a release  z undo"),
        (80, "releases  +1.00 MiB once   −1.00 MiB a release  "),
        (60, "rate git  +1.00 MiB once   −1.00 MiB +1.3 s a release  "),
    ],
)
def test_seconds_stand_beside_bytes_as_far_as_there_is_room(cells: int, words: str) -> None:
    price = Price(1 << 20, -(1 << 20), later=("+0.20 s", "+1.3 s"))
    assert words in line(price, cells)


@pytest.mark.parametrize("cells", [60, 80, 120])
def test_a_proposal_says_what_it_would_do_and_what_it_costs(cells: int) -> None:
    price = Price(-2_956_984, -2_327_838, assumption="assumed: churn in 44 layers")
    what = Proposed(Edit(PlanRequest(), "budget 28", "44"), price, 50_000_000)
    text = plain(edit_line(what, cells, KeySigns(), undo=True))
    for words in ("budget 28 → 44", "−2.82 MiB", "−2.22 MiB", " B ", " z "):
        assert words in f"{text} "
    assert "…" not in text


@pytest.mark.parametrize(
    ("leads", "shown", "missing"),
    [
        ("layer lua", "pin lua-env and 14 more → layer lua  +513", "never"),
        ("layer lua-env-with-a-name", "pin lua-env and 14 more  +513", "layer"),
    ],
)
def test_what_an_edit_leads_to_is_whole_or_the_verdict_has_its_room(
    leads: str, shown: str, missing: str
) -> None:
    edit = Edit(PlanRequest(), "pin lua-env and 14 more", leads, mark="◆")
    text = plain(edit_line(EditReceipt(edit, undone=False, price=Price(525_312, 260_096)), 80, KeySigns()))
    assert shown in text
    assert missing not in text
    assert "+254 KiB a release" in text
