from __future__ import annotations

from hypothesis import given

from nixdive.contents.file_tree import stacked
from nixdive.contents.history import history
from tests.contents.layers import alike, layers
from tests.contents.test_file_tree import IMAGES
from tests.examples import examples


def told(name: str, *texts: list[str]) -> list[tuple[int, str]]:
    return [(step.layer, step.change.value) for step in history(layers(*texts), name.encode(), alike)]


def test_a_file_on_its_way() -> None:
    image = (["d/a=1"], ["b=1"], ["d/a=2"], ["d/a=2"], [".wh.d"], ["d/a=3"], ["d/.wh..wh..opq"], [".wh.d"])
    assert told("/d/a", *image) == [
        (0, "added"),
        (2, "modified"),
        (3, "unmodified"),
        (4, "removed"),
        (5, "added"),
        (6, "removed"),
    ]
    assert told("/never", *image) == []


@examples(500)
@given(IMAGES)
def test_history_and_trees_agree(image: list[list[str]]) -> None:
    indexes = layers(*image)
    for name in {name for last in range(len(indexes)) for name in stacked(indexes, 0, last).files}:
        steps = {step.layer: step for step in history(indexes, name, alike)}
        now = None
        for last in range(len(indexes)):
            now = steps[last].entry if last in steps else now
            placed = stacked(indexes, 0, last).files.get(name)
            assert (placed.entry if placed else None) == now, (name, last)
