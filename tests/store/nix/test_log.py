"""What Nix says while it builds may be of any kind."""

from __future__ import annotations

import pytest

from nixdive.store.nix.log import BuildLog


@pytest.mark.parametrize("kind", ["[]", "{}", "null", '"101"', "true"])
def test_a_result_of_a_kind_that_is_none_is_passed_over(kind: str) -> None:
    log = BuildLog()
    log.hear(b'@nix {"action": "start", "id": 1, "type": 105, "fields": ["/nix/store/a.drv"]}')
    log.hear(f'@nix {{"action": "result", "id": 1, "type": {kind}, "fields": ["a line"]}}'.encode())
    assert log.line == ""
    log.hear(b'@nix {"action": "result", "id": 1, "type": 101, "fields": ["a line"]}')
    assert log.line == "a line"
