"""`import nixdive`: what is public, and the page that shows it."""

from __future__ import annotations

import inspect
import json
import re
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nixdive
from tests.opening.inputs import closure_file
from tests.workspaces import on_disk

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[1] / "docs/library.md"
NAMES = ["LayerPlan", "NixdiveError", "Pin", "PlanRequest", "Workspace", "inspect", "open", "verify", "write"]


def test_what_is_public_is_listed_and_documented() -> None:
    assert sorted(nixdive.__all__) == sorted(NAMES)
    page = PAGE.read_text("utf-8")
    for name in nixdive.__all__:
        value = getattr(nixdive, name)
        assert value is getattr(nixdive, name)
        assert inspect.getdoc(value)
        assert f"`{name}" in page
        assert name in dir(nixdive)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = nixdive.nothing


@pytest.mark.parametrize("name", ["open", "write", "verify", "inspect", "PlanRequest", "Pin"])
def test_the_page_lists_the_arguments(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}\((.*?)\)`", PAGE.read_text("utf-8"), re.MULTILINE)
    listed = [word.strip().removeprefix("*").removesuffix("=") for word in row.split(",")]
    arguments = [one for one in inspect.signature(getattr(nixdive, name)).parameters if one != "progress"]
    assert [one for one in listed if one != "progress"] == arguments


def test_the_example_of_the_page_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    store = {"c:libc-2": {"lib/libc": b"c" * 4000}, "a:app-1": {"bin/app": b"one"}}
    old = on_disk(tmp_path, store)
    new = on_disk(tmp_path, {**dict(list(store.items())[:1]), "b:app-2": {"bin/app": b"two", "x": b"x"}})
    for name, subject in (("old", old), ("new", new)):
        closure = subject.closure
        rows = {
            str(path): {"narSize": size, "narHash": "sha256:" + "0" * 64, "references": []}
            for path, size in zip(closure.paths, closure.nar_sizes, strict=True)
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
    monkeypatch.setattr("nixdive.opening.open.DiskContents", in_folder(tmp_path))
    with chdir(tmp_path):
        exec(compile(code, str(PAGE), "exec"), {"__name__": "example"})
    lines = capsys.readouterr().out.splitlines()
    assert "pinned: base libc-2" in lines[0] or "pinned: base libc-2" in lines[1]
    assert any(line.startswith("next push: ") for line in lines)
    assert lines[-1] == "2 paths 0 references"
    assert (tmp_path / "image.tar").stat().st_size > 0


def in_folder(root: Path) -> Callable[[str], object]:
    from nixdive.contents.disk import DiskContents

    return lambda _: DiskContents(root)


def test_an_error_is_one_line_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(nixdive.NixdiveError) as caught:
        nixdive.open(tmp_path / "nothing.json")
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    with pytest.raises(nixdive.NixdiveError, match="no input was given"):
        nixdive.open()


def test_a_request_holds_as_it_is(tmp_path: Path) -> None:
    file = closure_file(tmp_path)
    request = nixdive.PlanRequest("each", 9)
    workspace = nixdive.open(file, request=request)
    assert isinstance(workspace, nixdive.Workspace)
    assert workspace.priced.plan.request == request
    demo = nixdive.open(demo=True)
    assert demo.subject.name == "shop:1.5.0"
    assert demo.baseline is not None


def test_clients_and_a_link_have_seconds(tmp_path: Path) -> None:
    file = closure_file(tmp_path)
    fast, slow = (
        nixdive.open(file, clients=["crane", "podman"], link=link).priced.seconds
        for link in ("1gbit/1ms", "1mbit/200ms")
    )
    assert fast is not None
    assert slow is not None
    assert [one.client.name for one in (*fast.pushes, *fast.pulls)] == ["crane", "podman"]
    assert fast.release < slow.release
    with pytest.raises(nixdive.NixdiveError, match="no client is called"):
        nixdive.open(file, clients=["dokcer"])
