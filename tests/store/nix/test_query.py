"""The local Nix, played by a script that notes how it was called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nixdive.errors import NixCommandError, SourceError, UnknownPathError
from nixdive.store.nix.query import query
from nixdive.store.path import StorePath
from tests.store.nix.programs import APP, LIB, put, saying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INFOS = [{"path": APP, "narSize": 9, "references": [LIB]}, {"path": LIB, "narSize": 5, "references": []}]


OPTION = "unrecognised flag '--json-format'\nTry 'nix --help' for more information."
BY_BASE = {
    "version": 2,
    "storeDir": "/nix/store",
    "info": {
        APP.base: {"narSize": 9, "references": [LIB.base]},
        LIB.base: {"narSize": 5, "references": []},
    },
}


@pytest.fixture
def nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put a nix on the PATH that says what it is told to, and return the file with its arguments."""
    return lambda *said, **more: put(tmp_path, monkeypatch, "nix", saying(tmp_path, *said, **more))


def test_query_gives_the_closure_of_its_roots(nix: Callable[..., Path]) -> None:
    words = nix(json.dumps(INFOS))
    graph = query([APP, APP], "result")
    assert [info.path for info in graph.infos] == [APP, LIB]
    assert (graph.roots, graph.origin) == ((APP,), "result")
    called = words.read_text().splitlines()
    assert "--offline" in called
    assert called[called.index("path-info") :] == [
        "path-info",
        "--json",
        "--json-format",
        "2",
        "--recursive",
        "--",
        APP,
    ]


@pytest.mark.parametrize(
    ("known", "refusal", "said"),
    [
        ("--json-format 2", "", BY_BASE),
        (
            "--json-format 1",
            "unsupported path info JSON format version 2",
            {one["path"]: one for one in INFOS},
        ),
        ("--json", OPTION, INFOS),  # up to 2.32
    ],
)
def test_every_nix_is_asked_in_a_form_that_it_knows(
    known: str, refusal: str, said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new one refuses to be asked without a format."""
    (tmp_path / "out").write_text(json.dumps(said))
    body = (
        f'case " $* " in *" {known} --recursive "*) cat {tmp_path}/out ;;\n'
        f'*" --json-format "*) echo "error: {refusal}" >&2; exit 1 ;;\n'
        "*) echo \"error: '--json' without '--json-format'\" >&2; exit 1 ;; esac\n"
    )
    put(tmp_path, monkeypatch, "nix", body)
    assert [info.path for info in query([APP], "x").infos] == [APP, LIB]


def test_a_store_with_another_root_is_asked(nix: Callable[..., Path], tmp_path: Path) -> None:
    words = nix(json.dumps(INFOS))
    query([APP], "x", str(tmp_path))
    called = words.read_text().splitlines()
    assert called[called.index("--store") + 1] == str(tmp_path)


@pytest.mark.parametrize(
    "told",
    [
        "error: don't know how to open Nix store 's3://x'",
        "error: don't know how to open Nix store with scheme 's3'",
    ],
)
def test_a_nix_that_cannot_open_such_stores_is_told_apart_from_a_store_that_fails(
    nix: Callable[..., Path], told: str
) -> None:
    nix("", told=told, status=1)
    with pytest.raises(NixCommandError, match="know how to open") as refused:
        query([APP], str(APP), "s3://x")
    assert "a Nix that was built with it" in (refused.value.hint or "")


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


def test_no_nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NixCommandError, match="x: there is no nix on the PATH") as caught:
        query([APP], "x")
    assert "nix-store --dump-db $(nix-store --query --requisites PATH)" in (caught.value.hint or "")


@pytest.mark.parametrize("out", ["", "[", "7", "[]", "[null]"])
def test_query_that_gives_no_graph(nix: Callable[..., Path], out: str) -> None:
    nix(out)
    with pytest.raises(SourceError, match="x: "):
        query([APP], "x")
