"""Images that engines refuse as a whole: platform, time, layers, fields, sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.contents.disk import DiskContents
from nixdive.errors import ImageError
from nixdive.image.base import BaseImage
from nixdive.image.checks import image as check
from nixdive.image.job import ImageJob
from nixdive.image.oci.platform import Platform
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.to_write import ImageToWrite
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath
from tests.image.made import archive, layer

if TYPE_CHECKING:
    from pathlib import Path

AMD64 = ImageSpec("shop:1", platform=Platform("linux", "amd64"))
PATH = StorePath(f"/nix/store/{'0' * 32}-app")


def plan(layers: int = 1) -> LayerPlan:
    return LayerPlan(PlanRequest(), (Layer(LayerKind.STORE, (PATH,), 1, "test"),) * layers)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"platform": Platform("linux", "potato")}, "architecture 'potato' is not one that Go knows"),
        ({"platform": Platform("linux", "amd64", "v7")}, "amd64 has no variant 'v7'"),
        ({"platform": Platform("lunix", "amd64")}, "os 'lunix' is not one that Go knows"),
        ({"created": "1970-01-01"}, "created '1970-01-01' is not a time"),
        ({"created": "1970-01-01T00:00:01"}, "created '1970-01-01T00:00:01' is not a time"),
        ({"config": {"Entrypoint": "/bin/x"}}, "Entrypoint is not a list of strings: podman"),
        (
            {"config": {"Labels": {"a": "x" * (4 << 20)}}},
            "its config is 4.00 MiB, more than 4.00 MiB: podman",
        ),
    ],
)
def test_what_engines_refuse_is_told_before_anything_is_read(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ImageError) as caught:
        ImageJob(ImageToWrite(plan(), replace(AMD64, **change), DiskContents("/")))
    assert str(caught.value).startswith(f"shop:1: {told}")


def test_more_layers_than_some_clients_run_are_written_and_the_clients_are_named() -> None:
    assert ImageJob(ImageToWrite(plan(125), AMD64, DiskContents("/"))).notes == ()
    (note,) = ImageJob(ImageToWrite(plan(126), AMD64, DiskContents("/"))).notes
    assert note == "126 layers are more than some clients run: Docker's overlay2 store (125)"
    (note,) = ImageJob(ImageToWrite(plan(450), AMD64, DiskContents("/"))).notes
    assert "podman 4 (128)" in note
    assert "containerd (400)" in note
    assert "podman (500)" not in note


@pytest.mark.parametrize(
    ("below", "told"),
    [
        ("linux/amd64", False),
        ("linux/x86_64/v1", False),
        ("linux/386", False),  # amd64 runs it
        ("linux/amd64/v3", True),
        ("linux/arm64/v8", True),
        ("windows/amd64", True),
    ],
)
def test_a_base_of_another_platform_is_told(below: str, *, told: bool) -> None:
    found = list(check.of_spec(AMD64, Platform.parse(below)))
    assert bool(found) is told
    if told:
        assert str(found[0]) == f"the base image is for {Platform.parse(below)}, the image for linux/amd64"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"author": 1}, "author is not a string: docker, podman, containerd and skopeo refuse it"),
        ({"os.features": "x"}, "os.features is not a list of strings: docker"),
        ({"docker_version": 1}, "docker_version is not a string: docker and podman refuse it"),
        (
            {"container_config": {"Tty": "no"}},
            "container_config: Tty is not true or false: docker and podman",
        ),
        ({"history": [{"created_by": 1}]}, "history 0: created_by is not a string"),
        ({"history": [{}, {"created": "x"}]}, "history 1: created is not a time"),
        ({"history": [{"empty_layer": 1}]}, "history 0: empty_layer is not true or false"),
        ({"author": "\udcff"}, "it contains text that is not Unicode"),
    ],
)
def test_fields_of_the_wrong_type_are_told(document: dict[str, Any], told: str) -> None:
    (found,) = check.of_fields(document)
    assert str(found).startswith(told)


def test_fields_that_engines_take_are_taken() -> None:
    fields = {
        "author": "Team",
        "container_config": {"Cmd": "x", "Odd": 1},  # nobody runs it
        "history": [{"created": "1970-01-01T00:00:01.5+01:00", "created_by": "x", "empty_layer": True}],
        "os.features": ["a"],
        "vendor": [1],
    }
    assert list(check.of_fields(fields)) == []


def test_a_label_that_only_ctr_refuses_is_noted() -> None:
    labels = {"fits": "x" * 4092, "fits-not": "x" * 4089}
    job = ImageJob(ImageToWrite(plan(), replace(AMD64, config={"Labels": labels}), DiskContents("/")))
    assert job.notes == ("ctr run refuses the label fits-not: with its value it has more than 4096 bytes",)


def test_a_base_image_is_compared_and_its_variables_are_checked(tmp_path: Path) -> None:
    arm = archive(tmp_path / "arm.tar", [layer("x=1")], architecture="arm64", os="linux")
    odd = archive(tmp_path / "odd.tar", [layer("x=1")], config={"Env": {"A": "1"}})
    below = Layer(LayerKind.BASE, (), 1, "base")
    whole = LayerPlan(PlanRequest(), (below, *plan().layers))
    with pytest.raises(ImageError, match="the base image is for linux/arm64, the image for linux/amd64"):
        ImageJob(ImageToWrite(whole, AMD64, DiskContents("/"), BaseImage.open(arm)))
    ImageJob(
        ImageToWrite(
            whole,
            replace(AMD64, platform=Platform("linux", "arm64", "v8")),
            DiskContents("/"),
            BaseImage.open(arm),
        )
    )
    with pytest.raises(ImageError, match="base image: Env is not a list of strings"):
        ImageJob(ImageToWrite(whole, AMD64, DiskContents("/"), BaseImage.open(odd)))
