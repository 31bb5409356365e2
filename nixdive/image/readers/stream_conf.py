"""The conf.json that nixpkgs' streamLayeredImage hands to its script (stream_layered_image.py).

Up to nixpkgs 23.11 it says nothing of the time and the owner of files, nor of the directory of the store: the
script took the time of `created`, root, and /nix/store. Up to 20.09 there was no base image either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedImageError
from nixdive.image.oci.spec import Stamp
from nixdive.json_text import parsed
from nixdive.store.path import STORE_DIR, StorePath

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class StreamConf:
    """A streamLayeredImage, described.

    Attributes:
        store_layers: the store paths of each layer, in their order.
        config: the `config` object of the image config.
        architecture: GOARCH name.
        created: RFC 3339.
        stamp: time and owner of the entries of the store layers.
        repo_tag: NAME:TAG.
        from_image: the base image, or None.
        customisation_layer: the directory with layer.tar, or None.
    """

    store_layers: tuple[tuple[StorePath, ...], ...]
    config: Mapping[str, Any]
    architecture: str
    created: str
    stamp: Stamp
    repo_tag: str
    from_image: Path | None
    customisation_layer: Path | None


def stream_conf(data: bytes, where: str, folder: Path) -> StreamConf | None:
    """Return some bytes as a conf, or None if they are something else.

    "now" is the time of the call.

    Args:
        data: JSON, or anything else.
        where: what to call it in messages.
        folder: what paths in it are relative to.

    Raises:
        MalformedImageError: it is such a conf, but malformed; the message names the key.
    """
    if b'"store_layers"' not in data:
        return None
    try:
        value = parsed(data, MalformedImageError)
    except MalformedImageError:
        return None
    if not isinstance(value, dict) or not value.keys() >= {"store_layers", "repo_tag"}:
        return None
    return _Conf(where, folder, value).parse()


@dataclass(frozen=True, slots=True)
class _Conf:
    where: str
    folder: Path
    value: dict[str, Any]

    def parse(self) -> StreamConf:
        now = datetime.now(UTC)
        created = self._moment("created", now)
        config = self.value.get("config")
        if config is not None and not isinstance(config, dict):
            raise self._odd("config", "it is not an object")
        layers = self.value.get("store_layers")
        if not isinstance(layers, list):
            raise self._odd("store_layers", "it is not a list")
        mtime = self._moment("mtime", now) if "mtime" in self.value else created
        return StreamConf(
            tuple(self._layer(layer) for layer in layers),
            config or {},
            self._text("architecture"),
            created.isoformat().replace("+00:00", "Z"),
            Stamp(
                int(mtime.timestamp()),
                self._number("uid"),
                self._number("gid"),
                self._text("uname", "root"),
                self._text("gname", "root"),
            ),
            self._text("repo_tag"),
            self._place("from_image"),
            self._place("customisation_layer"),
        )

    def _odd(self, key: str, cause: str) -> MalformedImageError:
        return MalformedImageError(f"{self.where}: {key}: {cause}")

    def _text(self, key: str, otherwise: str | None = None) -> str:
        text = self.value.get(key, otherwise)
        if not isinstance(text, str) or not text or "\0" in text:
            raise self._odd(key, "it is missing, or not a string")
        return text

    def _number(self, key: str) -> int:
        text = str(self.value.get(key, 0))
        if not (text.isascii() and text.isdecimal() and len(text) <= 10):
            raise self._odd(key, "it is not a user or group ID")
        return int(text)

    def _moment(self, key: str, now: datetime) -> datetime:
        text = self._text(key)
        if text == "now":
            return now
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise self._odd(key, f"{text!r} is not a time") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _place(self, key: str) -> Path | None:
        if self.value.get(key) is None:
            return None
        return self.folder / self._text(key)

    def _layer(self, layer: Any) -> tuple[StorePath, ...]:
        store = self._text("store_dir", STORE_DIR)
        if not isinstance(layer, list):
            raise self._odd("store_layers", "a layer is not a list")
        found = []
        for text in layer:
            try:
                path = StorePath.parse(text)
            except (ValueError, AttributeError, TypeError) as error:
                raise self._odd("store_layers", f"{text!r} is not a store path: {error}") from error
            if path.store_dir != store:
                raise self._odd("store_layers", f"{text!r} is not in {store}")
            found.append(path)
        return tuple(found)
