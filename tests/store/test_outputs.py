"""Documents that `nix build --json` prints, told from others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nixdive.store.outputs import may_hold, outputs
from tests.store.nix.programs import APP, LIB


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        ([{"drvPath": "x.drv", "outputs": {"out": APP}}, {"path": LIB}], [APP, LIB]),
        ([{"outputs": {"out": APP, "lib": LIB}}, {"outputs": {"out": None}}], [APP, LIB]),
        ([APP], [APP]),
    ],
)
def test_outputs_are_listed(document: Any, paths: list[str]) -> None:
    assert outputs(document) == paths
    assert may_hold(json.dumps(document).encode())


@pytest.mark.parametrize(
    "document", [None, {}, [], [7], [{"path": APP, "narSize": 1, "references": []}], [{"outputs": 7}]]
)
def test_other_documents_were_not_printed_by_a_build(document: Any) -> None:
    assert outputs(document) is None


def test_a_closure_is_told_without_being_read() -> None:
    info = {"path": APP, "narSize": 1, "references": []}
    assert not may_hold(json.dumps([info]).encode())
    assert not may_hold(json.dumps({APP: info}).encode())
