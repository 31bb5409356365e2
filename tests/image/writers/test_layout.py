"""An OCI layout that holds images already: one is added or replaced, all else stays."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import Cancelled, WriteError
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.readers.choice import Wanted
from nixdive.image.readers.found import read_image
from nixdive.image.stored.verify import verify
from nixdive.image.to_write import ImageToWrite
from nixdive.image.write import write_image
from nixdive.progress import NullProgress
from tests.opening.images import digest, layer, oci_layout

if TYPE_CHECKING:
    from nixdive.contents.disk import DiskContents
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import LayerPlan

AMD64 = {"os": "linux", "architecture": "amd64"}
FULL, REFERENCE = "io.containerd.image.name", "org.opencontainers.image.ref.name"


class Writer:
    def __init__(self, plan: LayerPlan, contents: DiskContents) -> None:
        self._plan = plan
        self._contents = contents

    def __call__(self, target: Path, name: str, **more: Any) -> WrittenImage:
        spec = ImageSpec(name, image_format="oci", compression="none")
        return write_image(
            ImageToWrite(self._plan, replace(spec, **more.pop("spec", {})), self._contents), target, **more
        )


@pytest.fixture
def write(plan: LayerPlan, contents: DiskContents) -> Writer:
    return Writer(plan, contents)


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A layout of other tools, with three tags, and what it says of itself."""
    images = [(f"v{n}", AMD64, [layer({"v": str(n).encode()})]) for n in (1, 2, 3)]
    made = oci_layout(tmp_path / "layout", images)
    index = json.loads((made / "index.json").read_text())
    index["annotations"] = {"org.example.team": "shop"}
    (made / "index.json").write_text(json.dumps(index))
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def index(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "index.json").read_text())
    return found


def tags(folder: Path) -> list[str]:
    return [one["annotations"][REFERENCE] for one in index(folder)["manifests"]]


def test_an_image_is_added_and_the_others_stay(layout: Path, write: Writer) -> None:
    before, listed = files(layout), index(layout)
    written = write(layout, "shop:new")
    assert tags(layout) == ["v1", "v2", "v3", "new"]
    after = files(layout)
    assert {name: after[name] for name in before if name != "index.json"} == {
        name: data for name, data in before.items() if name != "index.json"
    }
    assert index(layout)["manifests"][:3] == listed["manifests"]
    assert index(layout)["annotations"] == {"org.example.team": "shop"}
    assert verify(layout) == ()
    assert written.reference == "new"
    assert read_image(layout, Wanted("shop:new")).layers[0].diff_id == written.layers[0].diff_id
    assert sorted(one.name for one in layout.iterdir()) == ["blobs", "index.json", "oci-layout"]


def test_the_image_of_the_same_name_gives_way_and_its_blobs_stay(layout: Path, write: Writer) -> None:
    old = set(files(layout))
    write(layout, "shop:v2")
    assert tags(layout) == ["v1", "v3", "v2"]
    assert index(layout)["manifests"][-1]["annotations"][FULL] == "docker.io/library/shop:v2"
    assert old <= set(files(layout))
    write(layout, "docker.io/library/shop:v2", spec={"config": {"User": "1"}})
    assert tags(layout) == ["v1", "v3", "v2"]
    write(layout, "other:v2")  # another image with the same tag
    assert tags(layout) == ["v1", "v3", "v2", "other:v2"]
    assert write(layout, "other:v2", spec={"config": {"User": "1"}}).reference == "other:v2"
    assert tags(layout) == ["v1", "v3", "v2", "other:v2"]
    assert verify(layout) == ()


@pytest.mark.parametrize("named", ["shop:v9", "docker.io/library/shop:v9"])
def test_names_of_other_tools_are_names(tmp_path: Path, write: Writer, named: str) -> None:
    target = oci_layout(tmp_path / "x", [(named, AMD64, [layer({"v": b"1"})]), (None, AMD64, [layer({})])])
    write(target, "shop:v9")
    assert [one.get("annotations", {}).get(REFERENCE) for one in index(target)["manifests"]] == [None, "v9"]


def test_twice_the_same_is_the_same(layout: Path, write: Writer) -> None:
    write(layout, "shop:new")
    once = files(layout)
    write(layout, "shop:new")
    assert files(layout) == once


def test_a_damaged_blob_of_the_same_image_is_healed(layout: Path, write: Writer) -> None:
    written = write(layout, "shop:new")
    blob = layout / "blobs/sha256" / written.layers[0].digest[7:]
    blob.write_bytes(b"x")
    assert verify(layout)
    write(layout, "shop:new")
    assert verify(layout) == ()


class Stopped(NullProgress):
    def cancelled(self) -> bool:
        return True


def test_stopping_leaves_it_as_it_was(layout: Path, write: Writer) -> None:
    before = files(layout)
    with pytest.raises(Cancelled):
        write(layout, "shop:new", progress=Stopped())
    assert files(layout) == before


def test_a_crash_before_the_index_leaves_a_sound_layout(
    layout: Path, write: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.replace

    def crash(self: Path, target: Path) -> Path:
        if target.name == "index.json":
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        write(layout, "shop:new")
    assert tags(layout) == ["v1", "v2", "v3"]
    assert verify(layout) == ()


def test_two_that_write_at_once_both_get_in(layout: Path, write: Writer) -> None:
    names = [f"shop:t{number}" for number in range(6)]
    threads = [threading.Thread(target=write, args=(layout, name)) for name in names]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(tags(layout)) == [*(name.partition(":")[2] for name in names), "v1", "v2", "v3"]
    assert verify(layout) == ()


def test_a_layout_of_its_own_grows(tmp_path: Path, write: Writer) -> None:
    target = tmp_path / "new"
    for name in ("a:1", "b:1", "c:2"):
        write(target, name)
    assert tags(target) == ["1", "b:1", "2"]
    assert verify(target) == ()
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty", "a:1")
    assert tags(tmp_path / "empty") == ["1"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"oci-layout": b"{"}, "oci-layout: it is not JSON"),
        ({"oci-layout": b'{"imageLayoutVersion": "2.0.0"}'}, "an OCI layout of version '2.0.0', not 1.0.0"),
        ({"index.json": b"[]"}, "index.json: it is not a JSON object"),
        ({"index.json": b'{"manifests": "x"}'}, "index.json: its manifests are not a list"),
    ],
)
def test_what_cannot_be_added_to_is_left_alone(
    layout: Path, write: Writer, change: dict[str, bytes], told: str
) -> None:
    for name, data in change.items():
        (layout / name).write_bytes(data)
    before = files(layout)
    with pytest.raises(WriteError, match=told):
        write(layout, "shop:new")
    assert files(layout) == before


def test_other_files_of_the_layout_stay(layout: Path, write: Writer) -> None:
    (layout / "README").write_text("ours")
    (layout / "manifest.json").write_text("[]")
    write(layout, "shop:new")
    assert (layout / "README").read_text() == "ours"
    assert len(tags(layout)) == 4


def test_an_index_that_is_missing_is_made(layout: Path, write: Writer) -> None:
    (layout / "index.json").unlink()
    write(layout, "shop:new")
    assert tags(layout) == ["new"]
    assert (layout / "blobs/sha256" / digest(layer({"v": b"1"}))[7:]).exists() is False
