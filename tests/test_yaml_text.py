"""YAML of others: what it says, in which line, and that nothing in it takes long."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nixdive.yaml_text import Said, YamlError, parse_yaml, read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def plain(said: Said) -> Any:
    if isinstance(said.value, tuple):
        return [plain(one) for one in said.value]
    if isinstance(said.value, dict):
        return {name: plain(one) for name, one in said.value.items()}
    return said.value


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6)
DOCUMENTS = st.recursive(
    st.none() | TEXTS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=8,
)


@given(DOCUMENTS, st.booleans(), st.sampled_from([2, 4, 7]))
def test_what_was_written_is_read(document: Any, in_braces: Any, indent: int) -> None:
    text = yaml.safe_dump(document, default_flow_style=in_braces, indent=indent, allow_unicode=True)
    assert plain(parse_yaml(text)) == document


@given(st.text() | st.text("ab:-?[]{}&*!|>,#'\" \n\t<", max_size=30))
def test_no_text_is_too_odd(text: str) -> None:
    with suppress(YamlError):
        assert parse_yaml(text).line >= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# nothing\n", None),
        ("a: 0.90\nb: off\nc: '1'\nd: ~\ne: 1979-05-27\nf: 0x10", {
            "a": "0.90", "b": "off", "c": "1", "d": None, "e": "1979-05-27", "f": "0x10",
        }),
        ('{\n\t"a":\t["b",\tnull]}', {"a": ["b", None]}),
        ("base: &base {a: 1, b: 2}\nthis:\n  <<: *base\n  b: 3", {
            "base": {"a": "1", "b": "2"}, "this": {"a": "1", "b": "3"},
        }),
        ("x: [&a {k: 1}, &b {k: 2, l: 3}]\ny: {k: 4}\nz: {<<: [*a, *b]}", {
            "x": [{"k": "1"}, {"k": "2", "l": "3"}], "y": {"k": "4"}, "z": {"k": "1", "l": "3"},
        }),
        ("\ufeffa: 1", {"a": "1"}),
    ],
)  # fmt: skip
def test_values_are_the_texts_that_stand_there(tmp_path: Path, text: str, expected: Any) -> None:
    file = tmp_path / "file"
    file.write_text(text, "utf-8")
    assert plain(read_yaml(file)) == expected


def test_lines_are_those_of_the_names() -> None:
    said = parse_yaml("a: &a\n  x: 1\n\nb:\n  <<: *a\n  y:\n    - 2\n").value
    assert isinstance(said, dict)
    assert (said["a"].line, said["b"].line) == (1, 4)
    assert isinstance(said["b"].value, dict)
    assert {name: one.line for name, one in said["b"].value.items()} == {"x": 2, "y": 6}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n  b: 2", "line 2: it is not YAML: mapping values are not allowed here"),
        ("a:\n\t- 1", "line 2: it is not YAML: found character '\\\\t'"),
        ("a: [1", "line 1: it is not YAML: "),
        ("a: 1\nb: \x07", "line 2: it is not YAML: special characters are not allowed"),
        ("a: 1\n---\nb: 1", "line 2: it is not YAML: but found another document"),
        ("a: *b", "line 1: it is not YAML: found undefined alias"),
        ("a: 1\nb: 1\na: 2", "line 3: a appears twice, first in line 1"),
        ("? [a]\n: 1", "line 1: a key must be plain text"),
        ("<<: [a]", "line 1: << must refer to a map"),
        ("a: &a\n  - *a", "line 1: it contains itself"),
        ("a: &a {<<: *a}", "line 1: it contains itself"),
        ("a: !!python/object/apply:os.system [x]", "line 1: it has an unsupported tag, "),
        ("a: !mine x", "line 1: it has an unsupported tag, !mine"),
        ("[" * 60_000, "line 1: it is nested too deeply"),
        ("- " * 30_000, "line 1: it is nested too deeply"),
        ("? " * 30_000, "line 1: it is nested too deeply"),
        ('"\\UFFFFFFFF"', "it is not YAML: "),
        (f"%YAML 1.{'9' * 5000}\n---\na: 1", "it is not YAML: "),
        ("#" * (1 << 16) + "\n", "it is larger than 64.0 KiB (the bound yaml-file; "),
    ],
)
def test_errors_name_line_and_cause(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "file"
    file.write_text(text, "utf-8")
    with pytest.raises(YamlError) as caught:
        read_yaml(file)
    assert str(caught.value).startswith(message.replace("\\\\", "\\"))
    assert "\n" not in str(caught.value)


def test_what_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a: \xff")
    with pytest.raises(YamlError, match=r"^it is not UTF-8 text$"):
        read_yaml(tmp_path / "file")


def test_what_names_itself_many_times_over_takes_no_room() -> None:
    lists = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lists += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    maps = ["m0: &m0 {k0: x}"]
    maps += [f"m{i}: &m{i} {{k{i}: x, <<: [{', '.join([f'*m{i - 1}'] * 9)}]}}" for i in range(1, 40)]
    said = parse_yaml("\n".join((*lists, *maps))).value
    assert isinstance(said, dict)
    assert isinstance(said["m39"].value, dict)
    assert len(said["m39"].value) == 40
