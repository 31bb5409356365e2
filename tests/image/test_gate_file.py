from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nixdive.errors import ImageError
from nixdive.image.gate_file import read_rules

if TYPE_CHECKING:
    from pathlib import Path

COMMON = """---
plugins:
  - plugin1
other: {a: 1}

rules:
  # a comment
  lowestEfficiency: 0.95

  highestWastedBytes: 20Mb   # and one more
  highestUserWastedPercent: "0.5"
  plugin1/rule1: error
  nested:
    lowestEfficiency: 0.1
after:
  lowestEfficiency: 0.2
"""
READ = {
    "lowestEfficiency": "0.95",
    "highestWastedBytes": "20Mb",
    "highestUserWastedPercent": "0.5",
    "plugin1/rule1": "error",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (COMMON, READ),
        (COMMON.replace("\n", "\r\n"), READ),
        ("rules: {lowestEfficiency: 0.9, 'highestWastedBytes': disabled}", {
            "lowestEfficiency": "0.9", "highestWastedBytes": "disabled",
        }),
        ('{"rules": {"lowestEfficiency": 0.9, "highestWastedBytes": "20MB", "off": null, "x": [1]}}', {
            "lowestEfficiency": "0.9", "highestWastedBytes": "20MB",
        }),
        ("rules:\n    lowestEfficiency: 'a # b'\n", {"lowestEfficiency": "a # b"}),
        ("rules:\n  lowestEfficiency: ~\n  highestWastedBytes:\n", {}),
        ("rules:\n  a: false\n", {"a": "false"}),
        ("rules:\n", {}),
        ("rules: null # none\n", {}),
        ("", {}),
        ("nothing: here\n", {}),
    ],
)  # fmt: skip
def test_rules_are_read(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    file = tmp_path / ".dive-ci"
    file.write_bytes(text.encode())
    assert read_rules(file) == expected


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"rules:\n  lowestEfficiency 0.9\n", "line 2"),
        (b"\nrules: 5\n", "line 2"),
        (b"rules: {a}\n", "line 1"),
        (b"{rules: broken", "JSON"),
        (b'{"rules": [1]}', "no map"),
        (b"rules:\n  \xff: 1\n", "UTF-8"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, data: bytes, where: str) -> None:
    file = tmp_path / ".dive-ci"
    file.write_bytes(data)
    with pytest.raises(ImageError, match=where) as caught:
        read_rules(file)
    assert str(caught.value).startswith(f"{file}: ")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="No such file"):
        read_rules(tmp_path / "nowhere")
