"""Values of an image config from what people type, and back (OCI image-spec, config.md).

The functions that read typed text raise ValueError with the cause.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any, TypeGuard

from nixdive.store.path import StorePath, paths_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# what runs, or is read by what runs; a label only says something
_RUNS = ("Cmd", "Entrypoint", "Env", "Healthcheck", "Shell", "WorkingDir")
# Linux' signals, signal(7); engines count from SIGRTMIN on and down from SIGRTMAX
_SIGNALS = frozenset(
    [
        "ABRT",
        "ALRM",
        "BUS",
        "CHLD",
        "CLD",
        "CONT",
        "FPE",
        "HUP",
        "ILL",
        "INT",
        "IO",
        "IOT",
        "KILL",
        "PIPE",
        "POLL",
        "PROF",
        "PWR",
        "QUIT",
        "SEGV",
        "STKFLT",
        "STOP",
        "SYS",
        "TERM",
        "TRAP",
        "TSTP",
        "TTIN",
        "TTOU",
        "URG",
        "USR1",
        "USR2",
        "VTALRM",
        "WINCH",
        "XCPU",
        "XFSZ",
        "RTMIN",
        "RTMAX",
    ]
)
_COUNTED = re.compile(r"RTMIN\+([1-9]|1[0-5])|RTMAX-([1-9]|1[0-4])")
_MOST_SIGNAL = 64


def command(text: str) -> list[str]:
    """Return a command: a JSON list of strings unchanged, anything else split as a shell would."""
    if text.lstrip().startswith("["):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not is_texts(value):
            raise ValueError(f"{text!r} begins like a JSON list, but is not a list of strings")
        return list(value)
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ValueError(f"{text!r}: {str(error).lower()}") from error


def command_text(words: Sequence[str]) -> str:
    """Return these words on one line, as `command` reads them."""
    text = shlex.join(words)
    return text if text.isprintable() else json.dumps(list(words))


def pair(text: str) -> tuple[str, str]:
    """Return key and value of K=V."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise ValueError(f"{text!r} is not K=V")
    return key, value


def pairs(text: str) -> list[tuple[str, str]]:
    r"""Return keys and values of lines K=V; a line in double quotes is a JSON string: "K=one\ntwo"."""
    return [pair(_line(line.strip())) for line in text.splitlines() if line.strip()]


def pairs_text(texts: Sequence[str]) -> str:
    """Return these pairs as lines that `pairs` reads."""
    return "\n".join(_plain_line(text) for text in texts)


def port(text: str) -> str:
    """Return PORT/PROTOCOL; without a protocol it is tcp."""
    number, _, protocol = text.partition("/")
    if not (number.isascii() and number.isdecimal() and len(number) <= 5 and 0 < int(number) < 65536):
        raise ValueError(f"{text!r} is not PORT or PORT/PROTOCOL")
    if protocol not in {"", "tcp", "udp", "sctp"}:
        raise ValueError(f"no protocol is called {protocol!r}; there are tcp, udp and sctp")
    return f"{number}/{protocol or 'tcp'}"


def directory(text: str) -> str:
    """Return the name of a directory of the image, which is absolute: engines refuse any other."""
    if not text.startswith("/"):
        raise ValueError(f"{text!r} is not an absolute path: use /{text}")
    return text


def signal(text: str) -> str:
    """Return the name or number of a signal: SIGINT, 9, SIGRTMIN+3."""
    name = text.upper().removeprefix("SIG")
    number = text.isascii() and text.isdecimal() and 0 < int(text[:3]) <= _MOST_SIGNAL
    if not (number or name in _SIGNALS or _COUNTED.fullmatch(name)):
        raise ValueError(f"{text!r} is not a signal like SIGTERM or 15")
    return text


def is_texts(value: Any) -> TypeGuard[list[str]]:
    """Whether a value of JSON is a list of strings."""
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _line(line: str) -> str:
    if not line.startswith('"'):
        return line
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, str):
        raise ValueError(f"{line!r} begins like a JSON string, but is not one")  # noqa: TRY004  as all others
    return value


def _plain_line(text: str) -> str:
    plain = text.isprintable() and text == text.strip() and text and not text.startswith('"')
    return text if plain else json.dumps(text)


def mentioned(config: Mapping[str, Any]) -> tuple[StorePath, ...]:
    """Return the store paths that a config needs at run time, each once; derivations are not among them."""
    found = (path for key in _RUNS for text in _texts(config.get(key)) for path in paths_in(text))
    return tuple(dict.fromkeys(path for path in found if not path.name.endswith(".drv")))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
