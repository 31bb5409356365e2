"""A TOML text that is written over: what stays keeps its comments, and the form that people gave it.

tomlkit reads the text with all that stands between the values. The pieces are put together here, because
tomlkit 0.15 does not write all that it is told: a table that is put under a dotted key is lost, and an array
that is sorted keeps its old order in the text.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import AoT, Array, InlineTable, Item, Key, Table

from nixdive.layering.tomllist import Piece, Value, ValueList, kept_of, line, split, string

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written_over(
    text: str,
    wanted: Mapping[str, Any],
    alike: Mapping[str, str],
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return a TOML text that holds just what is wanted.

    Args:
        text: the old text, or an empty one. Its tables have no tables in them.
        wanted: the values by name, in the order in which new ones are written: texts and numbers, lists of
            texts, then tables of numbers, and lists of tables of texts and lists of texts.
        alike: for each list of tables the key that tells which old table becomes which new one: the one
            whose text is the same, or whose list has most in common with the new one.
        renamed: texts in those lists that have become other ones, by what they were.
    """
    plain = text.replace("\r\n", "\n")
    before = tomllib.loads(plain)
    page = _Page(plain, list(wanted))
    for name in dict.fromkeys((*before, *wanted)):
        value, old = wanted.get(name), before.get(name)
        if isinstance(value, dict):
            if value != old or list(value) != list(old):
                page.put_table(name, value)
        elif value == old:
            continue
        elif value is None:
            page.drop(name)
        elif name in alike:
            page.put_tables(name, value, alike[name], renamed)
        else:
            page.put_value(name, value)
    written = page.text()
    return written.replace("\n", "\r\n") if "\r\n" in text else written


