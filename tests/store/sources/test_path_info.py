"""The shapes of `nix path-info --json`."""

from __future__ import annotations

from typing import Any

import pytest

from nixdive.errors import MalformedGraphError
from nixdive.store.sources.path_info import holds, parse

A, B = "a" * 32 + "-app-1", "b" * 32 + "-lib-2"
APP, LIB = f"/nix/store/{A}", f"/nix/store/{B}"
LIST: list[dict[str, Any]] = [
    {"path": APP, "narSize": 1000, "references": [LIB, APP], "deriver": "x.drv", "downloadSize": 10},
    {"path": LIB, "narSize": 20, "references": [], "valid": True},
]


def keyed() -> dict[str, Any]:
    return {APP: {**LIST[0], "path": APP}, LIB: {key: LIST[1][key] for key in ("narSize", "references")}}


def versioned(**changes: Any) -> dict[str, Any]:
    info = {A: {"narSize": 1000, "references": [B, A], "deriver": "x.drv", "downloadSize": 10}}
    info[B] = {"narSize": 20, "references": []}
    return {"version": 2, "storeDir": "/nix/store", "info": info} | changes


@pytest.mark.parametrize("document", [LIST, keyed(), versioned()], ids=["list", "by path", "format 2"])
def test_three_shapes(document: Any) -> None:
    assert holds(document)
    app, lib = sorted(parse(document, "x").infos, key=lambda info: info.path)
    assert (app.path, app.nar_size, app.references) == (APP, 1000, (LIB, APP))
    assert (app.deriver, app.download_size) == ("x.drv", 10)
    assert (lib.path, lib.nar_size, lib.references) == (LIB, 20, ())
    assert (lib.deriver, lib.download_size) == (None, None)


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("sha256-AbC+/9=", "sha256-AbC+/9="),
        ("sha256:0abc", "sha256:0abc"),
        ({"hash": 1}, None),
        ("a\x1b[m", None),
    ],
)
def test_nar_hashes_are_kept_where_they_are_some(said: Any, known: str | None) -> None:
    (info,) = parse([{**LIST[1], "narHash": said}], "x").infos
    assert info.nar_hash == known
    assert info == parse([LIST[1]], "x").infos[0], "the hash makes no difference"


def test_store_elsewhere_in_format_2() -> None:
    found = parse(versioned(storeDir="/gnu/store"), "x").infos
    assert [info.path for info in found] == [f"/gnu/store/{A}", f"/gnu/store/{B}"]
    assert found[0].references == (f"/gnu/store/{B}", f"/gnu/store/{A}")


@pytest.mark.parametrize("document", [7, "x", None, {"a": []}, {"version": 2}, {APP: {}, "other": {}}])
def test_other_documents(document: Any) -> None:
    assert not holds(document)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([LIST[0], None], "x: entry 2: null stands where an object"),
        ([[]], "x: entry 1: a list stands where an object"),
        ([{"narSize": 1, "references": []}], "x: entry 1: null is not a store path"),
        ([{"path": LIB, "valid": False}], f"x: {LIB}: it is not valid"),
        ({LIB: None}, f"x: {LIB}: it is not valid"),
        ({LIB: 7}, f"x: {LIB}: 7 stands where an object"),
        ({LIB: {**LIST[0]}}, f"x: {LIB}: its entry is that of another path, '{APP}'"),
        (versioned(version=3), "x: its format is version 3, and only 2 is known"),
        (versioned(info={B: None}), f"x: {B}: it is not valid"),
        (versioned(storeDir=7), f"x: {A}: its storeDir is 7"),
        (versioned(storeDir="nix/store"), f"x: nix/store/{A}: it is not a store path: it is not absolute"),
        (versioned(info={"../" + B: LIST[1]}), f"x: /nix/store/../{B}: it is not a store path"),
    ],
)
def test_broken(document: Any, told: str) -> None:
    with pytest.raises(MalformedGraphError) as caught:
        parse(document, "x")
    assert str(caught.value).startswith(told)
