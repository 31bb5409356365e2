from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import Cancelled
from nixdive.image.compression import compression
from nixdive.image.forecast import Measured, Survey
from nixdive.image.formats import FORMATS
from nixdive.image.oci.spec import Stamp
from nixdive.image.sample import Sample
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.opening.open import open_demo
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.oci.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.subject import Subject


@pytest.fixture(scope="module")
def subject() -> Subject:
    return open_demo()


@pytest.fixture(scope="module")
def plan(subject: Subject) -> LayerPlan:
    return Planner(subject.closure, subject.frame).solve(PlanRequest(max_layers=20))


def survey(subject: Subject, plan: LayerPlan, measured: Measured) -> Survey:
    return Survey(subject.to_write(plan, subject.spec), measured)


def written(subject: Subject, plan: LayerPlan, spec: ImageSpec, target: Path) -> WrittenImage:
    return write_image(subject.to_write(plan, spec), target)


@pytest.mark.parametrize("image_format", FORMATS.names())
def test_without_compression_the_size_is_known_to_the_byte(
    subject: Subject, plan: LayerPlan, tmp_path: Path, image_format: str
) -> None:
    spec = replace(subject.spec, image_format=image_format, compression="none", stamp=Stamp(uid=10_000_000))
    foreseen = survey(subject, plan, Measured()).forecast(spec, NullProgress())
    done = written(subject, plan, spec, tmp_path / "image")
    assert (foreseen.size, foreseen.exact) == (done.bytes_written, True)
    assert foreseen.layers == tuple(layer.uncompressed_size for layer in done.layers)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_an_estimate_is_near_and_becomes_exact_once_written(
    subject: Subject, plan: LayerPlan, tmp_path: Path, name: str
) -> None:
    measured = Measured()
    look = survey(subject, plan, measured)
    spec = replace(subject.spec, compression=name)
    foreseen = look.forecast(spec, NullProgress())
    done = written(subject, plan, spec, tmp_path / "image.tar")
    assert not foreseen.exact
    assert abs(foreseen.size / done.bytes_written - 1) < 0.15
    assert foreseen.seconds > 0
    measured.note(plan, spec, done)
    again = look.forecast(spec, NullProgress())
    assert (again.size, again.exact) == (done.bytes_written, True)
    other = replace(spec, stamp=Stamp(mtime=5))
    assert not look.forecast(other, NullProgress()).exact, "other bytes were never written"


def test_the_sample_is_a_part_of_the_tar(subject: Subject, plan: LayerPlan, tmp_path: Path) -> None:
    (path,) = (path for path in subject.closure.paths if path.package == "tzdata")
    entries = subject.contents.entries(path)
    sample = Sample.of(entries, subject.contents, Stamp(), NullProgress())
    one = replace(plan, layers=(replace(plan.layers[0], paths=(path,)),))
    spec = replace(subject.spec, image_format="oci", compression="none")
    (layer,) = write_image(ImageToWrite(one, spec, subject.contents), tmp_path / "x").layers
    tar = (tmp_path / "x/blobs/sha256" / layer.digest.removeprefix("sha256:")).read_bytes()
    assert sample.pieces
    assert all(piece in tar for piece in sample.pieces)


def test_a_forecast_can_be_stopped(subject: Subject, plan: LayerPlan) -> None:
    class Stopped(NullProgress):
        def cancelled(self) -> bool:
            return stop.is_set()

    stop = Event()
    stop.set()
    with pytest.raises(Cancelled):
        survey(subject, plan, Measured()).forecast(subject.spec, Stopped())


def test_an_empty_sample_compresses_nothing(subject: Subject) -> None:
    gzip = compression("gzip")
    assert gzip is not None
    sample = Sample.of((), subject.contents, Stamp(), NullProgress())
    assert sample.packed(gzip, NullProgress()).ratio == 1.0
