from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import Cancelled, ExistsError, UnreadablePathError, WriteError
from nixdive.image.extract_layer import extract_layer
from nixdive.image.readers.found import read_image
from nixdive.image.write import write_image
from nixdive.layering.plan import LayerKind
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.opening.open import open_demo, open_subject
from nixdive.progress import NullProgress
from tests.opening.images import docker_archive, layer, store_layer, store_name

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.subject import Subject

NONE = NullProgress()


class Stopping(NullProgress):
    """Wants it to stop as soon as anything was written."""

    done = 0

    def advance(self, amount: int, part: int | None = None) -> None:
        self.done += amount

    def cancelled(self) -> bool:
        return self.done > 0


def planned(subject: Subject, strategy: str) -> LayerPlan:
    return solve(subject.closure, PlanRequest(strategy, subject.frame.budget(10)), subject.frame)


def extract(
    subject: Subject,
    plan: LayerPlan,
    index: int,
    target: Path,
    *,
    force: bool = False,
    progress: NullProgress = NONE,
) -> int:
    return extract_layer(
        subject.to_write(plan, subject.spec),
        plan.layers[index],
        target,
        force=force,
        progress=progress,
    )


def digest(path: Path) -> str:
    return f"sha256:{sha256(path.read_bytes()).hexdigest()}"


def test_a_layer_has_the_bytes_that_the_image_would_have(tmp_path: Path) -> None:
    subject = open_demo()
    plan = planned(subject, "churn")
    spec = replace(subject.spec, compression="none")
    write_image(subject.to_write(plan, spec), tmp_path / "x.tar")
    written = read_image(tmp_path / "x.tar").layers
    assert plan.layers[-1].kind is LayerKind.CUSTOMISATION
    for index in (0, len(plan.layers) - 1):
        target = tmp_path / f"{index}.tar"
        assert extract(subject, plan, index, target) == target.stat().st_size
        assert digest(target) == written[index].diff_id


def test_a_layer_of_an_image_is_the_tar_it_was(tmp_path: Path) -> None:
    layers = (layer({"etc": None, "etc/x": b"1"}), store_layer((store_name("a", "lib-1"), {"x": b"1"})))
    subject = open_subject([str(docker_archive(tmp_path / "x.tar", {"x:1": layers}))])
    plan = planned(subject, "keep")
    for index, data in enumerate(layers):
        extract(subject, plan, index, tmp_path / f"{index}.tar")
        assert (tmp_path / f"{index}.tar").read_bytes() == data


def test_a_file_is_replaced_only_when_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    subject = open_demo()
    plan = planned(subject, "churn")
    target = tmp_path / "out" / "layer.tar"
    with pytest.raises(WriteError, match="does not exist"):
        extract(subject, plan, 0, target)
    target.parent.mkdir()
    target.write_bytes(b"mine")
    with pytest.raises(ExistsError):
        extract(subject, plan, 0, target)
    with pytest.raises(Cancelled):
        extract(subject, plan, 0, target, force=True, progress=Stopping())
    assert target.read_bytes() == b"mine"
    extract(subject, plan, 0, target, force=True)
    assert target.stat().st_size % 10240 == 0
    assert [one.name for one in target.parent.iterdir()] == ["layer.tar"]
    with pytest.raises(WriteError, match="not a regular file"):
        extract(subject, plan, 0, target.parent, force=True)


def test_a_layer_whose_files_are_not_here_cannot_be_made(tmp_path: Path) -> None:
    subject = replace(open_demo(), customisation=None)
    plan = planned(subject, "churn")
    with pytest.raises(UnreadablePathError, match="not on this machine"):
        extract(subject, plan, len(plan.layers) - 1, tmp_path / "x.tar")
