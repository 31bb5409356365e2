"""The JSON image that nix2container builds, read as an OCI layout whose layers are made as they are read.

It lists the store paths of each layer, whose tars nix2container makes when it pushes; here they are made in
the same way, with the digests that it states. Source of the format: types/types.go and nix/image.go of
nix2container.
"""

from __future__ import annotations

import json
import re
import weakref
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nixdive import there
from nixdive.bounds import most, over
from nixdive.contents.disk import DiskContents
from nixdive.digest import digest_of, hex_of, is_digest
from nixdive.errors import MalformedImageError, UnreadablePathError
from nixdive.image.oci import media
from nixdive.image.readers.files import DirectoryFiles, Place, close_all
from nixdive.image.readers.spool import spooled
from nixdive.image.tars.go_pattern import go_pattern
from nixdive.image.tars.moved_tar import MovedPath, MovedTar, Permission
from nixdive.json_text import parsed
from nixdive.store.nix.disk import disk_root
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NO_TIME = "0001-01-01T"  # what Go writes for a time that nobody has set
_VERSION = 1
_HEAD = 4096  # bytes: white space may come first
_STEP = ("created", "author", "created_by", "comment")
_HINT = "copy it with nix2container's skopeo (nix:FILE) into an oci-archive, and open that"
_BLOBS = "blobs/sha256/"
_REST = ".rest"
_CALLED = re.compile(r"(?:[0-9a-z]{32}-)?(?:image-)?(?P<name>.+?)(?:\.json)?")


def described_in(place: Path, where: str | None = None) -> DescribedFiles | None:
    """Return such an image in a file; None for any other file.

    Args:
        place: the file.
        where: what to call it in messages; None for the path.

    Raises:
        MalformedImageError: it is such an image, but malformed; or the file cannot be read.
    """
    called = where or str(place)
    with there.reading(place, MalformedImageError, called), there.opened(place) as file:
        if not file.read(_HEAD).lstrip().startswith(b"{"):
            return None
        file.seek(0)
        data = file.read(most("document") + 1)
    if b'"image-config"' not in data or b'"layers"' not in data:
        return None
    if len(data) > most("document"):
        raise MalformedImageError(f"{called}: {over('document', 'it is larger than {}')}")
    return DescribedFiles(data, called, place.name)


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer: a file in the store, or the paths of which its tar is made."""

    stated: Mapping[str, Any]
    diff_id: str
    step: Mapping[str, str]
    paths: tuple[MovedPath, ...]
    file: Path | None


class DescribedFiles:
    """The files that such an image would have in an OCI layout.

    Args:
        data: the JSON document.
        where: what to call it in messages.
        called: the name of its file, after which the image is called.

    Raises:
        MalformedImageError: it is malformed; the message names the layer.
    """

    def __init__(self, data: bytes, where: str, called: str = "") -> None:
        self.where = where
        value = parsed(data, lambda cause: MalformedImageError(f"{where}: {cause}"))
        self._layers: dict[str, _Layer] = {}
        layers = _checked(value, where)
        self._layers = {hex_of(layer.stated["digest"]): layer for layer in layers}
        self._tars: dict[str, MovedTar] = {}
        self._spools: dict[str, int] = {}
        weakref.finalize(self, close_all, self._spools)
        config = _bytes(_config(value, layers, where))
        manifest = _bytes(
            {
                "schemaVersion": 2,
                "mediaType": media.MANIFEST,
                "config": {"mediaType": media.CONFIG, "digest": digest_of(config), "size": len(config)},
                "layers": [layer.stated for layer in layers],
            }
        )
        name = _CALLED.fullmatch(called)
        listed = {"mediaType": media.MANIFEST, "digest": digest_of(manifest), "size": len(manifest)}
        if name is not None:
            listed["annotations"] = {"org.opencontainers.image.ref.name": f"{name['name']}:latest"}
        self._made = {
            "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
            "index.json": _bytes({"schemaVersion": 2, "manifests": [listed]}),
            _BLOBS + hex_of(digest_of(config)): config,
            _BLOBS + hex_of(digest_of(manifest)): manifest,
        }

    @cached_property
    def _contents(self) -> DiskContents:
        paths = [path.path for layer in self._layers.values() for path in layer.paths]
        return DiskContents(disk_root(paths))

    def names(self) -> frozenset[str]:
        """Return the names of all files."""
        return frozenset({*self._made, *(_BLOBS + digits for digits in self._layers)})

    def size(self, name: str) -> int:
        """Return the bytes of a file; those of a layer are counted on the disk."""
        if name in self._made:
            return len(self._made[name])
        file = self._file(name)
        return self._tar(name).size if file is None else file[0].size(file[1])

    def head(self, name: str, count: int) -> bytes:
        """Return the first bytes of a file."""
        return next(self.chunks(name), b"")[:count]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces."""
        if name in self._made:
            yield self._made[name]
        elif (file := self._file(name)) is not None:
            yield from file[0].chunks(file[1])
        else:
            try:
                yield from self._tar(name).chunks()
            except UnreadablePathError as error:
                raise MalformedImageError(f"{self.where}: {name}: {error}") from error

    def place(self, name: str) -> Place:
        """Return where the bytes of a file can be read at any position; a layer is made whole for it."""
        file = self._file(name)
        if file is not None:
            return file[0].place(file[1])
        if name not in self._spools:
            self._spools[name] = spooled(self.chunks(name), self.where)
        return Place(self._spools[name], 0, self.size(name))

    def rest(self, name: str) -> str | None:
        """Return the name of a tar of what a layer has beside store paths as they are in the store.

        None where it has nothing else, or nothing but that.
        """
        layer = self._layer(name)
        plain = [path.is_plain for path in layer.paths]
        return name + _REST if layer.file is None and any(plain) and not all(plain) else None

    def digest(self, name: str) -> str:
        """Return the digest of a file, which is made for it."""
        whole = sha256()
        for data in self.chunks(name):
            whole.update(data)
        return f"sha256:{whole.hexdigest()}"

    def _layer(self, name: str) -> _Layer:
        found = self._layers.get(name.removeprefix(_BLOBS).removesuffix(_REST))
        if found is None:
            raise MalformedImageError(f"{self.where}: {name} is missing")
        return found

    def _file(self, name: str) -> tuple[DirectoryFiles, str] | None:
        """Return where a layer is that is kept in the store."""
        place = None if name in self._made else self._layer(name).file
        return None if place is None else (DirectoryFiles(place.parent, self.where), place.name)

    def _tar(self, name: str) -> MovedTar:
        if name not in self._tars:
            paths = self._layer(name).paths
            if name.endswith(_REST):
                paths = tuple(path for path in paths if not path.is_plain)
            for path in paths:
                if not self._contents.has(path.path):
                    raise MalformedImageError(f"{self.where}: {name}: {path.path} is not on this machine")
            try:
                self._tars[name] = MovedTar(paths, self._contents)
            except UnreadablePathError as error:
                raise MalformedImageError(f"{self.where}: {name}: {error}") from error
        return self._tars[name]


