"""What is here is sampled, once, for the figures of every front end."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from nixdive.progress import NullProgress
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.wire import Basis

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 2 << 20
TOP = f"{'1' * 32}-app-1.0"


@pytest.fixture
def closure(tmp_path: Path) -> Path:
    """A closure file of one path below a store folder of its own, whose files are here."""
    store = tmp_path / "store"
    (store / TOP).mkdir(parents=True)
    (store / TOP / "data").write_bytes(random.Random(1).randbytes(SIZE))
    file = tmp_path / "closure.json"
    row = {"path": str(store / TOP), "narSize": SIZE + 500, "references": []}
    file.write_text(json.dumps([row]))
    return file


def test_a_plan_is_priced_by_samples_of_the_files(closure: Path) -> None:
    priced = open_workspace(OpenRequest((str(closure),))).priced
    assert priced.seconds is not None
    assert priced.seconds.basis == priced.wire_basis == (Basis.SAMPLES,)
    assert priced.seconds.wire == pytest.approx(SIZE, rel=0.01), "it does not compress"


def test_a_patient_workspace_is_priced_by_samples_once_they_are_taken(closure: Path) -> None:
    workspace = open_workspace(OpenRequest((str(closure),), patient=True))
    before = workspace.priced.seconds
    assert before is not None
    assert before.basis == (Basis.ASSUMED,)
    assert before is workspace.priced.seconds
    workspace.take(workspace.sample(NullProgress()))
    after = workspace.priced.seconds
    assert after is not None
    assert (after.basis, after.wire > before.wire) == ((Basis.SAMPLES,), True)
    assert workspace.plan(workspace.shown.request).seconds == after
