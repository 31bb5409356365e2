"""The rules in a .dive-ci file: the part of YAML that such files are written in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from nixdive.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

_PAIR = re.compile(r"""(?P<key>"[^"]*"|'[^']*'|[^\s:'"{}\[\],#][^:]*?)\s*:(?:\s+(?P<value>.*))?$""")
_COMMENT = re.compile(r"""((?:"[^"]*"|'[^']*'|[^'"#]|(?<=\S)#)*)""")
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def read_rules(path: Path) -> dict[str, str]:  # noqa: C901  one loop over the lines
    """Return the rules of a file: keys and values as they stand there, those without a value left out.

    Understood is a map `rules` of plain values, as an indented block or in braces; all else in the file is
    passed over.

    Raises ImageError that names the line.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ImageError(f"{path}: {cause}") from error
    if text.lstrip().startswith("{"):
        return _of_json(path, text)
    found: dict[str, str] = {}
    inside, indent = False, 0
    for number, raw in enumerate(text.splitlines(), 1):
        matched = _COMMENT.match(raw)
        line = (matched[1] if matched else raw).rstrip()
        depth = len(line) - len(line.lstrip(" "))
        if not line or line in {"---", "..."}:
            continue
        if not depth:
            pair = _PAIR.match(line)
            inside, indent = pair is not None and _plain(pair["key"]) == "rules", 0
            value = ((pair["value"] or "") if pair else "").strip()
            if inside and value.startswith("{") and value.endswith("}"):
                found |= _of_braces(path, number, value)
            elif inside and value not in _NOTHING:
                raise ImageError(f"{path}: line {number}: rules is no map")
        elif inside:
            indent = indent or depth
            pair = _PAIR.match(line.strip())
            if depth != indent:
                continue  # what belongs to a rule of somebody else
            if pair is None:
                raise ImageError(f"{path}: line {number}: it is no `rule: value`")
            _put(found, pair["key"], pair["value"] or "")
    return found


def _put(found: dict[str, str], key: str, value: str) -> None:
    value = value.strip()
    if value not in _NOTHING:
        found[_plain(key)] = _plain(value)


def _plain(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text.strip()


def _of_braces(path: Path, number: int, value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in value[1:-1].split(","))):
        pair = _PAIR.match(part)
        if pair is None:
            raise ImageError(f"{path}: line {number}: {part!r} is no `rule: value`")
        _put(found, pair["key"], pair["value"] or "")
    return found


def _of_json(path: Path, text: str) -> dict[str, str]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImageError(f"{path}: it is neither YAML nor JSON that can be read: {error}") from error
    rules = value.get("rules") or {}
    if not isinstance(rules, dict):
        raise ImageError(f"{path}: rules is no map")
    return {
        key: one if isinstance(one, str) else json.dumps(one)
        for key, one in rules.items()
        if one is not None and not isinstance(one, dict | list)
    }
