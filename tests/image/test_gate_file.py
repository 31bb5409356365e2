"""Files of rules: dive's forms keep their meaning, and what is not understood is an error."""

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
after:
  something: 0.2
"""
READ = {"lowestEfficiency": "0.95", "highestWastedBytes": "20Mb", "highestUserWastedPercent": "0.5"}


MERGED = """base: &base
    lowestEfficiency: 0.5
    highestLayerCount: 7
rules:
        <<: *base
        lowestEfficiency: 0.9
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (COMMON, READ),
        (COMMON.replace("\n", "\r\n"), READ),
        ("rules: {lowestEfficiency: 0.9, 'highestWastedBytes': disabled}", {
            "lowestEfficiency": "0.9", "highestWastedBytes": "disabled",
        }),
        ('{\n\t"rules": {"lowestEfficiency": 0.9, "highestWastedBytes":"20MB"}}', {
            "lowestEfficiency": "0.9", "highestWastedBytes": "20MB",
        }),
        (MERGED, {
            "lowestEfficiency": "0.9", "highestLayerCount": "7",
        }),
        ("rules:\n      lowest-efficiency: 0.8\n      HighestWastedBytes: off", {
            "lowestEfficiency": "0.8", "highestWastedBytes": "off",
        }),
        ("rules:\n  lowestEfficiency: ~\n  highestWastedBytes:\n", {}),
        ("rules:\n  lowestEfficiency: false\n  highestWastedBytes: ''\n", {
            "lowestEfficiency": "false", "highestWastedBytes": "",
        }),
        ("Rules:\n  lowestEfficiency: .9\n", {"lowestEfficiency": ".9"}),
        ("rules:\n", {}),
        ("rules: null # none\n", {}),
        ("# later\n", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_rules_are_read(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    file = tmp_path / ".dive-ci"
    file.write_bytes(text.encode())
    found = read_rules(file)
    assert {name: rule.text for name, rule in found.rules.items()} == expected
    assert all(rule.name == name for name, rule in found.rules.items())
    assert found.plugins == (("plugin1/rule1",) if "plugin1/" in text else ())


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"rules:\n  lowestEfficiency 0.9\n", "line 1: rules is not a map but 'lowestEff", "Efficiency: 0.9"),
        (b"\nrules: 5\n", "line 2: rules is not a map", "each on a line"),
        (b"rules: [lowestEfficiency]\n", "line 1: rules is not a map", None),
        (b"rules: {a}\n", "line 1: a: there is no such rule", "known: lowestEfficiency, "),
        (b"- rules\n", "line 1: it is not a map", None),
        (b"rule:\n  lowestEfficiency: 0.9\n", "it has no `rules`", None),
        (b"rules:\nlowestEfficiency: 0.9\n", "line 2: lowestEfficiency: it is not below `rules`", None),
        (b"lowest-efficiency: 0.9\n", "line 1: lowest-efficiency: it is not below `rules`", None),
        (
            b"rules:\n  lowestEfficency: 0.9\n",
            "line 2: lowestEfficency: there is no such rule",
            "did you mean lowestEfficiency?",
        ),
        (b"rules:\n  lowestEfficiency: high\n", "line 2: lowestEfficiency: invalid ", "ratios are written"),
        (b"rules:\n  lowestEfficiency: 2\n", "line 2: lowestEfficiency: .*outside allowed range", None),
        (b"rules:\n  highestWastedBytes: true\n", "line 2: highestWastedBytes: invalid", None),
        (b"rules:\n  highestWastedBytes: [1]\n", "line 2: highestWastedBytes: its threshold is a map", None),
        (b"rules:\n  lowestEfficiency: {a: 1}\n", "line 2: lowestEfficiency: its threshold is a map", None),
        (b"rules:\n  highestLayerSize:\n", "line 2: highestLayerSize: its threshold is nothing", "disabled"),
        (
            b"rules:\n  lowestEfficiency: 0.9\n  lowest-efficiency: 0.1\n",
            "line 3: lowest-efficiency: it appears twice, first in line 2",
            None,
        ),
        (
            b"rules:\n  lowestEfficiency: 0.9\n  lowestEfficiency: 0\n",
            "line 3: lowestEff",
            None,
        ),
        (b"rules:\n  lowestEfficiency: 0.9\n    highestLayerCount: 3\n", "line 3: it is not YAML", None),
        (b"{rules: broken", "line 1: it is not YAML", None),
        (b"rules:\n  \xff: 1\n", "it is not UTF-8 text", None),
        (b"rules: {lowestEfficiency: 0.9}\n---\nrules: {}", "line 2: it is not YAML", None),
    ],
)
def test_what_is_not_understood_is_an_error(
    tmp_path: Path, data: bytes, message: str, hint: str | None
) -> None:
    file = tmp_path / ".dive-ci"
    file.write_bytes(data)
    with pytest.raises(ImageError, match=rf"^{file}: {message}") as caught:
        read_rules(file)
    assert "\n" not in str(caught.value)
    if hint is not None:
        assert caught.value.hint is not None
        assert hint in caught.value.hint


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="nowhere: no such file"):
        read_rules(tmp_path / "nowhere")
    with pytest.raises(ImageError, match="it is a directory, not a file"):
        read_rules(tmp_path)
