"""Clients as data: what each one keeps, asks and waits for, and how far it goes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date  # noqa: TC003  the fields are looked up when data is read
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nixdive.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reuse(StrEnum):
    """When a client that pulls makes do with a layer that it has from another image."""

    BLOB = "blob"  # whenever it has a blob with that digest
    CHAIN = "chain"  # only if it has all layers below it as well, in the same order


@dataclass(frozen=True, slots=True)
class Push:
    """How a client pushes an image to a registry.

    Attributes:
        keeps_digests: whether blobs are sent as they are. If not, they are compressed anew, every digest is
            another one, and a machine that has not pushed the image before sends every layer.
        at_once: how many layers it works on at the same time.
        start: seconds of its own before the first layer and after the last.
        start_turns: round trips before the first layer and after the last: version, config, manifest.
        there_turns: round trips for a layer that the registry has.
        new_turns: round trips for a layer that it has not.
        layer: seconds of its own for each layer.
        wire_byte: seconds of its own for each byte of a blob that it sends.
        tar_byte: seconds of its own for each byte of a layer's tar, to read and compress it.
    """

    keeps_digests: bool
    at_once: int
    start: float
    start_turns: float
    there_turns: float
    new_turns: float
    layer: float
    wire_byte: float
    tar_byte: float


@dataclass(frozen=True, slots=True)
class Pull:
    """How a client pulls an image from a registry, until it can run.

    Attributes:
        reuse: when a layer is not downloaded again. Unpacked it is wherever one below it is another.
        at_once: how many layers it downloads at the same time.
        overlaps: whether it unpacks a layer while others are on their way; else when all are there.
        unpacks_at_once: how many layers it unpacks at the same time; 1 for one after the other.
        start: seconds of its own before the first layer and after the last.
        start_turns: round trips before the first layer: version, manifest, config.
        turns: round trips for a layer that is downloaded.
        wire_byte: seconds of its own for each byte of a blob that it downloads.
        unpack_layer: seconds for each layer that it unpacks.
        unpack_byte: seconds for each byte of a layer's tar that it unpacks.
        unpack_entry: seconds for each file, directory and link that it unpacks.
    """

    reuse: Reuse
    at_once: int
    overlaps: bool
    unpacks_at_once: int
    start: float
    start_turns: float
    turns: float
    wire_byte: float
    unpack_layer: float
    unpack_byte: float
    unpack_entry: float


@dataclass(frozen=True, slots=True)
class Load:
    """How a client loads an image from a file.

    Attributes:
        start: seconds of its own for an image without layers.
        layer: seconds for each layer.
        tar_byte: seconds for each byte of a layer's tar.
        entry: seconds for each file, directory and link.
    """

    start: float
    layer: float
    tar_byte: float
    entry: float


@dataclass(frozen=True, slots=True)
class Client:
    """A client, as it was measured.

    Attributes:
        name: what the user calls it.
        title: what it is called in a sentence.
        version: which one was measured.
        date: when.
        measured: how.
        most_layers: the most layers with which an image loads and runs; None for one that only pushes.
        limit: what happens beyond it, in a few words.
        compressions: of layers that it takes.
        most_config: bytes of an image config that it takes; None where no limit was found.
        most_label: bytes of key and value of a label with which an image runs; None as above.
        push: how it pushes, if it does.
        pull: how it pulls, if it does.
        load: how it loads, if it does.
    """

    name: str
    title: str
    version: str
    date: date
    measured: str
    most_layers: int | None
    limit: str
    compressions: tuple[str, ...]
    most_config: int | None
    most_label: int | None
    push: Push | None
    pull: Pull | None
    load: Load | None

    @property
    def keeps_digests(self) -> bool:
        """Whether the digests of an image that it pushes are those that were written."""
        return self.push is None or self.push.keeps_digests


@cache
def clients() -> Mapping[str, Client]:
    """Return all clients that were measured, by name."""
    import tomllib  # noqa: PLC0415  --help waits for no data

    tables = tomllib.loads(Path(__file__).with_name("profiles.toml").read_text("utf-8"))
    return {name: _client(name, table) for name, table in tables.items()}


def client(name: str) -> Client:
    """Return the client of that name; raise UnknownNameError with the nearest name otherwise."""
    known = clients()
    if name not in known:
        raise UnknownNameError("client", name, known)
    return known[name]


def _client(name: str, table: Mapping[str, Any]) -> Client:
    plain = {key: value for key, value in table.items() if key not in {"push", "pull", "load"}}
    optional = dict.fromkeys(("most_layers", "most_config", "most_label"))
    return Client(
        **(optional | plain | {"name": name, "compressions": tuple(table["compressions"])}),
        push=_part(Push, table.get("push")),
        pull=_part(Pull, table.get("pull")),
        load=_part(Load, table.get("load")),
    )


def _part(kind: Any, table: Mapping[str, Any] | None) -> Any:
    if table is None:
        return None
    values = {one.name: table[one.name] for one in fields(kind)}
    return kind(**(values | ({"reuse": Reuse(values["reuse"])} if "reuse" in values else {})))
