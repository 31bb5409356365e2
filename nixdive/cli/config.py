"""The `config` object of an image config, out of a file and options (OCI image-spec, config.md)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nixdive.errors import ImageError
from nixdive.image.checks.config import checked_config, inner_config, refusals, spelled
from nixdive.image.checks.refusal import raise_for
from nixdive.image.config import merged_env
from nixdive.image.config_values import command, directory, pair, port, signal
from nixdive.json_text import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def config_of(found: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config: what was found, then the file given with --config, then the single options.

    Raises:
        ImageError: the file cannot be read or does not hold a config, or what was found cannot be added to.
        click.UsageError: an option does not say what it should.
    """
    config = spelled(found)
    if options["config"] is not None:
        config |= read_config(Path(options["config"]))
    _refuse_what_cannot_grow(config, options)
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


def _refuse_what_cannot_grow(config: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    for option, key in (
        ("env", "Env"),
        ("label", "Labels"),
        ("expose", "ExposedPorts"),
        ("volume", "Volumes"),
    ):
        if options[option]:
            raise_for(f"--{option}", list(refusals({key: config.get(key)})))


def read_config(file: Path) -> dict[str, Any]:
    """Read the `config` object, alone or inside a whole image config.

    Raises:
        ImageError: it cannot be read, or engines would refuse it or lose something of it.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ImageError(f"{file}: {error.strerror}") from error
    value = parsed(data, lambda cause: ImageError(f"{file}: {cause}"))
    if not isinstance(value, dict):
        raise ImageError(f"{file}: it does not hold a JSON object")
    return checked_config(inner_config(value, str(file)), str(file))


def _read(option: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise click.UsageError(f"--{option.replace('_', '-')}: {error}") from error
