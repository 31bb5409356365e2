"""Documents that `nix build --json` prints, told from others."""

from __future__ import annotations

from typing import Any

import pytest

from nixdive.store.outputs import outputs
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


@pytest.mark.parametrize(
    "document", [None, {}, [], [7], [{"path": APP, "narSize": 1, "references": []}], [{"outputs": 7}]]
)
def test_other_documents_were_not_printed_by_a_build(document: Any) -> None:
    assert outputs(document) is None