def _bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _checked(value: Any, where: str) -> list[_Layer]:
    if not isinstance(value, dict) or not value.keys() >= {"image-config", "layers"}:
        raise MalformedImageError(f"{where}: it is no image of nix2container")
    layers, config = value["layers"], value["image-config"]
    if not isinstance(layers, list) or not isinstance(config, dict):
        raise MalformedImageError(f"{where}: layers is not a list, or image-config is not an object")
    if value.get("version", _VERSION) != _VERSION:
        found = f"{where}: it is of version {value['version']!r} of nix2container's images"
        raise MalformedImageError(f"{found}; nixdive reads version {_VERSION}", hint=_HINT)
    architecture = value.get("arch")
    if not isinstance(architecture, str) or not architecture:
        raise MalformedImageError(f"{where}: arch is missing, or not a string")
    return [_layer(layer, f"{where}: layer {number}") for number, layer in enumerate(layers, 1)]


def _config(value: Mapping[str, Any], layers: list[_Layer], where: str) -> dict[str, Any]:
    """Return the config, as nix2container makes it; layers that are store paths say so in the history."""
    created = _time(value.get("created"), f"{where}: created")
    return {
        **({"created": created} if created else {}),
        "architecture": value["arch"],
        "os": "linux",
        "config": value["image-config"],
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [_told(layer) for layer in layers],
    }


def _told(layer: _Layer) -> dict[str, str]:
    paths = [str(path.path) for path in layer.paths]
    step = dict(layer.step)
    if paths and all(path.is_plain for path in layer.paths) and not step.get("comment"):
        step["comment"] = f"store paths: {paths}"  # as nixpkgs says it
        step.setdefault("created_by", "nix2container")  # whose tars have other bytes
    return step


def _time(text: Any, where: str) -> str:
    if text is None or (isinstance(text, str) and (not text or text.startswith(_NO_TIME))):
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise MalformedImageError(f"{where}: {text!r} is not a time") from error
    return moment.isoformat().replace("+00:00", "Z")


