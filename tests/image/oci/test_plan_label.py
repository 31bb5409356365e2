"""The plan that an image bears: in labels that every engine takes, found again whole or not at all."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.contents.disk import DiskContents
from nixdive.errors import PlanFileError
from nixdive.image.job import ImageJob
from nixdive.image.oci.plan_label import PLAN_LABEL, is_plan_label, plan_in, plan_labels
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.to_write import ImageToWrite
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.planwriter import plan_toml
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath

MOST = 4000
LETTERS = "0123456789abcdfghijklmnpqrsvwxyz"


def plan(paths: int, layers: int) -> LayerPlan:
    chance = random.Random(paths)
    made = [
        StorePath(f"/nix/store/{''.join(chance.choices(LETTERS, k=32))}-package-{number}-1.0")
        for number in range(paths)
    ]
    rows = tuple(Layer(LayerKind.STORE, tuple(made[at::layers]), 1, "test") for at in range(layers))
    return LayerPlan(PlanRequest(), rows)


def shuffled(labels: dict[str, str]) -> dict[str, str]:
    names = list(labels)
    random.Random(1).shuffle(names)
    return {name: labels[name] for name in names}


@given(st.lists(st.text(max_size=3000), max_size=12).map("\n".join))
def test_any_text_comes_back_from_labels_that_engines_take(text: str) -> None:
    labels = plan_labels(text)
    assert all(len(key.encode()) + len(value.encode()) <= MOST for key, value in labels.items())
    assert all(map(is_plan_label, labels))
    assert plan_in(shuffled(labels) | {"other": "x"}) == text


@pytest.mark.parametrize("text", ["é" * 9000, "名" * 9000, "\U0001f600" * 9000, "x" * 9000, "a\n" * 9000])
def test_characters_of_every_length_are_cut_between(text: str) -> None:
    labels = plan_labels(text)
    assert len(labels) > 1
    assert all(len(key.encode()) + len(value.encode()) <= MOST for key, value in labels.items())
    assert plan_in(labels) == text


def test_a_short_plan_has_one_label_as_ever() -> None:
    text = plan_toml(plan(20, 5))
    assert plan_labels(text) == {PLAN_LABEL: text}
    fits = "x" * (MOST - len(PLAN_LABEL))
    assert list(plan_labels(fits)) == [PLAN_LABEL]
    assert list(plan_labels(fits + "x")) == [f"{PLAN_LABEL}.1-of-2", f"{PLAN_LABEL}.2-of-2"]


def test_the_plan_of_an_old_image_is_read_however_long() -> None:
    assert plan_in({PLAN_LABEL: "x" * 50_000}) == "x" * 50_000


@pytest.mark.parametrize("labels", [None, [], {}, {"a": "b"}, {PLAN_LABEL: None}, {f"{PLAN_LABEL}.x": "y"}])
def test_no_plan(labels: Any) -> None:
    assert plan_in(labels) is None


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({f"{PLAN_LABEL}.1-of-3": "a", f"{PLAN_LABEL}.3-of-3": "c"}, "1 of 3 are missing"),
        ({f"{PLAN_LABEL}.1-of-1": "a", f"{PLAN_LABEL}.2-of-2": "b"}, "they belong to several plans"),
        ({f"{PLAN_LABEL}.1-of-2": "a", f"{PLAN_LABEL}.3-of-2": "b"}, "their numbers do not fit together"),
        (
            {f"{PLAN_LABEL}.{i}-of-700": "x" * MOST for i in range(1, 701)},
            r"it is larger than 2\.00 MiB",
        ),
    ],
)
def test_a_plan_that_is_not_whole_is_none(labels: dict[str, str], told: str) -> None:
    with pytest.raises(PlanFileError, match=told):
        plan_in(labels)


def test_an_image_of_many_paths_has_labels_that_ctr_takes() -> None:
    big = plan(2000, 60)
    job = ImageJob(ImageToWrite(big, ImageSpec("shop:1", config={"Labels": {"own": "1"}}), DiskContents("/")))
    labels = job._described.config["Labels"]
    assert job.notes == ()
    assert labels["own"] == "1"
    assert plan_in(labels) == plan_toml(big)


def test_labels_of_a_plan_that_are_there_hold() -> None:
    for own in ({PLAN_LABEL: "mine"}, {f"{PLAN_LABEL}.1-of-1": "mine"}):
        job = ImageJob(
            ImageToWrite(plan(500, 5), ImageSpec("shop:1", config={"Labels": own}), DiskContents("/"))
        )
        assert job._described.config["Labels"] == own


def test_a_plan_that_would_make_the_config_too_large_is_left_out_and_that_is_said() -> None:
    job = ImageJob(ImageToWrite(plan(52_000, 100), ImageSpec("shop:1"), DiskContents("/")))
    assert "Labels" not in job._described.config
    assert job.notes == (
        "the plan is not stored in a label: the config would be larger than podman and skopeo accept",
    )