@dataclass(slots=True)
class _Section(Piece):
    """A table, or what stands above all tables.

    Attributes:
        entries: its values by their names.
        lists: those of them that are lists.
        below: the lines of comments directly below the last value.
    """

    entries: dict[str, Value] = field(default_factory=dict)
    lists: dict[str, ValueList] = field(default_factory=dict)
    below: str = ""

    def add(self, key: Key, item: Item, path: Key | None = None) -> Value:
        """Add what tomlkit found under a name, which has a dot where there is a path; return it."""
        name, head = key.key, f"{key.as_string()}{key.sep}"
        if path is not None:
            name, head = f"{path.key}.{name}", f"{path.as_string()}.{head}"
        self.entries[name] = Value.found(item, name, head)
        if isinstance(item, Array):
            self.lists[name] = ValueList(item)
        return self.entries[name]

    def texts(self, name: str) -> Any:
        """Return a text or the texts of a list; an empty list where there is none."""
        if name in self.lists:
            return [element.value for element in self.lists[name].elements]
        return self.entries[name].value if name in self.entries else []

    def keep(self, names: Container[str]) -> None:
        """Take all other values out."""
        entries, passed = kept_of(self.entries.values(), lambda entry: entry.name in names)
        self.entries = {entry.name: entry for entry in entries}
        self.below = passed + self.below

    def take(self, values: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
        """Take the elements of some lists out of them."""
        return {name: one.take(values[name]) for name, one in self.lists.items() if name in values}

    def put(
        self,
        name: str,
        value: Any,
        known: Mapping[str, Value] = MappingProxyType({}),
        moved: Mapping[str, Value] = MappingProxyType({}),
    ) -> None:
        """Write a value, unless it is there.

        Args:
            name: its name.
            value: a text, a number or a list of texts.
            known: the elements of the list that have been taken out of it.
            moved: elements of other lists, for those that are new in this one.
        """
        entry = self.entries.setdefault(name, Value(name, f"{_key(name)} = "))
        if entry.value == value:
            return
        if isinstance(value, list):
            entry.text = self.lists.get(name, ValueList()).text(value, known, moved)
        else:
            entry.text = string(value) if isinstance(value, str) else tomlkit.item(value).as_string()

    def __str__(self) -> str:
        head = f"{self.above}{self.head}{self.behind}\n" if self.head else ""
        return "".join((head, *map(str, self.entries.values()), self.below))


class _Page:
    """A whole text.

    Args:
        text: the text.
        order: the names in the order in which tables stand where there are none yet.
    """

    def __init__(self, text: str, order: Sequence[str]) -> None:
        self._order = order
        self._head = ""  # what stands at the beginning stays there
        self._top = self._open = _Section()
        self._sections: list[_Section] = []
        self._above = ""
        self._read(tomlkit.parse(text).body)
        self._tail = self._above

    def _read(self, body: Iterable[tuple[Key | None, Item]], path: Key | None = None) -> None:
        for key, item in body:
            if key is None:
                self._above += item.as_string()
            elif isinstance(item, AoT):
                for table in item.body:
                    self._begin(key, table, f"[[{table.display_name or key.as_string()}]]")
            elif not isinstance(item, Table):
                entry = self._open.add(key, item, path)
                if self._open is self._top and len(self._top.entries) == 1:
                    apart, own = split(self._above)
                    self._head, self._above = (apart, own) if apart else (own, "")
                entry.above, self._above = self._above, ""
            elif item.is_super_table():
                self._read(item.value.body, key)
            else:
                self._begin(key, item, f"[{key.as_string()}]")

    def _begin(self, key: Key, table: Table, head: str) -> None:
        lines = self._above.splitlines(keepends=True)
        end = next((at for at, line in enumerate(lines) if not line.strip()), 0)
        self._open.below, self._above = "".join(lines[:end]), ""
        trivia = table.trivia
        above, behind = "".join(lines[end:]), trivia.comment_ws + trivia.comment
        self._open = _Section(key.key, trivia.indent + head, above, behind)
        self._sections.append(self._open)
        self._read(table.value.body)

    def drop(self, name: str) -> None:
        """Take a name out."""
        self._top.keep({one for one in self._top.entries if one.partition(".")[0] != name})
        self._replace(name, [])

    def put_value(self, name: str, value: Any) -> None:
        """Write a text, a number or a list of texts."""
        self._top.put(name, value, self._top.take({name: value}).get(name, {}))

    def put_table(self, name: str, values: Mapping[str, Any]) -> None:
        """Write a table of numbers in the order of its names."""
        section = next((one for one in self._sections if one.name == name), None) or self._pulled(name)
        section.keep(values)
        for key, value in values.items():
            section.put(key, value)
        section.entries = {key: section.entries[key] for key in values}
        self._replace(name, [section])

    def _pulled(self, name: str) -> _Section:
        """Return a table that stands above all tables: in one line, or as names with dots."""
        section = _Section(name, f"[{name}]", "\n")
        for entry in [one for one in self._top.entries.values() if one.name.partition(".")[0] == name]:
            del self._top.entries[entry.name]
            if isinstance(entry.item, InlineTable):
                section.above, section.behind = f"\n{entry.above}", entry.behind
                _fill(section, entry.item)
            else:
                entry.name = entry.name.removeprefix(f"{name}.")
                entry.head = entry.head.partition(".")[2]
                section.entries[entry.name] = entry
        return section

    def put_tables(
        self, name: str, tables: Sequence[Mapping[str, Any]], alike: str, renamed: Mapping[str, str]
    ) -> None:
        """Write a list of tables; each is written over the old one that is most like it."""
        if name in self._top.entries:
            self._replace(name, self._unfolded(name))
        old = [one for one in self._sections if one.name == name]
        for one in old:
            if alike in one.lists:
                one.lists[alike].rename(renamed)
        there = [one.texts(alike) for one in old]
        chosen = _matched(there, [table[alike] for table in tables])
        sections = [_Section(name, f"[[{name}]]", "\n") if at is None else old[at] for at in chosen]
        # what stays in its table comes first: no other one is to take it
        known = [section.take(table) for section, table in zip(sections, tables, strict=True)]
        spare: dict[tuple[str, str], list[Value]] = defaultdict(list)
        for one in old:
            for key, layout in one.lists.items():
                for element in layout.elements:
                    spare[key, element.value].append(element)
        for section, table, own in zip(sections, tables, known, strict=True):
            section.keep(table)
            for key, value in table.items():
                new = set(value).difference(own.get(key, ())) if isinstance(value, list) else ()
                moved = {one: spare[key, one].pop(0) for one in new if spare.get((key, one))}
                section.put(key, value, own.get(key, {}), moved)
        self._replace(name, sections)

    def _unfolded(self, name: str) -> list[_Section]:
        """Return the tables of a list in brackets."""
        entry, layout = self._top.entries.pop(name), self._top.lists.pop(name)
        sections = list[_Section]()
        above = f"{entry.above}{line(entry.behind)}{line(layout.head)}"
        for element in layout.elements:
            sections.append(_Section(name, f"[[{name}]]", f"\n{above}{element.above}", element.behind))
            _fill(sections[-1], element.item)
            above = ""
        (sections or [self._top])[-1].below += above + layout.tail
        return sections

    def _replace(self, name: str, new: Sequence[_Section]) -> None:
        """Put tables where those of the name stand; without one, where its name is due."""
        stay = set(map(id, new))
        first = next((at for at, one in enumerate(self._sections) if one.name == name), None)
        if first is None and name in self._order:
            later = self._order[self._order.index(name) :]
            first = next((at for at, one in enumerate(self._sections) if one.name in later), None)
        below = [one for one in self._sections[:first] if one.name != name]
        kept, passed = kept_of(self._sections, lambda one: one.name != name or id(one) in stay)
        others = [one for one in kept if one.name != name]
        self._sections = [*others[: len(below)], *new, *others[len(below) :]]
        self._tail = passed + self._tail

    def text(self) -> str:
        """Return the whole text."""
        return "".join((self._head, *map(str, (self._top, *self._sections)), self._tail))


def _fill(section: _Section, item: Item | None) -> None:
    """Put what a table in one line holds into a table of its own."""
    for key, value in item.value.body if isinstance(item, InlineTable) else ():
        if key is not None:
            section.add(key, value)


def _matched(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Return for each new value the place of the old one that is most like it, each of them once."""
    befores, afters = ([{one} if isinstance(one, str) else set(one) for one in some] for some in (old, new))
    holders: dict[str, list[int]] = defaultdict(list)
    for at, before in enumerate(befores):
        for one in before:
            holders[one].append(at)
    common = Counter(
        (number, at) for number, after in enumerate(afters) for one in after for at in holders[one]
    )

    def likeness(pair: tuple[int, int]) -> float:
        return common[pair] / (len(afters[pair[0]]) + len(befores[pair[1]]) - common[pair])

    chosen: dict[int, int] = {}
    taken = set[int]()
    for number, at in sorted(common, key=lambda pair: (-likeness(pair), pair)):
        if number not in chosen and at not in taken:
            chosen[number] = at
            taken.add(at)
    return [chosen.get(number) for number in range(len(new))]


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else string(name)
