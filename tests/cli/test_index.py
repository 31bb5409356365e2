"""nixdive index: one image for several platforms, with all that is about its images."""

from __future__ import annotations

import json
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from nixdive.image.oci.platform import Platform
from nixdive.workspace.workspace import Workspace
from tests.image.layouts import AMD64, ARM64, NAME, Layout
from tests.image.made import archive, layer
from tests.program import Done, run
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from nixdive.image.oci.spec import ImageSpec

CLOSURE = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"
SHARED, OWN = layer("etc/shared=1"), layer("etc/own=2")
INDEX = "application/vnd.oci.image.index.v1+json"


def amd64(place: Path, *extra: str) -> tuple[Path, dict[str, Any], list[dict[str, Any]]]:
    """A layout with an image and what is about it: its directory, the image, the rest."""
    layout = Layout(place)
    image = layout.image(SHARED, stated=True, annotations={NAME: "shop:2", "kept": "yes"})
    about = [getattr(layout, kind)(image) for kind in extra]
    return layout.list(image, *about), image, about


def arm64(place: Path) -> tuple[Path, dict[str, Any]]:
    """A layout with an image whose platform only its config states."""
    layout = Layout(place)
    image = layout.image(SHARED, OWN, platform=ARM64, annotations={NAME: "shop:2"})
    return layout.list(image), image


def made(done: Done) -> dict[str, Any]:
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def read(target: Path, member: str) -> Any:
    if target.is_dir():
        return json.loads((target / member).read_bytes())
    with tarfile.open(target) as tar:
        file = tar.extractfile(member)
        assert file is not None
        return json.loads(file.read())


def blob(digest: str) -> str:
    return f"blobs/sha256/{digest[7:]}"


@pytest.mark.parametrize("form", ["oci-archive", "oci"])
def test_images_stay_as_they_are(tmp_path: Path, form: str) -> None:
    (first, one, _), (second, other) = amd64(tmp_path / "amd64"), arm64(tmp_path / "arm64")
    target = tmp_path / "both"
    words = ("--format", form, "--title", "Shop", "--annotation", "a=b", "--verify")
    found = made(run("index", first, second, "-o", target, *words, "--json", "-q"))
    (entry,) = read(target, "index.json")["manifests"]
    assert (entry["digest"], entry["mediaType"]) == (found["digest"], INDEX)
    assert entry["annotations"]["io.containerd.image.name"] == "docker.io/library/shop:2"
    index = read(target, blob(found["digest"]))
    assert index["annotations"] == {"org.opencontainers.image.title": "Shop", "a": "b"}
    kinds = [{key: image[key] for key in ("digest", "size", "mediaType")} for image in (one, other)]
    assert index["manifests"] == [
        {**kinds[0], "platform": AMD64, "annotations": {"kept": "yes"}},
        {**kinds[1], "platform": ARM64},
    ]
    assert run("verify", target, "-q").stdout.endswith("is right, of 2 images\n")


def test_what_is_about_the_images_is_kept(tmp_path: Path) -> None:
    first, image, about = amd64(tmp_path / "amd64", "attestation", "signature", "cosign")
    attestation, signature, cosign = about
    second, _ = arm64(tmp_path / "arm64")
    target = tmp_path / "both.tar"
    found = made(run("index", first, second, "-o", target, "--json", "-q"))
    assert [one["digest"] for one in found["attestations"]] == [attestation["digest"]]
    assert [one["digest"] for one in found["companions"]] == [signature["digest"], cosign["digest"]]
    tag = image["digest"].replace(":", "-") + ".sig"
    assert [one["tag"] for one in found["companions"]] == [None, tag]
    assert read(target, blob(found["digest"]))["manifests"][2] == attestation
    assert read(target, "index.json")["manifests"][1:] == [signature, cosign]
    assert run("verify", target, "-q").returncode == 0


