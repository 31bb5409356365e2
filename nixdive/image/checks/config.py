"""The `config` object of an image config (image-spec, config.md; Docker's container.Config), checked."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.image.checks.refusal import (
    ALL,
    CONTAINERD,
    DOCKERS,
    PODMAN,
    READERS,
    RUNNING,
    Refusal,
    raise_for,
)
from nixdive.image.oci.config_values import is_texts, signal
from nixdive.image.oci.kinds import FLAG, MAP, NUMBER, OBJECT, SET, TEXT, TEXTS, Kind, unreadable
from nixdive.visible import visible
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence


class _Key(NamedTuple):
    """A key that engines know.

    Attributes:
        kind: what its value is.
        engines: those that refuse an image if it is something else.
    """

    kind: Kind
    engines: tuple[str, ...]


_SPECIFIED = {
    "ArgsEscaped": FLAG,
    "Env": TEXTS,
    "ExposedPorts": SET,
    "Labels": MAP,
    "StopSignal": TEXT,
    "User": TEXT,
    "Volumes": SET,
    "WorkingDir": TEXT,
}
_OF_DOCKER = {
    "AttachStderr": FLAG,
    "AttachStdin": FLAG,
    "AttachStdout": FLAG,
    "Domainname": TEXT,
    "Healthcheck": OBJECT,
    "Hostname": TEXT,
    "Image": TEXT,
    "MacAddress": TEXT,
    "NetworkDisabled": FLAG,
    "OnBuild": TEXTS,
    "OpenStdin": FLAG,
    "StdinOnce": FLAG,
    "StopTimeout": NUMBER,
    "Tty": FLAG,
}
_KEYS = {
    # Docker accepts one word in place of a list
    **dict.fromkeys(("Cmd", "Entrypoint"), _Key(TEXTS, READERS)),
    "Shell": _Key(TEXTS, ()),
    **{key: _Key(kind, ALL) for key, kind in _SPECIFIED.items()},
    **{key: _Key(kind, DOCKERS) for key, kind in _OF_DOCKER.items()},
}
_HEALTH = {
    "Test": _Key(TEXTS, DOCKERS),
    **dict.fromkeys(
        ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"), _Key(NUMBER, DOCKERS)
    ),
}
# keys that Docker once had, and nobody reads any more
_FORMER = ("CpuShares", "Cpuset", "Memory", "MemorySwap", "PortSpecs")
_NANOSECONDS = "times are whole numbers of nanoseconds: 30000000000 is 30 s"
# keys of a whole image config (image-spec, config.md; Docker's image.Image)
_WHOLE = frozenset(
    [
        "architecture",
        "author",
        "comment",
        "config",
        "container",
        "container_config",
        "created",
        "docker_version",
        "history",
        "id",
        "os",
        "os.features",
        "os.version",
        "parent",
        "rootfs",
        "variant",
    ]
)


def checked_config(config: Mapping[str, Any], where: str, *, known: Collection[str] = ()) -> dict[str, Any]:
    """Return a config with its keys in the engines' spelling.

    Engines read keys in any case, and ignore those that they do not know.

    Args:
        config: the `config` object.
        where: what it belongs to, for messages.
        known: unknown keys that are kept because an image that was opened has them.

    Raises:
        ImageError: an engine refuses it, or loses a value.
    """
    raise_for(where, list(refusals(config, known)))
    return spelled(config)


def spelled(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with its keys in the engines' spelling; of two equal keys the last one counts."""
    found = _spelled(config, _KEYS)
    if isinstance(found.get("Healthcheck"), dict):
        found["Healthcheck"] = _spelled(found["Healthcheck"], _HEALTH)
    return found


