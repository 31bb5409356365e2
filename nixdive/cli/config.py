"""The `config` object of an image config, out of a file and options (OCI image-spec, config.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nixdive.errors import ImageError
from nixdive.image.config import merged_env
from nixdive.image.config_values import command, directory, is_texts, pair, port, signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

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
    for option, key, read in (
        ("cmd", "Cmd", command),
        ("entrypoint", "Entrypoint", command),
        ("user", "User", str),
        ("workdir", "WorkingDir", directory),
        ("stop_signal", "StopSignal", signal),
    ):
        if options[option] is not None:
            config[key] = _read(option, read, options[option])
    if options["env"]:
        for text in options["env"]:
            _read("env", pair, text)
        config["Env"] = merged_env(config.get("Env") or [], options["env"])
    if options["label"]:
        labels = dict(_read("label", pair, text) for text in options["label"])
        config["Labels"] = dict(config.get("Labels") or {}) | labels
    for option, key, read in (("expose", "ExposedPorts", port), ("volume", "Volumes", directory)):
        if options[option]:
            added = {_read(option, read, text): dict[str, str]() for text in options[option]}
            config[key] = dict(config.get(key) or {}) | added
    return config


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
    if key in _LISTS and not is_texts(value):
        return "a list of strings"
    if key in _TEXTS and not isinstance(value, str):
        return "a string"
    if key in _SETS and not (isinstance(value, dict) and all(part == {} for part in value.values())):
        return "an object of empty objects"
    if key == "Labels" and not (isinstance(value, dict) and is_texts(list(value.values()))):
        return "an object of strings"
    return None


def _read(option: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise click.UsageError(f"--{option.replace('_', '-')}: {error}") from error
