"""Texts that are written over hold what is wanted whatever their form was, and comments stay."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.tomltext import written_over
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALIKE = {"pin": "layer", "layer": "packages"}
PACKAGES = ("glibc", "bash", "openssl", "a.b", 'odd "name"', "zlib#2")
PATTERNS = ("python3-*", "perl", "lib?", "x\\y")


class Drawn:
    """A text in a form that is drawn.

    Attributes:
        text: the text.
        comments: for each comment what it is about, and a word in its own line or in the next one.
    """

    def __init__(self, data: st.DataObject, content: Mapping[str, Any]) -> None:
        self._draw = data.draw
        self.comments: dict[str, tuple[tuple[str, ...], str]] = {}
        above, below = list[list[str]](), list[list[str]]()
        for name, value in content.items():
            parts = self.parts(name, value)
            (below if parts[0].lstrip("\n#").startswith("[") or "\n[" in parts[0] else above).append(parts)
        end = {"none": "", "own": "# end!", "apart": "\n# end!\n"}[self.some("none", "own", "apart")]
        blocks = [*self._draw(st.permutations(above)), *self._draw(st.permutations(below))]
        self.text = "".join(("# head!\n\n", *(part for block in blocks for part in block), end))

    def some(self, *choices: str) -> str:
        return self._draw(st.sampled_from(choices))

    def comment(self, *about: str, word: str = "") -> str:
        text = f"# c{len(self.comments)}!"
        self.comments[text] = about, word
        return text

    def above(self, about: Sequence[str], word: str, scope: Sequence[str] = (), indent: str = "") -> str:
        apart = (
            f"\n{indent}{self.comment('apart', *scope)}\n\n"
            if self.some("", "", "apart")
            else self.some("", "\n")
        )
        return apart + (f"{indent}{self.comment(*about, word=word)}\n" if self.some("", "own") else "")

    def behind(self, about: Sequence[str], word: str) -> str:
        return f"{self.some('', ' ')} {self.comment(*about, word=word)}" if self.some("", "own") else ""

    def string(self, text: str) -> str:
        literal = "'" not in text and "\n" not in text and self.some("'", '"') == "'"
        return f"'{text}'" if literal else json.dumps(text)

    def plain(self, value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(self.string, value))}]"
        return self.string(value) if isinstance(value, str) else str(value)

    def array(self, kind: str, texts: Sequence[str], scope: Sequence[str]) -> str:
        form = self.some("line", "lines", "lines", "wrapped", "commas first")
        if form == "line":
            return self.plain(list(texts))
        if form == "commas first":
            return f"[ {f'{chr(10)}  , '.join(map(self.string, texts))} ]"
        indent = self.some("  ", "\t", "        ")
        parts = ["["]
        for number, text in enumerate(texts):
            written, about = self.string(text), (kind, text)
            breaks = form == "lines" or not number or self.some("", "break") == "break"
            above = self.above(about, text, scope, indent) if form == "lines" else ""
            parts.append(f"\n{above}{indent}{written}," if breaks else f" {written},")
            parts.append(self.behind(about, text) if form == "lines" else "")
        parts.append(f"\n{indent}{self.comment('apart', *scope)}" if self.some("", "tail") else "")
        return "".join((*parts, "\n]"))

    def entry(self, key: str, value: Any, about: Sequence[str], scope: Sequence[str] = ()) -> str:
        name = self.some(key, f'"{key}"') if key.isidentifier() else self.string(key)
        text = self.array(key, value, about) if isinstance(value, list) else self.plain(value)
        behind = self.behind(about, "]" if isinstance(value, list) else key)
        return f"{self.above(about, key, scope)}{name}{self.some(' = ', '=', '	=  ')}{text}{behind}\n"

    def table(self, name: str, head: str, about: Sequence[str]) -> str:
        return f"{self.above(about, name)}{head}{self.behind(about, name)}\n"

    def parts(self, name: str, value: Any) -> list[str]:
        if name == "rates":
            form = self.some("table", "dotted", "inline")
            if form == "table":
                rates = [self.entry(key, rate, ("rates", key), ("rates",)) for key, rate in value.items()]
                return [self.table(name, self.some("[rates]", "[ rates ]", '["rates"]'), ("rates",)), *rates]
            if form == "dotted":
                dotted = []
                for key, rate in value.items():
                    above, behind = self.above(("rates", key), key), self.behind(("rates", key), key)
                    dotted.append(f"{above}rates.{self.string(key)} = {rate}{behind}\n")
                return dotted
            rated = ", ".join(f"{self.string(key)} = {rate}" for key, rate in value.items())
            return [
                f"{self.above(('rates',), 'rates')}rates = {{{rated}}}{self.behind(('rates',), 'rates')}\n"
            ]
        if name not in ALIKE:
            return [self.entry(name, value, (name,))]
        if self.some("tables", "tables", "inline") == "inline":
            inner = [f"{{{', '.join(f'{k} = {self.plain(v)}' for k, v in one.items())}}}" for one in value]
            return [f"{name} = [\n  {self.comment('apart', name)}\n\n  {', '.join(inner)}\n]\n"]
        found = []
        for one in value:
            about = (name, one["layer"]) if name == "pin" else (name, *sorted(one["packages"]))
            entries = [
                self.entry(key, part, (key,) if key == "images" else about, about)
                for key, part in one.items()
            ]
            head = self.table(name, self.some(f"[[{name}]]", f"[[ {name} ]]"), about)
            found += [head, *self._draw(st.permutations(entries))]
        return found


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    content: dict[str, Any] = {
        "format": "nixdive.plan/1",
        "strategy": draw(st.sampled_from(["", "size", "each"])),
        "max_layers": draw(st.sampled_from([0, 20, 60])),
        "exclude": draw(st.lists(st.sampled_from(["/e/1", "/e/2", "/e/3"]), unique=True)),
        "pipeline": draw(st.sampled_from(["", '[["reverse"]]', "a\nb'''"])),
    }
    patterns = draw(st.permutations(PATTERNS))
    pins = draw(st.lists(st.sampled_from(["base", "run time", "app"]), unique=True))
    content["pin"] = [
        {"layer": name, "paths": list(patterns[at :: len(pins)])} for at, name in enumerate(pins)
    ]
    rated = draw(st.lists(st.sampled_from(PACKAGES), unique=True))
    content["rates"] = {name: draw(st.sampled_from([0, 0.5, 1e-07, 1.0])) for name in rated}
    layers: dict[int, list[str]] = {}
    for package in draw(st.permutations(PACKAGES)):
        layers.setdefault(draw(st.integers(0, 3)), []).append(package)
    content["layer"] = [{"packages": layers[at]} for at in sorted(layers) if at]
    if draw(st.booleans()):
        content["layer"] = [one | {"images": ["shop"]} for one in content["layer"]]
    return {name: value for name, value in content.items() if value}


def stays(about: Sequence[str], wanted: Mapping[str, Any]) -> bool:
    kind, *rest = about
    pins, layers = wanted.get("pin", ()), wanted.get("layer", ())
    if kind == "apart" or not rest:
        return stays(rest, wanted) if rest else kind == "apart" or kind in wanted
    there = {
        "rates": wanted.get("rates", ()),
        "exclude": wanted.get("exclude", ()),
        "paths": [pattern for one in pins for pattern in one["paths"]],
        "packages": [package for one in layers for package in one["packages"]],
        "pin": [one["layer"] for one in pins],
        "layer": [" ".join(sorted(one["packages"])) for one in layers],
    }
    return " ".join(rest) in there.get(kind, ())


@examples(150)
@given(contents(), contents(), st.data())
def test_what_is_wanted_is_there_and_comments_stay_with_what_they_are_about(
    before: dict[str, Any], wanted: dict[str, Any], data: st.DataObject
) -> None:
    drawn = Drawn(data, before)
    assert tomllib.loads(drawn.text) == before, drawn.text
    assert written_over(drawn.text, before, ALIKE) == drawn.text, "what is there already stays as it is"
    text = written_over(drawn.text, wanted, ALIKE)
    found = tomllib.loads(text)
    assert found == wanted
    assert list(found.get("rates", ())) == list(wanted.get("rates", ()))
    assert text.startswith("# head!\n")
    assert ("# end!" in drawn.text) == ("# end!" in text)
    lines = text.splitlines()
    for comment, (about, word) in drawn.comments.items():
        assert text.count(comment) <= 1
        if stays(about, wanted):
            assert comment in text, f"{comment} on {about} in\n{drawn.text}\n---\n{text}"
            at = next(number for number, line in enumerate(lines) if comment in line)
            own, _, _ = lines[at].partition(comment)
            below = (line for line in lines[at + 1 :] if line.strip() and not line.lstrip().startswith("#"))
            place = own if own.strip() else next(below, "")
            assert word in place or json.dumps(word) in place, (
                f"{comment} on {about} in\n{drawn.text}\n---\n{text}"
            )
    assert written_over(text, wanted, ALIKE) == text, "written again, nothing changes"


@given(contents(), st.data())
def test_comments_stay_with_what_is_renamed(before: dict[str, Any], data: st.DataObject) -> None:
    drawn = Drawn(data, before)
    layers = before.get("layer", [])
    renamed = {package: f"{package}@2" for one in layers for package in one["packages"]}
    other = [{**one, "packages": [renamed[package] for package in one["packages"]]} for one in layers]
    wanted = before | ({"layer": other} if other else {})
    text = written_over(drawn.text, wanted, ALIKE, renamed)
    assert tomllib.loads(text) == wanted
    for comment in drawn.comments:
        assert comment in text, f"{comment} in\n{drawn.text}\n---\n{text}"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    st.fixed_dictionaries(
        {
            "strategy": TEXTS,
            "exclude": st.lists(TEXTS),
            "pin": st.lists(st.fixed_dictionaries({"layer": TEXTS, "paths": st.lists(TEXTS)})),
            "rates": st.dictionaries(TEXTS, st.floats(0, 1)),
        }
    ),
    st.permutations(range(4)),
)
def test_any_text_is_read_back_and_lists_in_another_order_too(
    wanted: dict[str, Any], order: list[int]
) -> None:
    wanted = {name: value for name, value in wanted.items() if value}
    text = written_over("", wanted, ALIKE)
    assert tomllib.loads(text) == wanted
    other = {
        name: sorted(value, key=lambda one: order[len(one) % 4]) if isinstance(value, list) else value
        for name, value in wanted.items()
    }
    assert tomllib.loads(written_over(text, other, ALIKE)) == other


def test_a_new_text_is_plain() -> None:
    wanted = {
        "format": "x/1",
        "exclude": ["a", "b"],
        "pin": [{"layer": "base", "paths": ["c*"]}],
        "rates": {"glibc": 0.5, "a.b": 1.0},
        "layer": [{"packages": ["a"]}, {"packages": ["b"]}],
    }
    assert written_over("", wanted, ALIKE) == (
        'format = "x/1"\nexclude = ["a", "b"]\n'
        '\n[[pin]]\nlayer = "base"\npaths = ["c*"]\n'
        '\n[rates]\nglibc = 0.5\n"a.b" = 1.0\n'
        '\n[[layer]]\npackages = ["a"]\n\n[[layer]]\npackages = ["b"]\n'
    )


def test_a_table_that_was_written_with_dots_becomes_a_table_of_its_own() -> None:
    text = 'rates.glibc = 0.5 # slow\nformat = "x"\n# fast\nrates."a.b" = 1\n\n[[layer]]\npackages = ["a"]\n'
    wanted = {"format": "x", "rates": {"a.b": 1, "glibc": 0.25, "new": 1.0}, "layer": [{"packages": ["a"]}]}
    assert written_over(text, wanted, ALIKE) == (
        'format = "x"\n\n[rates]\n# fast\n"a.b" = 1\nglibc = 0.25 # slow\nnew = 1.0\n'
        '\n[[layer]]\npackages = ["a"]\n'
    )


def test_a_value_that_moves_to_another_table_takes_its_comments_along() -> None:
    text = """\
[[layer]]
packages = [
  "glibc",
  # patched by us
  "openssl", # since May
]

[[layer]]
packages = ["bash"]
"""
    wanted = {"layer": [{"packages": ["glibc"]}, {"packages": ["bash", "openssl"]}]}
    assert (
        written_over(text, wanted, ALIKE)
        == """\
[[layer]]
packages = [
  "glibc",
]

[[layer]]
packages = ["bash",
  # patched by us
  "openssl", # since May
]
"""
    )


def test_lines_end_as_they_did() -> None:
    text = 'format = "x" # y\r\n\r\n[[layer]]\r\npackages = [\r\n  "a", # z\r\n]\r\n'
    wanted = {"format": "x", "layer": [{"packages": ["b", "a"]}]}
    assert written_over(text, wanted, ALIKE) == text.replace('  "a"', '  "b",\r\n  "a"')