def inner_config(document: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """Return the `config` object from a document that is one, or is a whole image config.

    Raises:
        ImageError: it is neither; the message names the keys that do not belong there.
    """
    inner = document.get("config")
    if not isinstance(inner, dict):
        return document
    odd = [key for key in document if key not in _WHOLE]
    if odd:
        odd = [key for key in document if key == "config" or key.casefold() not in _BY_FOLDED]
        raise_for(where, [_unknown(odd, _KEYS, "a config")])
    return inner


def refusals(config: Mapping[str, Any], known: Collection[str] = ()) -> Iterator[Refusal]:
    """Yield what engines do not accept in a config; see `checked_config`."""
    yield from types(config, known)
    if unreadable(dict(config)):
        yield Refusal("it contains text that is not Unicode, which engines replace")
    values = spelled(config)
    yield from _of_env(values.get("Env"))
    yield from _of_words(values)
    folder = values.get("WorkingDir")
    if isinstance(folder, str) and folder and not folder.startswith("/"):
        yield Refusal(f"WorkingDir {folder!r} is not an absolute path", RUNNING, f"use /{folder}")
    volumes = values.get("Volumes")
    if isinstance(volumes, dict) and "/" in volumes:
        yield Refusal("Volumes: / cannot be a volume", DOCKERS)
    name = values.get("StopSignal")
    if isinstance(name, str) and name:
        try:
            signal(name)
        except ValueError as error:
            yield Refusal(f"StopSignal: {error}", (PODMAN,))


def types(config: Mapping[str, Any], known: Collection[str] = ()) -> Iterator[Refusal]:
    """Yield keys that engines do not know, and values of the wrong type; see `checked_config`."""
    yield from _of_object(config, _KEYS, "", known)
    health = next((config[key] for key in config if key.casefold() == "healthcheck"), None)
    if isinstance(health, dict):
        yield from _of_object(health, _HEALTH, "Healthcheck.", () if "Healthcheck" not in known else health)


def _of_object(
    value: Mapping[str, Any], keys: Mapping[str, _Key], prefix: str, known: Collection[str]
) -> Iterator[Refusal]:
    folded = {key.casefold(): key for key in keys}
    seen: dict[str, str] = {}
    unknown = []
    for key, part in value.items():
        spelled = folded.get(key.casefold())
        if spelled is None:
            if key not in known and not (keys is _KEYS and key in _FORMER):
                unknown.append(key)
            continue
        if spelled in seen:
            yield Refusal(f"{prefix}{visible(seen[spelled])} and {visible(key)} are the same key to engines")
        seen[spelled] = key
        kind, engines = keys[spelled]
        if part is not None and not kind.holds(part):
            hint = _NANOSECONDS if keys is _HEALTH and kind is NUMBER else _remedy(spelled, part)
            yield Refusal(f"{prefix}{spelled} is not {kind.words}", engines, hint)
    if unknown:
        yield _unknown(unknown, keys, "a Healthcheck" if prefix else "a config")


def _unknown(unknown: list[str], keys: Iterable[str], what: str) -> Refusal:
    names = [visible(one) for one in unknown]
    words = f"{names[0]} is not a key" if len(names) == 1 else f"{listed(names)} are not keys"
    folded = {key.casefold(): key for key in keys}
    near = [
        folded[match]
        for one in unknown
        for match in difflib.get_close_matches(one.casefold(), folded, n=1, cutoff=0.6)
    ]
    if "config" in unknown:
        hint: str | None = "move the keys inside config one level up"
    else:
        hint = f"did you mean {listed(near)}?" if near else None
    return Refusal(f"{words} of {what}, and engines ignore {'it' if len(unknown) == 1 else 'them'}", (), hint)


def _remedy(key: str, value: Any) -> str | None:
    if key in {"Cmd", "Entrypoint", "Shell", "OnBuild"} and isinstance(value, str):
        option = f", or --{key.lower()}" if key in {"Cmd", "Entrypoint"} else ""
        return f'as a list: "{key}": ["{value.partition(" ")[0]}"]{option}' if value.isprintable() else None
    if key == "Env" and isinstance(value, dict):
        return 'as a list: "Env": ["NAME=VALUE"]'
    if key in {"ExposedPorts", "Volumes"} and is_listed(value):
        return f'as an object: "{key}": {{"{value[0]}": {{}}}}'
    return None


def is_listed(value: Any) -> bool:
    """Whether a value is a list that begins with a string."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], str)


def _of_env(value: Any) -> Iterator[Refusal]:
    if not TEXTS.holds(value):
        return
    for one in value:
        name, equals, _ = one.partition("=")
        if not one:
            yield Refusal("Env has an empty entry", (PODMAN,))
        elif not name:
            yield Refusal(f"Env: {one!r} has no name", RUNNING)
        elif not equals:
            yield Refusal(f"Env: {one!r} is not NAME=VALUE", (CONTAINERD,), f"without a value it is {one}=")


def _of_words(config: Mapping[str, Any]) -> Iterator[Refusal]:
    for key in ("Cmd", "Entrypoint", "Env", "User", "WorkingDir"):
        value = config.get(key)
        texts: Sequence[str] = [value] if isinstance(value, str) else value if is_texts(value) else ()
        if any("\0" in one for one in texts):
            yield Refusal(f"{key} holds a zero byte", RUNNING)


_BY_FOLDED = {key.casefold(): key for key in (*_KEYS, *_FORMER)}


def _spelled(value: Mapping[str, Any], keys: Mapping[str, _Key]) -> dict[str, Any]:
    folded = {key.casefold(): key for key in keys}
    return {folded.get(key.casefold(), key): part for key, part in value.items()}