def _layer(layer: Any, where: str) -> _Layer:
    if not isinstance(layer, dict):
        raise MalformedImageError(f"{where}: it is not an object")
    for key in ("digest", "diff_ids"):
        if not is_digest(layer.get(key)):
            raise MalformedImageError(f"{where}: {key} is not a sha256 digest")
    size, kind = layer.get("size"), layer.get("mediatype") or media.layer_type("none")
    if type(size) is not int or size < 0 or not isinstance(kind, str):
        raise MalformedImageError(f"{where}: size is not a number of bytes, or mediatype is not a string")
    paths, file = layer.get("paths") or [], layer.get("layer-path") or None
    if not isinstance(paths, list) or not (paths or file):
        raise MalformedImageError(f"{where}: it has neither store paths nor a tar")
    return _Layer(
        {"mediaType": kind, "digest": layer["digest"], **({} if file and not size else {"size": size})},
        layer["diff_ids"],
        _step(layer.get("History") or {}, f"{where}: History"),
        tuple(_path(one, where) for one in paths),
        None if file is None else _in_store(file, f"{where}: layer-path"),
    )


def _step(said: Any, where: str) -> dict[str, str]:
    if not isinstance(said, dict):
        raise MalformedImageError(f"{where} is not an object")
    found = {key: said.get(key) or "" for key in _STEP}
    for key, text in found.items():
        if not isinstance(text, str):
            raise MalformedImageError(f"{where}: {key} is not a string")
    found["created"] = _time(found["created"], f"{where}: created")
    return {key: text for key, text in found.items() if text}


def _in_store(text: Any, where: str) -> Path:
    parts = text.split("/") if isinstance(text, str) else []
    try:
        StorePath.parse("/".join(parts[:4]))
    except ValueError as error:
        raise MalformedImageError(f"{where}: {text!r} is not in a store") from error
    if {"..", "."} & set(parts) or "\0" in text:
        raise MalformedImageError(f"{where}: {text!r} is not in a store")
    return Path(f"{disk_root([], ask=False)}{text}")


def _path(one: Any, where: str) -> MovedPath:
    if not isinstance(one, dict):
        raise MalformedImageError(f"{where}: one of its paths is not an object")
    text = one.get("path")
    try:
        path = StorePath.parse(str(text))
    except ValueError as error:
        raise MalformedImageError(f"{where}: {text!r} is not a store path") from error
    options = one.get("options") or {}
    if not isinstance(options, dict):
        raise MalformedImageError(f"{where}: {path}: options is not an object")
    rewrite, permissions = options.get("rewrite") or {}, options.get("perms") or []
    if not isinstance(rewrite, dict) or not isinstance(permissions, list):
        raise MalformedImageError(f"{where}: {path}: rewrite is not an object, or perms is not a list")
    regex, to = rewrite.get("regex") or "", rewrite.get("repl") or ""
    if not isinstance(to, str) or "$" in to:
        raise MalformedImageError(f"{where}: {path}: repl is not plain text", hint=_HINT)
    return MovedPath(
        path,
        _pattern(regex, f"{where}: {path}") if regex else None,
        to,
        tuple(_permission(said, f"{where}: {path}") for said in permissions),
    )


def _permission(said: Any, where: str) -> Permission:
    if not isinstance(said, dict):
        raise MalformedImageError(f"{where}: perms: one is not an object")
    mode = said.get("mode") or ""
    if not isinstance(mode, str) or not re.fullmatch("[0-7]{0,7}", mode):
        raise MalformedImageError(f"{where}: perms: the mode {mode!r} is not an octal number")
    ids = [said.get(key) or 0 for key in ("uid", "gid")]
    names = [said.get(key) or "" for key in ("uname", "gname")]
    if not all(type(number) is int and 0 <= number < 1 << 32 for number in ids):
        raise MalformedImageError(f"{where}: perms: uid or gid is not a number of a user or a group")
    if not all(isinstance(name, str) and "\0" not in name for name in names):
        raise MalformedImageError(f"{where}: perms: uname or gname is not the name of a user or a group")
    pattern = _pattern(said.get("regex") or "", where)
    return Permission(pattern, int(mode, 8) if mode else None, ids[0], ids[1], names[0], names[1])


def _pattern(text: Any, where: str) -> re.Pattern[str]:
    try:
        return go_pattern(text if isinstance(text, str) else "\\")
    except ValueError as error:
        raise MalformedImageError(
            f"{where}: the pattern {text!r} cannot be used here: {error}", hint=_HINT
        ) from error