def test_what_is_about_another_image_is_not(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    image = layout.image(SHARED, stated=True, annotations={NAME: "a:1"})
    other = layout.image(OWN, stated=True, annotations={NAME: "b:1"})
    layout.list(image, other, layout.attestation(other), layout.signature(other))
    target = tmp_path / "index.tar"
    found = made(run("index", f"{layout.path}:a:1", "-o", target, "--json", "-q"))
    assert [one["digest"] for one in found["images"]] == [image["digest"]]
    assert (found["attestations"], found["companions"]) == ([], [])
    with tarfile.open(target) as tar:
        assert blob(other["digest"]) not in tar.getnames()


def test_an_index_of_an_index_is_the_same(tmp_path: Path) -> None:
    first, _, _ = amd64(tmp_path / "amd64", "attestation", "signature", "cosign")
    both, again = tmp_path / "both.tar", tmp_path / "again.tar"
    made(run("index", first, arm64(tmp_path / "arm64")[0], "-o", both, "--json", "-q"))
    made(run("index", both, "-o", again, "--json", "-q"))
    assert both.read_bytes() == again.read_bytes()


def test_a_file_that_is_read_is_not_replaced(tmp_path: Path) -> None:
    first, both = amd64(tmp_path / "amd64")[0], tmp_path / "both.tar"
    made(run("index", first, "-o", both, "--json", "-q"))
    before, link, second = both.read_bytes(), tmp_path / "link.tar", arm64(tmp_path / "arm64")[0]
    link.symlink_to(both)
    for image, target in ((both, both), (link, both), (f"{both}:2", both)):
        done = run("index", image, second, "-o", target, "-q")
        assert (done.returncode, done.stderr.splitlines()[0]) == (
            1,
            f"nixdive: {target}: it is one of the images",
        )
    assert both.read_bytes() == before


def test_a_layout_that_is_read_takes_the_index_beside_what_it_has(tmp_path: Path) -> None:
    first, image, _ = amd64(tmp_path / "amd64", "attestation")
    found = made(
        run("index", first, arm64(tmp_path / "arm64")[0], "-o", first, "--format", "oci", "--json", "-q")
    )
    assert found["images"][0]["digest"] == image["digest"]
    assert run("verify", first, "-q").returncode == 0


def test_what_has_no_manifest_gets_one_for_its_platform(tmp_path: Path) -> None:
    first, second = (
        archive(tmp_path / f"{one}.tar", [SHARED, layer(f"a={one}")], tag="shop:2") for one in "ab"
    )
    found = made(
        run("index", first, f"linux/riscv64={second}", "-o", tmp_path / "i.tar", "--verify", "--json", "-q")
    )
    places = [read(tmp_path / "i.tar", blob(one["digest"])) for one in found["images"]]
    configs = [read(tmp_path / "i.tar", blob(one["config"]["digest"])) for one in places]
    assert [one["architecture"] for one in configs] == ["amd64", "riscv64"]
    assert configs[0]["rootfs"]["diff_ids"][0] == configs[1]["rootfs"]["diff_ids"][0]
    assert not list(Path(tempfile.gettempdir()).glob("*/image/oci-layout"))


def test_a_closure_becomes_an_image_for_the_platform_that_is_named(tmp_path: Path) -> None:
    asked = []

    def write(
        workspace: Workspace, plan: object, spec: ImageSpec, place: Path, *_: object, **__: object
    ) -> None:
        asked.append((workspace.subject.name, str(spec.platform), spec.image_format))
        Layout(place).list()

    with mock.patch.object(Workspace, "write", write):
        done = run(
            "index", f"linux/arm64={CLOSURE}", CLOSURE, "-o", tmp_path / "i.tar", "--name", "a:1", "-q"
        )
    assert asked == [("a:1", "linux/arm64", "oci"), ("a:1", str(Platform.here()), "oci")]
    assert done.returncode == 1  # for there is no image in what stands for one


def test_a_layout_keeps_what_it_has(tmp_path: Path) -> None:
    first, _, _ = amd64(tmp_path / "amd64", "signature")
    target = tmp_path / "target"
    for name in ("one:1", "two:1", "one:1"):
        words = ("--name", name, "--format", "oci")
        made(run("index", first, "-o", target, *words, "--json", "-q"))
    entries = read(target, "index.json")["manifests"]
    names = [one["annotations"]["io.containerd.image.name"] for one in entries if "annotations" in one]
    assert sorted(names) == ["docker.io/library/one:1", "docker.io/library/two:1"]
    assert len(entries) == 3  # the signature is there once
    assert run("verify", target, "-q").returncode == 0


@pytest.mark.parametrize("kinds", [(), ("attestation", "signature", "cosign")])
def test_a_registry_gets_all_of_it(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    first, one, about = amd64(tmp_path / "amd64", *kinds)
    second, other = arm64(tmp_path / "arm64")
    with RegistryHere() as here:
        found = made(run("index", first, second, "-o", here.url("shop:2"), "--title", "t", "--json", "-q"))
        manifests = here.store.manifests["shop"]
        kind, data = manifests["2"]
        index = json.loads(data)
        assert (kind, index["annotations"]) == (INDEX, {"org.opencontainers.image.title": "t"})
        listed = [one["digest"], other["digest"], *(entry["digest"] for entry in about[:1])]
        assert [entry["digest"] for entry in index["manifests"]] == listed
        assert all(entry["digest"] in manifests for entry in (one, other, *about))
        assert (one["digest"].replace(":", "-") + ".sig" in manifests) == bool(kinds)
        puts = [request.path for request in here.asked("PUT", "/manifests/")]
        assert puts[-1].endswith("/manifests/2")
        assert found["pushed"] == {"sent": 2 + len(kinds), "mounted": 0, "there": 0}
        again = made(run("index", first, second, "-o", here.url("shop:2"), "--title", "t", "--json", "-q"))
        assert again["digest"] == found["digest"]
        assert again["pushed"]["sent"] == 0
        from_there = tmp_path / "back.tar"
        back = made(run("index", here.url("shop:2"), "-o", from_there, "--name", "shop:2", "--json", "-q"))
        assert [image["digest"] for image in back["images"]] == [one["digest"], other["digest"]]
    assert run("verify", from_there, "-q").returncode == 0


def test_layers_of_the_same_registry_are_not_sent(tmp_path: Path) -> None:
    first, _, _ = amd64(tmp_path / "amd64")
    second, _ = arm64(tmp_path / "arm64")
    with RegistryHere() as here:
        for place, name in ((first, "shop-amd64:2"), (second, "shop-arm64:2")):
            assert run("index", place, "-o", here.url(name), "-q").returncode == 0
        inputs = (here.url("shop-amd64:2"), here.url("shop-arm64:2"))
        found = made(run("index", *inputs, "-o", here.url("shop:2"), "--json", "-q"))
    assert found["pushed"] == {"sent": 0, "mounted": 2, "there": 0}


def test_people_are_told_what_it_is(tmp_path: Path) -> None:
    first, image, _ = amd64(tmp_path / "amd64", "attestation")
    lines = run("index", first, "-o", tmp_path / "i.tar", "-q").stdout.splitlines()
    assert lines[0].startswith(f"{tmp_path / 'i.tar'}  shop:2  oci-archive  1 platform  ")
    assert lines[2] == f"linux/amd64  {image['digest']}  {first}"
    assert lines[3].split() == ["kept", "1", "attestation"]
    assert lines[-1].endswith(":2 docker://HOST/shop:2")


def test_a_damaged_layer_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    image = layout.image(SHARED, stated=True, annotations={NAME: "shop:2"})
    layout.list(image)
    (stated,) = json.loads(layout.place(image).read_bytes())["layers"]
    data = bytearray(layout.place(stated).read_bytes())
    data[5] ^= 1
    layout.place(stated).write_bytes(data)
    done = run("index", layout.path, "-o", tmp_path / "out.tar", "-q")
    assert done.returncode == 1
    assert f"blobs/sha256/{stated['digest'][7:]}: its digest is sha256:" in done.stderr
    assert not (tmp_path / "out.tar").exists()
    with RegistryHere() as here:
        done = run("index", layout.path, "-o", here.url("shop:2"), "-q")
        assert done.returncode == 1
        assert here.store.manifests["shop"] == {}


def test_errors(tmp_path: Path) -> None:
    same, again = (amd64(tmp_path / name)[0] for name in ("same", "again"))
    other = Layout(tmp_path / "another")
    another = other.list(other.image(OWN, stated=True, annotations={NAME: "shop:2"}))
    out = tmp_path / "out.tar"
    assert run("index", same, again, "-o", out, "-q").returncode == 0  # it is one image
    out.unlink()
    nameless = Layout(tmp_path / "nameless")
    nameless.list(nameless.image(SHARED, stated=True))
    several = Layout(tmp_path / "several")
    several.list(
        *(several.image(one, annotations={NAME: name}) for one, name in ((SHARED, "a:1"), (OWN, "b:1")))
    )
    notes = tmp_path / "notes.txt"
    notes.write_text("no closure")
    for words, status, told in (
        ((same, another), 1, f"{same} and {another} are both for linux/amd64"),
        ((nameless.path,), 1, "the images have no name"),
        ((several.path,), 1, "it contains 2 images: a:1 and b:1"),
        ((f"{several.path}:c:1",), 1, "no image 'c:1'"),
        ((same, "--name", "not a name"), 1, "not a repository"),
        ((same, "--name", ""), 1, "image name '': '' is not a repository"),
        ((same, "--name", "Shop:2"), 1, "write 'shop'"),
        (("no.tar",), 1, "no.tar: no such file"),
        ((f"/nix/store/{'a' * 32}-shop-2",), 1, f"/nix/store/{'a' * 32}-shop-2"),
        ((notes,), 1, f"{notes}: "),
        ((f"linux/arm64={same}",), 1, "an image states its platform itself"),
        ((same, "--annotation", "x"), 2, "'x' is not K=V"),
    ):
        done = run("index", *words, "-o", out, "-q")
        assert (done.returncode, done.stdout) == (status, ""), words
        assert told in done.stderr, words
        assert not out.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-o", "-"), "-o takes a file, a directory or docker://HOST/NAME:TAG"),
        (("-o", "docker-daemon:a:1"), "-o takes a file, a directory or docker://HOST/NAME:TAG"),
        (("-o", "docker://127.0.0.1:1/a:1", "--name", "b:1"), "in a registry TARGET is the name"),
        (("-o", "docker://127.0.0.1:1/a:1", "--verify"), "registries check what they get"),
    ],
)
def test_wrong_calls(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = run("index", amd64(tmp_path / "a")[0], *words, "-q")
    assert done.returncode == 2
    assert told in done.stderr
