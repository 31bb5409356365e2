"""The rules in a .dive-ci file, which is YAML: a rule that is not understood is an error, not a pass."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nixdive import there
from nixdive.errors import ImageError
from nixdive.image.gate import DEFAULTS, RULES, Rule
from nixdive.words import listed
from nixdive.yaml_text import Said, YamlError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_USUAL = Path(".dive-ci")
_NAMED = 10  # plug-in rules in a message
# dive accepts highest-wasted-bytes too, in any case
_NAMES = {name.lower(): name for name in RULES}


class GateFile(NamedTuple):
    """The rules in a file.

    Attributes:
        rules: its rules by name.
        plugins: rules of plug-ins, like plugin/rule, which are not evaluated here.
    """

    rules: Mapping[str, Rule]
    plugins: tuple[str, ...] = ()

    def notes(self, path: Path) -> list[str]:
        """Return what the user of the file should know about it, a line each."""
        lines = []
        if self.plugins:
            names = listed(self.plugins, _NAMED)
            lines.append(f"{path}: plug-in rules, which nixdive does not run: {names}")
        if not self.rules:
            lines.append(f"{path}: it contains no rule with a threshold; dive's defaults hold")
        return lines


def rules_in(named: Path | None) -> tuple[Mapping[str, Rule], Sequence[str]]:
    """Return the rules of the file that the user named, else of .dive-ci here, else none.

    The second value says what the user should know about the file, a line each.

    Raises:
        ImageError: as `read_rules`.
    """
    path = named or _USUAL
    if named is None and not there.exists(path, ImageError, follow=False):
        return {}, ()
    if named is None and there.is_other(path, ImageError):  # a pipe would be waited for
        raise ImageError(f"{path}: it is not a regular file")
    found = read_rules(path)
    return found.rules, found.notes(path)


def rule_in(text: str) -> Rule:
    """Return the rule that NAME=THRESHOLD describes; raise ImageError where it is not one."""
    written, equals, threshold = text.partition("=")
    name = _NAMES.get(_bare(written))
    if not equals:
        raise ImageError(f"{text!r} is not NAME=THRESHOLD", hint="for example highestPushBytes=50MB")
    if name is None:
        raise _unknown(repr(written), written)
    if not threshold.strip():  # of a variable that is not set, in most cases
        raise ImageError(f"{text!r} has no threshold", hint=f"{written}=disabled switches the rule off")
    return Rule.parse(name, threshold)


def read_rules(path: Path) -> GateFile:
    """Return the rules of a file.

    An empty file, or one with nothing below `rules`, leaves the default rules unchanged.

    Raises:
        ImageError: it cannot be read, or something in it is not a rule with a threshold; the message names
            file, line and rule.
    """
    try:
        with there.reading(path, ImageError):
            said = read_yaml(path)
    except YamlError as error:
        raise ImageError(f"{path}: {error}") from error
    found: dict[str, Rule] = {}
    lines: dict[str, int] = {}
    plugins = []
    for written, threshold in _block(path, said).items():
        where = f"{path}: line {threshold.line}: {written}"
        if "/" in written:
            plugins.append(written)
            continue
        name = _NAMES.get(_bare(written))
        if name is None:
            raise _unknown(where, written)
        if name in lines:
            raise ImageError(f"{where}: it appears twice, first in line {lines[name]}")
        lines[name] = threshold.line
        rule = _rule(where, name, threshold)
        if rule is not None:
            found[name] = rule
    return GateFile(found, tuple(plugins))


def _block(path: Path, said: Said) -> Mapping[str, Said]:
    """Return the map below `rules`."""
    if said.value is None:
        return {}
    hint = "rules go below `rules:`, each on a line of its own, like `lowestEfficiency: 0.9`"
    if not isinstance(said.value, dict):
        raise ImageError(f"{path}: line {said.line}: it is not a map", hint=hint)
    for name, value in said.value.items():
        if _bare(name) in _NAMES:
            raise ImageError(f"{path}: line {value.line}: {name}: it is not below `rules`", hint=hint)
    rules = next((value for name, value in said.value.items() if name.lower() == "rules"), None)
    if rules is None:
        raise ImageError(f"{path}: it has no `rules`", hint=hint)
    if rules.value is None:
        return {}
    if not isinstance(rules.value, dict):
        found = f"{rules.value[:40]!r}" if isinstance(rules.value, str) else "a list"
        raise ImageError(f"{path}: line {rules.line}: rules is not a map but {found}", hint=hint)
    return rules.value


def _rule(where: str, name: str, threshold: Said) -> Rule | None:
    """Return a rule; None for one of dive's without a value, which keeps its default."""
    if threshold.value is None and name in DEFAULTS:
        return None
    if not isinstance(threshold.value, str):
        found = "nothing" if threshold.value is None else "a map or a list"
        raise ImageError(f"{where}: its threshold is {found}", hint="`disabled` switches a rule off")
    try:
        return Rule.parse(name, threshold.value)
    except ImageError as error:
        raise ImageError(f"{where}: {error}", hint=error.hint) from error


def _unknown(where: str, written: str) -> ImageError:
    near = difflib.get_close_matches(written, RULES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(RULES)}"
    return ImageError(f"{where}: there is no such rule", hint=hint)


def _bare(name: str) -> str:
    return name.lower().replace("-", "")
