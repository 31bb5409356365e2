"""The local Nix, played by a script that notes how it was called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import NixCommandError, SourceError, UnknownPathError
from nixdive.store.path import StorePath
from nixdive.store.sources.nix import build, query

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APP, LIB = (
    StorePath.parse(f"/nix/store/{letter * 32}-{name}") for letter, name in (("a", "app-1"), ("b", "lib-2"))
)
INFOS = [{"path": APP, "narSize": 9, "references": [LIB]}, {"path": LIB, "narSize": 5, "references": []}]


@pytest.fixture
def nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put a nix on the PATH that says what it is told to, and return the file with its arguments."""

    def stand_in(out: str = "", told: str = "", status: int = 0) -> Path:
        for name, text in (("out", out), ("told", told)):
            (tmp_path / name).write_text(text)
        script = tmp_path / "nix"
        script.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/words\n'
            f"/bin/cat {tmp_path}/told >&2\n/bin/cat {tmp_path}/out\nexit {status}\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return tmp_path / "words"

    return stand_in


def test_query_gives_the_closure_of_its_roots(nix: Callable[..., Path]) -> None:
    words = nix(json.dumps(INFOS))
    graph = query([APP, APP], "result")
    assert [info.path for info in graph.infos] == [APP, LIB]
    assert (graph.roots, graph.origin) == ((APP,), "result")
    called = words.read_text().split("\n")
    assert "--offline" in called
    assert called[called.index("path-info") :] == ["path-info", "--json", "--recursive", "--", APP, ""]


def test_many_paths_are_asked_for_in_several_calls(nix: Callable[..., Path]) -> None:
    words = nix(json.dumps(INFOS))
    paths = [StorePath(f"/nix/store/{number:032d}-x") for number in range(4500)]
    query(paths, "x")
    assert words.read_text().count("path-info") == 3


@pytest.mark.parametrize(
    ("out", "told", "status"),
    [
        ("", f"error: path '{APP}' is not valid", 1),
        ("", f"warning: x\n\x1b[31;1merror:\x1b[0m path '{APP}' does not exist in the store", 1),
        (json.dumps([{"path": APP, "valid": False}]), "", 0),
        (json.dumps({APP: None}), "", 0),
    ],
)
def test_a_path_that_is_not_there(nix: Callable[..., Path], out: str, told: str, status: int) -> None:
    nix(out, told, status)
    with pytest.raises(UnknownPathError, match="is not in the local store") as caught:
        query([APP], "./result")
    assert str(caught.value).startswith(f"./result: {APP}")
    assert APP in (caught.value.hint or "")


def test_the_innermost_error_is_told(nix: Callable[..., Path]) -> None:
    nix(told="warning: x\nerror: while evaluating\n  at y\n\nerror: attribute 'app' missing\n", status=1)
    with pytest.raises(NixCommandError) as caught:
        build([".#app"])
    assert str(caught.value) == ".#app: nix failed: attribute 'app' missing"
    features = "--extra-experimental-features 'nix-command flakes'"  # the shell takes the line as it is
    again = f"nix {features} build --no-link --print-out-paths -- '.#app'"
    assert (caught.value.hint or "").endswith(again)


def test_no_nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NixCommandError, match="x: there is no nix on the PATH") as caught:
        query([APP], "x")
    assert "path-info --json --recursive" in (caught.value.hint or "")


def test_build_gives_the_outputs(nix: Callable[..., Path]) -> None:
    words = nix(f"{APP}\n{LIB}\n")
    assert build([".#app", ".#lib"]) == (APP, LIB)
    called = words.read_text().split("\n")
    assert called[called.index("build") :] == [
        "build",
        "--no-link",
        "--print-out-paths",
        "--",
        ".#app",
        ".#lib",
        "",
    ]


@pytest.mark.parametrize(
    "said",
    [
        [{"drvPath": "x.drv", "outputs": {"out": APP}}, {"path": LIB}],
        [{"outputs": {"out": APP, "lib": LIB}}, {"outputs": {"out": None}}],
    ],
)
def test_old_nix_builds_too(said: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").write_text(json.dumps(said))
    script = tmp_path / "nix"
    refusal = "error: unrecognised flag '--print-out-paths'"
    script.write_text(
        '#!/bin/sh\ncase " $* " in\n'
        f'*" --print-out-paths "*) echo "{refusal}" >&2; exit 1 ;;\n'
        f'*" --json "*) /bin/cat {tmp_path}/out ;;\nesac\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build([".#app", ".#lib"]) == (APP, LIB)


@pytest.mark.parametrize("out", ["", "\n", "nothing\n", f"{APP}/bin\n"])
def test_build_that_gives_no_path(nix: Callable[..., Path], out: str) -> None:
    nix(out)
    with pytest.raises(NixCommandError, match=r"\.#app: nix build gave no store path"):
        build([".#app"])


@pytest.mark.parametrize("out", ["", "[", "7", "[]", "[null]"])
def test_query_that_gives_no_graph(nix: Callable[..., Path], out: str) -> None:
    nix(out)
    with pytest.raises(SourceError, match="x: "):
        query([APP], "x")
