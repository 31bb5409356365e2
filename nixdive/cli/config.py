"""The `config` object of an image config, out of a file and options (OCI image-spec, config.md)."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from nixdive.errors import ImageError
from nixdive.image.config import merged_env

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LISTS = frozenset({"Cmd", "Entrypoint", "Env", "Shell", "OnBuild"})
_TEXTS = frozenset({"User", "WorkingDir", "StopSignal"})
_SETS = frozenset({"ExposedPorts", "Volumes"})


def config_of(found: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config: what was found, then the file given with --config, then the single options.

    Raises:
        ImageError: the file cannot be read, or does not hold a config.
        click.UsageError: an option does not say what it should.
    """
    config = dict(found)
    if options["config"] is not None:
        config |= read_config(Path(options["config"]))
    for option, key in (("cmd", "Cmd"), ("entrypoint", "Entrypoint")):
        if options[option] is not None:
            config[key] = words(option, options[option])
    for option, key in (("user", "User"), ("workdir", "WorkingDir"), ("stop_signal", "StopSignal")):
        if options[option] is not None:
            config[key] = options[option]
    if options["env"]:
        config["Env"] = environment(config.get("Env") or [], options["env"])
    if options["label"]:
        config["Labels"] = dict(config.get("Labels") or {}) | dict(
            _pair("label", text) for text in options["label"]
        )
    if options["expose"]:
        ports = {_port(text): dict[str, str]() for text in options["expose"]}
        config["ExposedPorts"] = dict(config.get("ExposedPorts") or {}) | ports
    if options["volume"]:
        config["Volumes"] = dict(config.get("Volumes") or {}) | {text: {} for text in options["volume"]}
    return config


def words(option: str, text: str) -> list[str]:
    """Return a command: a JSON list of strings as it is, anything else split as a shell would."""
    if text.lstrip().startswith("["):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not _is_texts(value):
            _refuse(f"--{option}: {text!r} begins like a JSON list, but is no list of strings")
        return list(value)
    try:
        return shlex.split(text)
    except ValueError as error:
        _refuse(f"--{option}: {text!r}: {str(error).lower()}")


def environment(found: Sequence[str], added: Sequence[str]) -> list[str]:
    """Return both as K=V; a variable keeps its first place and has its last value."""
    for text in added:
        _pair("env", text)
    return merged_env(found, added)


def read_config(file: Path) -> dict[str, Any]:
    """Read the `config` object, alone or inside a whole image config; raise ImageError where it is none."""
    try:
        value = json.loads(file.read_bytes())
    except OSError as error:
        raise ImageError(f"{file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ImageError(f"{file}: it is not JSON: {error}") from error
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        value = value["config"]
    if not isinstance(value, dict):
        raise ImageError(f"{file}: it does not hold a JSON object")
    for key, part in value.items():
        if part is not None and (expected := _expected(key, part)):
            raise ImageError(f"{file}: {key} is not {expected}")
    return value


def _expected(key: str, value: Any) -> str | None:
    if key in _LISTS and not _is_texts(value):
        return "a list of strings"
    if key in _TEXTS and not isinstance(value, str):
        return "a string"
    if key in _SETS and not (isinstance(value, dict) and all(part == {} for part in value.values())):
        return "an object of empty objects"
    if key == "Labels" and not (isinstance(value, dict) and _is_texts(list(value.values()))):
        return "an object of strings"
    return None


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _pair(option: str, text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        _refuse(f"--{option}: {text!r} is not K=V")
    return key, value


def _port(text: str) -> str:
    number, _, protocol = text.partition("/")
    if not (number.isascii() and number.isdecimal() and len(number) <= 5 and 0 < int(number) < 65536):
        _refuse(f"--expose: {text!r} is not PORT or PORT/PROTOCOL")
    if protocol not in {"", "tcp", "udp", "sctp"}:
        _refuse(f"--expose: no protocol is called {protocol!r}; there are tcp, udp and sctp")
    return f"{number}/{protocol or 'tcp'}"


def _refuse(message: str) -> NoReturn:
    raise click.UsageError(message)
