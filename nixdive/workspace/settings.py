"""What an image has besides its layers, as text in fields and back: config, time, owner, platform."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.errors import NixdiveError
from nixdive.image.compression import compression
from nixdive.image.oci.config_values import (
    command,
    command_text,
    directory,
    is_texts,
    pairs,
    pairs_text,
    port,
    signal,
)
from nixdive.image.oci.moments import created, seconds
from nixdive.image.oci.platform import host_architecture, with_architecture
from nixdive.image.oci.spec import ImageSpec
from nixdive.image.root.request import MOST_ID
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable


class Setting(NamedTuple):
    """One of the things that can be set.

    Attributes:
        name: of its field.
        label: what stands before the field.
        example: what stands in the field while it is empty.
        shown: the text of a spec.
        laid: the spec with a text laid over it; raises ValueError with the cause.
        lines: how high the field is.
    """

    name: str
    label: str
    example: str
    shown: Callable[[ImageSpec], str]
    laid: Callable[[ImageSpec, str], ImageSpec]
    lines: int = 1


def with_config(spec: ImageSpec, key: str, value: Any) -> ImageSpec:
    """Return the spec with another value in its config; an empty one is not in it."""
    config = {name: other for name, other in spec.config.items() if name != key}
    return replace(spec, config=config | {key: value} if value else config)


def _words(name: str, label: str, key: str, example: str) -> Setting:
    def shown(spec: ImageSpec) -> str:
        value = spec.config.get(key)
        return command_text(value) if is_texts(value) and value else ""

    def laid(spec: ImageSpec, text: str) -> ImageSpec:
        return with_config(spec, key, command(text))

    return Setting(name, label, example, shown, laid)


def _text(name: str, label: str, key: str, example: str, read: Callable[[str], str]) -> Setting:
    def shown(spec: ImageSpec) -> str:
        value = spec.config.get(key)
        return visible(value) if isinstance(value, str) else ""

    def laid(spec: ImageSpec, text: str) -> ImageSpec:
        return with_config(spec, key, read(text.strip()) if text.strip() else "")

    return Setting(name, label, example, shown, laid)


def _set(name: str, label: str, key: str, example: str, read: Callable[[str], str]) -> Setting:
    def shown(spec: ImageSpec) -> str:
        value = spec.config.get(key)
        return command_text(tuple(value)) if isinstance(value, dict) and value else ""

    def laid(spec: ImageSpec, text: str) -> ImageSpec:
        return with_config(spec, key, {read(one): dict[str, str]() for one in command(text)})

    return Setting(name, label, example, shown, laid)


def _environment(spec: ImageSpec) -> str:
    value = spec.config.get("Env")
    return pairs_text(value) if is_texts(value) else ""


def _with_environment(spec: ImageSpec, text: str) -> ImageSpec:
    return with_config(spec, "Env", [f"{key}={value}" for key, value in dict(pairs(text)).items()])


def _labels(spec: ImageSpec) -> str:
    value = spec.config.get("Labels")
    return pairs_text([f"{key}={one}" for key, one in value.items()]) if isinstance(value, dict) else ""


def _with_labels(spec: ImageSpec, text: str) -> ImageSpec:
    return with_config(spec, "Labels", dict(pairs(text)))


def _with_created(spec: ImageSpec, text: str) -> ImageSpec:
    return replace(spec, created=created(text.strip() or ImageSpec("").created))


def _architecture(spec: ImageSpec) -> str:
    return visible("/".join(part for part in spec.platform[1:3] if part))


def _with_architecture(spec: ImageSpec, text: str) -> ImageSpec:
    platform = with_architecture(spec.platform, text or host_architecture())
    if platform.wrong is not None:
        raise ValueError(platform.wrong)
    return replace(spec, platform=platform)


def _with_mtime(spec: ImageSpec, text: str) -> ImageSpec:
    return replace(spec, stamp=replace(spec.stamp, mtime=seconds(text.strip() or "1")))


def _with_owner(spec: ImageSpec, text: str) -> ImageSpec:
    uid, colon, gid = text.strip().partition(":")
    return replace(
        spec, stamp=replace(spec.stamp, uid=_number(uid or "0"), gid=_number(gid if colon else uid or "0"))
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:12]) <= MOST_ID):
        raise ValueError(f"{text!r} is not the number of a user or group")
    return int(text)


def _with_names(spec: ImageSpec, text: str) -> ImageSpec:
    uname, colon, gname = text.strip().partition(":")
    return replace(spec, stamp=replace(spec.stamp, uname=uname, gname=gname if colon else uname))


def _level(spec: ImageSpec) -> str:
    return visible(spec.compression.partition(":")[2])


def _with_level(spec: ImageSpec, text: str) -> ImageSpec:
    name = spec.compression.partition(":")[0]
    if not text.strip():
        return replace(spec, compression=name)
    if name != "zstd":
        raise ValueError(f"only zstd has levels, and the compression is {name}")
    level = f"zstd:{text.strip()}"
    try:
        compression(level)
    except NixdiveError as error:
        raise ValueError("zstd has levels from 1 to 22") from error
    return replace(spec, compression=level)


COMMAND = _words("command", "Command", "Cmd", "what the container runs")
SETTINGS = (
    _words("entrypoint", "Entrypoint", "Entrypoint", "what runs the command"),
    Setting("env", "Environment", "KEY=VALUE, one on a line", _environment, _with_environment, 4),
    _text("user", "User", "User", "USER or USER:GROUP", str),
    _text("workdir", "Workdir", "WorkingDir", "/", directory),
    Setting("labels", "Labels", "KEY=VALUE, one on a line", _labels, _with_labels, 3),
    _set("ports", "Ports", "ExposedPorts", "8080 53/udp", port),
    _set("volumes", "Volumes", "Volumes", "/data /var/lib/x", directory),
    _text("stop-signal", "Stop signal", "StopSignal", "SIGTERM", signal),
    Setting("level", "zstd level", "3", _level, _with_level),
    Setting("created", "Created", "a time, or now", lambda spec: visible(spec.created), _with_created),
    Setting("architecture", "Architecture", "arm64, arm/v7", _architecture, _with_architecture),
    Setting("mtime", "File times", "a time, or now", lambda spec: str(spec.stamp.mtime), _with_mtime),
    Setting("owner", "File owner", "UID:GID", lambda spec: f"{spec.stamp.uid}:{spec.stamp.gid}", _with_owner),
    Setting(
        "names",
        "Owner's name",
        "USER:GROUP",
        lambda spec: f"{visible(spec.stamp.uname)}:{visible(spec.stamp.gname)}",
        _with_names,
    ),
)


def differing(spec: ImageSpec) -> tuple[str, ...]:
    """Return the labels of the settings that are not as they are for an image that nobody has configured."""
    usual = ImageSpec(spec.name)
    return tuple(one.label.lower() for one in SETTINGS if one.shown(spec) != one.shown(usual))
